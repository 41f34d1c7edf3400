package catalog

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ResolveGame finds a game by id, or by integration and provider's code, published or not, and says whether it may be played in a country, from memory.
// Errors: GAME_NOT_FOUND, SWITCHES_UNKNOWN.
func (s *Server) ResolveGame(ctx context.Context, req *catalogv1.ResolveGameRequest) (*catalogv1.ResolveGameResponse, error) {
	v, err := s.view(ctx, visitor{country: cmp.Or(req.GetCountry(), unknownCountry)})
	if err != nil {
		return nil, err
	}
	e, key, value := v.byCode[codeKey{req.GetIntegrationId(), req.GetCode()}], "code", req.GetCode()
	if id := req.GetGameId(); id != "" {
		e, key, value = v.byID[id], "game_id", id
	}
	if e == nil {
		return nil, errGameNotFound(key, value)
	}
	why := v.unavailable(e)
	game := proto.CloneOf(e.full)
	game.Admin.Availability = v.availability(e)
	return &catalogv1.ResolveGameResponse{Game: game, Playable: why == "", UnavailableReason: why}, nil
}
