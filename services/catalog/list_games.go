package catalog

import (
	"context"
	"slices"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
)

// ListGames answers the games that the caller may play, from memory: by name, or by how well they fit a text.
// Errors: BAD_PAGE_TOKEN, also for a token of another filter, SWITCHES_UNKNOWN.
func (s *Server) ListGames(ctx context.Context, req *catalogv1.ListGamesRequest) (*catalogv1.ListGamesResponse, error) {
	v, err := s.look(ctx, req.GetCountry(), req.GetLanguage(), "")
	if err != nil {
		return nil, err
	}
	games := slices.DeleteFunc(v.playable(), func(e *entry) bool {
		return req.GetCategory() != "" && e.category != req.GetCategory() || req.GetProviderId() != "" && e.providerID != req.GetProviderId() ||
			req.GetTag() != "" && !slices.Contains(e.full.GetTags(), req.GetTag())
	})
	at := playerPosition
	if req.GetSearch() != "" {
		games, at = found(games, newQuery(req.GetSearch()))
	}
	games, next, err := pageOf(page.Of("games", req), req.GetPage(), games, at)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListGamesResponse{Page: next}
	for _, e := range games {
		res.Games = append(res.Games, v.shown(e))
	}
	return res, nil
}
