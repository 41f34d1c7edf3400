package gaming

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// maxPlayName bounds the ids of a provider's entry, in bytes.
const maxPlayName = 255

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
	var from *time.Time
	if p.ReadUntil != nil {
		at := p.ReadUntil.Add(-playOverlap)
		from = &at
	}
	_, err := s.readPlayFrom(ctx, p.IntegrationID, from)
	return err
}

// readPlayFrom is importPlay from a moment on, or from the beginning of the book. It answers the keys of the entries that it set aside.
func (s *Server) readPlayFrom(ctx context.Context, integrationID string, from *time.Time) (aside map[string]bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, importLease)
	defer cancel()
	provider, err := s.transferProvider(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	req := &adapterv1.ListPlayRequest{IntegrationId: integrationID}
	if from != nil {
		req.From = timestamppb.New(*from)
	}
	aside = map[string]bool{}
	for {
		r, err := provider.ListPlay(ctx, req)
		if err != nil {
			return nil, errProviderSilent(integrationID, err)
		}
		page, err := s.readPage(ctx, integrationID, r)
		if err != nil {
			return nil, err
		}
		page.from = from
		if err = s.importPage(ctx, page); err != nil {
			return nil, err
		}
		for _, e := range page.aside {
			aside[e.key] = true
		}
		if req.Cursor = r.GetNextCursor(); req.Cursor == "" {
			return aside, nil
		}
	}
}

// playPage is a page of a provider's book in our terms.
type playPage struct {
	integrationID string
	from          *time.Time // from where the book is read
	bets          []playedBet
	aside         []asideEntry
	until         time.Time // when the last entry was recorded; zero when no entry says so
}

// playedBet is a bet of a provider's book in our terms.
type playedBet struct {
	db.InsertImportedBetParams
	roundRef   string
	recordedAt time.Time
}

// readPage reads a page. Errors: the catalogue does not answer.
func (s *Server) readPage(ctx context.Context, integrationID string, r *adapterv1.ListPlayResponse) (playPage, error) {
	p := playPage{integrationID: integrationID}
	for _, e := range r.GetUnreadable() {
		p.aside = append(p.aside, asideOf(e))
	}
	for _, e := range r.GetPlay() {
		b, err := readPlay(integrationID, e)
		if err != nil {
			p.aside = append(p.aside, asideBet(e, err))
			continue
		}
		game, err := s.gameByCode(ctx, integrationID, e.GetGameCode())
		if err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND) { // a game that the catalogue does not know is no reason to lose a bet
			return p, err
		}
		b.GameID = game.GetGameId()
		p.bets = append(p.bets, b)
		p.until = later(p.until, b.recordedAt)
	}
	for _, e := range p.aside {
		p.until = later(p.until, e.recordedAt)
	}
	return p, nil
}

// importPage writes a page down and moves the cursor on.
func (s *Server) importPage(ctx context.Context, p playPage) error {
	if len(p.bets)+len(p.aside) == 0 {
		return nil
	}
	now := s.now()
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		var read []string
		for _, b := range p.bets {
			if err := s.importBet(ctx, tx, q, b, now); err != nil {
				return err
			}
			read = append(read, b.ProviderTxID)
		}
		if err := q.ForgetReadPlay(ctx, db.ForgetReadPlayParams{Resolution: "the provider lists it readably now", Now: now, IntegrationID: p.integrationID, EntryKeys: read}); err != nil {
			return err
		}
		for _, e := range p.aside {
			if err := s.setAside(ctx, q, p.integrationID, "", p.from, e, now); err != nil {
				return err
			}
		}
		if p.until.IsZero() {
			return nil
		}
		return q.AdvancePlayImport(ctx, db.AdvancePlayImportParams{ReadUntil: earlier(p.until, now), IntegrationID: p.integrationID}) // a clock that is ahead must not hide what comes
	})
}

// readPlay is an entry of a provider's book in our terms, without the game. Errors: what is wrong with the entry.
func readPlay(integrationID string, e *adapterv1.ProviderPlay) (playedBet, error) {
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
	for what, id := range map[string]string{"bet": e.GetBetRef(), "round": e.GetRoundRef(), "player": e.GetPlayerId()} {
		if id == "" || len(id) > maxPlayName || strings.ContainsRune(id, 0) {
			return playedBet{}, fmt.Errorf("the id of the %s is none", what)
		}
	}
	for what, at := range map[string]*timestamppb.Timestamp{"placed": e.GetPlacedAt(), "settled": e.GetSettledAt(), "recorded": e.GetRecordedAt()} {
		if !at.IsValid() || at.GetSeconds() <= 0 {
			return playedBet{}, fmt.Errorf("it is not told when it was %s", what)
		}
	}
	settled := e.GetSettledAt().AsTime().Truncate(time.Microsecond)
	return playedBet{
		InsertImportedBetParams: db.InsertImportedBetParams{
			BetID: betIDOf(integrationID, e.GetBetRef()), RoundID: roundIDOf(integrationID, e.GetPlayerId(), e.GetRoundRef()), IntegrationID: integrationID,
			PlayerID: e.GetPlayerId(), GameCode: e.GetGameCode(), ProviderTxID: e.GetBetRef(), Currency: stake.Currency,
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
			s.warnOnce(ctx, b, "a provider's book tells a bet otherwise than before; reconciliation makes a finding of it")
		}
		return nil
	}
	has, err := q.HasProviderWallet(ctx, db.HasProviderWalletParams{IntegrationID: b.IntegrationID, PlayerID: b.PlayerID, Currency: b.Currency})
	if err != nil {
		return err
	}
	if !has {
		s.warnOnce(ctx, b, "a provider's book has a bet of a player who never had money there; reconciliation makes a finding of it")
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
	if b.StakeMinor > 0 {
		if err = q.QueuePlayCount(ctx, db.QueuePlayCountParams{BetID: b.BetID, Now: now}); err != nil {
			return err
		}
	}
	err = q.TouchProviderWallet(ctx, db.TouchProviderWalletParams{At: earlier(b.recordedAt, now), IntegrationID: b.IntegrationID, PlayerID: b.PlayerID, Currency: b.Currency})
	if err != nil {
		return err
	}
	return s.tellImported(ctx, tx, q, b, now)
}

// warning is what was said about an entry of a provider's book as it is.
type warning struct {
	integrationID, txID, player, currency, message string
	stake, payout                                  int64
}

// warnOnce logs that a bet is not imported. Books are read over and over, so this replica says it once of an entry, and again when the entry changes.
func (s *Server) warnOnce(ctx context.Context, b playedBet, message string) {
	w := warning{
		integrationID: b.IntegrationID, txID: b.ProviderTxID, player: b.PlayerID, currency: b.Currency, message: message, stake: b.StakeMinor, payout: b.PayoutMinor,
	}
	if said, _ := s.memory.warnings.ContainsOrAdd(w, struct{}{}); !said {
		s.log.WarnContext(ctx, message, "integration_id", b.IntegrationID, "provider_tx_id", b.ProviderTxID, "bet_id", b.BetID, "player_id", b.PlayerID)
	}
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

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
