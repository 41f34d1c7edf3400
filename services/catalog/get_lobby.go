package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// GetLobby answers the lobby as the caller sees it, from memory. Errors: SWITCHES_UNKNOWN.
func (s *Server) GetLobby(ctx context.Context, req *catalogv1.GetLobbyRequest) (*catalogv1.GetLobbyResponse, error) {
	v, err := s.look(ctx, req.GetCountry(), req.GetLanguage(), req.GetVisitorId())
	if err != nil {
		return nil, err
	}
	return v.lobby(), nil
}
