package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestCountPlay(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	type request = *walletv1.CountPlayRequest
	played := timestamppb.New(time.Now().Add(-time.Minute))
	first := run(f, moving[request, *walletv1.CountPlayResponse]{
		do: walletv1.WalletServiceClient.CountPlay, peer: "gaming", amount: "stake",
		req: &walletv1.CountPlayRequest{RequestId: f.request(), PlayerId: player, Stake: eur("4.00"), PlayedAt: played, Reference: betRef("bet_1")},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.PlayedAt = nil }},
			{"PLAYER_UNKNOWN", func(r request) { r.PlayerId = "ply_nobody" }},
			{"PLAYER_UNKNOWN", func(r request) { r.Stake = usd("4.00") }},
		},
		conflict: func(r request) { r.PlayedAt = timestamppb.New(played.AsTime().Add(time.Second)) },
		balance:  "10.00 0.00 v2",
	})
	require.Empty(t, first.GetGuard())
	event := lastEvent(f, "wallet.play_counted.v1", 1, first.GetOperationId(), &walletv1.PlayCounted{})
	require.Equal(t, []string{"4.00", "bet_1", "10.00"}, []string{event.GetStake().GetAmount(), event.GetReference().GetSourceId(), event.GetBalanceAfter().GetAvailable().GetAmount()})
	require.True(t, event.GetPlayedAt().AsTime().Equal(played.AsTime()))
}

// plays counts a stake of ann's that was played at a time, and answers the guard that does not allow her to go on.
func (w *timed) plays(at, amount string) string {
	w.t.Helper()
	played, err := time.Parse(time.RFC3339, at)
	require.NoError(w.t, err)
	req := &walletv1.CountPlayRequest{RequestId: w.key(), PlayerId: "ann", Stake: eur(amount), PlayedAt: timestamppb.New(played), Reference: betRef("b")}
	r, err := w.CountPlay(asPeer("gaming"), req)
	require.NoError(w.t, err)
	again, err := w.CountPlay(asPeer("gaming"), req)
	require.NoError(w.t, err)
	require.True(w.t, again.GetReplayed())
	require.Equal(w.t, r.GetGuard(), again.GetGuard(), "also said the second time")
	return r.GetGuard()
}

func (w *timed) sends(amount, reason string) {
	w.t.Helper()
	_, err := w.TransferOut(asPeer("gaming"), &walletv1.TransferOutRequest{RequestId: w.key(), PlayerId: "ann", Amount: eur(amount), Provider: "acme", Reference: transferRef("t")})
	require.Equal(w.t, reason, errs.ReasonOf(err), "%v", err)
}

// What was played at a provider counts with what is staked here, in the window in which it was played, and transfers there need room.
func TestCountPlay_StakeLimit(t *testing.T) {
	w := newTimed(t, "2026-03-10T20:00:00Z")
	w.pays("1000.00", "")
	w.limits(t, limitStake, calendarDay, "10.00")
	w.sends("10.01", "LIMIT_REACHED")
	w.sends("10.00", "")
	require.Equal(t, []string{"0.00 10.00"}, w.used(t), "a transfer is no stake")
	require.Empty(t, w.plays("2026-03-10T19:40:00Z", "4.00"))
	w.stakes("5.00", "")
	w.sends("1.01", "LIMIT_REACHED")
	require.Equal(t, "STAKE", w.plays("2026-03-10T20:00:00Z", "1.00"), "nothing is left")
	require.Equal(t, []string{"10.00 0.00"}, w.used(t))
	require.Equal(t, "STAKE", w.plays("2026-03-10T20:00:00Z", "7.00"), "it was played, and counts")
	require.Equal(t, []string{"17.00 0.00"}, w.used(t))
	w.sends("0.01", "LIMIT_REACHED")
	w.stakes("0.01", "LIMIT_REACHED")

	// After midnight in Berlin what was played before it counts there, and takes nothing from the new day.
	w.set("2026-03-10T23:05:00Z")
	require.Equal(t, []string{"0.00 10.00"}, w.used(t))
	require.Empty(t, w.plays("2026-03-10T22:59:59Z", "9.00"))
	require.Equal(t, []string{"0.00 10.00"}, w.used(t))
	require.Empty(t, w.plays("2026-03-10T23:00:00Z", "3.00"))
	require.Equal(t, []string{"3.00 7.00"}, w.used(t))
	require.Empty(t, w.plays("2031-01-01T00:00:00Z", "2.00"), "a clock that is ahead counts as now")
	require.Equal(t, []string{"5.00 5.00"}, w.used(t))
	require.Empty(t, w.plays("2019-01-01T00:00:00Z", "100.00"), "and what is older than any window in none")
	w.sends("5.00", "")
}

// A limit that is set later knows what was played before, and a rolling one lets it leave a day after it was played, not after it was read.
func TestCountPlay_RollingWindow(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("100.00", "")
	require.Empty(t, w.plays("2026-03-10T04:00:00Z", "6.00"))
	w.limits(t, limitStake, rolling24h, "10.00")
	require.Equal(t, []string{"6.00 4.00"}, w.used(t))
	require.Equal(t, "STAKE", w.plays("2026-03-10T08:00:00Z", "4.00"))
	_, err := w.stake("refused", "ann", "0.01")
	require.Equal(t, "2026-03-11T04:15:00Z", errs.Metadata(err)["resets_at"])
	w.set("2026-03-11T04:15:00Z")
	require.Equal(t, []string{"4.00 6.00"}, w.used(t))
}

// A maximum single stake does not undo what was played, but says so, and so does a restriction; each is an event once a minute.
func TestCountPlay_MaximumAndRestriction(t *testing.T) {
	w := newTimed(t, "2026-03-10T10:00:00Z")
	w.pays("100.00", "")
	w.limits(t, walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, 0, "2.00")
	require.Empty(t, w.plays("2026-03-10T10:00:00Z", "2.00"))
	require.Equal(t, "SINGLE_STAKE", w.plays("2026-03-10T10:00:00Z", "2.01"))
	require.Empty(t, w.plays("2026-03-10T09:59:59Z", "5.00"), "there was no maximum then")
	w.sends("50.00", "") // a transfer is no stake
	w.limits(t, limitStake, rolling24h, "5.00")
	require.Equal(t, "STAKE", w.plays("2026-03-10T10:00:00Z", "3.00"), "a limit without room is told before a maximum")
	_, err := w.SetGuard(asPeer("compliance"), &walletv1.SetGuardRequest{
		PlayerId: "ann", Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_REGULATOR, Reason: "excluded",
	})
	require.NoError(t, err)
	require.Equal(t, "NO_STAKE", w.plays("2026-03-10T10:00:00Z", "1.00"))
	var hits int
	require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT count(*) FROM outbox WHERE subject = 'wallet.guard_hit.v1'").Scan(&hits))
	require.Equal(t, 3, hits)
}
