package catalog

import (
	"context"
	"slices"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// ListCategories answers the categories that have games for the caller; to operators all of them.
func (s *Server) ListCategories(ctx context.Context, req *catalogv1.ListCategoriesRequest) (*catalogv1.ListCategoriesResponse, error) {
	v, err := s.look(ctx, req.GetCountry(), req.GetLanguage(), "")
	if err != nil {
		return nil, err
	}
	list := v.listCategories(v.playable())
	if authn.From(ctx).Kind != authn.KindOperator {
		list = slices.DeleteFunc(list, func(c *catalogv1.Category) bool { return c.GetHidden() || c.GetGames() == 0 })
		for _, c := range list {
			c.Titles = nil
		}
	}
	return &catalogv1.ListCategoriesResponse{Categories: list}, nil
}
