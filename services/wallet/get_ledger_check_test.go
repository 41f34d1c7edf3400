package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetLedgerCheck(t *testing.T) {
	f := startWallet(t)
	f.player("10.00")
	s := New(f.h.DB, oneWorker, f.h.Clock.Now)
	t.Cleanup(s.Close)
	id, err := s.check(t.Context(), kindFull)
	require.NoError(t, err)
	finance := f.as(testkit.Operator("finance"))
	r, err := finance.GetLedgerCheck(t.Context(), &walletv1.GetLedgerCheckRequest{CheckId: id})
	require.NoError(t, err)
	require.True(t, r.GetCheck().GetOk())
	require.Equal(t, walletv1.LedgerCheckKind_LEDGER_CHECK_KIND_FULL, r.GetCheck().GetKind())
	_, err = finance.GetLedgerCheck(t.Context(), &walletv1.GetLedgerCheckRequest{CheckId: "lck_x"})
	require.Equal(t, "LEDGER_CHECK_NOT_FOUND", errs.ReasonOf(err))
	_, err = finance.GetLedgerCheck(t.Context(), &walletv1.GetLedgerCheckRequest{})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.GetLedgerCheck(t.Context(), &walletv1.GetLedgerCheckRequest{CheckId: id})
		return err
	}, testkit.Player("ply_1"), testkit.Peer("gaming"), testkit.Operator("support"))
}
