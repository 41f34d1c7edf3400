package gaming

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

const (
	stoppedBefore = 24 * time.Hour   // how far back the first question goes; before that the events have told it
	stoppedAgain  = 30 * time.Second // how far behind the latest change each question begins: clocks differ, and a change is seen only when its transaction is over
	stoppedPage   = 500
	stoppedTime   = 5 * time.Second // for a question
)

// stops asks identity again and again who may not play. Events tell it too, and mostly sooner; but who is locked or excluded must not go on staking while no events
// pass.
type stops struct {
	s      *Server
	latest time.Time
	known  map[string]stop // what was taken over already, of the changes that are asked for again
}

type stop struct {
	version int64
	at      time.Time
}

// watchStops takes over who is locked or excluded, until ctx ends.
func (s *Server) watchStops(ctx context.Context) error {
	if s.cfg.StopsEvery <= 0 {
		<-ctx.Done()
		return nil
	}
	w := stops{s: s, latest: s.now().Add(-stoppedBefore), known: map[string]stop{}}
	tick := time.NewTicker(s.cfg.StopsEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			s.log.WarnContext(ctx, "who is locked or excluded could not be asked or taken over; events tell it meanwhile", "err", err)
		case err == nil && failing:
			s.log.InfoContext(ctx, "who is locked or excluded is known again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look takes over what changed since the last look.
func (w *stops) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stoppedTime)
	defer cancel()
	since, after := w.latest.Add(-stoppedAgain), ""
	var failed []error
	first := w.s.now() // of the changes that could not be taken over: what is later is asked for again with them
	for {
		r, err := w.s.identity.ListStoppedPlayers(ctx, &identityv1.ListStoppedPlayersRequest{Since: timestamppb.New(since), AfterPlayerId: after, Limit: stoppedPage})
		if err != nil {
			return err
		}
		for _, p := range r.GetPlayers() {
			if err = w.take(ctx, p); err != nil { // the others must not wait for one
				failed = append(failed, fmt.Errorf("%s: %w", p.GetPlayerId(), err))
				first = earlier(first, p.GetChangedAt().AsTime())
			}
			since, after = p.GetChangedAt().AsTime(), p.GetPlayerId()
		}
		if len(r.GetPlayers()) < stoppedPage {
			if len(failed) > 0 {
				w.latest = earlier(w.latest, first)
			}
			w.forget()
			return errors.Join(failed...)
		}
	}
}

// take takes one player over, once a version.
func (w *stops) take(ctx context.Context, p *identityv1.StoppedPlayer) error {
	at := p.GetChangedAt().AsTime()
	if now := w.s.now(); at.After(now) { // a clock that is ahead must not hide what others change meanwhile
		at = now
	}
	if w.known[p.GetPlayerId()].version < p.GetVersion() {
		err := pg.InTx(ctx, w.s.pool, func(tx pgx.Tx) error {
			return w.s.playerIs(ctx, tx, p.GetPlayerId(), p.GetStatus(), p.GetVersion())
		})
		if err != nil {
			return err
		}
		w.known[p.GetPlayerId()] = stop{version: p.GetVersion(), at: at}
	}
	if at.After(w.latest) {
		w.latest = at
	}
	return nil
}

// forget drops what is not asked for again.
func (w *stops) forget() {
	for id, k := range w.known {
		if k.at.Before(w.latest.Add(-stoppedAgain)) {
			delete(w.known, id)
		}
	}
}
