package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
)

// ClearGuard takes a guard away.
func (s *Server) ClearGuard(ctx context.Context, req *walletv1.ClearGuardRequest) (*walletv1.ClearGuardResponse, error) {
	err := s.changeGuards(ctx, req.GetPlayerId(), func(ctx context.Context, c *guardChange) error {
		g, err := c.find(ctx, req.GetGuardId())
		if err != nil {
			return err
		}
		by, l := authorOf(ctx), guardLayer(g.Layer)
		if !by.sets(guardKind(g.Kind), l) {
			return layerNotAllowed(l)
		}
		if !by.loosens(l) {
			return guardProtected(g.ID, l)
		}
		was, err := c.read(ctx, g.ID)
		if err != nil {
			return err
		}
		if err := c.q.DeleteGuard(ctx, g.ID); err != nil {
			return err
		}
		e := guardEvent("wallet.guard_cleared.v1", g.PlayerID, g.ID, c.now)
		e.Message = &walletv1.GuardCleared{Guard: was, ClearedBy: authn.From(ctx).ID, Reason: req.GetReason()}
		return bus.Publish(ctx, c.tx, e)
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.ClearGuardResponse{}, nil
}
