package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
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

	// What goes to a provider is not lost to the eye; a test player's is not real money.
	test := ids.New("tpl")
	_, err = f.as(testkit.Peer("identity")).FundTestPlayer(t.Context(), &walletv1.FundTestPlayerRequest{RequestId: f.request(), PlayerId: test, Amount: eur("9.00"), Reference: transferRef("f")})
	require.NoError(t, err)
	for _, who := range []string{player, test} {
		_, err = f.gaming.TransferOut(t.Context(), &walletv1.TransferOutRequest{RequestId: f.request(), PlayerId: who, Amount: eur("2.50"), Provider: "acme", Reference: transferRef("t")})
		require.NoError(t, err)
	}
	_, err = f.gaming.TransferIn(t.Context(), &walletv1.TransferInRequest{RequestId: f.request(), PlayerId: player, Amount: eur("0.50"), Provider: "acme", Reference: transferRef("t")})
	require.NoError(t, err)
	r, err = finance.VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"8.00", "2.00"}, []string{r.GetCurrencies()[0].GetPlayerFunds().GetAmount(), r.GetCurrencies()[0].GetAtProviders().GetAmount()})

	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("gaming"), testkit.Operator("support")} {
		_, err := f.as(c).VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}
