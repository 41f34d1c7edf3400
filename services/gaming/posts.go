package gaming

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
)

const (
	// postsSize is how many requests a call of PostRounds may have.
	postsSize = 64
	// olderWallet is how long PostRounds is not tried after a wallet did not know it.
	olderWallet = time.Minute
)

// errAlone says that it is not known what became of a request that was sent with others, and that it is to be sent by itself: by its keys it is done once.
var errAlone = errors.New("gaming: ask the wallet by itself")

// posting is what the wallet is asked for on behalf of one player, all or none.
type posting struct {
	ctx context.Context // for nothing but the trace of the caller
	req *walletv1.PostRoundRequest
}

// posted is what came of it.
type posted = groupcommit.Outcome[*walletv1.PostRoundResponse]

// startPosts makes the batches of what the wallet is asked for. While little is to be done one call is under way, and what comes meanwhile is the next; the two
// workers need no connection of the database, and keep one half of the players going when a call for the other hangs. A worker waits for company as with rows, and
// the wallet does not wait for what comes together (groupcommit.DoAll). A call has only a part of the time of those who wait for it: what is left is enough to ask alone.
func (s *Server) startPosts() {
	s.posts = groupcommit.New(groupcommit.Options[posting, *walletv1.PostRoundResponse]{
		Workers: max(s.cfg.Workers, 2), MaxBatch: postsSize, QueueLen: 16 * batchSize, Gather: s.cfg.Gather, CommitTimeout: s.cfg.WalletTimeout / 4, Commit: s.postAll,
		Observe: s.batchMetrics.Observe("post"),
		Weight:  func(p posting) int { return len(p.req.GetSteps()) },
		Key:     func(p posting) uint64 { return spread(p.req.GetPlayerId()) },
	})
}

// postRound is PostRound, in one call with what others ask for at the moment. Errors: the wallet's, those of ctx, OVERLOADED.
func (s *Server) postRound(ctx context.Context, req *walletv1.PostRoundRequest) (*walletv1.PostRoundResponse, error) {
	if time.Now().UnixNano() < s.alone.Load() {
		return s.wallet.PostRound(ctx, req)
	}
	r, err := batched(ctx, s.posts, posting{ctx: ctx, req: req})
	if errors.Is(err, errAlone) {
		return s.wallet.PostRound(ctx, req)
	}
	return r, err
}

// postAll sends requests in one call. It has an outcome for each whatever happens: an error would have them sent one after the other, and each wait for those before.
func (s *Server) postAll(ctx context.Context, batch []posting) ([]posted, error) {
	out := make([]posted, len(batch))
	if len(batch) == 1 {
		out[0].Res, out[0].Err = s.wallet.PostRound(ctx, batch[0].req)
		if status.Code(out[0].Err) == codes.DeadlineExceeded {
			out[0].Err = errAlone
		}
		return out, nil
	}
	req := &walletv1.PostRoundsRequest{Rounds: make([]*walletv1.PostRoundRequest, len(batch)), Traces: make([]string, len(batch))}
	for i, p := range batch {
		trace := propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(p.ctx, trace)
		req.Rounds[i], req.Traces[i] = p.req, trace["traceparent"]
	}
	r, err := s.wallet.PostRounds(ctx, req)
	if err == nil && len(r.GetOutcomes()) == len(batch) {
		for i, o := range r.GetOutcomes() {
			out[i] = postedOf(o)
		}
		return out, nil
	}
	each := s.postsError(err)
	if errors.Is(each, errAlone) {
		s.log.InfoContext(ctx, "the wallet is asked for each round by itself", "rounds", len(batch), "err", err)
	}
	for i := range out {
		out[i].Err = each
	}
	return out, nil
}

// postedOf is what PostRound would have answered.
func postedOf(o *walletv1.RoundOutcome) posted {
	switch x := o.GetOutcome().(type) {
	case *walletv1.RoundOutcome_Done:
		return posted{Res: x.Done}
	case *walletv1.RoundOutcome_Error:
		if code := codes.Code(x.Error.GetCode()); code != codes.OK && code != codes.DeadlineExceeded { //nolint:gosec // codes are few
			return posted{Err: status.ErrorProto(x.Error)}
		}
	}
	return posted{Err: errAlone}
}

// postsError is what a call that failed means for each of its requests. A wallet that is away or takes no more would not answer them alone either; whatever else it
// is, it may be one request's doing or that of their being many.
func (s *Server) postsError(err error) error {
	switch {
	case status.Code(err) == codes.Unavailable, errs.Is(err, walletv1.ErrorReason_ERROR_REASON_OVERLOADED), errs.Is(err, commonv1.ErrorReason_ERROR_REASON_OVERLOADED):
		return err
	case status.Code(err) == codes.Unimplemented:
		s.alone.Store(time.Now().Add(olderWallet).UnixNano())
	}
	return errAlone
}
