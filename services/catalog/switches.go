package catalog

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// switchesLimit bounds one question to operations.
const switchesLimit = 2 * time.Second

// switchesNow answers what is switched off. Only right after the start, before operations has been asked once, it asks itself: a replica that does
// not know yet must not say that a game may be played. Errors: SWITCHES_UNKNOWN.
func (s *Server) switchesNow(ctx context.Context) (*switches, error) {
	if w := s.switches.Load(); w != nil {
		return w, nil
	}
	if err := s.refreshSwitches(ctx); err != nil {
		return nil, errSwitchesUnknown(err)
	}
	return s.switches.Load(), nil
}

// refreshSwitches takes in what operations has switched off since it was asked last.
func (s *Server) refreshSwitches(ctx context.Context) error {
	s.asking.Lock()
	defer s.asking.Unlock()
	known := s.switches.Load()
	q := &operationsv1.GetPlaySwitchesRequest{}
	if known != nil {
		q.KnownRevision = known.revision
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), switchesLimit)
	defer cancel()
	r, err := s.operations.GetPlaySwitches(ctx, q)
	if status.Code(err) == codes.Unimplemented {
		r, err = &operationsv1.GetPlaySwitchesResponse{}, nil // an operations that is older than the switches has none
	}
	if err != nil {
		return err
	}
	if known == nil || r.GetRevision() != known.revision {
		s.switches.Store(readSwitches(r))
	}
	return nil
}

func readSwitches(r *operationsv1.GetPlaySwitchesResponse) *switches {
	w := &switches{
		revision: r.GetRevision(), games: map[string]bool{}, categories: map[string]bool{}, countries: map[string]bool{}, integrations: map[string]bool{},
		providers: map[string]bool{}, offIntegration: map[string]bool{},
	}
	sets := map[operationsv1.KillSwitchScope]map[string]bool{
		operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME: w.games, operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY: w.categories,
		operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION: w.countries, operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION: w.integrations,
		operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_PROVIDER: w.providers,
	}
	for _, k := range r.GetKillSwitches() {
		set, known := sets[k.GetScope()]
		if !known {
			w.all = true // all play, or a scope that is newer than this program: more than it stops is safer than less
			continue
		}
		set[k.GetValue()] = true
	}
	for _, id := range r.GetDisabledIntegrationIds() {
		w.offIntegration[id] = true
	}
	return w
}

// refreshSwitchesUntil asks several times a second. While operations does not answer, what it said last stays.
func (s *Server) refreshSwitchesUntil(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Switches)
	defer tick.Stop()
	failing := false
	for {
		err := s.refreshSwitches(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.log.Warn("what is switched off cannot be asked; what was known stays", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
