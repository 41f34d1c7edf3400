package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// CancelFreeRounds takes a grant back. That it is to be taken back is written down before its provider is told, so that nobody asks for it any more and a provider
// that does not answer is told again. Errors: see the proto.
func (s *Server) CancelFreeRounds(ctx context.Context, req *gamingv1.CancelFreeRoundsRequest) (*gamingv1.CancelFreeRoundsResponse, error) {
	f, err := s.q.CancelFreeRounds(ctx, db.CancelFreeRoundsParams{FreeRoundsID: req.GetFreeRoundsId(), Now: s.now()})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errFreeRoundsNotFound(req.GetFreeRoundsId())
	case err == nil && f.State == freeRoundsCancelling:
		f, err = s.takeBack(ctx, f)
	}
	switch {
	case err != nil:
		return nil, err
	case f.State == freeRoundsActive:
		return nil, with(errFreeRoundsClosed(f.FreeRoundsID, "REFUSED_BY_PROVIDER"), "refusal", f.Refusal)
	case f.State != freeRoundsCancelled && f.State != freeRoundsCancelling:
		return nil, errFreeRoundsClosed(f.FreeRoundsID, freeRoundsName(f.State))
	}
	return &gamingv1.CancelFreeRoundsResponse{FreeRounds: freeRoundsProto(f)}, nil
}

// takeBack tells a provider to take a grant back, and answers the grant as it stands then: no answer leaves it to be told again.
func (s *Server) takeBack(ctx context.Context, f db.FreeRound) (db.FreeRound, error) {
	provider, err := s.providerOf(ctx, f.IntegrationID)
	if err == nil {
		asking, cancel := context.WithTimeout(ctx, s.freeRoundsPatience())
		defer cancel()
		_, err = provider.CancelFreeRounds(asking, &adapterv1.CancelFreeRoundsRequest{
			IntegrationId: f.IntegrationID, GrantId: f.FreeRoundsID, ProviderRef: f.ProviderRef, PlayerId: f.PlayerID, GameCodes: f.GameCodes, Currency: f.Currency,
		})
	}
	now := s.now()
	end := db.EndCancellingParams{FreeRoundsID: f.FreeRoundsID, Answered: f.ProviderRef != "", Quiet: now.Add(-s.cfg.ReconcileAfter), Now: now}
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), status.Code(err) == codes.Unimplemented:
		end.Refused, end.Refusal = true, notSupported
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
		end.Refused, end.Refusal = true, refusalWords(err)
	case err != nil:
		s.log.WarnContext(ctx, "a provider does not confirm that free rounds are taken back; it is told again", "free_rounds_id", f.FreeRoundsID, "err", err)
		return f, nil
	}
	return s.q.EndCancelling(ctx, end)
}
