package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// GetGame answers one game and whether the caller may play it, from memory. Errors: GAME_NOT_FOUND, also for one that the caller does not see, SWITCHES_UNKNOWN.
func (s *Server) GetGame(ctx context.Context, req *catalogv1.GetGameRequest) (*catalogv1.GetGameResponse, error) {
	v, err := s.look(ctx, req.GetCountry(), req.GetLanguage(), "")
	if err != nil {
		return nil, err
	}
	e := v.byID[req.GetGameId()]
	if e == nil {
		return nil, errGameNotFound("game_id", req.GetGameId())
	}
	why := v.unavailable(e)
	if hidden(why) {
		return nil, errGameNotFound("game_id", req.GetGameId())
	}
	return &catalogv1.GetGameResponse{Game: v.shown(e), Playable: why == "", UnavailableReason: why}, nil
}
