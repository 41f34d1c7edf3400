package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// paidByOperator marks the transaction of a win that an operator paid.
const paidByOperator = "unmatched"

// States of an unmatched win.
const (
	unmatchedOpen      int16 = 1
	unmatchedPaid      int16 = 2
	unmatchedDismissed int16 = 3
)

// ResolveUnmatchedWin pays a win that could not be paid, or dismisses it. It is paid under the key of the provider's transaction and written down as that, so
// that the provider's repetition moves nothing. Errors: see the proto.
func (s *Server) ResolveUnmatchedWin(ctx context.Context, req *gamingv1.ResolveUnmatchedWinRequest) (*gamingv1.ResolveUnmatchedWinResponse, error) {
	u, err := s.q.GetUnmatchedWin(ctx, req.GetUnmatchedWinId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errUnmatchedNotFound()
	}
	if err != nil {
		return nil, err
	}
	decided := unmatchedDismissed
	if req.GetPay() {
		decided = unmatchedPaid
	}
	if u.State == decided {
		return &gamingv1.ResolveUnmatchedWinResponse{Win: unmatchedProto(u)}, nil
	}
	if u.State != unmatchedOpen {
		return nil, errUnmatchedResolved(gamingv1.UnmatchedWinState(u.State).String())
	}
	if u.PlayerID == "" {
		u.PlayerID = req.GetPlayerId()
	}
	if req.GetPay() {
		if err = s.payUnmatched(ctx, u); err != nil {
			return nil, err
		}
	}
	done, err := s.q.CloseUnmatchedWin(ctx, db.CloseUnmatchedWinParams{
		State: decided, PlayerID: u.PlayerID, Now: s.now(), ResolvedBy: authn.From(ctx).ID, Resolution: req.GetReason(), UnmatchedWinID: u.UnmatchedWinID,
	})
	if errors.Is(err, pgx.ErrNoRows) { // decided at the same moment, by another or by its provider's repetition
		if done, err = s.q.GetUnmatchedWin(ctx, u.UnmatchedWinID); err == nil && done.State != decided {
			return nil, errUnmatchedResolved(gamingv1.UnmatchedWinState(done.State).String())
		}
	}
	if err != nil {
		return nil, err
	}
	return &gamingv1.ResolveUnmatchedWinResponse{Win: unmatchedProto(done)}, nil
}

// payUnmatched credits the player and writes the win down as done, outside any bet.
func (s *Server) payUnmatched(ctx context.Context, u db.UnmatchedWin) error {
	if u.PlayerID == "" {
		return errPlayerNotFound("")
	}
	if _, err := s.stranger(ctx, u.PlayerID); err != nil {
		return err
	}
	w := who{integrationID: u.IntegrationID, playerID: u.PlayerID}
	now := s.now()
	_, err := s.transact(ctx, needs{who: w, txIDs: []string{u.ProviderTxID}}, func(sit *situation) (plan, error) {
		switch t := sit.tx(u.IntegrationID, kindWin, u.ProviderTxID); {
		case t != nil && t.Purpose != paidByOperator:
			return plan{}, errUnmatchedResolved("MATCHED")
		case t != nil:
			return sit.repeats(t), nil
		}
		return single(deed{
			tx: db.ProviderTx{
				IntegrationID: u.IntegrationID, Kind: kindWin, ProviderTxID: u.ProviderTxID, Fingerprint: u.Fingerprint, State: txDone, Action: actionCredit,
				PlayerID: u.PlayerID, ReferenceTxID: u.BetProviderTxID, Currency: u.Currency, AmountMinor: u.AmountMinor, ReportedMinor: u.AmountMinor,
				ProviderRoundID: u.ProviderRoundID, GameCode: u.GameCode, Purpose: paidByOperator, Applied: true, CreatedAt: now,
			},
			ops: []walletOp{{
				action: actionCredit, key: requestID(kindWin, u.IntegrationID, u.ProviderTxID), amount: u.AmountMinor, ref: betRef{providerTxID: u.ProviderTxID},
			}},
			loose: true,
		}), nil
	})
	return err
}

func errUnmatchedNotFound() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_NOT_FOUND, "there is no such win")
}

func errUnmatchedResolved(state string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_RESOLVED, "the win was decided otherwise", "state", state)
}
