package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// LoosenGuard sets a guard, also to something that allows more. Kind, layer, window and time zone stay; the currency too.
func (s *Server) LoosenGuard(ctx context.Context, req *walletv1.LoosenGuardRequest) (*walletv1.LoosenGuardResponse, error) {
	expiresAt, err := s.expiry(req.GetExpiresAt())
	if err != nil {
		return nil, err
	}
	var out *walletv1.Guard
	err = s.changeGuards(ctx, req.GetPlayerId(), func(ctx context.Context, c *guardChange) error {
		g, err := c.find(ctx, req.GetGuardId())
		if err != nil {
			return err
		}
		want := guard{
			id: g.ID, player: g.PlayerID, kind: guardKind(g.Kind), layer: guardLayer(g.Layer), window: guardWindow(g.GuardWindow),
			timeZone: g.TimeZone, reason: req.GetReason(), expiresAt: expiresAt,
		}
		by := authorOf(ctx)
		if !by.sets(want.kind, want.layer) {
			return layerNotAllowed(want.layer)
		}
		if want.maximum, want.currency, err = maximumOf(want.kind, req.GetMaximum()); err != nil {
			return err
		}
		if want.currency != g.Currency {
			return guardInvalid("maximum")
		}
		if !by.loosens(want.layer) && looser(g, &want) {
			return guardProtected(g.ID, want.layer)
		}
		out, err = c.put(ctx, g, want)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.LoosenGuardResponse{Guard: out}, nil
}
