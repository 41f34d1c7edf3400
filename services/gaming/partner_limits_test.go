package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// bonus gives the guest bonus money of a grant.
func (g *guest) bonus(grant, euros string) {
	g.t.Helper()
	_, err := walletv1.NewWalletServiceClient(g.To("wallet", testkit.Peer("bonus"))).GrantBonus(g.t.Context(), &walletv1.GrantBonusRequest{
		RequestId: ids.New("req"), PlayerId: g.id, GrantId: g.id + grant, Amount: eur(euros),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BONUS, SourceId: grant},
	})
	require.NoError(g.t, err)
}

// partnerStakes places a partner's bet from a wallet and answers the decision and the largest stake that it tells; "-" when it tells none.
func (g *guest) partnerStakes(wallet, stake string) []string {
	g.t.Helper()
	req := g.partnerBet(ids.New("req"), ids.New("rnd"), stake)
	req.Wallet = wallet
	r, err := g.partner("ptn_a", "bets").PlacePartnerBet(g.t.Context(), req)
	require.NoError(g.t, err)
	most := "-"
	if r.GetLimits() != nil {
		most = r.GetLimits().GetMaxBet()
	}
	if r.GetStatus() == "ACCEPTED" {
		return []string{r.GetStatus(), most}
	}
	return []string{r.GetReason(), r.GetRule(), most}
}

// TestPlacePartnerBet_BonusLimits: the largest stake that an answer tells is the largest that is taken from the bet's wallet: maximum stakes hold for bonus money, limits on stakes and losses for
// cash, and a stake is paid from one pool.
func TestPlacePartnerBet_BonusLimits(t *testing.T) {
	t.Parallel()
	c := open(t)
	single := &walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, Maximum: eur("8.00")}
	ofBonus := func(most string) *walletv1.SetGuardRequest {
		return &walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS, Maximum: eur(most)}
	}
	for name, check := range map[string]func(t *testing.T, g *guest){
		"maximum of a bonus alone": func(t *testing.T, g *guest) {
			g.guard(ofBonus("5.00"))
			require.Equal(t, []string{"ACCEPTED", "5.00"}, g.partnerStakes("bonus", "5.00"))
			require.Equal(t, []string{"LIMIT_REACHED", "SINGLE_STAKE_BONUS", "5.00"}, g.partnerStakes("bonus", "5.01"))
			require.Equal(t, []string{"ACCEPTED", "90.00"}, g.partnerStakes("cash", "10.00"), "it does not hold for cash")
		},
		"the lesser of both maxima": func(t *testing.T, g *guest) {
			g.guard(single)
			g.guard(ofBonus("3.00"))
			require.Equal(t, []string{"ACCEPTED", "3.00"}, g.partnerStakes("bonus", "3.00"))
			require.Equal(t, []string{"LIMIT_REACHED", "SINGLE_STAKE_BONUS", "3.00"}, g.partnerStakes("bonus", "3.01"))
			require.Equal(t, []string{"ACCEPTED", "8.00"}, g.partnerStakes("cash", "8.00"))
			require.Equal(t, []string{"LIMIT_REACHED", "SINGLE_STAKE", "8.00"}, g.partnerStakes("cash", "8.01"))
		},
		"the maximum of any stake": func(t *testing.T, g *guest) {
			g.guard(single)
			require.Equal(t, []string{"ACCEPTED", "8.00"}, g.partnerStakes("bonus", "1.00"))
		},
		"a limit on cash": func(t *testing.T, g *guest) {
			for _, kind := range []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardKind_GUARD_KIND_NET_LOSS} {
				g.guard(&walletv1.SetGuardRequest{Kind: kind, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: eur("10.00")})
			}
			require.Equal(t, []string{"ACCEPTED", "0.00"}, g.partnerStakes("cash", "10.00"))
			require.Equal(t, []string{"ACCEPTED", "40.00"}, g.partnerStakes("bonus", "10.00"))
			require.Equal(t, []string{"ACCEPTED", "0.00"}, g.partnerStakes("bonus", "40.00"))
		},
		"no stakes at all": func(t *testing.T, g *guest) {
			g.guard(&walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE})
			require.Equal(t, []string{"PLAYER_BLOCKED", "NO_STAKE", "0.00"}, g.partnerStakes("bonus", "1.00"))
		},
		"one pool pays": func(t *testing.T, g *guest) {
			g.bonus("two", "9.00")
			require.Equal(t, []string{"ACCEPTED", "9.00"}, g.partnerStakes("bonus", "46.00"))
			require.Equal(t, []string{"INSUFFICIENT_FUNDS", "INSUFFICIENT_FUNDS", "-"}, g.partnerStakes("bonus", "13.00"))
			require.Equal(t, []string{"ACCEPTED", "4.00"}, g.partnerStakes("bonus", "9.00"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := c.in(t).seat("100.00")
			g.bonus("one", "50.00")
			check(t, g)
		})
	}
}

// TestPlacePartnerBet_LimitsAgain: a refused bet of bonus money tells its limits again when it is repeated.
func TestPlacePartnerBet_LimitsAgain(t *testing.T) {
	t.Parallel()
	g := open(t).seat("100.00")
	g.bonus("one", "50.00")
	g.guard(&walletv1.SetGuardRequest{Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS, Maximum: eur("5.00")})
	req := g.partnerBet("r1", "R-1", "6.00")
	req.Wallet = "bonus"
	for range 2 {
		r, err := g.partner("ptn_a", "bets").PlacePartnerBet(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, []string{"LIMIT_REACHED", "5.00"}, []string{r.GetReason(), r.GetLimits().GetMaxBet()})
	}
}
