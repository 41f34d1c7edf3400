package catalog

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ResolveGame finds a game by id, or by integration and provider's code, published or not, and says whether it may be played in a country: from memory, which is asked
// again before it says that there is no such game or that nobody shows it.
// Errors: GAME_NOT_FOUND, SWITCHES_UNKNOWN.
func (s *Server) ResolveGame(ctx context.Context, req *catalogv1.ResolveGameRequest) (*catalogv1.ResolveGameResponse, error) {
	v, err := s.view(ctx, visitor{country: cmp.Or(req.GetCountry(), unknownCountry)})
	if err != nil {
		return nil, err
	}
	e := v.named(req)
	if e == nil || !e.subject.published || !e.offered {
		// Another replica may have published it: that was answered at once, and whoever was answered may play.
		if c, err := s.latestSoon(ctx); err != nil {
			s.log.WarnContext(ctx, "it cannot be read whether a game was published meanwhile", "error", err)
		} else {
			v.snapshot = c
			e = v.named(req)
		}
	}
	if e == nil && req.GetGameId() != "" {
		return nil, errGameNotFound("game_id", req.GetGameId())
	}
	if e == nil {
		return nil, errGameNotFound("code", req.GetCode())
	}
	why := v.unavailable(e)
	game := proto.CloneOf(e.full)
	game.Admin.Availability = v.availability(e)
	return &catalogv1.ResolveGameResponse{Game: game, Playable: why == "", UnavailableReason: why}, nil
}

// named is the game that a request names; nil when there is none.
func (s *snapshot) named(req *catalogv1.ResolveGameRequest) *entry {
	if id := req.GetGameId(); id != "" {
		return s.byID[id]
	}
	return s.byCode[codeKey{req.GetIntegrationId(), req.GetCode()}]
}
