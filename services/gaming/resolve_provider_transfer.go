package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// resolvedRefused is the failure of a transfer that an operator says the provider refused.
const resolvedRefused = "OPERATOR_RESOLVED"

// ResolveProviderTransfer has a transfer gone on with now, or books what the provider has said by another way. Errors: see the proto.
func (s *Server) ResolveProviderTransfer(
	ctx context.Context, req *gamingv1.ResolveProviderTransferRequest,
) (*gamingv1.ResolveProviderTransferResponse, error) {
	t, err := s.q.GetTransfer(ctx, req.GetTransferId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errTransferNotFound(req.GetTransferId())
	}
	if err != nil {
		return nil, err
	}
	wants := map[gamingv1.TransferResolution]int16{
		gamingv1.TransferResolution_TRANSFER_RESOLUTION_APPLIED: applied, gamingv1.TransferResolution_TRANSFER_RESOLUTION_REFUSED: refusedThere,
	}[req.GetResolution()]
	if open(t) {
		if t, err = s.resolve(ctx, t, wants, req.GetReason()); err != nil {
			return nil, err
		}
	}
	if !open(t) && wants != notKnown && t.Outcome != wants {
		return nil, errTransferFinished(t.TransferID, transferStateName(t.State))
	}
	return &gamingv1.ResolveProviderTransferResponse{Transfer: transferProto(t)}, nil
}

// resolve writes the decision down and goes on with the transfer. What the provider itself has said meanwhile stays.
func (s *Server) resolve(ctx context.Context, t db.ProviderTransfer, outcome int16, reason string) (db.ProviderTransfer, error) {
	who, until := authn.From(ctx).ID, s.now().Add(transferLease)
	next, err := s.orCurrent(ctx, t.TransferID, func() (db.ProviderTransfer, error) {
		if outcome == notKnown {
			return s.q.RetryTransfer(ctx, db.RetryTransferParams{ResolvedBy: who, Resolution: reason, Until: until, TransferID: t.TransferID})
		}
		failure := ""
		if outcome == refusedThere {
			failure = resolvedRefused
		}
		return s.q.ResolveTransfer(ctx, db.ResolveTransferParams{
			Outcome: outcome, Failure: failure, ResolvedBy: who, Resolution: reason, Until: until, TransferID: t.TransferID,
		})
	})
	switch {
	case err != nil:
		return next, err
	case next.State == transferRequested && outcome != notKnown:
		return next, errTransferNotSent(t.TransferID)
	}
	return s.advance(ctx, next)
}
