package wallet

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

func round(player string, steps ...*walletv1.RoundStep) *walletv1.PostRoundRequest {
	return &walletv1.PostRoundRequest{PlayerId: player, Steps: steps}
}

// posted is what became of each of several rounds: the reason, or the balances after its operations.
func (f *fixture) posted(rounds ...*walletv1.PostRoundRequest) (texts []string, outcomes []*walletv1.RoundOutcome) {
	f.t.Helper()
	r, err := f.gaming.PostRounds(f.t.Context(), &walletv1.PostRoundsRequest{Rounds: rounds})
	require.NoError(f.t, err)
	require.Len(f.t, r.GetOutcomes(), len(rounds))
	for _, o := range r.GetOutcomes() {
		text := ""
		if o.GetError() != nil {
			text = errs.ReasonOf(status.ErrorProto(o.GetError()))
		}
		for _, x := range o.GetDone().GetResults() {
			text += short(x.GetBalanceAfter()) + map[bool]string{true: " again"}[x.GetReplayed()] + ";"
		}
		texts = append(texts, text)
	}
	return texts, r.GetOutcomes()
}

func TestPostRounds(t *testing.T) {
	f := startWallet(t)
	ann, bob, cyd := f.player("10.00"), f.player("1.00"), f.player("20.00")
	req := &walletv1.PostRoundsRequest{Rounds: []*walletv1.PostRoundRequest{
		round(ann, placing(ann, "a1", "4.00")),
		round(bob, placing(bob, "b1", "0.50"), placing(bob, "b2", "0.51")),
		round(cyd, placing(cyd, "c1", "5.00"), settling(cyd, "c2", "step:0", "7.00")),
		round(ann, placing(ann, "a2", "6.00")),
		round(bob, placing(ann, "b3", "0.50")),
		round(ann, placing(ann, "a1", "4.00")),
		round(ann, placing(ann, "a1", "5.00")),
		round(cyd, settling(cyd, "c3", "hld_none", "1.00")),
	}}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.PostRounds(t.Context(), req); return err }, others(ann, "gaming")...)
	type request = *walletv1.PostRoundsRequest
	before := f.footprint()
	refuses(f, f.gaming, walletv1.WalletServiceClient.PostRounds, req,
		bad[request]{"VALIDATION", func(r request) { r.Rounds = nil }},
		bad[request]{"VALIDATION", func(r request) {
			for len(r.Rounds) < 65 {
				r.Rounds = append(r.Rounds, r.Rounds[0])
			}
		}},
		bad[request]{"VALIDATION", func(r request) { r.Rounds[3].Steps = nil }},
		bad[request]{"VALIDATION", func(r request) { r.Rounds[3].PlayerId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.Rounds[3].Steps[0].GetPlaceHold().RequestId = "" }},
		bad[request]{"VALIDATION", func(r request) {
			for i := range 3 { // 86 each
				for n := range 86 - len(r.Rounds[i].GetSteps()) {
					player := r.Rounds[i].GetPlayerId()
					r.Rounds[i].Steps = append(r.Rounds[i].Steps, placing(player, fmt.Sprint("more ", n), "0.01"))
				}
			}
		}},
	)
	require.Equal(t, before, f.footprint(), "nothing of an invalid call is done")

	texts, outcomes := f.posted(req.GetRounds()...)
	require.Equal(t, []string{
		"6.00 4.00 v2;", "INSUFFICIENT_FUNDS", "15.00 5.00 v2;22.00 0.00 v3;", "0.00 10.00 v3;", "HOLD_MISMATCH", "6.00 4.00 v2 again;", "IDEMPOTENCY_CONFLICT", "HOLD_NOT_FOUND",
	}, texts)
	require.Equal(t, "1.00 0.00 v1", f.balance(bob), "all or none")
	require.Equal(t, outcomes[0].GetDone().GetResults()[0].GetHoldId(), outcomes[5].GetDone().GetResults()[0].GetHoldId())

	// What PostRound answers is the same, whichever was first, and so are the errors with all they tell.
	before = f.footprint()
	for i, r := range req.GetRounds() {
		done, err := f.gaming.PostRound(t.Context(), r)
		if refused := outcomes[i].GetError(); refused != nil {
			here := status.ErrorProto(refused)
			require.Equal(t, []any{status.Code(err), errs.ReasonOf(err), status.Convert(err).Message(), errs.Metadata(err)},
				[]any{status.Code(here), errs.ReasonOf(here), status.Convert(here).Message(), errs.Metadata(here)})
			continue
		}
		require.NoError(t, err)
		for n, x := range done.GetResults() {
			require.True(t, x.GetReplayed())
			first := proto.CloneOf(outcomes[i].GetDone().GetResults()[n])
			first.Replayed = true
			require.Truef(t, proto.Equal(first, x), "%v\n%v", first, x)
		}
	}
	alone, err := f.gaming.PostRound(t.Context(), round(cyd, placing(cyd, "c4", "2.00")))
	require.NoError(t, err)
	texts, outcomes = f.posted(round(cyd, placing(cyd, "c4", "2.00")), round(cyd, placing(cyd, "c1", "5.00")), round(bob, placing(bob, "b1", "1.00")))
	require.Equal(t, []string{"20.00 2.00 v4 again;", "15.00 5.00 v2 again;", "0.00 1.00 v2;"}, texts)
	require.Equal(t, alone.GetResults()[0].GetOperationId(), outcomes[0].GetDone().GetResults()[0].GetOperationId())
	require.NotEqual(t, before, f.footprint())
}

// What came of each request has the trace of whoever asked for it.
func TestPostRounds_Traces(t *testing.T) {
	f := startWallet(t)
	ann, bob, cyd := f.player("10.00"), f.player("10.00"), f.player("10.00")
	const trace = "0af7651916cd43dd8448eb211c80319c"
	req := &walletv1.PostRoundsRequest{
		Rounds: []*walletv1.PostRoundRequest{round(ann, placing(ann, "a", "1.00")), round(bob, placing(bob, "b", "1.00")), round(cyd, placing(cyd, "c", "1.00"))},
		Traces: []string{"not one", "00-" + trace + "-b7ad6b7169203331-01"},
	}
	_, err := f.gaming.PostRounds(t.Context(), req)
	require.NoError(t, err)
	for _, m := range f.h.Events("wallet.hold.v1", 3) {
		require.NotEmpty(t, m.TraceID)
		require.Equal(t, m.PlayerID == bob, m.TraceID == trace, m.PlayerID)
	}
	type request = *walletv1.PostRoundsRequest
	refuses(f, f.gaming, walletv1.WalletServiceClient.PostRounds, req, bad[request]{"VALIDATION", func(r request) { r.Traces[0] = strings.Repeat("0", 65) }})
}

// Many calls at once with the same rounds in different places: each is done once.
func TestPostRounds_InParallel(t *testing.T) {
	f := startWallet(t)
	players := make([]string, 8)
	for i := range players {
		players[i] = f.player("10.00")
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			req := &walletv1.PostRoundsRequest{}
			for n := range players {
				player := players[(n+i)%len(players)]
				req.Rounds = append(req.Rounds, round(player, placing(player, player+" b", "4.00"), settling(player, player+" w", "step:0", "1.00")))
			}
			r, err := f.gaming.PostRounds(t.Context(), req)
			if err != nil {
				t.Error(err)
			}
			for _, o := range r.GetOutcomes() {
				if o.GetDone() == nil {
					t.Error(o)
				}
			}
		})
	}
	all.Wait()
	for _, player := range players {
		require.Equal(t, "7.00 0.00 v3", f.balance(player))
	}
}

// One player's accounts are locked by somebody: the others' answer is not kept back for long, and the round is found when it is asked for again.
func TestPostRounds_DoesNotWaitLongForOne(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 2, MaxBatch: 64, QueueLen: 1024})
	stuck, free := ids.New("ply"), ids.New("ply")
	for spread(free)%2 == spread(stuck)%2 {
		free = ids.New("ply")
	}
	ctx := asPeer("gaming")
	for _, player := range []string{stuck, free} {
		l.mustPay(t, "dep "+player, player, "10.00")
		_, err := l.stake("first "+player, player, "1.00")
		require.NoError(t, err)
	}
	tx, err := l.db.Pool.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "SELECT FROM account WHERE owner = $1 FOR UPDATE", stuck)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { _, err := l.stake("second", stuck, "1.00"); done <- err }()
	require.Eventually(t, func() bool {
		var waiting bool
		err := l.db.Pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)").Scan(&waiting)
		return err == nil && waiting
	}, 4*time.Second, time.Millisecond)

	start := time.Now()
	r, err := l.PostRounds(ctx, &walletv1.PostRoundsRequest{Rounds: []*walletv1.PostRoundRequest{
		round(stuck, placing(stuck, "third", "1.00")), round(free, placing(free, "other", "1.00")),
	}})
	require.NoError(t, err)
	require.Less(t, time.Since(start), 2*time.Second)
	require.Equal(t, "8.00 2.00 v3", short(r.GetOutcomes()[1].GetDone().GetResults()[0].GetBalanceAfter()))
	late := status.ErrorProto(r.GetOutcomes()[0].GetError())
	require.Equal(t, codes.DeadlineExceeded, status.Code(late))
	require.Equal(t, "DEADLINE", errs.ReasonOf(late))

	require.NoError(t, tx.Rollback(ctx))
	require.NoError(t, <-done)
	again, err := l.PostRound(ctx, round(stuck, placing(stuck, "third", "1.00")))
	require.NoError(t, err)
	require.Equal(t, "7.00 3.00 v4", short(again.GetResults()[0].GetBalanceAfter()))
	l.proven(t)
}

// A queue that takes no more refuses those rounds that find no place.
func TestPostRounds_Overloaded(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 1, MaxBatch: 8, QueueLen: 2})
	l.mustPay(t, "dep", "ann", "10.00")
	resume := l.stall(t)
	outcomes := make(chan []*walletv1.RoundOutcome, 1)
	go func() {
		req := &walletv1.PostRoundsRequest{}
		for n := range 3 {
			req.Rounds = append(req.Rounds, round("ann", placing("ann", fmt.Sprint("stake ", n), "1.00")))
		}
		r, _ := l.PostRounds(asPeer("gaming"), req)
		outcomes <- r.GetOutcomes()
	}()
	l.awaitQueued(t, 2)
	resume()
	all := <-outcomes
	require.Len(t, all, 3)
	require.NotNil(t, all[0].GetDone())
	require.NotNil(t, all[1].GetDone())
	full := status.ErrorProto(all[2].GetError())
	require.Equal(t, []any{codes.ResourceExhausted, "OVERLOADED"}, []any{status.Code(full), errs.ReasonOf(full)})
	retry, ok := errs.RetryAfter(full)
	require.True(t, ok)
	require.Positive(t, retry)
	l.proven(t)
}
