package cashier

import (
	"context"
	"slices"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// CancelWithdrawal gives the caller's withdrawal up while it waits for approval, where the jurisdiction lets the player. Repeating it changes
// nothing.
func (s *Server) CancelWithdrawal(ctx context.Context, req *cashierv1.CancelWithdrawalRequest) (*cashierv1.CancelWithdrawalResponse, error) {
	w, err := s.findWithdrawal(ctx, req.GetWithdrawalId())
	if err != nil {
		return nil, err
	}
	if authz.Discharge(ctx, w.PlayerID) != nil {
		return nil, errWithdrawalNotFound()
	}
	player, err := s.players.Get(ctx, w.PlayerID)
	if err != nil {
		return nil, errUnavailable(err)
	}
	if slices.Contains(s.rules.noCancel, player.GetCountry()) {
		return nil, errPlayerCancelForbidden()
	}
	if w, err = s.end(ctx, w.WithdrawalID, withdrawalCancelled, "CANCELLED_BY_PLAYER"); err != nil {
		return nil, err
	}
	shown, err := s.showWithdrawal(ctx, w)
	if err != nil {
		return nil, err
	}
	return &cashierv1.CancelWithdrawalResponse{Withdrawal: shown}, nil
}
