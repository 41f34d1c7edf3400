package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// CheckSubject tells whether there is a game, category or studio. What another replica has just stored is taken in first.
func (s *Server) CheckSubject(ctx context.Context, req *catalogv1.CheckSubjectRequest) (*catalogv1.CheckSubjectResponse, error) {
	c, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	var known bool
	switch x := req.GetSubject().(type) {
	case *catalogv1.CheckSubjectRequest_GameId:
		_, known = c.byID[x.GameId]
	case *catalogv1.CheckSubjectRequest_Category:
		known = c.hasCategory(x.Category)
	case *catalogv1.CheckSubjectRequest_ProviderId:
		_, known = c.providers[x.ProviderId]
	}
	return &catalogv1.CheckSubjectResponse{Known: known}, nil
}

// hasCategory tells whether a category was put or has a game.
func (s *snapshot) hasCategory(key string) bool {
	_, known := s.categories[key]
	for _, e := range s.all {
		known = known || e.category == key && key != ""
	}
	return known
}
