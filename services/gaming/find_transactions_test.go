package gaming_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestFindTransactions(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("100.00"), c.seat("1.00")
	g.must(g.bet("ft", "ft-b", "10.00"))
	g.must(g.win("ft", "ft-w", "ft-b", "5.00"))
	g.must(g.cancel("ft", "ft-b", "ft-w")) // the id of a bet once more
	_, err := g.bet("ft", "ft-b2", "1000.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	find := func(change func(*gamingv1.FindTransactionsRequest)) []string {
		r := &gamingv1.FindTransactionsRequest{Caller: g.caller()}
		change(r)
		found, err := g.adapter.FindTransactions(t.Context(), r)
		require.NoError(t, err)
		var out []string
		for _, x := range found.GetTransactions() {
			require.Equal(t, "ft", x.GetProviderRoundId())
			out = append(out, x.GetKind().String()[len("TRANSACTION_KIND_"):]+" "+x.GetProviderTxId()+" "+x.GetAmount().GetAmount()+x.GetRefuseReason())
		}
		return out
	}
	require.Equal(t, []string{"BET ft-b 10.00", "CANCEL ft-b 5.00"}, find(func(r *gamingv1.FindTransactionsRequest) { r.ProviderTxId = "ft-b" }))
	require.Equal(t, []string{"BET ft-b 10.00", "WIN ft-w 5.00", "CANCEL ft-b 5.00"}, find(func(r *gamingv1.FindTransactionsRequest) { r.BetProviderTxId = "ft-b" }))
	require.Equal(t, []string{"BET ft-b 10.00", "WIN ft-w 5.00", "CANCEL ft-b 5.00", "BET ft-b2 1000.00INSUFFICIENT_FUNDS"},
		find(func(r *gamingv1.FindTransactionsRequest) { r.ProviderRoundId = "ft" }))
	require.Empty(t, find(func(r *gamingv1.FindTransactionsRequest) { r.ProviderTxId = "none" }))
	named := g.betRequest("ft", "ft-b3", "1.00")
	named.BetRef = "ft-ref"
	g.must(g.adapter.PlaceBet(t.Context(), named))
	g.must(g.win("ft", "ft-w3", "ft-b3", "2.00"))
	require.Equal(t, []string{"BET ft-b3 1.00", "WIN ft-w3 2.00"}, find(func(r *gamingv1.FindTransactionsRequest) { r.BetProviderTxId = "ft-ref" }), "by the provider's own reference")
	named.BetRef = "other"
	_, err = g.adapter.PlaceBet(t.Context(), named)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	require.Empty(t, find(func(r *gamingv1.FindTransactionsRequest) { r.Caller, r.BetProviderTxId = other.caller(), "ft-ref" }))
	require.Empty(t, find(func(r *gamingv1.FindTransactionsRequest) { r.Caller, r.ProviderTxId = other.caller(), "ft-b" }), "another player's")
	_, err = g.adapter.FindTransactions(t.Context(), &gamingv1.FindTransactionsRequest{
		Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: other.id}, ProviderTxId: "ft-b",
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH)
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: g.caller(), ProviderTxId: "ft-b"})
		return err
	})
}
