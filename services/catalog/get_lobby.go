package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// GetLobby answers the lobby from memory.
func (s *Server) GetLobby(context.Context, *catalogv1.GetLobbyRequest) (*catalogv1.GetLobbyResponse, error) {
	return s.current.Load().lobby, nil
}
