package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// inFlightTries is how often a transaction first brings to an end what stands in its way before it asks to be sent again.
const inFlightTries = 3

// SettleBet pays a win. The bet's first result settles its hold; later ones are credited from the house. Neither an ended session
// nor a blocked player keeps a player from winnings. Idempotent by (integration, provider_tx_id). Errors: see the proto.
func (s *Server) SettleBet(ctx context.Context, req *gamingv1.SettleBetRequest) (*gamingv1.SettleBetResponse, error) {
	w := winning{req: req, now: s.now()}
	var err error
	if w.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, err
	}
	if w.playerID, _, err = s.playerOf(ctx, req.GetCaller().GetIntegrationId(), req.GetCaller().GetSessionToken(), req.GetCaller().GetPlayerId()); err != nil {
		return nil, err
	}
	var (
		t        db.ProviderTx
		b        db.Bet
		replayed bool
	)
	for try := 1; ; try++ {
		t, b, replayed, err = s.beginWin(ctx, &w)
		var busy *busyError
		if !errors.As(err, &busy) {
			break
		}
		if try == inFlightTries {
			return nil, errInFlight(req.GetBetProviderTxId())
		}
		if err = s.clearWay(ctx, busy.bet); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if t.State == txOpen {
		if t, err = s.drive(ctx, t, b); err != nil {
			return nil, err
		}
	}
	if t.State == txRefused {
		return nil, refusedBefore(t)
	}
	rec, err := s.receipt(ctx, t, replayed)
	if err != nil {
		return nil, err
	}
	return &gamingv1.SettleBetResponse{Receipt: rec, BetId: b.BetID, RoundId: b.RoundID}, nil
}

// winning is a win before it is written down.
type winning struct {
	req      *gamingv1.SettleBetRequest
	now      time.Time
	amount   money.Amount
	playerID string // empty when neither the provider nor the token tells
}

func (w *winning) key() db.GetTransactionParams {
	return db.GetTransactionParams{IntegrationID: w.req.GetCaller().GetIntegrationId(), Kind: kindWin, ProviderTxID: w.req.GetProviderTxId()}
}

// busyError says that something about a bet is under way and must be brought to an end first.
type busyError struct{ bet db.Bet }

func (e *busyError) Error() string { return "gaming: bet " + e.bet.BetID + " is being worked on" }

// beginWin writes a new win down, or finds the one that is repeated.
func (s *Server) beginWin(ctx context.Context, w *winning) (t db.ProviderTx, b db.Bet, replayed bool, err error) {
	_, gameErr := s.gameByCode(ctx, w.req.GetCaller().GetIntegrationId(), w.req.GetGameCode())
	print := fingerprint(w.playerID, w.req.GetProviderRoundId(), w.req.GetGameCode(), w.amount.Currency, w.amount.String(),
		w.req.GetBetProviderTxId(), yesNo(w.req.GetFreeRound()))
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q, key := s.q.WithTx(tx), w.key()
		if err = q.LockTransaction(ctx, pg.LockKey(key.IntegrationID, key.ProviderTxID)); err != nil {
			return err
		}
		r, found, err := lockBet(ctx, q, key.IntegrationID, w.req.GetBetProviderTxId())
		if err != nil {
			return err
		}
		b = found
		t, err = repeated(ctx, q, key, print, w.now)
		if replayed = err == nil; replayed || !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if b.BetID == "" {
			return errBetNotFound(w.req.GetBetProviderTxId())
		}
		if err = s.admitWin(ctx, q, w, r, b); err != nil {
			return err
		}
		if gameErr != nil && w.req.GetGameCode() != b.GameCode { // a live table's game may change inside a round
			return gameErr
		}
		t, b, err = insertWin(ctx, q, w, b, print)
		return err
	})
	return t, b, replayed, err
}

// lockBet locks the round of a bet that a provider refers to and reads the bet under that lock. No bet: an empty one.
func lockBet(ctx context.Context, q *db.Queries, integrationID, providerTxID string) (r db.Round, b db.Bet, err error) {
	b, err = q.GetBetByTx(ctx, db.GetBetByTxParams{IntegrationID: integrationID, ProviderTxID: providerTxID})
	if errors.Is(err, pgx.ErrNoRows) {
		return r, db.Bet{}, nil
	}
	if err != nil {
		return r, b, err
	}
	if r, err = q.LockRound(ctx, b.RoundID); err != nil {
		return r, b, err
	}
	b, err = q.GetBet(ctx, b.BetID)
	return r, b, err
}

// admitWin says why a new win on a bet is refused, or that it must wait.
func (s *Server) admitWin(ctx context.Context, q *db.Queries, w *winning, r db.Round, b db.Bet) error {
	if w.playerID != "" && w.playerID != b.PlayerID {
		return errPlayerMismatch()
	}
	cancelled, err := q.HasCancellation(ctx, db.HasCancellationParams{IntegrationID: b.IntegrationID, ReferenceTxID: w.req.GetProviderTxId()})
	switch {
	case err != nil:
		return err
	case cancelled:
		return errBetVoided(w.req.GetProviderTxId())
	case w.req.GetProviderRoundId() != r.ProviderRoundID:
		return errRoundNotFound()
	case w.amount.Currency != b.Currency:
		return errCurrencyMismatch(w.amount.Currency, b.Currency)
	case b.State == betRejected:
		return errBetNotFound(b.ProviderTxID)
	case b.State == betVoided, b.State == betPending && b.Cancelled:
		return errBetVoided(b.ProviderTxID)
	case b.State == betPending, b.SettleClaim == claimCancel:
		return &busyError{bet: b}
	}
	return nil
}

// insertWin writes a win down as under way and claims the bet's hold when nobody has.
func insertWin(ctx context.Context, q *db.Queries, w *winning, b db.Bet, print []byte) (t db.ProviderTx, _ db.Bet, err error) {
	action := actionCredit
	switch {
	case b.State == betAccepted && b.SettleClaim == claimNone:
		action, b.SettleClaim = actionSettle, claimWin
		if err = saveBet(ctx, q, b); err != nil {
			return t, b, err
		}
	case w.amount.Minor == 0:
		action = actionNone
	}
	t, err = q.InsertTransaction(ctx, db.InsertTransactionParams{
		IntegrationID: b.IntegrationID, Kind: kindWin, ProviderTxID: w.req.GetProviderTxId(), Fingerprint: print, State: txOpen, Action: action,
		PlayerID: b.PlayerID, RoundID: b.RoundID, BetID: b.BetID, ReferenceTxID: b.ProviderTxID, Currency: b.Currency, AmountMinor: w.amount.Minor,
		RoundClosed: w.req.GetRoundClosed(), Now: w.now,
	})
	return t, b, err
}

// drive has the wallet do what a win or a cancellation is for and writes the outcome down. Anybody may drive any transaction that is
// written down, any number of times.
func (s *Server) drive(ctx context.Context, t db.ProviderTx, b db.Bet) (db.ProviderTx, error) {
	ctx = context.WithoutCancel(ctx)
	if b.State == betPending && b.Cancelled { // the stake may have arrived meanwhile: it goes back first
		if err := s.resolve(ctx, b, nil); err != nil {
			return t, err
		}
	}
	m, err := s.ask(ctx, t, b)
	reason := refusal(t.Kind, err)
	if err != nil && reason == "" {
		return t, err
	}
	t, due, err := s.finish(ctx, t, m, reason)
	if err != nil {
		return t, errWalletUnavailable(err)
	}
	s.closeIf(ctx, due, t.RoundID)
	return t, nil
}

// finish writes down what came of a win or a cancellation, once.
func (s *Server) finish(ctx context.Context, t db.ProviderTx, m moved, reason string) (_ db.ProviderTx, due bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q, now := s.q.WithTx(tx), s.now()
		r, err := q.LockRound(ctx, t.RoundID)
		if err != nil {
			return err
		}
		if t, err = q.GetTransaction(ctx, keyOf(t)); err != nil || t.State != txOpen {
			return err
		}
		b, err := q.GetBet(ctx, t.BetID)
		if err != nil {
			return err
		}
		t.State, t.RefuseReason, t.BalanceMinor = txDone, reason, m.balance
		if reason != "" {
			t.State = txRefused
		}
		if err = s.save(ctx, q, t, applied(b, t, now), now); err != nil {
			return err
		}
		due, err = s.advance(ctx, tx, r, step{closing: t.RoundClosed && reason == "", changed: t.Action != actionNone && reason == ""}, now)
		return err
	})
	return t, due, err
}

// applied is a bet after one of its wins or cancellations had its outcome.
func applied(b db.Bet, t db.ProviderTx, now time.Time) db.Bet {
	done := t.State == txDone
	switch {
	case t.Kind == kindWin:
		settles := t.Action == actionSettle
		if settles {
			b.SettleClaim = claimNone
		}
		if done {
			b.PayoutMinor += t.AmountMinor
		}
		if done && settles {
			b.State, b.SettledAt = betSettled, &now
		}
	case t.ReferenceKind == kindBet && b.SettleClaim == claimCancel:
		b.SettleClaim = claimNone
		if done {
			b.State, b.SettledAt = betVoided, &now
			b.PayoutMinor -= t.WinningsMinor
		}
	case t.ReferenceKind == kindWin && done:
		b.PayoutMinor -= t.WinningsMinor
	}
	return b
}
