package gaming_test

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// books is what the played provider answers about rounds and free rounds. A test changes it under its lock.
type books struct {
	mu      sync.Mutex
	round   *adapterv1.ProviderRound // answer to GetRoundStatus
	asked   int                      // calls of GetRoundStatus
	ask     question                 // answers GetRoundStatus instead of round
	rounds  []*adapterv1.ProviderRound
	err     error // instead of any answer
	granted []*adapterv1.GrantFreeRoundsRequest
	given   []string // the games in which free rounds are given; nil: all
	revoked []*adapterv1.CancelFreeRoundsRequest
	free    map[string]string // grant -> alive, played or revoked
	lost    bool              // grants are made and their answers lost
	way     chan struct{}     // a grant says here that it was asked for, and is made when it is told to
}

func (b *books) set(change func(*books)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

type question func(context.Context, *adapterv1.GetRoundStatusRequest) (*adapterv1.ProviderRound, error)

func (o *outside) GetRoundStatus(ctx context.Context, r *adapterv1.GetRoundStatusRequest) (*adapterv1.GetRoundStatusResponse, error) {
	o.books.mu.Lock()
	o.books.asked++
	ask, round, err := o.books.ask, o.books.round, o.books.err
	o.books.mu.Unlock()
	if ask != nil {
		round, err = ask(ctx, r)
	}
	return &adapterv1.GetRoundStatusResponse{Round: round}, err
}

// ListRounds answers one round a page, of those that are open or finished in the span.
func (o *outside) ListRounds(_ context.Context, r *adapterv1.ListRoundsRequest) (*adapterv1.ListRoundsResponse, error) {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	if o.books.err != nil {
		return nil, o.books.err
	}
	var list []*adapterv1.ProviderRound
	for _, x := range o.books.rounds {
		if at := x.GetFinishedAt().AsTime(); x.GetFinishedAt() == nil || !at.Before(r.GetFrom().AsTime()) && at.Before(r.GetUntil().AsTime()) {
			list = append(list, x)
		}
	}
	n := len(r.GetCursor())
	if n >= len(list) {
		return &adapterv1.ListRoundsResponse{}, nil
	}
	return &adapterv1.ListRoundsResponse{Rounds: list[n : n+1], NextCursor: r.GetCursor() + "x"}, nil
}

// GrantFreeRounds gives free rounds once for each grant.
func (o *outside) GrantFreeRounds(ctx context.Context, r *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	if o.books.err != nil {
		return nil, o.books.err
	}
	if way := o.books.way; way != nil {
		o.books.mu.Unlock()
		select {
		case way <- struct{}{}:
			<-way
		case <-ctx.Done():
		}
		o.books.mu.Lock()
	}
	o.books.granted = append(o.books.granted, r)
	if o.books.free[r.GetGrantId()] == "" {
		o.books.free[r.GetGrantId()] = "alive"
	}
	if o.books.lost {
		return nil, status.Error(codes.Unavailable, "the answer was lost")
	}
	return &adapterv1.GrantFreeRoundsResponse{ProviderRef: "their-" + r.GetGrantId(), GameCodes: o.books.given}, nil
}

// CancelFreeRounds takes back what was given and is not played, as often as it is told.
func (o *outside) CancelFreeRounds(_ context.Context, r *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	if o.books.err != nil {
		return nil, o.books.err
	}
	o.books.revoked = append(o.books.revoked, r)
	if was := o.books.free[r.GetGrantId()]; was != "alive" && was != "revoked" {
		return nil, errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "no", "provider_code", "400", "provider_message", "cannot be cancelled")
	}
	o.books.free[r.GetGrantId()] = "revoked"
	return &adapterv1.CancelFreeRoundsResponse{}, nil
}
