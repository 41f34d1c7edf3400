package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestVerifyLedger(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.bet(player, "4.00")
	finance := f.as(testkit.Operator("finance"))
	r, err := finance.VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(t, err)
	require.True(t, r.GetOk())
	require.Equal(t, []int64{2, 4, 3, 1}, []int64{r.GetOperations(), r.GetEntries(), r.GetAccounts(), r.GetHolds()})
	require.Len(t, r.GetCurrencies(), 1)
	require.Equal(t, "10.00", r.GetCurrencies()[0].GetPlayerFunds().GetAmount())
	require.Equal(t, int64(4), r.GetCurrencies()[0].GetEntries())
	require.Zero(t, r.GetCurrencies()[0].GetSumMinor())

	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("gaming"), testkit.Operator("support")} {
		_, err := f.as(c).VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}
