package gaming

import (
	"cmp"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
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
	told := req.GetPlayerId()
	if told != "" && u.PlayerID != "" && told != u.PlayerID {
		return nil, errUnmatchedPlayer(u.PlayerID)
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
	u.PlayerID = cmp.Or(u.PlayerID, told)
	if req.GetPay() {
		err = s.payUnmatched(ctx, u)
	} else {
		err = s.unpaid(ctx, u)
	}
	if err != nil {
		return nil, err
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

// unpaid makes sure that a win was not paid after all, as when its provider repeated it in another way. Errors: UNMATCHED_WIN_RESOLVED.
func (s *Server) unpaid(ctx context.Context, u db.UnmatchedWin) error {
	sit, err := batched(ctx, s.reads, needs{who: who{integrationID: u.IntegrationID, playerID: u.PlayerID}, txIDs: []string{u.ProviderTxID}})
	if err != nil {
		return err
	}
	if t := sit.tx(u.IntegrationID, kindWin, u.ProviderTxID); t != nil && t.State == txDone {
		return errUnmatchedResolved("MATCHED")
	}
	return nil
}

// payUnmatched credits the player and writes the win down as done.
func (s *Server) payUnmatched(ctx context.Context, u db.UnmatchedWin) error {
	if u.PlayerID == "" {
		return errPlayerNotFound("")
	}
	if _, err := s.stranger(ctx, u.PlayerID); err != nil {
		return err
	}
	w := winning{
		w: who{integrationID: u.IntegrationID, playerID: u.PlayerID}, now: s.now(), gameCode: u.GameCode, round: u.ProviderRoundID, id: u.ProviderTxID, betID: u.BetProviderTxID,
		amount: money.Amount{Minor: u.AmountMinor, Currency: u.Currency}, print: u.Fingerprint,
	}
	n := needs{who: w.w, txIDs: []string{w.id}, betIDs: []string{w.betID}}
	if w.round != "" {
		n.providerRounds = []string{w.round}
	}
	_, err := s.transact(ctx, n, func(sit *situation) (plan, error) {
		switch t := sit.tx(u.IntegrationID, kindWin, u.ProviderTxID); {
		case t != nil && t.Purpose != paidByOperator:
			return plan{}, errUnmatchedResolved("MATCHED")
		case t != nil:
			return sit.repeats(t), nil
		case sit.cancelledBefore(u.IntegrationID, kindWin, u.ProviderTxID):
			return plan{}, errUnmatchedResolved("TAKEN_BACK")
		}
		return single(w.byOperator(sit, u.PlayerID)), nil
	})
	return err
}

// byOperator is a win that an operator pays: of its bet when that is there and was not taken back, else outside any bet.
func (w *winning) byOperator(sit *situation, playerID string) deed {
	b := sit.target(w.w.integrationID, playerID, w.round, w.betID)
	if b != nil && b.PlayerID == playerID && b.Currency == w.amount.Currency && (b.State == betAccepted || b.hasResult()) {
		d := w.deed(b)
		d.tx.Purpose = paidByOperator
		return d
	}
	d := deed{tx: w.row(playerID, "", "", w.betID), loose: true}
	d.tx.Action, d.tx.Purpose = actionCredit, paidByOperator
	d.ops = []walletOp{{action: actionCredit, key: w.key(), amount: w.amount.Minor, ref: betRef{providerTxID: w.id}}}
	return d
}

// paidBefore is the plan for a win that an operator has paid. One that was paid outside any bet is its bet's result all the same, when that has come since: its stake is not
// left on hold, and nothing more is paid.
func (w *winning) paidBefore(sit *situation, t *db.ProviderTx, b *bet) plan {
	p := sit.repeats(t)
	if t.BetID == "" && b != nil && b.State == betAccepted && b.PlayerID == t.PlayerID && b.Currency == t.Currency {
		p.joins = append(p.joins, b)
	}
	return p
}

func errUnmatchedNotFound() error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_NOT_FOUND, "there is no such win")
}

func errUnmatchedResolved(state string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_RESOLVED, "the win was decided otherwise", "state", state)
}

func errUnmatchedPlayer(playerID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_PLAYER, "the win is another player's", "player_id", playerID)
}
