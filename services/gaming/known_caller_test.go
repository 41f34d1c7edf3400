package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// TestKnownCaller: where the protocol wants it, a result's token and player must be known, over or not, and its currency the session's; otherwise results need neither.
func TestKnownCaller(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("100.00"), c.seat("1.00")
	g.must(g.bet("R", "b", "10.00"))
	g.must(g.as(g.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session}))
	settle := func(caller *gamingv1.Caller) error {
		caller.IntegrationId = integration
		_, err := g.adapter.SettleBet(t.Context(), &gamingv1.SettleBetRequest{
			Caller: caller, GameCode: "slot", ProviderRoundId: "R", ProviderTxId: "w", BetProviderTxId: "b", Amount: eur("4.00"),
		})
		return err
	}
	cancel := func(caller *gamingv1.Caller) error {
		caller.IntegrationId = integration
		_, err := g.adapter.CancelTransaction(t.Context(), &gamingv1.CancelTransactionRequest{
			Caller: caller, ProviderRoundId: "R", ProviderTxId: "c", ReferenceProviderTxId: "b",
		})
		return err
	}
	for name, x := range map[string]struct {
		caller *gamingv1.Caller
		reason string
	}{
		"unknown token":    {&gamingv1.Caller{SessionToken: "never issued", PlayerId: g.id, Known: true}, "SESSION_NOT_FOUND"},
		"another's token":  {&gamingv1.Caller{SessionToken: other.token, PlayerId: g.id, Known: true}, "PLAYER_MISMATCH"},
		"another currency": {&gamingv1.Caller{SessionToken: g.token, PlayerId: g.id, Known: true, Currency: "USD"}, "CURRENCY_MISMATCH"},
		"unknown player":   {&gamingv1.Caller{PlayerId: "ply_nobody", Reconciliation: true, Known: true}, "PLAYER_NOT_FOUND"},
	} {
		for call, do := range map[string]func(*gamingv1.Caller) error{"settle": settle, "cancel": cancel} {
			err := do(x.caller)
			require.Equal(t, x.reason, errs.ReasonOf(err), "%s, %s: %v", name, call, err)
			if x.reason == "PLAYER_MISMATCH" {
				require.Equal(t, "token", errs.Metadata(err)["by"])
			}
		}
	}
	err := cancel(&gamingv1.Caller{PlayerId: g.id, Reconciliation: true, Known: true, Currency: "USD"})
	require.Equal(t, "CURRENCY_MISMATCH", errs.ReasonOf(err), "there is no token whose session's it could be: %v", err)
	g.cash("90.00", "10.00")
	wins, err := c.staff("support").ListUnmatchedWins(t.Context(), &gamingv1.ListUnmatchedWinsRequest{})
	require.NoError(t, err)
	require.Empty(t, wins.GetWins(), "who is not known has no win to be kept")
	require.NoError(t, settle(&gamingv1.Caller{SessionToken: g.token, PlayerId: g.id, Known: true, Currency: "EUR"}), "its session is over")
	require.NoError(t, settle(&gamingv1.Caller{SessionToken: "never issued", PlayerId: g.id}), "repeated by who need not be known")
	require.NoError(t, settle(&gamingv1.Caller{PlayerId: g.id, Reconciliation: true, Known: true}), "and in a reconciliation")
	g.cash("94.00", "0.00")
	c.verify()
}
