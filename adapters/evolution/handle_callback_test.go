package evolution_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestProtocol is the provider's own test run of a casino, in raw bytes, with the wallet's word after each step (providers.md 3.2 to 3.4).
func TestProtocol(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	t.Run("session", func(t *testing.T) {
		require.Equal(t, fmt.Sprintf(`{"status":"OK","sid":"%s","uuid":"u-1"}`, x.sid), x.check())
		require.Equal(t, ok("100.000000"), x.balance())
	})
	t.Run("bet and result", func(t *testing.T) { betAndResult(t, x) })
	t.Run("cancel", func(t *testing.T) { cancels(t, x) })
	t.Run("unknown bets", func(t *testing.T) { unknownBets(t, x) })
	t.Run("another game.id", func(t *testing.T) { otherGames(t, x) })
	t.Run("one game, many bets", func(t *testing.T) { manyBets(t, x) })
	t.Run("promo payouts", func(t *testing.T) { promos(t, x) })
	t.Run("refusals", func(t *testing.T) { refusals(t, x) })
}

func betAndResult(t *testing.T, x *wallet) {
	require.Equal(t, ok("89.890000"), x.debit("d1", "r1", "g1", "10.11"))
	x.Cash("89.89", "10.11")
	require.Equal(t, ok("89.890000"), x.debit("d1", "r1", "g1", "10.11"), "a repetition takes nothing")
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.debit("d1", "r1", "g1", "10.12"), "repeated with another amount")
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.debit("d1x", "r1", "g1", "10.11"), "another debit of the bet")
	x.Cash("89.89", "10.11")
	require.Equal(t, ok("110.110000"), x.credit("c1", "r1", "g1", "20.220000"))
	x.Cash("110.11", "0.00")
	require.Equal(t, with("BET_ALREADY_SETTLED", "110.110000"), x.credit("c1", "r1", "g1", "20.22"), "repeated")
	require.Equal(t, with("BET_ALREADY_SETTLED", "110.110000"), x.credit("c1", "r1", "g1", "99"), "repeated with another amount")
	require.Equal(t, with("BET_ALREADY_SETTLED", "110.110000"), x.credit("c1b", "r1", "g1", "20.22"), "a second result")
	require.Equal(t, with("BET_ALREADY_SETTLED", "110.110000"), x.cancel("d1", "r1", "g1", "10.11"), "cancelled after its result")
	x.Cash("110.11", "0.00")

	require.Equal(t, ok("100.110000"), x.debit("d2", "r2", "g2", "10"))
	require.Equal(t, ok("100.110000"), x.debit("d1", "r1", "g1", "10.11"), "a repetition shows the balance as it is now")
	require.Equal(t, ok("100.110000"), x.credit("c2", "r2", "g2", "0"), "lost")
	x.Cash("100.11", "0.00")
	require.Equal(t, with("BET_ALREADY_SETTLED", "100.110000"), x.credit("c2", "r2", "g2", "0"))
	require.Equal(t, ok("100.110000"), x.debit("d3", "r3", "g3", "0"), "a stake of nothing")
	require.Equal(t, ok("100.000000"), x.debit("d4", "r4", "g3", "1.1e-1"), "a number as JSON allows it")
	require.Equal(t, ok("100.110000"), x.cancel("d4", "r4", "g3", "0.11"))
	require.Equal(t, ok("100.110000"), x.credit("c3", "r3", "g3", "0"))
	x.Cash("100.11", "0.00")
}

func cancels(t *testing.T, x *wallet) {
	require.Equal(t, ok("80.110000"), x.debit("d10", "r10", "g10", "20"))
	require.Equal(t, ok("100.110000"), x.cancel("d10", "r10", "g10", "5"), "the stake's own amount goes back")
	x.Cash("100.11", "0.00")
	require.Equal(t, with("BET_ALREADY_SETTLED", "100.110000"), x.cancel("d10", "r10", "g10", "20"), "repeated")
	require.Equal(t, with("BET_ALREADY_SETTLED", "100.110000"), x.cancel("d10b", "r10", "g10", "20"), "by another transaction")
	require.Equal(t, with("BET_ALREADY_SETTLED", "100.110000"), x.credit("c10", "r10", "g10", "40"), "won after it was cancelled")
	require.Equal(t, ok("100.110000"), x.debit("d10", "r10", "g10", "20"), "repeated after it was cancelled, it takes nothing")
	x.Cash("100.11", "0.00")
}

func unknownBets(t *testing.T, x *wallet) {
	require.Equal(t, with("BET_DOES_NOT_EXIST", "100.110000"), x.credit("c20", "r20", "g20", "5"))
	require.Equal(t, ok("99.110000"), x.debit("d20", "r20", "g20", "1"), "a result that came too early does not keep the bet out")
	require.Equal(t, ok("104.110000"), x.credit("c20", "r20", "g20", "5"))
	require.Equal(t, with("BET_DOES_NOT_EXIST", "104.110000"), x.cancel("d21", "r21", "g21", "5"))
	require.Equal(t, with("BET_DOES_NOT_EXIST", "104.110000"), x.cancel("d21", "r21", "g21", "5"))
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.debit("d21", "r21", "g21", "5"), "the bet that comes after its cancellation")
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.debit("d21", "r21", "g21", "5"))
	require.Equal(t, with("BET_DOES_NOT_EXIST", "104.110000"), x.credit("c21", "r21", "g21", "5"))
	x.Cash("104.11", "0.00")
	nobody := x.as("never-issued", x.user)
	require.Equal(t, fails("INVALID_SID"), nobody.cancel("d22", "r22", "g22", "4"), "it leaves nothing that keeps the bet out")
	require.Equal(t, fails("INVALID_SID"), nobody.credit("c22", "r22", "g22", "4"))
	require.Equal(t, ok("100.110000"), x.debit("d22", "r22", "g22", "4"))
	require.Equal(t, ok("100.110000"), x.credit("c22", "r22", "g22", "0"))
	x.Cash("100.11", "0.00")
}

// otherGames: a credit or cancel is matched by its refId alone; the game.id that it tells makes no other bet of it, and no round either.
func otherGames(t *testing.T, x *wallet) {
	require.Equal(t, ok("96.110000"), x.debit("d23", "r23", "g23", "4"))
	require.Equal(t, ok("105.110000"), x.credit("c23", "r23", "another", "9"))
	require.True(t, x.over("g23"), "the bet's own round is over")
	require.False(t, x.knows("another"), "no other round was made")
	require.Equal(t, with("BET_ALREADY_SETTLED", "105.110000"), x.credit("c23", "r23", "another", "9"), "repeated")
	require.Equal(t, with("BET_ALREADY_SETTLED", "105.110000"), x.credit("c23", "r23", "g23", "9"), "repeated with the bet's game")
	require.Equal(t, with("BET_ALREADY_SETTLED", "105.110000"), x.credit("c23b", "r23", "third", "9"), "another result of the same bet")
	require.Equal(t, with("BET_ALREADY_SETTLED", "105.110000"), x.cancel("d23", "r23", "another", "4"))
	require.Equal(t, ok("100.110000"), x.debit("d24", "r24", "g24", "5"))
	require.Equal(t, ok("105.110000"), x.cancel("d24", "r24", "another", "5"))
	require.Equal(t, with("BET_ALREADY_SETTLED", "105.110000"), x.credit("c24", "r24", "g24", "9"))
	require.Equal(t, with("BET_DOES_NOT_EXIST", "105.110000"), x.credit("c25", "r25", "g23", "9"), "a game that is known does not make up for a refId that is not")
	require.Equal(t, ok("100.110000"), x.debit("d26", "r26", "g26", "5"))
	require.Equal(t, ok("100.110000"), x.credit("c26", "r26", "g23", "0"), "in the name of a round that is over")
	x.Cash("100.11", "0.00")
}

func manyBets(t *testing.T, x *wallet) {
	for i := range 110 {
		id := fmt.Sprintf("m%d", i)
		require.Equal(t, ok("99.110000"), x.debit("d"+id, "r"+id, "long", "1"))
		require.Equal(t, ok("100.110000"), x.credit("c"+id, "r"+id, "long", "1"))
	}
	require.Equal(t, ok("90.110000"), x.debit("da", "ra", "mixed", "10"))
	require.Equal(t, ok("70.110000"), x.debit("db", "rb", "mixed", "20"))
	require.Equal(t, ok("40.110000"), x.debit("dc", "rc", "mixed", "30"))
	require.Equal(t, ok("60.110000"), x.credit("ca", "ra", "mixed", "20"))
	require.False(t, x.over("mixed"), "two bets have no result")
	require.Equal(t, ok("60.110000"), x.debit("da", "ra", "mixed", "10"))
	require.Equal(t, ok("90.110000"), x.cancel("dc", "rc", "mixed", "30"), "each bet is settled or taken back by itself")
	require.Equal(t, ok("100.110000"), x.credit("cb", "rb", "mixed", "10"))
	require.True(t, x.over("mixed"))
	x.Cash("100.11", "0.00")
	require.Equal(t, ok("90.110000"), x.debit("dw", "rw", "whole", "10"))
	require.Equal(t, ok("80.110000"), x.debit("dv", "rv", "whole", "10"))
	require.Equal(t, ok("120.110000"), x.credit("cv", "rv", "whole", "40"), "one result may be for all of the round, and exceed the bet's own")
	x.Cash("120.11", "10.00")
	require.Equal(t, ok("130.110000"), x.cancel("dw", "rw", "whole", "10"))
}

func promos(t *testing.T, x *wallet) {
	require.Equal(t, ok("135.110000"), x.promo("JackpotWin", "p1", "5"))
	require.Equal(t, ok("135.110000"), x.promo("JackpotWin", "p1", "5"), "paid once")
	require.Equal(t, ok("136.110000"), x.promo("FreeRoundPlayableSpent", "p2", "1.000000"))
	require.Equal(t, ok("137.110000"), x.promo("RealTimeMonetaryReward", "p3", "1"))
	require.Equal(t, ok("138.110000"), x.promo("SomethingNew", "p4", "1"))
	require.Equal(t, ok("138.110000"), x.promo("FromGame", "p5", "0"))
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.promo("FromGame", "p1", "7"), "the id was paid with another amount")
	x.Cash("138.11", "0.00")
}

func refusals(t *testing.T, x *wallet) {
	require.Equal(t, with("INSUFFICIENT_FUNDS", "138.110000"), x.debit("d30", "r30", "g30", "138.12"))
	require.Equal(t, with("INSUFFICIENT_FUNDS", "138.110000"), x.debit("d30", "r30", "g30", "138.12"))
	require.Equal(t, with("BET_DOES_NOT_EXIST", "138.110000"), x.credit("c30", "r30", "g30", "1"), "of a bet that was refused")
	require.Equal(t, with("BET_DOES_NOT_EXIST", "138.110000"), x.cancel("d30", "r30", "g30", "138.12"))
	body := x.bet("d31", "r31", "g31", "1")
	for name, c := range map[string]struct{ path, value, status string }{
		"unknown sid":      {"sid", `"never-issued"`, "INVALID_SID"},
		"foreign user":     {"userId", `"ply_other"`, "INVALID_SID"},
		"unknown table":    {"game.details.table.id", `"nowhere"`, "INVALID_PARAMETER"},
		"other currency":   {"currency", `"USD"`, "INVALID_PARAMETER"},
		"unknown currency": {"currency", `"QQQ"`, "INVALID_PARAMETER"},
		"odd currency":     {"currency", `"eur"`, "INVALID_PARAMETER"},
	} {
		require.Equal(t, fails(c.status), x.post("debit", edit(t, body, c.path, c.value)), name)
	}
	require.Equal(t, ok("137.110000"), x.post("debit", body))
	require.Equal(t, fails("INVALID_PARAMETER"), x.post("credit", edit(t, x.bet("c31", "r31", "g31", "5"), "currency", `"USD"`)))
	require.Equal(t, ok("142.110000"), x.credit("c31", "r31", "g31", "5"))
	for i, known := range []bool{true, false} { // a cancel in another currency takes nothing back, and keeps no bet out
		id := fmt.Sprintf("u%d", i)
		if known {
			require.Equal(t, ok("141.110000"), x.debit("d"+id, "r"+id, "g31", "1"))
		}
		for _, currency := range []string{`"USD"`, `"QQQ"`} {
			require.Equal(t, fails("INVALID_PARAMETER"), x.post("cancel", edit(t, x.bet("d"+id, "r"+id, "g31", "1"), "currency", currency)))
		}
		require.Equal(t, ok("141.110000"), x.debit("d"+id, "r"+id, "g31", "1"))
		require.Equal(t, ok("142.110000"), x.cancel("d"+id, "r"+id, "g31", "1"))
	}
	x.Cash("142.11", "0.00")
}

// TestSessions: who may do what with which sid (providers.md 3.4.5 and 3.4.6).
func TestSessions(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"rotate_sid": "true"})
	phone := x.as(x.Launch(x.Player, "EUR"), x.Player)
	strangerID, strangerSid := x.NewPlayer("50.00", "EUR")
	stranger := x.as(strangerSid, strangerID)

	require.Equal(t, ok("99.000000"), x.debit("d1", "r1", "g1", "1"))
	require.Equal(t, ok("98.000000"), phone.debit("d2", "r2", "g1", "1"), "two sids at once")

	t.Run("check replaces a sid", func(t *testing.T) {
		require.Equal(t, fails("INVALID_SID"), x.as(x.sid, strangerID).check(), "of another player: it must replace nothing")
		require.Equal(t, ok("98.000000"), x.balance())
		answer := x.check()
		require.Regexp(t, `^\{"status":"OK","sid":"[^"]{10,}","uuid":"u-1"\}$`, answer)
		fresh := x.as(strings.Split(answer, `"`)[7], x.user)
		require.NotEqual(t, x.sid, fresh.sid)
		require.Equal(t, fails("INVALID_SID"), x.check())
		require.Equal(t, fails("INVALID_SID"), x.balance())
		require.Equal(t, fails("INVALID_SID"), x.debit("d3", "r3", "g1", "1"))
		require.Equal(t, ok("98.000000"), phone.balance(), "the other one lives on")
		require.Equal(t, ok("98.000000"), fresh.balance())
		require.Equal(t, ok("97.000000"), fresh.debit("d3", "r3", "g1", "1"))
		require.Equal(t, ok("99.000000"), x.credit("c1", "r1", "g1", "2"), "a result with the old sid")
		require.Equal(t, ok("100.000000"), x.cancel("d3", "r3", "g1", "1"))
		require.Equal(t, with("BET_DOES_NOT_EXIST", "100.000000"), x.credit("c9", "r9", "g1", "2"), "the old sid was the player's")
	})
	t.Run("foreign sids and bets", func(t *testing.T) {
		mixed := x.as(phone.sid, strangerID)
		body := mixed.bet("c2", "r2", "g1", "2")
		for _, method := range []string{"debit", "credit", "cancel"} {
			require.Equal(t, fails("INVALID_SID"), mixed.post(method, body), method)
		}
		require.Equal(t, fails("INVALID_SID"), mixed.balance())
		require.Equal(t, fails("INVALID_SID"), mixed.promo("JackpotWin", "p1", "2"))
		require.Equal(t, with("BET_DOES_NOT_EXIST", "50.000000"), stranger.credit("c2", "r2", "g1", "2"), "another player's bet")
		require.Equal(t, with("BET_DOES_NOT_EXIST", "50.000000"), stranger.cancel("d2", "r2", "g1", "1"))
		unknown := x.as("never-issued-at-all", x.user)
		require.Equal(t, fails("INVALID_SID"), unknown.check())
		require.Equal(t, fails("INVALID_SID"), unknown.balance())
		require.Equal(t, fails("INVALID_SID"), unknown.debit("d7", "r7", "g1", "1"))
		require.Equal(t, fails("INVALID_SID"), unknown.credit("c8", "r8", "g1", "1"), "neither sid nor bet are known")
		require.Equal(t, fails("INVALID_SID"), unknown.cancel("d8", "r8", "g1", "1"))
		require.Equal(t, fails("INVALID_SID"), unknown.promo("JackpotWin", "p1", "1"))
		foreign := x.as(x.LaunchAt(adaptertest.Other, x.user, "EUR"), x.user)
		require.Equal(t, fails("INVALID_SID"), foreign.balance(), "a sid of another integration")
		require.Equal(t, fails("INVALID_SID"), foreign.debit("d7", "r7", "g1", "1"))
		x.Cash("100.00", "1.00")
		x.CashOf(strangerID, "EUR", "50.00", "0.00")
	})
	t.Run("two players at one table", func(t *testing.T) {
		require.Equal(t, ok("49.000000"), stranger.debit("d5", "r5", "g1", "1"))
		require.Equal(t, ok("53.000000"), stranger.credit("c5", "r5", "g1", "4"))
		require.Equal(t, ok("102.000000"), phone.credit("c2", "r2", "g1", "2"))
	})
	t.Run("sessions that are over", func(t *testing.T) {
		require.Equal(t, ok("101.000000"), phone.debit("d10", "r10", "g2", "1"))
		require.Equal(t, ok("100.000000"), phone.debit("d11", "r11", "g2", "1"))
		x.EndSessions(x.user)
		require.Equal(t, fails("INVALID_SID"), phone.check())
		require.Equal(t, fails("INVALID_SID"), phone.balance())
		require.Equal(t, fails("INVALID_SID"), phone.debit("d12", "r12", "g2", "1"))
		require.Equal(t, ok("100.000000"), phone.debit("d11", "r11", "g2", "1"), "a repetition is no new bet")
		require.Equal(t, ok("103.000000"), phone.credit("c10", "r10", "g2", "3"))
		require.Equal(t, ok("104.000000"), phone.cancel("d11", "r11", "g2", "1"))
		require.Equal(t, ok("105.000000"), phone.promo("FromGame", "p9", "1"))
		x.Cash("105.00", "0.00")
	})
}

// TestLockedPlayer: stakes are refused, winnings, cancellations and the balance pass.
func TestLockedPlayer(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	require.Equal(t, ok("99.000000"), x.debit("d1", "r1", "g1", "1"))
	require.Equal(t, ok("98.000000"), x.debit("d2", "r2", "g1", "1"))
	x.Lock(x.user, true)
	x.Publish("player.updated.v1", x.user, 1, &identityv1.PlayerUpdated{PlayerId: x.user, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	n := 0
	require.Eventually(t, func() bool {
		n++
		return x.debit(fmt.Sprintf("l%d", n), fmt.Sprintf("l%d", n), "g1", "0") == fails("ACCOUNT_LOCKED")
	}, 15*time.Second, 20*time.Millisecond)
	require.Equal(t, fails("ACCOUNT_LOCKED"), x.check())
	require.Equal(t, ok("98.000000"), x.balance(), "what there is, is shown")
	require.Equal(t, fails("INVALID_SID"), x.as("never-issued", x.user).balance())
	require.Equal(t, ok("103.000000"), x.credit("c1", "r1", "g1", "5"))
	require.Equal(t, ok("104.000000"), x.cancel("d2", "r2", "g1", "1"))
	require.Equal(t, ok("105.000000"), x.promo("JackpotWin", "p1", "1"))
	x.Cash("105.00", "0.00")
}

// TestLimits: the ledger's limits have statuses of their own.
func TestLimits(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	guard := func(kind walletv1.GuardKind, window walletv1.GuardWindow, maximum string) {
		r := &walletv1.SetGuardRequest{PlayerId: x.user, Kind: kind, Window: window, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "test"}
		if maximum != "" {
			r.Maximum = &commonv1.Money{Amount: maximum, Currency: "EUR"}
		}
		_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("compliance"))).SetGuard(t.Context(), r)
		require.NoError(t, err)
	}
	guard(walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, 0, "20.00")
	require.Equal(t, fails("CASINO_LIMIT_EXCEEDED_STAKE"), x.debit("d1", "r1", "g1", "20.01"))
	guard(walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, "19.00")
	require.Equal(t, fails("CASINO_LIMIT_EXCEEDED_LOSS"), x.debit("d2", "r2", "g1", "20.00"))
	guard(walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, "18.00")
	require.Equal(t, ok("90.000000"), x.debit("d3", "r3", "g1", "10.00"))
	require.Equal(t, fails("CASINO_LIMIT_EXCEEDED_TURNOVER"), x.debit("d4", "r4", "g1", "9.00"))
	guard(walletv1.GuardKind_GUARD_KIND_NO_STAKE, 0, "")
	require.Equal(t, fails("ACCOUNT_LOCKED"), x.debit("d5", "r5", "g1", "1.00"))
	require.Equal(t, ok("115.000000"), x.credit("c3", "r3", "g1", "25"))
	x.Cash("115.00", "0.00")
}

// TestTestEnvironment: sid makes sessions, several at once, and only where the operator allows it.
func TestTestEnvironment(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"test_environment": "true"})
	body := fmt.Sprintf(`{"userId":"%s","channel":{"type":"P"},"uuid":"u-1"}`, x.user)
	sids := map[string]bool{x.sid: true}
	for range 2 {
		answer := x.post("sid", body)
		require.Regexp(t, `^\{"status":"OK","sid":"[^"]{10,}","uuid":"u-1"\}$`, answer)
		sids[strings.Split(answer, `"`)[7]] = true
	}
	require.Len(t, sids, 3)
	n, cents := 0, 10000
	for sid := range sids {
		n, cents = n+1, cents-1
		require.Equal(t, ok(fmt.Sprintf("%d.%02d0000", cents/100, cents%100)), x.as(sid, x.user).debit(fmt.Sprintf("d%d", n), fmt.Sprintf("r%d", n), "g1", "0.01"))
	}
	require.Equal(t, fails("INVALID_PARAMETER"), x.post("sid", `{"uuid":"u-1"}`))
	require.Equal(t, fails("INVALID_SID"), x.post("sid", `{"userId":"nobody","uuid":"u-1"}`))
	x.Configure(nil, map[string]string{"auth_token": authToken})
	require.Eventually(t, func() bool {
		code, answer := x.raw("sid", body)
		return code == 404 && answer == fails("UNKNOWN_ERROR")
	}, 5*time.Second, 5*time.Millisecond)
}

// TestOneCreditForARound: where the casino is set up so, a credit ends the round, and bets without one of their own are lost.
func TestOneCreditForARound(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"credit_closes_round": "true"})
	require.Equal(t, ok("90.000000"), x.debit("d1", "r1", "g1", "10"))
	require.Equal(t, ok("80.000000"), x.debit("d2", "r2", "g1", "10"))
	require.Equal(t, ok("115.000000"), x.credit("c1", "r2", "g1", "35"))
	x.Cash("115.00", "0.00")
	require.Equal(t, with("BET_ALREADY_SETTLED", "115.000000"), x.cancel("d1", "r1", "g1", "10"))
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.debit("d3", "r3", "g1", "10"), "the round is over")
	x.Cash("115.00", "0.00")
}

// TestUnlistedTables: where the operator wants it, a bet at a table that is not listed is the lobby's.
func TestUnlistedTables(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"unlisted_tables": "lobby", "tables": "table-1"})
	x.Cash("100.00", "0.00")
	at := func(table, body string) string { return edit(t, body, "game.details.table.id", `"`+table+`"`) }
	game := func(round string) string {
		r, err := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Peer("evolution"))).FindRound(t.Context(), &gamingv1.FindRoundRequest{
			Caller: &gamingv1.Caller{IntegrationId: adaptertest.Licence, PlayerId: x.user, SessionToken: x.sid}, ProviderRoundId: round,
		})
		require.NoError(t, err)
		return r.GetGameCode()
	}
	require.Equal(t, ok("99.000000"), x.debit("d1", "r1", "g1", "1"))
	require.Equal(t, "table-1", game("g1"))
	require.Equal(t, ok("98.000000"), x.post("debit", at("new-table", x.bet("d2", "r2", "g2", "1"))))
	require.Equal(t, "lobby", game("g2"))
	x.Configure(map[string]string{"unlisted_tables": "lobby", "tables": "table-1, new-table"}, map[string]string{"auth_token": authToken})
	for range 3 {
		require.Equal(t, ok("98.000000"), x.post("debit", at("new-table", x.bet("d2", "r2", "g2", "1"))), "repeated after the table was listed")
	}
	require.Equal(t, ok("100.000000"), x.post("credit", at("new-table", x.bet("c2", "r2", "g2", "2"))))
	require.Equal(t, ok("101.000000"), x.credit("c1", "r1", "g1", "1"))
	x.Cash("101.00", "0.00")
}

// TestAmounts: nothing is rounded, whatever its size.
func TestAmounts(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.Deposit(x.user, "63726992.34", "EUR")
	require.Equal(t, ok("63727092.340000"), x.balance())
	require.Equal(t, ok("0.010000"), x.debit("d1", "r1", "g1", "63727092.33"))
	require.Equal(t, ok("63727092.340000"), x.credit("c1", "r1", "g1", "63727092.330000"))
	require.Equal(t, ok("0.000000"), x.debit("d2", "r2", "g1", "63727092.34"))
	require.Equal(t, ok("127454184.680000"), x.credit("c2", "r2", "g1", "127454184.68"))
	x.Cash("127454184.68", "0.00")
	for _, amount := range []string{"-1", "-0.01", "0.001", "10.000001", "1e19", "92233720368547758.08", "999999999999999999999999999", "1e400", "1E-3"} {
		require.Equal(t, fails("INVALID_PARAMETER"), x.debit("d9", "r9", "g1", amount), amount)
		require.Equal(t, fails("INVALID_PARAMETER"), x.credit("c9", "r9", "g1", amount), amount)
		require.Equal(t, fails("INVALID_PARAMETER"), x.promo("JackpotWin", "p9", amount), amount)
	}
	require.Equal(t, with("INSUFFICIENT_FUNDS", "127454184.680000"), x.debit("d9", "r9", "g1", "92233720368547758.07"))
	player, sid := x.NewPlayer("0.12345678", "BTC")
	coins := x.as(sid, player)
	body := edit(t, coins.bet("d1b", "r1b", "g1", "0.023456"), "currency", `"BTC"`)
	require.Equal(t, ok("0.100000"), coins.post("debit", body), "what is finer than the protocol is not shown")
	x.CashOf(player, "BTC", "0.10000078", "0.02345600")
}

// TestParallel: the same and others at the same moment (providers.md 3.4.4).
// TestParallel_OneRefID: of debits with one refId and ids of their own one is taken, at the same moment too, and only that one is told so.
func TestParallel_OneRefID(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	var wg sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		wg.Go(func() { answers[i] = x.debit(fmt.Sprint("d", i), "r1", "g1", "10") })
	}
	wg.Wait()
	taken := 0
	for _, a := range answers {
		if a == ok("90.000000") {
			taken++
			continue
		}
		require.Regexp(t, `FINAL_ERROR_ACTION_FAILED|"retransmission":true`, a)
	}
	require.Equal(t, 1, taken)
	x.Cash("90.00", "10.00")
}

// TestKeys_WithTheSeparator: ids with a slash in them are other ids than what they look like together.
func TestKeys_WithTheSeparator(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	require.Equal(t, ok("90.000000"), x.debit("d1", "A", "g1", "10"))
	require.Equal(t, ok("80.000000"), x.debit("d2", "A/b", "g1", "10"))
	require.Equal(t, ok("95.000000"), x.credit("b/c", "A", "g1", "15"))
	require.Equal(t, ok("120.000000"), x.credit("c", "A/b", "g1", "25"))
	x.Cash("120.00", "0.00")
}

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
	for _, a := range together(8, func(int) string { return x.debit("d1", "r1", "g1", "10") }) {
		require.Equal(t, ok("90.000000"), a)
	}
	x.Cash("90.00", "10.00")
	paid := 0
	for _, a := range together(8, func(i int) string { return x.credit(fmt.Sprintf("c%d", i%2), "r1", "g1", "20") }) {
		switch a {
		case ok("110.000000"):
			paid++
		case with("BET_ALREADY_SETTLED", "110.000000"):
		default:
			require.Contains(t, a, `"retransmission":true`)
		}
	}
	require.LessOrEqual(t, paid, 1)
	x.Cash("110.00", "0.00")
	for i, a := range together(12, func(i int) string {
		return x.debit(fmt.Sprintf("p%d", i), fmt.Sprintf("p%d", i), fmt.Sprintf("game-%d", i%4), "1")
	}) {
		require.Contains(t, a, `"status":"OK"`, i)
	}
	x.Cash("98.00", "12.00")
	for i, a := range together(12, func(i int) string {
		return x.credit("c"+fmt.Sprint(i), fmt.Sprintf("p%d", i), fmt.Sprintf("game-%d", i%4), "2")
	}) {
		require.Contains(t, a, `"status":"OK"`, i)
	}
	x.Cash("122.00", "0.00")
	for _, a := range together(6, func(int) string { return x.promo("JackpotWin", "pj", "1") }) {
		require.Equal(t, ok("123.000000"), a)
	}
	x.Cash("123.00", "0.00")
}

// TestAround: tokens, paths and integrations.
func TestAround(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	send := func(change func(*adapterv1.HandleCallbackRequest)) (int, string) {
		r := &adapterv1.HandleCallbackRequest{Path: "/debit", RawQuery: authQuery, Body: []byte(x.bet("d1", "r1", "g1", "1"))}
		change(r)
		return x.Send(r)
	}
	for name, query := range map[string]string{
		"none": "", "empty": "authToken=", "wrong": "authToken=s3cr", "longer": authQuery + "x", "other name": "authtoken=s3cr%26t+of+the+casino",
		"twice": authQuery + "&" + authQuery, "not a query": "authToken=%zz", "semicolon": "a=1;" + authQuery,
	} {
		code, answer := send(func(r *adapterv1.HandleCallbackRequest) { r.RawQuery = query })
		require.Equal(t, 401, code, name)
		require.Equal(t, fails("INVALID_TOKEN_ID"), answer, name)
	}
	code, answer := send(func(r *adapterv1.HandleCallbackRequest) { r.RawQuery, r.Body = "", []byte("no json") })
	require.Equal(t, 401, code)
	require.Equal(t, `{"status":"INVALID_TOKEN_ID"}`, answer)
	code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.RawQuery, r.Path = "", "/steal" })
	require.Equal(t, 401, code, "nobody learns which methods there are")
	require.Equal(t, fails("INVALID_TOKEN_ID"), answer)
	for _, path := range []string{"/steal", "", "/", "/debit/", "/Debit", "/sid"} {
		code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.Path = path })
		require.Equal(t, 404, code, path)
		require.Equal(t, fails("UNKNOWN_ERROR"), answer, path)
	}
	code, _ = send(func(r *adapterv1.HandleCallbackRequest) { r.Method = "GET" })
	require.Equal(t, 405, code)
	code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "nobody" })
	require.Equal(t, 404, code)
	require.Equal(t, fails("INVALID_TOKEN_ID"), answer)
	x.Cash("100.00", "0.00")

	code, answer = send(func(r *adapterv1.HandleCallbackRequest) { r.Path, r.RawQuery = "/ows/v1/debit", "foo=1&"+authQuery })
	require.Equal(t, 200, code, "a base with a path of its own")
	require.Equal(t, ok("99.000000"), answer)

	x.Enable(false)
	require.Eventually(t, func() bool { return x.balance() == fails("FATAL_ERROR_CLOSE_USER_SESSION") }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, fails("FATAL_ERROR_CLOSE_USER_SESSION"), x.debit("d2", "r2", "g1", "1"))
	require.Equal(t, ok("99.000000"), x.debit("d1", "r1", "g1", "1"), "a repetition of what was taken: the provider would take it for refused")
	require.Equal(t, fails("FINAL_ERROR_ACTION_FAILED"), x.debit("d1", "r1", "g1", "2"), "which this is not")
	x.Cash("99.00", "1.00")
	require.Equal(t, `{"status":"TEMPORARY_ERROR","uuid":"u-1","retransmission":true}`, x.credit("c1", "r1", "g1", "5"), "it is to come again")
	code, _ = send(func(r *adapterv1.HandleCallbackRequest) { r.RawQuery = "" })
	require.Equal(t, 401, code)
	x.Enable(true)
	require.Eventually(t, func() bool { return x.balance() == ok("99.000000") }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, ok("104.000000"), x.credit("c1", "r1", "g1", "5"))

	t.Run("a token in rotation", func(t *testing.T) {
		x.Configure(map[string]string{"auth_failure_status": "200"}, map[string]string{"auth_token": "new token", "auth_token_previous": authToken})
		require.Eventually(t, func() bool {
			_, answer := x.Send(&adapterv1.HandleCallbackRequest{Path: "/balance", RawQuery: "authToken=new%20token", Body: []byte(`{"uuid":"u-1"}`)})
			return answer == fails("INVALID_PARAMETER")
		}, 5*time.Second, 5*time.Millisecond)
		require.Equal(t, ok("104.000000"), x.balance(), "the former one is still taken")
		x.Configure(map[string]string{"auth_failure_status": "200"}, map[string]string{"auth_token": "new token"})
		require.Eventually(t, func() bool { return x.balance() == fails("INVALID_TOKEN_ID") }, 5*time.Second, 5*time.Millisecond)
	})
}
