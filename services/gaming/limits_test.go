package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// guard sets a guard of the ledger on the guest.
func (g *guest) guard(r *walletv1.SetGuardRequest) {
	g.t.Helper()
	r = proto.CloneOf(r) // guests side by side may be given the same one
	r.PlayerId, r.Layer, r.Reason = g.id, walletv1.GuardLayer_GUARD_LAYER_OPERATOR, "risk profile"
	_, err := walletv1.NewWalletServiceClient(g.To("wallet", testkit.Peer("compliance"))).SetGuard(g.t.Context(), r)
	require.NoError(g.t, err)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.guard(&walletv1.SetGuardRequest{
		Kind: walletv1.GuardKind_GUARD_KIND_STAKE, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: eur("15.00"),
	})
	g.must(g.bet("l", "l-b1", "10.00"))
	var first map[string]string
	for range 2 {
		_, err := g.bet("l", "l-b2", "6.00")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED)
		m := errs.Metadata(err)
		require.Equal(t, []string{"STAKE", "15.00", "10.00", "5.00"}, []string{m["rule"], m["maximum"], m["used"], m["remaining"]})
		require.NotEmpty(t, m["resets_at"])
		if first != nil {
			require.Equal(t, first, m, "the same refusal when it is repeated")
		}
		first = m
	}
	require.Equal(t, gamingv1.BetState_BET_STATE_REJECTED, g.round("l").GetBets()[1].GetState())
	g.must(g.win("l", "l-w", "l-b1", "30.00"))
	x, err := g.cancel("l", "l-c2", "l-b2")
	require.NoError(t, err, "a refused bet is taken back without money")
	require.True(t, x.GetFound())
	strict := g.cancelRequest("l", "l-c3", "l-b2")
	strict.RefuseUnknown = true
	_, err = g.adapter.CancelTransaction(t.Context(), strict)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)

	g.guard(&walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE})
	_, err = g.bet("l", "l-b3", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	require.Equal(t, "NO_STAKE", errs.Metadata(err)["rule"])
	g.cash("120.00", "0.00")
	require.NotEmpty(t, c.Events("bet.rejected.v1", 2))
}

func TestFromBonus(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	stake := func(tx, amount string) (*gamingv1.PlaceBetResponse, error) {
		r := g.betRequest("fb", tx, amount)
		r.FromBonus = true
		return g.adapter.PlaceBet(t.Context(), r)
	}
	_, err := stake("fb-b0", "5.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	_, err = walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("bonus"))).GrantBonus(t.Context(), &walletv1.GrantBonusRequest{
		RequestId: ids.New("req"), PlayerId: g.id, GrantId: "grant-1", Amount: eur("20.00"),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BONUS, SourceId: "grant-1"},
	})
	require.NoError(t, err)
	for i := range 2 {
		r, err := stake("fb-b1", "15.00")
		require.NoError(t, err)
		require.Equal(t, i == 1, r.GetReceipt().GetReplayed(), "answered although the grant would not cover it again")
		require.Equal(t, []string{"100.00", "5.00"}, []string{r.GetReceipt().GetFunds().GetCash().GetAmount(), r.GetReceipt().GetFunds().GetBonus().GetAmount()})
	}
	w, err := g.win("fb", "fb-w", "fb-b1", "8.00")
	require.NoError(t, err)
	require.Equal(t, []string{"100.00", "13.00"}, []string{w.GetReceipt().GetFunds().GetCash().GetAmount(), w.GetReceipt().GetFunds().GetBonus().GetAmount()})
	c.verify()
}
