package gaming_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func (c *casino) partner(id string, scopes ...string) gamingv1.GamingServiceClient {
	return gamingv1.NewGamingServiceClient(c.As(testkit.Partner(id, scopes...)))
}

func (g *guest) partnerBet(request, round, stake string) *gamingv1.PlacePartnerBetRequest {
	return &gamingv1.PlacePartnerBetRequest{
		RequestId: request, PlayerId: g.id, Wallet: "cash", RoundId: round, GameId: g.games["slot"], Stake: eur(stake),
		Selection: []*gamingv1.PartnerSelection{{Market: "straight", Value: "17"}}, Device: &gamingv1.PartnerDevice{Ip: "203.0.113.5", Ua: "Mozilla"},
	}
}

// TestPlacePartnerBet: accepted once, whatever is repeated; a refusal by a rule is an answer with its reason, rule, policy, rest and time; what is wrong with the
// request is an error.
func TestPlacePartnerBet(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_PARTNER_INTEGRATION", integration)
	g, p := c.seat("100.00"), c.partner("ptn_a", "bets")
	guards := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("compliance")))
	_, err := guards.SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: g.id, Kind: walletv1.GuardKind_GUARD_KIND_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H,
		Maximum: eur("30.00"), Reason: "own limit",
	})
	require.NoError(t, err)

	first, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r1", "R-1", "10.00"))
	require.NoError(t, err)
	require.Equal(t, []any{"ACCEPTED", "90.00", "10.00", "20.00"}, []any{first.GetStatus(), first.GetBalanceAfter(), first.GetHold(), first.GetLimits().GetMaxBet()})
	again, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r1", "R-1", "10.00"))
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	g.cash("90.00", "10.00")
	byCode := g.partnerBet("r2", "R-1", "5.00")
	byCode.GameId = "slot"
	_, err = p.PlacePartnerBet(t.Context(), byCode)
	require.NoError(t, err)
	var selection string
	require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT selection::text FROM partner_bet WHERE bet_id = $1", first.GetBetId()).Scan(&selection))
	require.JSONEq(t, `[{"market":"straight","value":"17"}]`, selection)

	limit, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r3", "R-2", "16.00"))
	require.NoError(t, err)
	require.Equal(t, "REJECTED", limit.GetStatus())
	require.Equal(t, "LIMIT_REACHED", limit.GetReason())
	require.Equal(t, "15.00", limit.GetRemaining())
	require.NotEmpty(t, limit.GetRule())
	require.NotEmpty(t, limit.GetPolicyVer())
	require.True(t, limit.GetRetryAt().IsValid())
	poor := c.seat("1.00")
	funds, err := p.PlacePartnerBet(t.Context(), poor.partnerBet("r4", "R-2", "2.00"))
	require.NoError(t, err)
	require.Equal(t, []string{"REJECTED", "INSUFFICIENT_FUNDS", "1.00"}, []string{funds.GetStatus(), funds.GetReason(), funds.GetRemaining()})
	hidden := g.partnerBet("r5", "R-2", "1.00")
	hidden.GameId = c.games["hidden"]
	off, err := p.PlacePartnerBet(t.Context(), hidden)
	require.NoError(t, err)
	require.Equal(t, []string{"GAME_UNAVAILABLE", "NOT_PUBLISHED"}, []string{off.GetReason(), off.GetRule()})

	for name, bad := range map[string]struct {
		change func(*gamingv1.PlacePartnerBetRequest)
		reason gamingv1.ErrorReason
	}{
		"no key":       {func(r *gamingv1.PlacePartnerBetRequest) { r.RequestId = "" }, gamingv1.ErrorReason_ERROR_REASON_REQUEST_ID_MISSING},
		"zero":         {func(r *gamingv1.PlacePartnerBetRequest) { r.Stake = eur("0.00") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"negative":     {func(r *gamingv1.PlacePartnerBetRequest) { r.Stake = eur("-1.00") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"unknown game": {func(r *gamingv1.PlacePartnerBetRequest) { r.GameId = "nope" }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"other stake":  {func(r *gamingv1.PlacePartnerBetRequest) { r.RequestId = "r1" }, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH},
	} {
		r := g.partnerBet("bad", "R-3", "1.00")
		bad.change(r)
		_, err = p.PlacePartnerBet(t.Context(), r)
		require.True(t, errs.Is(err, bad.reason), "%s: %v", name, err)
	}
	for _, who := range []gamingv1.GamingServiceClient{c.partner("ptn_a", "wallet"), c.as(g.id), c.staff("admin")} {
		_, err = who.PlacePartnerBet(t.Context(), g.partnerBet("r9", "R-9", "1.00"))
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	}
	g.cash("85.00", "15.00")
	c.verify()
}

// TestPlacePartnerBet_Blocked: the rule says whether a player is locked or excluded, and of a restriction in the ledger until when.
func TestPlacePartnerBet_Blocked(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_PARTNER_INTEGRATION", integration)
	p := c.partner("ptn_a", "bets")
	for state, rule := range map[identityv1.PlayerStatus]string{
		identityv1.PlayerStatus_PLAYER_STATUS_LOCKED: "LOCKED", identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED: "EXCLUDED",
	} {
		g := c.seat("100.00")
		c.out.mu.Lock()
		c.out.statuses[g.id] = state
		c.out.mu.Unlock()
		c.Publish("player.updated.v1", g.id, 2, &identityv1.PlayerUpdated{PlayerId: g.id, Status: state})
		eventually(t, "the lock arrives", g.ended)
		r, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r-"+rule, "R-1", "1.00"))
		require.NoError(t, err)
		require.Equal(t, []string{"REJECTED", "PLAYER_BLOCKED", rule}, []string{r.GetStatus(), r.GetReason(), r.GetRule()})
		g.cash("100.00", "0.00")
	}
	g, until := c.seat("100.00"), time.Now().Add(48*time.Hour).UTC().Truncate(time.Second)
	_, err := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("compliance"))).SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: g.id, Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Reason: "a break", ExpiresAt: timestamppb.New(until),
	})
	require.NoError(t, err)
	r, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r-break", "R-1", "1.00"))
	require.NoError(t, err)
	require.Equal(t, []any{"PLAYER_BLOCKED", "NO_STAKE", "0.00", until}, []any{r.GetReason(), r.GetRule(), r.GetLimits().GetMaxBet(), r.GetRetryAt().AsTime()})
}

// TestPlacePartnerBet_OtherContent: the same key with anything else in the request is no repetition, whether the bet was accepted or refused.
func TestPlacePartnerBet_OtherContent(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, p, other := c.seat("100.00"), c.partner("ptn_a", "bets"), c.seat("100.00")
	for key, stake := range map[string]string{"accepted": "10.00", "refused": "1000.00"} {
		first, err := p.PlacePartnerBet(t.Context(), g.partnerBet(key, "R-1", stake))
		require.NoError(t, err)
		require.Equal(t, strings.ToUpper(key), strings.Replace(first.GetStatus(), "REJECTED", "REFUSED", 1))
		for name, change := range map[string]func(*gamingv1.PlacePartnerBetRequest){
			"player":          func(r *gamingv1.PlacePartnerBetRequest) { r.PlayerId = other.id },
			"wallet":          func(r *gamingv1.PlacePartnerBetRequest) { r.Wallet = "bonus" },
			"round":           func(r *gamingv1.PlacePartnerBetRequest) { r.RoundId = "R-2" },
			"game":            func(r *gamingv1.PlacePartnerBetRequest) { r.GameId = c.games["other"] },
			"stake":           func(r *gamingv1.PlacePartnerBetRequest) { r.Stake = eur("9.00") },
			"no selection":    func(r *gamingv1.PlacePartnerBetRequest) { r.Selection = nil },
			"other selection": func(r *gamingv1.PlacePartnerBetRequest) { r.Selection[0].Value = "18" },
			"one more": func(r *gamingv1.PlacePartnerBetRequest) {
				r.Selection = append(r.Selection, &gamingv1.PartnerSelection{Market: "red"})
			},
			"address":   func(r *gamingv1.PlacePartnerBetRequest) { r.Device.Ip = "203.0.113.6" },
			"browser":   func(r *gamingv1.PlacePartnerBetRequest) { r.Device.Ua = "curl" },
			"no device": func(r *gamingv1.PlacePartnerBetRequest) { r.Device = nil },
		} {
			r := g.partnerBet(key, "R-1", stake)
			change(r)
			_, err = p.PlacePartnerBet(t.Context(), r)
			require.True(t, errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH), "%s: %s: %v", key, name, err)
		}
		again, err := p.PlacePartnerBet(t.Context(), g.partnerBet(key, "R-1", stake))
		require.NoError(t, err)
		require.Equal(t, first.GetStatus(), again.GetStatus())
	}
	g.cash("90.00", "10.00")
	other.cash("100.00", "0.00")
}

// TestPartnerKeys: a key is of one partner, of one call, and of games of one integration; and it has no control characters, nor has a round's name.
func TestPartnerKeys(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, p := c.seat("100.00"), c.partner("ptn_a", "bets")
	place := func(req *gamingv1.PlacePartnerBetRequest) string {
		t.Helper()
		r, err := p.PlacePartnerBet(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "ACCEPTED", r.GetStatus())
		return r.GetBetId()
	}
	one, two := place(g.partnerBet("k", "R-1", "10.00")), place(g.partnerBet("k2", "R-1", "10.00"))
	_, err := p.SettlePartnerBet(t.Context(), &gamingv1.SettlePartnerBetRequest{RequestId: "k", BetId: one, Payout: eur("0.00")})
	require.NoError(t, err)
	_, err = p.CancelPartnerBet(t.Context(), &gamingv1.CancelPartnerBetRequest{RequestId: "k", BetId: two})
	require.NoError(t, err)
	elsewhere := g.partnerBet("k", "R-1", "10.00")
	elsewhere.GameId = c.publish(purse, "slot")
	require.NotEqual(t, one, place(elsewhere))
	g.cash("80.00", "10.00")

	three := place(g.partnerBet("Кé y", "R-1 é", "10.00"))
	for _, bad := range []string{"a\nb", "\r", "a\t", "\x1b[0m", "a\x7f", "a\u0085"} {
		for name, call := range map[string]func() error{
			"place": func() error {
				_, err := p.PlacePartnerBet(t.Context(), g.partnerBet(bad, "R-1", "10.00"))
				return err
			},
			"round": func() error {
				_, err := p.PlacePartnerBet(t.Context(), g.partnerBet("fine", bad, "10.00"))
				return err
			},
			"settle": func() error {
				_, err := p.SettlePartnerBet(t.Context(), &gamingv1.SettlePartnerBetRequest{RequestId: bad, BetId: three, Payout: eur("0.00")})
				return err
			},
			"cancel": func() error {
				_, err := p.CancelPartnerBet(t.Context(), &gamingv1.CancelPartnerBetRequest{RequestId: bad, BetId: three})
				return err
			},
		} {
			require.True(t, errs.Is(call(), commonv1.ErrorReason_ERROR_REASON_VALIDATION), "%s %q", name, bad)
		}
	}
	g.cash("70.00", "20.00")
	c.verify()
}

// TestPlacePartnerBet_RefusedAgain: a refusal is answered again as it was, whatever has changed since; the key is used up.
func TestPlacePartnerBet_RefusedAgain(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_CATALOG_SWITCHES", "20ms")
	g, p := c.seat("100.00"), c.partner("ptn_a", "bets")
	place := func(req *gamingv1.PlacePartnerBetRequest) *gamingv1.PlacePartnerBetResponse {
		t.Helper()
		r, err := p.PlacePartnerBet(t.Context(), req)
		require.NoError(t, err)
		return r
	}
	poor := place(g.partnerBet("poor", "R-1", "100.01"))
	require.Equal(t, []string{"REJECTED", "INSUFFICIENT_FUNDS", "100.00"}, []string{poor.GetStatus(), poor.GetReason(), poor.GetRemaining()})

	c.switchOff(&operationsv1.KillSwitch{Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, Value: "DE"})
	n := 0
	var off *gamingv1.PlacePartnerBetResponse
	require.Eventually(t, func() bool {
		n++
		off = place(g.partnerBet(fmt.Sprintf("off%d", n), "R-1", "1.00"))
		return off.GetStatus() == "REJECTED"
	}, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, []string{"GAME_UNAVAILABLE", "JURISDICTION_SWITCHED_OFF"}, []string{off.GetReason(), off.GetRule()})
	c.switchOff()
	fresh := 0
	require.Eventually(t, func() bool {
		fresh++
		return place(g.partnerBet(fmt.Sprintf("on%d", fresh), "R-1", "1.00")).GetStatus() == "ACCEPTED"
	}, 20*time.Second, 20*time.Millisecond)

	key := fmt.Sprintf("off%d", n)
	require.True(t, proto.Equal(off, place(g.partnerBet(key, "R-1", "1.00"))), "the first decision")
	inHeader := g.partnerBet("", "R-1", "1.00")
	again, err := gamingv1.NewGamingServiceClient(c.As(testkit.Partner("ptn_a", "bets").With(rpc.HeaderIdempotencyKey, key))).PlacePartnerBet(t.Context(), inHeader)
	require.NoError(t, err)
	require.True(t, proto.Equal(off, again), "with the key in the header")
	_, err = p.PlacePartnerBet(t.Context(), g.partnerBet(key, "R-1", "2.00"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	other, err := c.partner("ptn_b", "bets").PlacePartnerBet(t.Context(), g.partnerBet(key, "R-1", "1.00"))
	require.NoError(t, err)
	require.Equal(t, "ACCEPTED", other.GetStatus(), "another partner's key is another key")
	held := n + 1 // bets of before the switch, the one of after it, the other partner's
	g.cash(fmt.Sprintf("%d.00", 100-held), fmt.Sprintf("%d.00", held))
	c.verify()

	kept := func() (n int) {
		require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT count(*) FROM partner_refusal").Scan(&n))
		return n
	}
	require.NotZero(t, kept())
	c.Clock.Advance(29 * 24 * time.Hour)
	require.True(t, proto.Equal(off, place(g.partnerBet(key, "R-1", "1.00"))), "a month is not over")
	c.Clock.Advance(2 * 24 * time.Hour)
	eventually(t, "old refusals are forgotten", func() bool { return kept() == 0 })
}

// TestPlacePartnerBet_NoLimits: where no limit is in force, a player may stake what is left.
func TestPlacePartnerBet_NoLimits(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, p := c.seat("100.00"), c.partner("ptn_a", "bets")
	for range 2 {
		r, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r1", "R-1", "10.00"))
		require.NoError(t, err)
		require.Equal(t, "90.00", r.GetLimits().GetMaxBet())
	}
	all, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r2", "R-1", "90.00"))
	require.NoError(t, err)
	require.Equal(t, []string{"ACCEPTED", "0.00"}, []string{all.GetStatus(), all.GetLimits().GetMaxBet()})
	none, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r3", "R-1", "0.01"))
	require.NoError(t, err)
	require.Equal(t, "REJECTED", none.GetStatus())
	require.Nil(t, none.GetLimits())
}

// TestSettleAndCancelPartnerBet: a partner settles or takes back its own bets, once, and no other's.
func TestSettleAndCancelPartnerBet(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, p, other := c.seat("100.00"), c.partner("ptn_a", "bets"), c.partner("ptn_b", "bets")
	one, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r1", "R-1", "10.00"))
	require.NoError(t, err)
	two, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r2", "R-1", "10.00"))
	require.NoError(t, err)
	settle := &gamingv1.SettlePartnerBetRequest{RequestId: "s1", BetId: one.GetBetId(), Payout: eur("36.00")}
	cancel := &gamingv1.CancelPartnerBetRequest{RequestId: "c1", BetId: two.GetBetId()}
	_, err = other.SettlePartnerBet(t.Context(), settle)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	_, err = other.CancelPartnerBet(t.Context(), cancel)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	for range 2 {
		s, err := p.SettlePartnerBet(t.Context(), settle)
		require.NoError(t, err)
		require.Equal(t, []string{"SETTLED", "116.00"}, []string{s.GetStatus(), s.GetBalanceAfter()})
	}
	_, err = p.SettlePartnerBet(t.Context(), &gamingv1.SettlePartnerBetRequest{RequestId: "s2", BetId: one.GetBetId(), Payout: eur("1.00")})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	_, err = p.CancelPartnerBet(t.Context(), &gamingv1.CancelPartnerBetRequest{RequestId: "c2", BetId: one.GetBetId()})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	for range 2 {
		v, err := p.CancelPartnerBet(t.Context(), cancel)
		require.NoError(t, err)
		require.Equal(t, []string{"VOIDED", "126.00"}, []string{v.GetStatus(), v.GetBalanceAfter()})
	}
	_, err = p.SettlePartnerBet(t.Context(), &gamingv1.SettlePartnerBetRequest{RequestId: "s3", BetId: two.GetBetId(), Payout: eur("1.00")})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
	_, err = c.as(g.id).CancelPartnerBet(t.Context(), cancel)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	g.cash("126.00", "0.00")
	c.verify()
}

// TestPartnersBets_NoProviders: a provider names no partner's bet, whose ids are among those of its integration, and gives no id that looks like one.
func TestPartnersBets_NoProviders(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_PARTNER_INTEGRATION", integration)
	g, p := c.seat("100.00"), c.partner("ptn_a", "bets")
	placed, err := p.PlacePartnerBet(t.Context(), g.partnerBet("r1", "R-1", "10.00"))
	require.NoError(t, err)
	var round string
	require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT provider_round_id FROM round r JOIN bet b USING (round_id) WHERE b.bet_id = $1", placed.GetBetId()).Scan(&round))
	_, err = g.cancel(round, "c", "partner:ptn_a:r1")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	_, err = g.win(round, "w", "partner:ptn_a:r1", "500.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	_, err = g.bet("own", "partner:ptn_a:r2", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	g.cash("90.00", "10.00")
	r, err := p.SettlePartnerBet(t.Context(), &gamingv1.SettlePartnerBetRequest{RequestId: "s1", BetId: placed.GetBetId(), Payout: eur("15.00")})
	require.NoError(t, err)
	require.Equal(t, "105.00", r.GetBalanceAfter())
	c.verify()
}
