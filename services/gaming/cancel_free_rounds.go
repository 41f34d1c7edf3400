package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// CancelFreeRounds takes a grant back, at its provider first: when that does not answer, the grant stays as it is and the same call can be
// made again. Errors: see the proto.
func (s *Server) CancelFreeRounds(ctx context.Context, req *gamingv1.CancelFreeRoundsRequest) (*gamingv1.CancelFreeRoundsResponse, error) {
	f, err := s.q.GetFreeRounds(ctx, req.GetFreeRoundsId())
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errFreeRoundsNotFound(req.GetFreeRoundsId())
	case err != nil:
		return nil, err
	case f.State == freeRoundsCancelled:
		return &gamingv1.CancelFreeRoundsResponse{FreeRounds: freeRoundsProto(f)}, nil
	case f.State != freeRoundsActive && f.State != freeRoundsPending:
		return nil, errFreeRoundsClosed(f.FreeRoundsID, freeRoundsName(f.State))
	}
	provider, err := s.providerOf(ctx, f.IntegrationID)
	if err != nil {
		return nil, err
	}
	if f.State == freeRoundsActive {
		_, err = provider.CancelFreeRounds(ctx, &adapterv1.CancelFreeRoundsRequest{
			IntegrationId: f.IntegrationID, GrantId: f.FreeRoundsID, ProviderRef: f.ProviderRef, PlayerId: f.PlayerID,
		})
		switch {
		case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
			return nil, errFreeRoundsClosed(f.FreeRoundsID, "REFUSED_BY_PROVIDER")
		case err != nil:
			return nil, errProviderUnavailable(f.IntegrationID, err)
		}
	}
	if f, err = s.q.CloseFreeRounds(ctx, db.CloseFreeRoundsParams{FreeRoundsID: f.FreeRoundsID, Now: s.now()}); err != nil {
		return nil, err
	}
	return &gamingv1.CancelFreeRoundsResponse{FreeRounds: freeRoundsProto(f)}, nil
}
