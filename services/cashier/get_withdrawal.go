package cashier

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// GetWithdrawal answers one withdrawal to its player and to operators. Another player's is not there. Who makes the bank transfer sees
// the whole account number for as long as the transfer is to be made.
func (s *Server) GetWithdrawal(ctx context.Context, req *cashierv1.GetWithdrawalRequest) (*cashierv1.GetWithdrawalResponse, error) {
	w, err := s.findWithdrawal(ctx, req.GetWithdrawalId())
	if err != nil {
		return nil, err
	}
	if authz.Discharge(ctx, w.PlayerID) != nil {
		return nil, errWithdrawalNotFound()
	}
	shown, err := s.showWithdrawals(ctx, w)
	if err != nil {
		return nil, err
	}
	if withdrawalState(w.State) == withdrawalSubmitted && w.Destination == destinationBank && paysOut(authn.From(ctx)) {
		iban, err := s.box.Open(w.IbanSealed, sealedFor(w.WithdrawalID, "iban"))
		if err != nil {
			return nil, err
		}
		shown[0].BankAccount.Iban = string(iban)
	}
	return &cashierv1.GetWithdrawalResponse{Withdrawal: shown[0]}, nil
}

// paysOut says whether the caller is staff that makes bank transfers.
func paysOut(c authn.Caller) bool {
	return c.Kind == authn.KindOperator && authz.Holds(c.Roles, optionsv1.Permission_PERMISSION_PAYMENT_WRITE)
}

// findWithdrawal reads a withdrawal. Errors: WITHDRAWAL_NOT_FOUND.
func (s *Server) findWithdrawal(ctx context.Context, id string) (db.Withdrawal, error) {
	w, err := s.q.GetWithdrawal(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return w, errWithdrawalNotFound()
	}
	return w, err
}

// showWithdrawal is one withdrawal with everything, as an answer.
func (s *Server) showWithdrawal(ctx context.Context, w db.Withdrawal) (*cashierv1.Withdrawal, error) {
	shown, err := s.showWithdrawals(ctx, w)
	if err != nil {
		return nil, err
	}
	return shown[0], nil
}
