package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// DeleteLobbyVariant removes a layout. Idempotent. Errors: LAYOUT_IS_MAIN.
func (s *Server) DeleteLobbyVariant(ctx context.Context, req *catalogv1.DeleteLobbyVariantRequest) (*catalogv1.DeleteLobbyVariantResponse, error) {
	if req.GetVariant() == mainVariant {
		return nil, errLayoutIsMain()
	}
	res := &catalogv1.DeleteLobbyVariantResponse{}
	err := s.write(ctx, func(c *change) error {
		lobby, err := c.LockLobby(ctx)
		if err != nil {
			return err
		}
		res.Revision = lobby.Revision
		n, err := c.DeleteVariant(ctx, req.GetVariant())
		if err != nil || n == 0 {
			return err
		}
		c.changed = true
		res.Revision, err = c.BumpLobby(ctx)
		return err
	})
	return res, err
}
