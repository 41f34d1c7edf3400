package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListLedgerChecks(t *testing.T) {
	f := startWallet(t)
	f.player("10.00")
	s := New(f.h.DB, oneWorker, f.h.Clock.Now)
	t.Cleanup(s.Close)
	var ids []string
	check := func() {
		id, err := s.check(t.Context(), kindFull)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	check()
	super := f.h.Databases["wallet"].SuperURL
	exec(t, super, "UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 1")
	check()
	exec(t, super, "UPDATE account SET balance_minor = balance_minor - 1 WHERE kind = 1")
	check()

	finance := f.as(testkit.Operator("finance"))
	r, err := finance.ListLedgerChecks(t.Context(), &walletv1.ListLedgerChecksRequest{Page: &commonv1.PageRequest{Size: 2}})
	require.NoError(t, err)
	require.Equal(t, []string{ids[2], ids[1]}, []string{r.GetChecks()[0].GetCheckId(), r.GetChecks()[1].GetCheckId()})
	require.Equal(t, BalanceMismatch, r.GetChecks()[1].GetViolations()[0].GetInvariant())
	next := &walletv1.ListLedgerChecksRequest{Page: &commonv1.PageRequest{Size: 2, Token: r.GetPage().GetNextToken()}}
	r, err = finance.ListLedgerChecks(t.Context(), next)
	require.NoError(t, err)
	require.Len(t, r.GetChecks(), 1)
	require.Equal(t, ids[0], r.GetChecks()[0].GetCheckId())
	require.Empty(t, r.GetPage().GetNextToken())
	r, err = finance.ListLedgerChecks(t.Context(), &walletv1.ListLedgerChecksRequest{BrokenOnly: true})
	require.NoError(t, err)
	require.Len(t, r.GetChecks(), 1)
	next.BrokenOnly = true
	_, err = finance.ListLedgerChecks(t.Context(), next)
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err), "a token of another list")

	told := f.h.Events("alert.ledger_mismatch.v1", 1)
	var mismatch walletv1.LedgerMismatch
	require.NoError(t, told[0].Decode(&mismatch))
	require.Equal(t, ids[1], mismatch.GetCheckId())
	require.Equal(t, BalanceMismatch, mismatch.GetViolations()[0].GetInvariant())

	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ListLedgerChecks(t.Context(), &walletv1.ListLedgerChecksRequest{})
		return err
	}, testkit.Player("ply_1"), testkit.Peer("gaming"), testkit.Operator("support"))
}
