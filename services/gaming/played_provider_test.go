package gaming_test

import (
	"context"
	"sync"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
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
	revoked []string
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

func (o *outside) GrantFreeRounds(_ context.Context, r *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	if o.books.err != nil {
		return nil, o.books.err
	}
	o.books.granted = append(o.books.granted, r)
	return &adapterv1.GrantFreeRoundsResponse{ProviderRef: "their-" + r.GetGrantId(), GameCodes: o.books.given}, nil
}

func (o *outside) CancelFreeRounds(_ context.Context, r *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	o.books.mu.Lock()
	defer o.books.mu.Unlock()
	if o.books.err != nil {
		return nil, o.books.err
	}
	o.books.revoked = append(o.books.revoked, r.GetProviderRef())
	return &adapterv1.CancelFreeRoundsResponse{}, nil
}
