package gaming

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// PlaceBet takes a stake: it writes the transaction down, has the wallet hold the money, and writes the outcome down. Idempotent by
// (integration, provider_tx_id): a repetition gives the first answer, and finishes what a crash left half done. Errors: see the proto.
func (s *Server) PlaceBet(ctx context.Context, req *gamingv1.PlaceBetRequest) (*gamingv1.PlaceBetResponse, error) {
	sess, err := s.sessionOf(ctx, req.GetCaller().GetIntegrationId(), req.GetCaller().GetSessionToken(), req.GetCaller().GetPlayerId())
	if err != nil {
		return nil, err
	}
	p := placing{req: req, sess: sess, now: s.now()}
	if p.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, s.rejected(ctx, p, err)
	}
	p.gate = s.gate(ctx, &p)
	t, b, replayed, err := s.beginBet(ctx, p)
	if err != nil {
		return nil, s.rejected(ctx, p, err)
	}
	if t.State == txOpen {
		if b.Cancelled {
			return nil, errBetCancelled(t.ProviderTxID)
		}
		if t, err = s.driveBet(ctx, t, b); err != nil {
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
	return &gamingv1.PlaceBetResponse{Receipt: rec, BetId: b.BetID, RoundId: b.RoundID}, nil
}

// placing is a bet before it is written down.
type placing struct {
	req    *gamingv1.PlaceBetRequest
	sess   session
	now    time.Time
	amount money.Amount
	gameID string
	gate   error // why a new bet is refused; a repeated one is answered all the same
}

// gate checks what a new stake needs: a live session of a player who may play, its currency, a playable game.
func (s *Server) gate(ctx context.Context, p *placing) error {
	if err := p.sess.takesStakes(p.now); err != nil {
		return err
	}
	if p.amount.Currency != p.sess.Currency {
		return errCurrencyMismatch(p.amount.Currency, p.sess.Currency)
	}
	g, err := s.gameByCode(ctx, p.req.GetCaller().GetIntegrationId(), p.req.GetGameCode())
	if err != nil {
		return err
	}
	p.gameID = g.GetGameId()
	return playable(g, p.sess.Country)
}

// beginBet writes a new bet down, or finds the one that is repeated.
func (s *Server) beginBet(ctx context.Context, p placing) (t db.ProviderTx, b db.Bet, replayed bool, err error) {
	key := db.GetTransactionParams{IntegrationID: p.req.GetCaller().GetIntegrationId(), Kind: kindBet, ProviderTxID: p.req.GetProviderTxId()}
	print := fingerprint(p.sess.PlayerID, p.req.GetProviderRoundId(), p.req.GetGameCode(), p.amount.Currency, p.amount.String(), yesNo(p.req.GetFreeRound()))
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.q.WithTx(tx)
		if err = q.LockTransaction(ctx, pg.LockKey(key.IntegrationID, key.ProviderTxID)); err != nil {
			return err
		}
		t, err = repeated(ctx, q, key, print, p.now)
		if replayed = err == nil; replayed {
			b, err = q.GetBet(ctx, t.BetID)
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		t, b, err = insertBet(ctx, q, p, print)
		return err
	})
	return t, b, replayed, err
}

// repeated finds a transaction that came before and makes sure that it says the same. pgx.ErrNoRows: it is new.
func repeated(ctx context.Context, q *db.Queries, key db.GetTransactionParams, print []byte, now time.Time) (db.ProviderTx, error) {
	t, err := q.GetTransaction(ctx, key)
	if err != nil {
		return t, err
	}
	if !bytes.Equal(t.Fingerprint, print) {
		return t, errDuplicateMismatch(key.ProviderTxID)
	}
	return t, q.TouchTransaction(ctx, db.TouchTransactionParams{Now: now, IntegrationID: key.IntegrationID, Kind: key.Kind, ProviderTxID: key.ProviderTxID})
}

// insertBet opens the round if need be and writes bet and transaction down as under way.
func insertBet(ctx context.Context, q *db.Queries, p placing, print []byte) (t db.ProviderTx, b db.Bet, err error) {
	integration, txID := p.req.GetCaller().GetIntegrationId(), p.req.GetProviderTxId()
	cancelled, err := q.HasCancellation(ctx, db.HasCancellationParams{IntegrationID: integration, ReferenceTxID: txID})
	switch {
	case err != nil:
		return t, b, err
	case cancelled:
		return t, b, errBetCancelled(txID)
	case p.gate != nil:
		return t, b, p.gate
	}
	r, err := q.OpenRound(ctx, db.OpenRoundParams{
		RoundID: ids.New("rnd"), IntegrationID: integration, PlayerID: p.sess.PlayerID, ProviderRoundID: p.req.GetProviderRoundId(),
		GameID: p.gameID, Currency: p.amount.Currency, Now: p.now,
	})
	switch {
	case err != nil:
		return t, b, err
	case r.Closing:
		return t, b, errRoundClosed(r.RoundID)
	case r.Currency != p.amount.Currency:
		return t, b, errCurrencyMismatch(p.amount.Currency, r.Currency)
	}
	if r.State == roundVoided { // every earlier bet was taken back, but the provider never closed it
		r.State, r.ClosedAt = roundOpen, nil
		if err = saveRound(ctx, q, r, p.now); err != nil {
			return t, b, err
		}
	}
	stake := p.amount.Minor
	if p.req.GetFreeRound() {
		stake = 0 // the amount is the face value of the free round (providers.md 2.5); cash is not touched
	}
	b, err = q.InsertBet(ctx, db.InsertBetParams{
		BetID: ids.New("bet"), RoundID: r.RoundID, IntegrationID: integration, PlayerID: p.sess.PlayerID, GameID: p.gameID,
		GameCode: p.req.GetGameCode(), GameSessionID: p.sess.GameSessionID, ProviderTxID: txID, Currency: p.amount.Currency,
		StakeMinor: stake, FreeRound: p.req.GetFreeRound(), PlacedAt: p.now,
	})
	if err != nil {
		return t, b, err
	}
	t, err = q.InsertTransaction(ctx, db.InsertTransactionParams{
		IntegrationID: integration, Kind: kindBet, ProviderTxID: txID, Fingerprint: print, State: txOpen, Action: actionHold,
		PlayerID: b.PlayerID, RoundID: r.RoundID, BetID: b.BetID, Currency: b.Currency, AmountMinor: stake, RoundClosed: p.req.GetRoundClosed(), Now: p.now,
	})
	return t, b, err
}

// driveBet has the wallet hold the stake and writes the outcome down. The caller's leaving does not stop it half-way.
func (s *Server) driveBet(ctx context.Context, t db.ProviderTx, b db.Bet) (db.ProviderTx, error) {
	ctx = context.WithoutCancel(ctx)
	m, err := s.ask(ctx, t, b)
	reason := refusal(t.Kind, err)
	if err != nil && reason == "" {
		return t, err
	}
	if reason != "" {
		if a, perr := money.Parse(errs.Metadata(err)["available"], t.Currency); perr == nil {
			m.balance = a.Minor
		}
	}
	return s.finishBet(ctx, t, m, reason)
}

// finishBet writes down what came of a stake. When the bet was cancelled meanwhile, or given up by the reconciler, the hold goes back.
func (s *Server) finishBet(ctx context.Context, t db.ProviderTx, m moved, reason string) (db.ProviderTx, error) {
	var (
		orphan *db.Bet
		due    bool
	)
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		orphan = nil
		q, now := s.q.WithTx(tx), s.now()
		r, err := q.LockRound(ctx, t.RoundID)
		if err != nil {
			return err
		}
		b, err := q.GetBet(ctx, t.BetID)
		if err != nil {
			return err
		}
		if b.State != betPending || b.Cancelled {
			if m.holdID != "" && b.HoldID != m.holdID {
				orphan = &b
			}
			if b.State != betPending || orphan != nil {
				t, err = q.GetTransaction(ctx, keyOf(t))
				return err
			}
		}
		t.State, t.BalanceMinor, t.RefuseReason = txDone, m.balance, reason
		b.State, b.HoldID = betAccepted, m.holdID
		if reason != "" {
			t.State, b.State, b.RejectReason, b.SettledAt = txRefused, betRejected, reason, &now
		}
		if err = s.save(ctx, q, t, b, now); err != nil {
			return err
		}
		if reason != "" {
			err = bus.Publish(ctx, tx, betRejectedEvent(t, b, now))
		} else {
			err = bus.Publish(ctx, tx, betPlacedEvent(b, now))
		}
		if err != nil {
			return err
		}
		due, err = s.advance(ctx, tx, r, step{closing: t.RoundClosed && reason == ""}, now)
		return err
	})
	switch {
	case err != nil:
		return t, errWalletUnavailable(err)
	case orphan != nil:
		_, err = s.giveBack(ctx, t, *orphan, m.holdID)
		if err == nil {
			err = errBetCancelled(t.ProviderTxID)
		}
		return t, err
	}
	s.closeIf(ctx, due, t.RoundID)
	return t, nil
}

// giveBack releases the hold of a bet that was cancelled while its stake was on its way, and writes that down.
func (s *Server) giveBack(ctx context.Context, t db.ProviderTx, b db.Bet, holdID string) (moved, error) {
	m, err := s.undoHold(ctx, b, holdID)
	if err != nil {
		return m, err
	}
	return m, pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q, now := s.q.WithTx(tx), s.now()
		r, err := q.LockRound(ctx, b.RoundID)
		if err != nil {
			return err
		}
		b, err := q.GetBet(ctx, b.BetID)
		if err != nil {
			return err
		}
		if b.State == betPending {
			b.State, b.SettledAt = betVoided, &now
		}
		b.HoldID = holdID
		t.State, t.RefuseReason, t.BalanceMinor = txRefused, reasonCancelled, m.balance
		if err = s.save(ctx, q, t, b, now); err != nil {
			return err
		}
		_, err = s.advance(ctx, tx, r, step{changed: true}, now)
		return err
	})
}

// rejected tells the platform that a known player's stake was refused before anything was written down, and returns the refusal.
func (s *Server) rejected(ctx context.Context, p placing, refusal error) error {
	switch errs.ReasonOf(refusal) {
	case "", errs.ReasonOf(errDuplicateMismatch("")):
		return refusal
	}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "bet.rejected.v1", PlayerID: p.sess.PlayerID, AggregateID: p.req.GetCaller().GetIntegrationId() + "/" + p.req.GetProviderTxId(), OccurredAt: p.now,
			Message: &gamingv1.BetRejected{
				PlayerId: p.sess.PlayerID, GameId: p.gameID, IntegrationId: p.req.GetCaller().GetIntegrationId(), ProviderTxId: p.req.GetProviderTxId(),
				Stake: p.req.GetAmount(), Reason: errs.ReasonOf(refusal),
			},
		})
	})
	if err != nil {
		s.log.WarnContext(ctx, "a refused bet could not be told", "err", err)
	}
	return refusal
}
