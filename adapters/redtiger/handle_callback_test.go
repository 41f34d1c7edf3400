package redtiger_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestProtocol is the protocol in raw bytes, with the wallet's word after each step (providers.md 5).
func TestProtocol(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	t.Run("stake and payout", func(t *testing.T) { stakeAndPayout(t, x) })
	t.Run("rounds", func(t *testing.T) { rounds(t, x) })
	t.Run("refund", func(t *testing.T) { refunds(t, x) })
	t.Run("promotions", func(t *testing.T) { promotions(t, x) })
	t.Run("free rounds", func(t *testing.T) { freeRounds(t, x) })
	t.Run("refusals", func(t *testing.T) { refusals(t, x) })
}

func stakeAndPayout(t *testing.T, x *casino) {
	first := x.moved(x.stake("s1", "r1", "10.00"), "stake", "10.00", "90.00")
	x.Cash("90.00", "10.00")
	require.Equal(t, first, x.moved(x.stake("s1", "r1", "10.00"), "stake", "10.00", "90.00", "repeated"))
	require.Equal(t, first, x.moved(x.stake("s1", "r1", "55.00"), "stake", "10.00", "90.00", "repeated with another amount: the first counts"))
	x.Cash("90.00", "10.00")
	paid := x.moved(x.payout("p1", "r1", "25.50", true), "payout", "25.50", "115.50")
	x.Cash("115.50", "0.00")
	require.NotEqual(t, first, paid)
	require.Equal(t, paid, x.moved(x.payout("p1", "r1", "25.50", true), "payout", "25.50", "115.50", "repeated"))
	require.Equal(t, paid, x.moved(x.payout("p1", "r1", "99.00", true), "payout", "25.50", "115.50", "repeated with another amount"))
	require.Equal(t, fails(401), x.payout("p1b", "r1", "1.00", true), "the round is over")
	require.Equal(t, fails(200), x.stake("s1b", "r1", "1.00"), "the round is over")
	require.Equal(t, fails(401), x.refund("s1", "r1", "10.00"), "the round has paid")
	require.Equal(t, first, x.moved(x.stake("s1", "r1", "10.00"), "stake", "10.00", "115.50", "a repetition shows the balance as it is now"))
	x.Cash("115.50", "0.00")

	x.moved(x.stake("s2", "r2", "0.00"), "stake", "0.00", "115.50", "a stake of nothing")
	x.moved(x.payout("p2", "r2", "0.00", true), "payout", "0.00", "115.50")
	numbers := edit(t, x.body("stake", "s3", "r3", "", false), "transaction", `{"id":"s3","stake":15.5}`)
	x.moved(x.post("stake", numbers), "stake", "15.50", "100.00", "numbers are taken, and what is optional may be absent")
	x.moved(x.payout("p3", "r3", "0.00", true), "payout", "0.00", "100.00")
	x.Cash("100.00", "0.00")
}

func rounds(t *testing.T, x *casino) {
	x.moved(x.stake("s10", "r10", "10.00"), "stake", "10.00", "90.00")
	x.moved(x.stake("s11", "r10", "10.00"), "stake", "10.00", "80.00", "several stakes in a round")
	x.moved(x.payout("p10", "r10", "5.00", false), "payout", "5.00", "85.00")
	x.moved(x.stake("s12", "r10", "5.00"), "stake", "5.00", "80.00", "it is open still")
	x.moved(x.payout("p11", "r10", "5.00", false), "payout", "5.00", "85.00")
	x.moved(x.payout("p12", "r10", "15.00", true), "payout", "15.00", "100.00")
	x.Cash("100.00", "0.00")
	require.Equal(t, fails(200), x.stake("s13", "r10", "1.00"))
	require.Equal(t, fails(401), x.payout("p13", "r10", "1.00", false))
	require.Equal(t, fails(400), x.payout("p14", "r-none", "5.00", true), "a payout without a round")
	x.moved(x.stake("s14", "r-none", "5.00"), "stake", "5.00", "95.00", "which does not keep the round out")
	x.moved(x.payout("p14", "r-none", "5.00", true), "payout", "5.00", "100.00")
	jackpot := edit(t, x.body("payout", "p15", "r15", "20.00", true), "transaction.details", `{"game":"5.00","jackpot":"15.000000"}`)
	x.moved(x.stake("s15", "r15", "1.00"), "stake", "1.00", "99.00")
	x.moved(x.post("payout", edit(t, jackpot, "game.key", `"gone"`)), "payout", "20.00", "119.00", "a game that is gone pays, and its jackpot too")
	x.Cash("119.00", "0.00")
}

func refunds(t *testing.T, x *casino) {
	staked := x.moved(x.stake("s20", "r20", "19.00"), "stake", "19.00", "100.00")
	back := x.moved(x.refund("s20", "r20", "1.00"), "refund", "19.00", "119.00", "the stake's own amount")
	x.Cash("119.00", "0.00")
	require.NotEqual(t, staked, back)
	require.Equal(t, back, x.moved(x.refund("s20", "r20", "19.00"), "refund", "19.00", "119.00", "repeated"))
	require.Equal(t, fails(401), x.payout("p20", "r20", "50.00", true), "won after it was refunded")
	require.Equal(t, fails(400), x.refund("s21", "r21", "5.00"), "unknown")
	require.Equal(t, fails(201), x.stake("s21", "r21", "5.00"), "and it takes nothing when it comes late")
	x.moved(x.stake("s22", "r22", "10.00"), "stake", "10.00", "109.00")
	x.moved(x.stake("s23", "r22", "9.00"), "stake", "9.00", "100.00")
	x.moved(x.refund("s23", "r22", "9.00"), "refund", "9.00", "109.00", "one of two")
	x.moved(x.payout("p22", "r22", "10.00", true), "payout", "10.00", "119.00")
	require.Equal(t, fails(401), x.refund("s22", "r22", "10.00"))
	require.Equal(t, fails(400), x.refund("p22", "r22", "10.00"), "a payout is no stake")
	x.Cash("119.00", "0.00")
}

func promotions(t *testing.T, x *casino) {
	promo := `{"type":"tournament","instanceCode":"i-1","instanceId":"1","campaignCode":"spring","campaignId":"c"}`
	buyin := edit(t, x.body("stake", "b1", "", "9.00", false), "promo", promo)
	bought := x.moved(x.post("promo/buyin", edit(t, buyin, "round", "")), "stake", "9.00", "110.00")
	require.Equal(t, bought, x.moved(x.post("promo/buyin", edit(t, buyin, "round", "")), "stake", "9.00", "110.00", "repeated"))
	x.Cash("110.00", "0.00")
	settle := edit(t, edit(t, x.body("payout", "b2", "", "40.00", false), "promo", promo), "round", "")
	won := x.moved(x.post("promo/settle", edit(t, settle, "game", "null")), "payout", "40.00", "150.00", "needs neither buy-in nor round nor game")
	require.Equal(t, won, x.moved(x.post("promo/settle", edit(t, settle, "game", "null")), "payout", "40.00", "150.00", "repeated"))
	require.Equal(t, won, x.moved(x.post("promo/settle", edit(t, settle, "transaction.payout", `"77.00"`)), "payout", "40.00", "150.00", "repeated with another amount"))
	back := x.moved(x.post("promo/refund", buyin), "refund", "9.00", "159.00")
	require.Equal(t, back, x.moved(x.post("promo/refund", buyin), "refund", "9.00", "159.00", "repeated"))
	require.Equal(t, fails(400), x.post("promo/refund", edit(t, buyin, "transaction.id", `"b9"`)))
	require.Equal(t, fails(304), x.post("promo/buyin", edit(t, edit(t, buyin, "transaction.id", `"b3"`), "transaction.stake", `"159.01"`)))
	x.moved(x.stake("b1", "r30", "1.00"), "stake", "1.00", "158.00", "promotions have their own ids")
	x.moved(x.payout("b1", "r30", "1.00", true), "payout", "1.00", "159.00")
	x.Cash("159.00", "0.00")
}

func freeRounds(t *testing.T, x *casino) {
	stake := edit(t, x.body("stake", "f1", "r40", "0.00", false), "transaction.stakePromo", `"1.00"`)
	x.moved(x.post("stake", stake), "stake", "0.00", "159.00", "a free round takes nothing")
	x.Cash("159.00", "0.00")
	x.moved(x.payout("f2", "r40", "0.00", true), "payout", "0.00", "159.00")

	mixed := edit(t, x.body("stake", "f3", "r41", "1.00", false), "transaction.stakePromo", `"5.00"`)
	require.Equal(t, fails(304), x.post("stake", mixed), "there is no promotional money, and cash does not pay its part")
	x.Cash("159.00", "0.00")
	x.moved(x.post("stake", edit(t, edit(t, stake, "transaction.id", `"f4"`), "round.id", `"r42"`)), "stake", "0.00", "159.00")
	won := edit(t, x.body("payout", "f5", "r42", "0.00", true), "transaction.payoutPromo", `"3.00"`)
	first := x.moved(x.post("payout", won), "payout", "3.00", "162.00", "the answer says what was paid")
	require.Equal(t, first, x.moved(x.post("payout", won), "payout", "3.00", "162.00", "repeated"))
	stake = edit(t, edit(t, stake, "transaction.id", `"f6"`), "round.id", `"r43"`)
	x.moved(x.post("stake", stake), "stake", "0.00", "162.00")
	x.moved(x.post("refund", stake), "refund", "0.00", "162.00", "nothing was taken, nothing comes back")
	x.moved(x.post("refund", edit(t, stake, "transaction.stakePromo", `"0.00"`)), "refund", "0.00", "162.00", "whatever the refund says of itself")
	x.moved(x.stake("f7", "r44", "3.00"), "stake", "3.00", "159.00")
	x.moved(x.payout("f8", "r44", "0.00", true), "payout", "0.00", "159.00")
}

func refusals(t *testing.T, x *casino) {
	require.Equal(t, fails(304), x.stake("s50", "r50", "159.01"))
	require.Equal(t, fails(304), x.stake("s50", "r50", "159.01"))
	require.Equal(t, fails(400), x.refund("s50", "r50", "159.01"), "of a stake that was refused")
	require.Equal(t, fails(400), x.payout("p50", "r50", "1.00", true))
	stake := x.body("stake", "s51", "r51", "1.00", false)
	for name, c := range map[string]struct {
		path, value string
		code        int
	}{
		"unknown token":    {"token", `"unknown-token-unknown-token-unknown-token"`, 301},
		"short token":      {"token", `"x"`, 301},
		"unknown user":     {"userId", `"ply_other"`, 301},
		"unknown game":     {"game.key", `"nothing"`, 200},
		"other currency":   {"currency", `"USD"`, 305},
		"unknown currency": {"currency", `"QQQ"`, 305},
		"odd currency":     {"currency", `"eur"`, 305},
	} {
		require.Equal(t, fails(c.code), x.post("stake", edit(t, stake, c.path, c.value)), name)
	}
	x.moved(x.stake("s51", "r51", "1.00"), "stake", "1.00", "158.00")
	for path, body := range map[string]string{
		"payout": x.body("payout", "p51", "r51", "5.00", true), "refund": stake, "promo/settle": x.body("payout", "p52", "r51", "5.00", true), "promo/refund": stake,
	} {
		require.Equal(t, fails(301), x.post(path, edit(t, body, "token", `"unknown-token-unknown-token-unknown-token"`)), path)
		require.Equal(t, fails(301), x.post(path, edit(t, body, "userId", `"ply_other"`)), path)
		require.Equal(t, fails(305), x.post(path, edit(t, body, "currency", `"USD"`)), path)
		require.Equal(t, fails(305), x.post(path, edit(t, body, "currency", `"QQQ"`)), path)
	}
	x.Cash("158.00", "1.00")
	x.moved(x.payout("p51", "r51", "2.00", true), "payout", "2.00", "160.00")
	x.Cash("160.00", "0.00")
}

// TestTokens: who may do what with which token.
func TestTokens(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"casino_id": "c1"})
	strangerID, strangerToken := x.NewPlayer("50.00", "EUR")
	x.moved(x.stake("s1", "r1", "1.00"), "stake", "1.00", "99.00")
	x.moved(x.stake("s2", "r1", "1.00"), "stake", "1.00", "98.00")

	t.Run("auth replaces the token", func(t *testing.T) {
		require.Equal(t, fails(301), x.as(x.token, strangerID).auth(), "of another player: it must replace nothing")
		require.Equal(t, fails(301), x.as("unknown-token-unknown-token-unknown-token", x.user).auth())
		answer := x.auth()
		require.Contains(t, answer, `{"success":true,"result":{"token":"`)
		fresh := x.as(strings.Split(answer, `"`)[7], x.user)
		require.Equal(t, fmt.Sprintf(`{"success":true,"result":{"token":"%s","currency":"EUR","userId":"%s","casino":"c1","country":"DE","language":"de","balance":{"cash":"98.00","bonus":"0.00"}}}`,
			fresh.token, x.user), answer)
		require.NotEqual(t, x.token, fresh.token)
		require.Equal(t, fails(301), x.auth(), "the old one")
		require.Equal(t, fails(301), x.stake("s3", "r1", "1.00"))
		fresh.moved(fresh.stake("s3", "r1", "1.00"), "stake", "1.00", "97.00")
		x.moved(x.refund("s3", "r1", "1.00"), "refund", "1.00", "98.00", "a refund with the old one")
		x.moved(x.payout("p1", "r1", "3.00", false), "payout", "3.00", "101.00", "a payout with the old one")
		*x = *fresh
		require.Equal(t, fails(305), x.post("auth", fmt.Sprintf(`{"token":"%s","userId":"%s","casino":"c1","currency":"USD"}`, x.token, x.user)))
		answer = x.post("auth", fmt.Sprintf(`{"token":"%s","casino":"c1"}`, x.token))
		require.Contains(t, answer, `"userId":"`+x.user+`"`, "the token alone tells who it is")
		*x = *x.as(strings.Split(answer, `"`)[7], x.user)
	})
	t.Run("foreign tokens and transactions", func(t *testing.T) {
		stranger := x.as(strangerToken, strangerID)
		require.Equal(t, fails(400), stranger.payout("p2", "r1", "2.00", true), "another player's round")
		require.Equal(t, fails(400), stranger.refund("s1", "r1", "1.00"))
		require.Equal(t, fails(301), x.as(x.token, strangerID).payout("p2", "r1", "2.00", true))
		foreign := x.as(x.LaunchAt(adaptertest.Other, x.user, "EUR"), x.user)
		require.Equal(t, fails(301), foreign.stake("s4", "r1", "1.00"), "a token of another integration")
		require.Equal(t, fails(301), foreign.payout("p2", "r1", "1.00", true))
		x.CashOf(strangerID, "EUR", "50.00", "0.00")
	})
	t.Run("the casino", func(t *testing.T) {
		for _, value := range []string{`"c2"`, `"C1"`} {
			require.Equal(t, fails(301), x.post("stake", edit(t, x.body("stake", "s5", "r1", "1.00", false), "casino", value)), value)
		}
		body := func() string { return x.body("stake", "s2", "r1", "1.00", false) } // a repetition
		for _, value := range []string{"", "null", `""`} {
			x.moved(x.post("stake", edit(t, body(), "casino", value)), "stake", "1.00", "101.00", "none is named")
		}
		x.moved(x.post("payout", edit(t, x.body("payout", "p1", "r1", "3.00", false), "casino", "")), "payout", "3.00", "101.00")
		answer := x.post("auth", fmt.Sprintf(`{"token":"%s"}`, x.token))
		require.Contains(t, answer, `"casino":"c1"`)
		*x = *x.as(strings.Split(answer, `"`)[7], x.user)
		x.Configure(map[string]string{"casino_id": "c2", "casino_id_previous": "c1"}, map[string]string{"api_key": apiKey, "recon_token": reconToken})
		require.Eventually(t, func() bool {
			return strings.Contains(x.post("stake", edit(t, body(), "casino", `"c2"`)), `"success":true`)
		}, 5*time.Second, 5*time.Millisecond)
		x.moved(x.post("stake", body()), "stake", "1.00", "101.00", "the former id")
		require.Equal(t, fails(301), x.post("stake", edit(t, body(), "casino", `"c3"`)))
		answer = x.auth()
		require.Contains(t, answer, `"casino":"c1"`, "as it is named")
		*x = *x.as(strings.Split(answer, `"`)[7], x.user)
		x.Configure(map[string]string{"casino_id": "c1"}, map[string]string{"api_key": apiKey, "recon_token": reconToken})
		require.Eventually(t, func() bool { return x.post("stake", edit(t, body(), "casino", `"c2"`)) == fails(301) }, 5*time.Second, 5*time.Millisecond)
	})
	t.Run("reconciliation", func(t *testing.T) {
		recon := x.as(reconToken, x.user)
		require.Equal(t, fails(301), recon.auth())
		require.Equal(t, fails(301), recon.stake("s6", "r1", "1.00"))
		require.Equal(t, fails(301), recon.post("promo/buyin", x.as(reconToken, x.user).body("stake", "b6", "", "1.00", false)))
		recon.moved(recon.payout("p6", "r1", "4.00", false), "payout", "4.00", "105.00")
		x.moved(x.stake("s7", "r7", "5.00"), "stake", "5.00", "100.00")
		for path, body := range map[string]string{
			"refund": recon.body("stake", "s7", "r7", "5.00", false), "payout": recon.body("payout", "p9", "r7", "5.00", false), "promo/settle": recon.body("payout", "b9", "r7", "5.00", false),
		} {
			require.Equal(t, fails(305), recon.post(path, edit(t, body, "currency", `"USD"`)), path)
		}
		x.Cash("100.00", "5.00")
		recon.moved(recon.refund("s7", "r7", "5.00"), "refund", "5.00", "105.00")
		recon.moved(recon.post("promo/settle", edit(t, recon.body("payout", "b7", "", "1.00", false), "round", "")), "payout", "1.00", "106.00")
		require.Equal(t, fails(301), x.as(reconToken, "ply_nobody").payout("p7", "r1", "4.00", false), "the player must be there")
		require.Equal(t, fails(301), x.as(reconToken+"x", x.user).payout("p7", "r1", "4.00", false))
		require.Equal(t, fails(400), recon.payout("p8", "r-none", "4.00", false))
		x.Cash("106.00", "0.00")
	})
	t.Run("sessions that are over", func(t *testing.T) {
		x.moved(x.stake("s10", "r10", "1.00"), "stake", "1.00", "105.00")
		x.EndSessions(x.user)
		require.Equal(t, fails(301), x.auth())
		require.Equal(t, fails(301), x.stake("s11", "r10", "1.00"))
		x.moved(x.stake("s10", "r10", "1.00"), "stake", "1.00", "105.00", "a repetition is no new stake")
		x.moved(x.payout("p10", "r10", "3.00", true), "payout", "3.00", "108.00")
	})
}

// TestLockedPlayer: stakes are refused, payouts and refunds pass.
func TestLockedPlayer(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.moved(x.stake("s1", "r1", "1.00"), "stake", "1.00", "99.00")
	x.moved(x.stake("s2", "r2", "1.00"), "stake", "1.00", "98.00")
	x.Lock(x.user, true)
	x.Publish("player.updated.v1", x.user, 1, &identityv1.PlayerUpdated{PlayerId: x.user, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	n := 0
	require.Eventually(t, func() bool {
		n++
		return x.stake(fmt.Sprintf("l%d", n), "r1", "0.00") == fails(303)
	}, 15*time.Second, 20*time.Millisecond)
	require.Equal(t, fails(303), x.auth())
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("compliance"))).SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: x.user, Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "test",
	})
	require.NoError(t, err)
	x.moved(x.payout("p1", "r1", "5.00", true), "payout", "5.00", "103.00")
	x.moved(x.refund("s2", "r2", "1.00"), "refund", "1.00", "104.00")
	x.Cash("104.00", "0.00")
}

// TestLimits: stakes beyond a limit of the ledger are 306.
func TestLimits(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	guard := func(kind walletv1.GuardKind, maximum *commonv1.Money) {
		_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("compliance"))).SetGuard(t.Context(), &walletv1.SetGuardRequest{
			PlayerId: x.user, Kind: kind, Maximum: maximum, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "test",
		})
		require.NoError(t, err)
	}
	guard(walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, &commonv1.Money{Amount: "20.00", Currency: "EUR"})
	require.Equal(t, fails(306), x.stake("s1", "r1", "20.01"))
	x.moved(x.stake("s2", "r1", "20.00"), "stake", "20.00", "80.00")
	guard(walletv1.GuardKind_GUARD_KIND_NO_STAKE, nil)
	require.Equal(t, fails(303), x.stake("s3", "r1", "1.00"))
	x.moved(x.payout("p2", "r1", "30.00", true), "payout", "30.00", "110.00")
}

// TestAmounts: nothing is rounded, whatever its size.
func TestAmounts(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.Deposit(x.user, "63726992.34", "EUR")
	x.moved(x.stake("s1", "r1", "63727092.33"), "stake", "63727092.33", "0.01")
	x.moved(x.payout("p1", "r1", "63727092.34", true), "payout", "63727092.34", "63727092.35")
	x.Cash("63727092.35", "0.00")
	for _, amount := range []string{"-1.00", "-0.01", "0.001", "1e19", "1e0", "1E1", "10e-1", "92233720368547758.08", "999999999999999999999999999", "", " 1.00", "1,00", "NaN", "0x1", "abc"} {
		require.Equal(t, fails(200), x.stake("s9", "r9", amount), amount)
		require.Equal(t, fails(200), x.payout("p9", "r1", amount, true), amount)
		require.Equal(t, fails(200), x.post("promo/settle", x.body("payout", "p9", "r1", amount, true)), amount)
	}
	for _, number := range []string{"-1", "1e400", "0.001", "true", "[]", "{}", "null"} {
		require.Equal(t, fails(200), x.post("stake", edit(t, x.body("stake", "s9", "r9", "1.00", false), "transaction.stake", number)), number)
	}
	for _, promo := range []string{`"-1.00"`, `"1e1"`} {
		require.Equal(t, fails(200), x.post("stake", edit(t, x.body("stake", "s9", "r9", "1.00", false), "transaction.stakePromo", promo)), promo)
	}
	require.Equal(t, fails(304), x.stake("s9", "r9", "92233720368547758.07"))
	x.Cash("63727092.35", "0.00")
}

// TestParallel: the same and others at the same moment.
func TestParallel(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	together := func(n int, call func(i int) string) (answers []string) {
		var wg sync.WaitGroup
		answers = make([]string, n)
		for i := range n {
			wg.Go(func() { answers[i] = call(i) })
		}
		wg.Wait()
		return answers
	}
	for _, a := range together(8, func(int) string { return x.stake("s1", "r1", "10.00") }) {
		x.moved(a, "stake", "10.00", "90.00")
	}
	x.Cash("90.00", "10.00")
	for _, a := range together(8, func(int) string { return x.payout("p1", "r1", "20.00", true) }) {
		x.moved(a, "payout", "20.00", "110.00")
	}
	x.Cash("110.00", "0.00")
	for i, a := range together(12, func(i int) string { return x.stake(fmt.Sprintf("m%d", i), fmt.Sprintf("m%d", i%4), "1.00") }) {
		require.Contains(t, a, `"success":true`, i)
	}
	x.Cash("98.00", "12.00")
	for i, a := range together(12, func(i int) string { return x.refund(fmt.Sprintf("m%d", i%6), fmt.Sprintf("m%d", i%6%4), "1.00") }) {
		require.Contains(t, a, `"success":true`, i)
	}
	x.Cash("104.00", "6.00")
}

// TestAround: keys, paths and integrations.
func TestAround(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	send := func(change func(*adapterv1.HandleCallbackRequest)) (int, string) {
		r := request("stake", x.body("stake", "s1", "r1", "1.00", false))
		change(r)
		return x.Send(r)
	}
	for name, value := range map[string]string{
		"empty": "", "wrong": "Basic the-api-key", "longer": "Basic " + apiKey + "x", "other scheme": "Bearer " + apiKey, "two spaces": "Basic  " + apiKey, "scheme alone": "Basic ",
	} {
		code, answer := send(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = value })
		require.Equal(t, 401, code, name)
		require.Equal(t, failure(100), answer, name)
	}
	code, answer := send(func(r *adapterv1.HandleCallbackRequest) { r.Headers = r.Headers[:1] })
	require.Equal(t, 401, code)
	require.Equal(t, failure(100), answer)
	code, _ = send(func(r *adapterv1.HandleCallbackRequest) { r.Headers = append(r.Headers, r.Headers[1]) })
	require.Equal(t, 401, code, "twice")
	code, _ = send(func(r *adapterv1.HandleCallbackRequest) { r.Path, r.Headers = "/steal", nil })
	require.Equal(t, 401, code, "nobody learns which paths there are")
	for _, path := range []string{"/steal", "", "/", "/stake/", "/buyin", "/promo", "/promo/stake", "/STAKE"} {
		code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.Path = path })
		require.Equal(t, 404, code, path)
		require.Equal(t, failure(201), answer, path)
	}
	code, _ = send(func(r *adapterv1.HandleCallbackRequest) { r.Method = "GET" })
	require.Equal(t, 405, code)
	code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "nobody" })
	require.Equal(t, 404, code)
	require.Equal(t, failure(100), answer)
	x.Cash("100.00", "0.00")

	code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.Path, r.Headers[1].Value = "/rt/v2/stake", apiKey })
	require.Equal(t, 200, code, "the bare key, and a base with a path of its own")
	x.moved(answer, "stake", "1.00", "99.00")

	x.Enable(false)
	require.Eventually(t, func() bool { return x.stake("s2", "r1", "1.00") == fails(501) }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, fails(501), x.payout("p1", "r1", "1.00", true))
	require.Equal(t, fails(501), x.auth())
	x.moved(x.stake("s1", "r1", "1.00"), "stake", "1.00", "99.00", "a repetition of what was taken: the provider would write it off")
	require.Equal(t, fails(501), x.post("promo/buyin", x.body("stake", "s1", "", "1.00", false)), "of a stake, not of a buy-in")
	require.Equal(t, fails(501), x.post("stake", "{"))
	require.Equal(t, fails(501), x.as(reconToken, x.user).stake("s1", "r1", "1.00"))
	x.Cash("99.00", "1.00")
	x.Enable(true)
	require.Eventually(t, func() bool { return x.stake("s2", "r1", "999.00") == fails(304) }, 5*time.Second, 5*time.Millisecond)

	x.Configure(map[string]string{"error_status": "200"}, map[string]string{"api_key": "new-key", "api_key_previous": apiKey})
	require.Eventually(t, func() bool { return x.stake("s3", "r1", "999.00") == failure(304) }, 5*time.Second, 5*time.Millisecond)
	code, _ = send(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = "basic new-key" })
	require.Equal(t, 200, code)
	x.Configure(nil, map[string]string{"api_key": "new-key"})
	require.Eventually(t, func() bool { return x.auth() == "401 "+failure(100) }, 5*time.Second, 5*time.Millisecond)
}
