package catalog

import (
	"context"
	"strings"
	"time"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// visitor is who looks at the catalogue.
type visitor struct {
	id       string // for the lobby's variants; empty when nothing tells visitors apart
	country  string
	language string // two letters, lower case
}

// visitor finds out who calls. A player's country is the one they are registered with, whatever the request says; when identity does not answer it is
// unknown, and the rule for unknown countries decides what is seen. What may be played is decided again by gaming.
func (s *Server) visitor(ctx context.Context, country, language, id string) visitor {
	v := visitor{id: id, country: country, language: language}
	if c := authn.From(ctx); c.Kind == authn.KindPlayer {
		v.id, v.country = c.ID, ""
		p, err := s.players.Get(ctx, c.ID)
		if err != nil {
			s.log.WarnContext(ctx, "a player's country cannot be asked", "player_id", c.ID, "error", err)
		} else {
			v.country = p.GetCountry()
			if v.language == "" {
				v.language = p.GetLanguage()
			}
		}
	}
	if v.country == "" {
		v.country = unknownCountry
	}
	v.language, _, _ = strings.Cut(strings.ToLower(v.language), "-")
	return v
}

// playerStatus asks identity about a player.
func (s *Server) playerStatus(ctx context.Context, id string) (*identityv1.GetPlayerStatusResponse, error) {
	identity, err := s.identity()
	if err != nil {
		return nil, err
	}
	return identity.GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: id})
}

// view is the catalogue as a visitor sees it at an instant.
type view struct {
	*snapshot
	visitor
	rules    rules
	switches *switches
	now      time.Time
}

// look is the catalogue as the caller sees it: from memory, to operators with what any replica has answered as changed. Errors: SWITCHES_UNKNOWN.
func (s *Server) look(ctx context.Context, country, language, id string) (view, error) {
	if authn.From(ctx).Kind == authn.KindOperator {
		if _, err := s.latest(ctx); err != nil {
			return view{}, err
		}
	}
	return s.view(ctx, s.visitor(ctx, country, language, id))
}

// view makes it. Errors: SWITCHES_UNKNOWN.
func (s *Server) view(ctx context.Context, v visitor) (view, error) {
	w, err := s.switchesNow(ctx)
	c := s.current.Load()
	return view{snapshot: c, visitor: v, rules: rules{byCountry: c.jurisdictionOf, elsewhere: s.cfg.CertificatesRequired}, switches: w, now: s.now()}, err
}

// unavailable is why the visitor may not play a game; empty when they may.
func (v view) unavailable(e *entry) string {
	return unavailable(e.subject, v.country, v.rules, v.switches, v.now)
}

// availability is where a game may be played now, for every country.
func (v view) availability(e *entry) *catalogv1.Availability {
	in := func(country string) string { return unavailable(e.subject, country, v.rules, v.switches, v.now) }
	out := &catalogv1.Availability{Elsewhere: in(""), ByCountry: map[string]string{}}
	differs := func(country string) {
		if why := in(country); why != out.GetElsewhere() {
			out.ByCountry[country] = why
		}
	}
	differs(unknownCountry)
	for _, country := range e.blocked {
		differs(country)
	}
	for country := range v.switches.countries {
		differs(country)
	}
	for country := range v.rules.byCountry {
		differs(country)
	}
	return out
}

// playable are the games that the visitor may play, by name.
func (v view) playable() []*entry {
	var out []*entry
	for _, e := range v.published {
		if v.unavailable(e) == "" {
			out = append(out, e)
		}
	}
	return out
}

// gamesSeen counts the games of a kind that players see, as lists count for operators. As long as nobody knows what is switched off nothing counts as it.
func (s *Server) gamesSeen(ctx context.Context, kind func(*entry) bool) (n int32) {
	v, err := s.view(ctx, s.visitor(ctx, "", "", ""))
	if err != nil {
		v.switches = &switches{}
	}
	for _, e := range v.playable() {
		if kind(e) {
			n++
		}
	}
	return n
}

// shown is a game in the visitor's language.
func (v view) shown(e *entry) *catalogv1.Game { return v.localized(e, v.language) }
