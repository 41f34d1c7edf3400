package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// playOverlap is how much of a provider's book is read again each time, because entries may come late (domain.md 6.2).
const playOverlap = 10 * time.Minute

// importLease is how long others leave a provider's book alone while one replica reads it.
const importLease = 2 * time.Minute

// driveImports reads the books of providers whose turn it is.
func (s *Server) driveImports(ctx context.Context) error {
	now := s.now()
	due, err := s.q.TakePlayImport(ctx, db.TakePlayImportParams{Until: now.Add(s.cfg.PlayEvery), Now: now})
	failed := []error{err}
	for _, p := range due {
		failed = append(failed, s.importPlay(ctx, p))
	}
	return errors.Join(failed...)
}

// importPlay reads a provider's book of bets from the overlap on and writes down those that are new. It moves no money: the provider's wallet did. Each page is a transaction,
// and the next reading begins before the last entry of what was written.
func (s *Server) importPlay(ctx context.Context, p db.ProviderPlay) error {
	ctx, cancel := context.WithTimeout(ctx, importLease)
	defer cancel()
	provider, err := s.transferProvider(ctx, p.IntegrationID)
	if err != nil {
		return err
	}
	req := &adapterv1.ListPlayRequest{IntegrationId: p.IntegrationID}
	if p.ReadUntil != nil {
		req.From = timestamppb.New(p.ReadUntil.Add(-playOverlap))
	}
	for {
		r, err := provider.ListPlay(ctx, req)
		if err != nil {
			return err
		}
		if err = s.importPage(ctx, p.IntegrationID, r.GetPlay()); err != nil {
			return err
		}
		if req.Cursor = r.GetNextCursor(); req.Cursor == "" {
			return nil
		}
	}
}

// playedBet is a bet of a provider's book in our terms.
type playedBet struct {
	db.InsertImportedBetParams
	roundRef   string
	recordedAt time.Time
}

// importPage writes a page down and moves the cursor on.
func (s *Server) importPage(ctx context.Context, integrationID string, page []*adapterv1.ProviderPlay) error {
	var bets []playedBet
	var until time.Time
	for _, e := range page {
		b, err := s.readPlay(ctx, integrationID, e)
		if err != nil {
			return err
		}
		if b.recordedAt.After(until) {
			until = b.recordedAt
		}
		bets = append(bets, b)
	}
	if len(bets) == 0 {
		return nil
	}
	now := s.now()
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		for _, b := range bets {
			if err := s.importBet(ctx, tx, q, b, now); err != nil {
				return err
			}
		}
		until := until
		if until.After(now) { // a clock that is ahead must not hide what comes
			until = now
		}
		return q.AdvancePlayImport(ctx, db.AdvancePlayImportParams{ReadUntil: until, IntegrationID: integrationID})
	})
}

// readPlay is an entry of a provider's book in our terms. A game that the catalogue does not know is no reason to lose a bet.
func (s *Server) readPlay(ctx context.Context, integrationID string, e *adapterv1.ProviderPlay) (playedBet, error) {
	stake, err := readAmount(e.GetStake())
	if err != nil {
		return playedBet{}, err
	}
	payout, err := readAmount(e.GetPayout())
	if err != nil {
		return playedBet{}, err
	}
	if payout.Currency != stake.Currency {
		return playedBet{}, errCurrencyMismatch(payout.Currency, stake.Currency)
	}
	game, err := s.gameByCode(ctx, integrationID, e.GetGameCode())
	if err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND) {
		return playedBet{}, err
	}
	settled := e.GetSettledAt().AsTime().Truncate(time.Microsecond)
	return playedBet{
		InsertImportedBetParams: db.InsertImportedBetParams{
			BetID: betIDOf(integrationID, e.GetBetRef()), RoundID: roundIDOf(integrationID, e.GetPlayerId(), e.GetRoundRef()), IntegrationID: integrationID,
			PlayerID: e.GetPlayerId(), GameID: game.GetGameId(), GameCode: e.GetGameCode(), ProviderTxID: e.GetBetRef(), Currency: stake.Currency,
			StakeMinor: stake.Minor, PayoutMinor: payout.Minor, PlacedAt: e.GetPlacedAt().AsTime().Truncate(time.Microsecond), SettledAt: &settled,
		},
		roundRef: e.GetRoundRef(), recordedAt: e.GetRecordedAt().AsTime(),
	}, nil
}

// importBet writes a bet down that is new, with its round, and tells of both.
func (s *Server) importBet(ctx context.Context, tx pgx.Tx, q *db.Queries, b playedBet, now time.Time) error {
	known, err := q.BetsOfProvider(ctx, db.BetsOfProviderParams{IntegrationID: b.IntegrationID, ProviderTxIds: []string{b.ProviderTxID}})
	if err != nil {
		return err
	}
	if len(known) > 0 {
		if k := known[0]; k.StakeMinor != b.StakeMinor || k.PayoutMinor != b.PayoutMinor || k.PlayerID != b.PlayerID || k.Currency != b.Currency {
			s.log.WarnContext(ctx, "a provider's book tells a bet otherwise than before; reconciliation makes a finding of it",
				"integration_id", b.IntegrationID, "provider_tx_id", b.ProviderTxID, "bet_id", k.BetID)
		}
		return nil
	}
	has, err := q.HasProviderWallet(ctx, db.HasProviderWalletParams{IntegrationID: b.IntegrationID, PlayerID: b.PlayerID, Currency: b.Currency})
	if err != nil {
		return err
	}
	if !has {
		s.log.WarnContext(ctx, "a provider's book has a bet of a player who never had money there", "integration_id", b.IntegrationID, "provider_tx_id", b.ProviderTxID)
		return nil
	}
	err = q.InsertImportedRound(ctx, db.InsertImportedRoundParams{
		RoundID: b.RoundID, IntegrationID: b.IntegrationID, PlayerID: b.PlayerID, ProviderRoundID: b.roundRef, GameID: b.GameID, Currency: b.Currency,
		OpenedAt: b.PlacedAt, ClosedAt: b.SettledAt, Now: now,
	})
	if err != nil {
		return err
	}
	n, err := q.InsertImportedBet(ctx, b.InsertImportedBetParams)
	if err != nil || n == 0 {
		return err
	}
	err = q.TouchProviderWallet(ctx, db.TouchProviderWalletParams{At: earlier(b.recordedAt, now), IntegrationID: b.IntegrationID, PlayerID: b.PlayerID, Currency: b.Currency})
	if err != nil {
		return err
	}
	return s.tellImported(ctx, tx, q, b, now)
}

// tellImported tells of a bet, and of its round as it stands with it.
func (s *Server) tellImported(ctx context.Context, tx pgx.Tx, q *db.Queries, b playedBet, now time.Time) error {
	r, err := q.TouchImportedRound(ctx, db.TouchImportedRoundParams{ClosedAt: *b.SettledAt, OpenedAt: b.PlacedAt, Now: now, RoundID: b.RoundID})
	if err != nil {
		return err
	}
	bets, err := q.RoundBets(ctx, r.RoundID)
	if err != nil {
		return err
	}
	for _, x := range bets {
		if x.BetID == b.BetID {
			err = bus.Publish(ctx, tx, bus.Event{
				Subject: "bet.imported.v1", PlayerID: b.PlayerID, AggregateID: b.BetID, Version: 1, OccurredAt: now,
				Message: &gamingv1.BetImported{Bet: betProto(x), IntegrationId: b.IntegrationID},
			}, roundEvent(r, bets, now))
		}
	}
	return err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
