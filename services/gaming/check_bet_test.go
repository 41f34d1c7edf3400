package gaming_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// bookie is a sportsbook's adapter: its players have no tokens.
func (g *guest) bookie() (gamingv1.GamingServiceClient, *gamingv1.Caller) {
	return gamingv1.NewGamingServiceClient(g.As(testkit.Peer("bookmaker"))), &gamingv1.Caller{IntegrationId: integration, PlayerId: g.id, Tokenless: true}
}

// asPlaced asserts that a check says what the stake itself then meets, and answers it.
func (g *guest) asPlaced(name, code, amount string) (*gamingv1.CheckBetResponse, error) {
	g.t.Helper()
	c, caller := g.bookie()
	checked, err := c.CheckBet(g.t.Context(), &gamingv1.CheckBetRequest{Caller: caller, GameCode: code, Amount: eur(amount)})
	_, placed := c.PlaceBet(g.t.Context(), &gamingv1.PlaceBetRequest{
		Caller: caller, GameCode: code, ProviderRoundId: name, ProviderTxId: name, Amount: eur(amount),
	})
	require.Equal(g.t, errs.ReasonOf(placed), errs.ReasonOf(err), "%s: %v, %v", name, placed, err)
	told := maps.Clone(errs.Metadata(err))
	delete(told, "max_stake")
	if len(told)+len(errs.Metadata(placed)) > 0 {
		require.Equal(g.t, errs.Metadata(placed), told, name)
	}
	if placed == nil {
		g.must(c.CancelTransaction(g.t.Context(), &gamingv1.CancelTransactionRequest{Caller: caller, ProviderRoundId: name, ProviderTxId: name, ReferenceProviderTxId: name}))
	}
	return checked, err
}

// TestCheckBet: a check meets what the stake would, in gaming and in the ledger, and its largest stake is one that is taken.
func TestCheckBet(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	free, err := g.asPlaced("free", "slot", "100.00")
	require.NoError(t, err)
	require.Equal(t, []string{g.id, "100.00", "100.00"}, []string{free.GetPlayerId(), free.GetMaxStake().GetAmount(), free.GetFunds().GetCash().GetAmount()})
	_, err = g.asPlaced("funds", "slot", "100.01")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	require.Equal(t, "100.00", errs.Metadata(err)["max_stake"])

	g.guard(&walletv1.SetGuardRequest{
		Kind: walletv1.GuardKind_GUARD_KIND_STAKE, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: eur("30.00"),
	})
	g.must(g.bet("l", "l-b1", "10.00"))
	_, err = g.asPlaced("limit", "slot", "20.01")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED)
	require.Equal(t, []string{"20.00", "20.00", "STAKE"}, []string{errs.Metadata(err)["max_stake"], errs.Metadata(err)["remaining"], errs.Metadata(err)["rule"]})
	most, err := g.asPlaced("limit most", "slot", "20.00")
	require.NoError(t, err)
	require.Equal(t, "20.00", most.GetMaxStake().GetAmount())
	g.guard(&walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, Maximum: eur("5.00")})
	_, err = g.asPlaced("maximum", "slot", "6.00")
	require.Equal(t, "5.00", errs.Metadata(err)["max_stake"])

	_, err = g.asPlaced("game", "hidden", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE)
	_, err = g.asPlaced("no game", "nope", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	_, err = g.asPlaced("amount", "slot", "-1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT)

	g.guard(&walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE})
	_, err = g.asPlaced("restricted", "slot", "0.01")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	require.Equal(t, "0.00", errs.Metadata(err)["max_stake"])
	g.cash("90.00", "10.00")
}

// TestCheckBet_Round: a round that is over takes no stake, and a player without a session is asked of identity.
func TestCheckBet_Round(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("R", "b", "1.00"))
	g.must(g.lastWin("R", "w", "b", "0.00"))
	back, caller := g.bookie()
	_, err := back.CheckBet(t.Context(), &gamingv1.CheckBetRequest{Caller: caller, GameCode: "slot", ProviderRoundId: "R", Amount: eur("1.00")})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED)

	stranger := &guest{casino: c, id: c.deposited("5.00")}
	_, err = stranger.asPlaced("s1", "slot", "5.00")
	require.NoError(t, err)
	c.out.mu.Lock()
	c.out.statuses[stranger.id] = identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
	c.out.mu.Unlock()
	eventually(t, "the lock is felt", func() bool { // the look-up is kept for a millisecond
		_, err := back.CheckBet(t.Context(), &gamingv1.CheckBetRequest{
			Caller: &gamingv1.Caller{IntegrationId: integration, PlayerId: stranger.id, Tokenless: true}, GameCode: "slot", Amount: eur("1.00"),
		})
		return errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	})
	_, err = stranger.asPlaced("s2", "slot", "5.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)

	_, err = g.adapter.CheckBet(t.Context(), &gamingv1.CheckBetRequest{Caller: caller, GameCode: "slot", Amount: eur("1.00")})
	require.Equal(t, codes.PermissionDenied, status.Code(err), "a studio's adapter does not ask")
}

// TestCheckBet_Bonus: a stake from bonus money is checked against the grant that would pay it.
func TestCheckBet_Bonus(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	_, err := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("bonus"))).GrantBonus(t.Context(), &walletv1.GrantBonusRequest{
		RequestId: "grant", PlayerId: g.id, GrantId: "bgr_1", Amount: eur("7.00"),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BONUS, SourceId: "bgr_1"},
	})
	require.NoError(t, err)
	back, caller := g.bookie()
	r, err := back.CheckBet(t.Context(), &gamingv1.CheckBetRequest{Caller: caller, GameCode: "slot", Amount: eur("6.00"), FromBonus: true})
	require.NoError(t, err)
	require.Equal(t, "7.00", r.GetMaxStake().GetAmount())
	_, err = back.CheckBet(t.Context(), &gamingv1.CheckBetRequest{Caller: caller, GameCode: "slot", Amount: eur("7.01"), FromBonus: true})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
}
