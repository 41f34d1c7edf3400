package catalog

import (
	"context"
	"encoding/json"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// defaultWeight is the weight of a layout for which none was given.
const defaultWeight = 100

// PutLobby replaces a layout. Games may be unpublished: they appear when they are published. Errors: SECTION_REPEATED, GAME_NOT_FOUND, PROVIDER_NOT_FOUND, LANGUAGE_UNKNOWN, STALE_REVISION.
func (s *Server) PutLobby(ctx context.Context, req *catalogv1.PutLobbyRequest) (*catalogv1.PutLobbyResponse, error) {
	current, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	sections := make([]section, 0, len(req.GetSections()))
	keys := map[string]bool{}
	known := current.byID
	for _, x := range req.GetSections() {
		if keys[x.GetKey()] {
			return nil, errSectionRepeated(x.GetKey())
		}
		keys[x.GetKey()] = true
		if err := languagesKnown(x.GetTitles()); err != nil {
			return nil, err
		}
		if id := x.GetProviderId(); id != "" && current.providers[id].row.ProviderID == "" {
			return nil, errProviderNotFound(id)
		}
		for _, id := range x.GetGameIds() {
			if known[id] == nil {
				return nil, errGameNotFound("game_id", id)
			}
		}
		sections = append(sections, sectionOf(x))
	}
	body, err := json.Marshal(sections)
	if err != nil {
		return nil, err
	}
	weight := int32(defaultWeight)
	if req.Weight != nil {
		weight = req.GetWeight()
	}
	res := &catalogv1.PutLobbyResponse{}
	err = s.write(ctx, func(c *change) error {
		old, err := c.LockLobby(ctx)
		if err != nil {
			return err
		}
		if want := req.GetExpectedRevision(); want != 0 && want != old.Revision {
			return errStaleRevision(want, old.Revision)
		}
		c.changed = true
		if v := req.GetVariant(); v == "" || v == mainVariant {
			res.Revision, err = c.PutLobby(ctx, db.PutLobbyParams{Sections: body, Weight: weight, Now: c.now})
			return err
		}
		if err := c.PutVariant(ctx, db.PutVariantParams{Variant: req.GetVariant(), Weight: weight, Sections: body, Now: c.now}); err != nil {
			return err
		}
		res.Revision, err = c.BumpLobby(ctx)
		return err
	})
	return res, err
}
