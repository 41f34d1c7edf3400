package wallet

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/propagation"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// maxRoundsSteps is how many operations all requests of a call may have.
const maxRoundsSteps = 256

// PostRounds carries out several requests of PostRound, each for itself. They are queued as single requests are, so a batch has some of them, or others' too.
func (s *Server) PostRounds(ctx context.Context, req *walletv1.PostRoundsRequest) (*walletv1.PostRoundsResponse, error) {
	steps := 0
	for _, r := range req.GetRounds() {
		steps += len(r.GetSteps())
	}
	if steps > maxRoundsSteps {
		return nil, tooManySteps(steps)
	}
	out := &walletv1.PostRoundsResponse{Outcomes: make([]*walletv1.RoundOutcome, len(req.GetRounds()))}
	waiting, places := make([]pending, 0, len(out.Outcomes)), make([]int, 0, len(out.Outcomes))
	for i, r := range req.GetRounds() {
		commands, err := roundCommands(ctx, r)
		if err != nil {
			out.Outcomes[i] = roundRefused(ctx, err)
			continue
		}
		waiting, places = append(waiting, pending{ctx: traced(ctx, req.GetTraces(), i), commands: commands}), append(places, i)
	}
	for n, o := range s.batches.DoAll(ctx, waiting, s.cfg.RoundsPatience) {
		if err := queueRefusal(o.Err); err != nil {
			out.Outcomes[places[n]] = roundRefused(ctx, err)
			continue
		}
		out.Outcomes[places[n]] = &walletv1.RoundOutcome{Outcome: &walletv1.RoundOutcome_Done{Done: roundDone(o.Res)}}
	}
	return out, nil
}

// traced is the call's context with the trace of one of its requests.
func traced(ctx context.Context, traces []string, i int) context.Context {
	if i >= len(traces) || traces[i] == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traces[i]})
}

// roundRefused is the error that PostRound would answer.
func roundRefused(ctx context.Context, err error) *walletv1.RoundOutcome {
	if errors.Is(err, groupcommit.ErrLate) {
		err = errs.New(commonv1.ErrorReason_ERROR_REASON_DEADLINE, "the others of the call were done long before").WithCause(err)
	}
	return &walletv1.RoundOutcome{Outcome: &walletv1.RoundOutcome_Error{Error: rpc.PartStatus(ctx, err).Proto()}}
}
