package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ListLobbyLayouts answers all layouts as they were put, by whichever replica.
func (s *Server) ListLobbyLayouts(ctx context.Context, _ *catalogv1.ListLobbyLayoutsRequest) (*catalogv1.ListLobbyLayoutsResponse, error) {
	c, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListLobbyLayoutsResponse{Revision: c.lobbyRevision}
	for _, l := range c.layouts {
		out := &catalogv1.LobbyLayout{Variant: l.variant, Weight: l.weight}
		for _, x := range l.sections {
			out.Sections = append(out.Sections, sectionProto(x))
		}
		res.Layouts = append(res.Layouts, out)
	}
	return res, nil
}
