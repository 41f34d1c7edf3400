package catalog

import (
	"context"
	"strings"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ListGames answers published games by name, from memory. Errors: BAD_PAGE_TOKEN, also for a token of another filter.
func (s *Server) ListGames(_ context.Context, req *catalogv1.ListGamesRequest) (*catalogv1.ListGamesResponse, error) {
	search := strings.ToLower(req.GetSearch())
	list := "games\x00" + req.GetCategory() + "\x00" + search
	games, next, err := page(s.current.Load().published, playerPosition, list, req.GetPage(), func(g *catalogv1.Game) bool {
		return (req.GetCategory() == "" || g.GetCategory() == req.GetCategory()) && (search == "" || strings.Contains(strings.ToLower(g.GetName()), search))
	})
	if err != nil {
		return nil, err
	}
	return &catalogv1.ListGamesResponse{Games: games, Page: next}, nil
}
