package catalog

import (
	"context"
	"slices"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
)

// ListOperatorGames answers all games by integration and code, with what any replica has answered as changed. Errors: BAD_PAGE_TOKEN, also for a token of another filter.
func (s *Server) ListOperatorGames(ctx context.Context, req *catalogv1.ListOperatorGamesRequest) (*catalogv1.ListOperatorGamesResponse, error) {
	c, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	games := slices.DeleteFunc(slices.Clone(c.all), func(e *entry) bool {
		return req.GetIntegrationId() != "" && e.integrationID != req.GetIntegrationId()
	})
	games, next, err := pageOf(page.Of("operator_games", req), req.GetPage(), games, operatorPosition)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListOperatorGamesResponse{Page: next}
	for _, e := range games {
		res.Games = append(res.Games, e.full)
	}
	return res, nil
}
