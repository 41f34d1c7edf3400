package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ListOperatorGames answers all games by integration and code, from memory. Errors: BAD_PAGE_TOKEN, also for a token of another filter.
func (s *Server) ListOperatorGames(_ context.Context, req *catalogv1.ListOperatorGamesRequest) (*catalogv1.ListOperatorGamesResponse, error) {
	games, next, err := page(s.current.Load().all, operatorPosition, "operator\x00"+req.GetIntegrationId(), req.GetPage(), func(g *catalogv1.Game) bool {
		return req.GetIntegrationId() == "" || g.GetIntegrationId() == req.GetIntegrationId()
	})
	if err != nil {
		return nil, err
	}
	return &catalogv1.ListOperatorGamesResponse{Games: games, Page: next}, nil
}
