package catalog

import (
	"context"
	"encoding/json"
	"maps"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// PutCategory makes or changes a category. Idempotent. Errors: LANGUAGE_UNKNOWN.
func (s *Server) PutCategory(ctx context.Context, req *catalogv1.PutCategoryRequest) (*catalogv1.PutCategoryResponse, error) {
	if err := languagesKnown(req.GetTitles()); err != nil {
		return nil, err
	}
	titles := maps.Clone(req.GetTitles())
	if titles == nil {
		titles = map[string]string{}
	}
	body, err := json.Marshal(titles)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(c *change) error {
		c.changed = true
		return c.PutCategory(ctx, db.PutCategoryParams{Category: req.GetCategory(), Titles: body, Position: req.GetPosition(), Hidden: req.GetHidden(), Now: c.now})
	})
	if err != nil {
		return nil, err
	}
	out := view{snapshot: &snapshot{categories: map[string]category{req.GetCategory(): {titles: titles, position: req.GetPosition(), hidden: req.GetHidden()}}}}
	games := s.gamesSeen(ctx, func(e *entry) bool { return e.category == req.GetCategory() })
	return &catalogv1.PutCategoryResponse{Category: out.category(req.GetCategory(), games)}, nil
}
