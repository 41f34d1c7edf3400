package studio

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Operator is a licensee of the studio.
type Operator = wallet.Licensee

// ErrOperator is wrapped by the errors of RegisterOperator that say what is wrong with the operator given.
var ErrOperator = errors.New("studio: invalid operator")

// RegisterOperator adds the operator or replaces the one with the same ID, durably. Wallet calls already owed go to
// the new URL.
func (s *Studio) RegisterOperator(o Operator) error {
	if err := parseOperator(&o); err != nil {
		return err
	}
	s.mu.Lock()
	for _, other := range s.operators {
		if other.ID != o.ID && other.Protocol == o.Protocol && other.Key == o.Key {
			s.mu.Unlock()
			return fmt.Errorf("%w: %q is already the %s key of operator %d", ErrOperator, o.Key, o.Protocol, other.ID)
		}
	}
	s.operators[o.ID] = &o
	wait := s.journal.append(entry{Operator: &o})
	s.mu.Unlock()
	return wait()
}

// parseOperator validates and completes what came from outside or from the journal.
func parseOperator(o *Operator) error {
	if o.Protocol == "" {
		o.Protocol = "hub88"
	}
	p, ok := protocols[o.Protocol]
	if !ok {
		return fmt.Errorf("%w: protocol %q is not one of %v", ErrOperator, o.Protocol, Protocols())
	}
	o.Settings = maps.Clone(o.Settings)
	if err := errors.Join(o.Normalise(), p.Check(o)); err != nil {
		return fmt.Errorf("%w: %w", ErrOperator, err)
	}
	return nil
}

// putOperator is PUT /admin/operators/{operator_id}; the body's operator_id may be left out.
func (s *Studio) putOperator(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("operator_id"), 10, 64)
	if err != nil {
		fail(w, http.StatusBadRequest, "bad_request", "operator_id in the path is not an integer")
		return
	}
	o := Operator{ID: id}
	if err := readJSON(w, r, &o); err != nil {
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	if o.ID != id {
		fail(w, http.StatusBadRequest, "bad_request", "operator_id in the body differs from the path")
		return
	}
	err = s.RegisterOperator(o)
	switch {
	case errors.Is(err, ErrOperator):
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
	case err != nil:
		s.internal(w, "register operator", err)
	default:
		writeJSON(w, http.StatusOK, map[string]any{
			"operator": o, "studio_public_key": s.PublicKeyPEM(), "launch_base_url": s.cfg.PublicURL,
		})
	}
}

// listOperators is GET /admin/operators.
func (s *Studio) listOperators(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	out := make([]Operator, 0, len(s.operators))
	for _, o := range s.operators {
		out = append(out, *o)
	}
	s.mu.Unlock()
	slices.SortFunc(out, func(a, b Operator) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	writeJSON(w, http.StatusOK, map[string]any{"operators": out})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
