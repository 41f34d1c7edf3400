package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// CancelTransaction takes back a bet or a win. What it does follows from where the bet stands:
//
//	unknown          a tombstone; the late bet or win is then refused
//	stake on its way the bet is marked, and whoever learns of the hold gives it back
//	stake on hold    the hold is released
//	settled          one credit or debit of the difference between stake and winnings, so that nothing is half done
//	win              a debit of the win
//
// Money that the player has spent is not taken by force: INSUFFICIENT_FUNDS, nothing moves, and the provider may send the same
// cancellation again. Idempotent by (integration, provider_tx_id).
func (s *Server) CancelTransaction(ctx context.Context, req *gamingv1.CancelTransactionRequest) (*gamingv1.CancelTransactionResponse, error) {
	c := cancelling{req: req, now: s.now()}
	var err error
	if c.playerID, c.currency, err = s.playerOf(ctx, req.GetCaller().GetIntegrationId(), req.GetCaller().GetSessionToken(), req.GetCaller().GetPlayerId()); err != nil {
		return nil, err
	}
	var (
		t        db.ProviderTx
		b        db.Bet
		replayed bool
	)
	for try := 1; ; try++ {
		t, b, replayed, err = s.beginCancel(ctx, &c)
		var busy *busyError
		if !errors.As(err, &busy) {
			break
		}
		if try == inFlightTries {
			return nil, errInFlight(req.GetReferenceProviderTxId())
		}
		if err = s.clearWay(ctx, busy.bet); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if t.ReferenceKind == "" {
		return s.tombstoneAnswer(ctx, t, replayed)
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
	return &gamingv1.CancelTransactionResponse{Receipt: rec, Found: true}, nil
}

// tombstoneAnswer answers the cancellation of a transaction that never came, with the balance as it is.
func (s *Server) tombstoneAnswer(ctx context.Context, t db.ProviderTx, replayed bool) (*gamingv1.CancelTransactionResponse, error) {
	if t.PlayerID != "" && t.Currency != "" {
		m, err := s.balance(ctx, t.PlayerID, t.Currency)
		if err != nil {
			return nil, err
		}
		t.BalanceMinor = m.balance
	}
	rec, err := s.receipt(ctx, t, false)
	if err != nil {
		return nil, err
	}
	rec.Replayed = replayed
	return &gamingv1.CancelTransactionResponse{Receipt: rec}, nil
}

// cancelling is a cancellation before it is written down.
type cancelling struct {
	req      *gamingv1.CancelTransactionRequest
	now      time.Time
	playerID string // empty when neither the provider nor the token tells
	currency string // of the token's session
}

// beginCancel writes a new cancellation down, or finds the one that is repeated.
func (s *Server) beginCancel(ctx context.Context, c *cancelling) (t db.ProviderTx, b db.Bet, replayed bool, err error) {
	ref := c.req.GetReferenceProviderTxId()
	key := db.GetTransactionParams{IntegrationID: c.req.GetCaller().GetIntegrationId(), Kind: kindCancel, ProviderTxID: c.req.GetProviderTxId()}
	print := fingerprint(c.playerID, c.req.GetProviderRoundId(), ref, yesNo(c.req.GetKeepWinnings()))
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.q.WithTx(tx)
		if err = q.LockTransaction(ctx, pg.LockKey(key.IntegrationID, ref)); err != nil {
			return err
		}
		target, err := lockTarget(ctx, q, key.IntegrationID, ref)
		if err != nil {
			return err
		}
		b = target.bet
		t, err = repeated(ctx, q, key, print, c.now)
		if replayed = err == nil; replayed && t.State != txRefused {
			return nil
		}
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if b.BetID != "" && c.playerID != "" && c.playerID != b.PlayerID {
			return errPlayerMismatch()
		}
		p, err := planCancel(ctx, q, c, target)
		if err != nil {
			return err
		}
		if b = p.bet; b.BetID != "" {
			if err = saveBet(ctx, q, b); err != nil {
				return err
			}
		}
		t, err = writeCancel(ctx, q, c, key, print, p, replayed)
		return err
	})
	if pg.IsUnique(err, "provider_tx_pkey") { // the same id came at the same moment for another reference
		err = errDuplicateMismatch(key.ProviderTxID)
	}
	return t, b, replayed, err
}

// target is what a cancellation refers to: a bet, or a win and its bet, or nothing.
type target struct {
	bet db.Bet
	win *db.ProviderTx
}

// lockTarget finds it and locks its round.
func lockTarget(ctx context.Context, q *db.Queries, integrationID, ref string) (target, error) {
	_, b, err := lockBet(ctx, q, integrationID, ref)
	if err != nil || b.BetID != "" {
		return target{bet: b}, err
	}
	key := db.GetTransactionParams{IntegrationID: integrationID, Kind: kindWin, ProviderTxID: ref}
	w, err := q.GetTransaction(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		return target{}, nil
	}
	if err != nil {
		return target{}, err
	}
	if _, err = q.LockRound(ctx, w.RoundID); err != nil {
		return target{}, err
	}
	if w, err = q.GetTransaction(ctx, key); err != nil {
		return target{}, err
	}
	b, err = q.GetBet(ctx, w.BetID)
	return target{bet: b, win: &w}, err
}

// cancelPlan is what a cancellation will have the wallet do.
type cancelPlan struct {
	bet      db.Bet
	kind     string // what is taken back: kindBet, kindWin, or "" for a tombstone
	action   string
	amount   int64
	winnings int64 // taken from the bet's winnings
}

// planCancel decides. A busyError: something about the bet must be brought to an end first.
func planCancel(ctx context.Context, q *db.Queries, c *cancelling, x target) (cancelPlan, error) {
	if x.bet.BetID == "" {
		return cancelPlan{action: actionNone}, nil
	}
	open, err := q.OpenTransactionsOfBet(ctx, x.bet.BetID)
	if err != nil {
		return cancelPlan{}, err
	}
	busy := len(open) > 0 || x.bet.SettleClaim != claimNone
	if x.win != nil {
		cancelled, err := q.WinCancelled(ctx, db.WinCancelledParams{IntegrationID: x.win.IntegrationID, ReferenceTxID: x.win.ProviderTxID})
		switch {
		case err != nil:
			return cancelPlan{}, err
		case busy:
			return cancelPlan{}, &busyError{bet: x.bet}
		}
		return planWinCancel(x, cancelled), nil
	}
	if x.bet.State != betPending && busy {
		return cancelPlan{}, &busyError{bet: x.bet}
	}
	return planBetCancel(x.bet, c.req.GetKeepWinnings()), nil
}

// planWinCancel takes a win back, unless that has been done, by itself or with its bet.
func planWinCancel(x target, cancelled bool) cancelPlan {
	p := cancelPlan{bet: x.bet, kind: kindWin, action: actionNone}
	if x.win.State == txDone && !cancelled && x.win.AmountMinor > 0 && x.bet.PayoutMinor >= x.win.AmountMinor {
		p.action, p.amount, p.winnings = actionDebit, x.win.AmountMinor, x.win.AmountMinor
	}
	return p
}

// planBetCancel takes a bet back.
func planBetCancel(b db.Bet, keepWinnings bool) cancelPlan {
	p := cancelPlan{bet: b, kind: kindBet, action: actionNone}
	switch b.State {
	case betPending:
		p.bet.Cancelled = true
	case betAccepted:
		p.action, p.bet.SettleClaim = actionRelease, claimCancel
	case betSettled:
		p.bet.SettleClaim = claimCancel
		if !keepWinnings {
			p.winnings = b.PayoutMinor
		}
		switch net := b.StakeMinor - p.winnings; {
		case net > 0:
			p.action, p.amount = actionCredit, net
		case net < 0:
			p.action, p.amount = actionDebit, -net
		}
	}
	return p
}

// writeCancel writes the cancellation down; one that was refused before starts again.
func writeCancel(ctx context.Context, q *db.Queries, c *cancelling, key db.GetTransactionParams, print []byte, p cancelPlan, again bool) (db.ProviderTx, error) {
	if again {
		return q.RestartTransaction(ctx, db.RestartTransactionParams{
			Action: p.action, ReferenceKind: p.kind, AmountMinor: p.amount, WinningsMinor: p.winnings, Now: c.now,
			IntegrationID: key.IntegrationID, Kind: key.Kind, ProviderTxID: key.ProviderTxID,
		})
	}
	row := db.InsertTransactionParams{
		IntegrationID: key.IntegrationID, Kind: kindCancel, ProviderTxID: key.ProviderTxID, Fingerprint: print, State: txOpen, Action: p.action,
		PlayerID: p.bet.PlayerID, RoundID: p.bet.RoundID, BetID: p.bet.BetID, ReferenceTxID: c.req.GetReferenceProviderTxId(), ReferenceKind: p.kind,
		Currency: p.bet.Currency, AmountMinor: p.amount, WinningsMinor: p.winnings, RoundClosed: c.req.GetRoundClosed(), Now: c.now,
	}
	if p.kind == "" {
		row.State, row.PlayerID, row.Currency = txDone, c.playerID, c.currency
	}
	return q.InsertTransaction(ctx, row)
}
