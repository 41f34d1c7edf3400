package gaming

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/durationpb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const (
	holdsPage  = 200              // of the wallet's list
	holdsAsked = 500              // holds in one question
	firstSpan  = 10 * time.Second // of changed rounds that are compared at once; longer while little changes
	longSpan   = time.Hour
	fewChanges = 1000
	mostQuiet  = 10_000
)

// holdCheck is what compares the wallet's holds with bets.
type holdCheck struct {
	mu    sync.Mutex
	quiet map[string]bool // rounds that wait for a result, which the wallet may have had

	found  *prometheus.CounterVec
	healed prometheus.Counter
}

func newHoldCheck() *holdCheck {
	return &holdCheck{
		quiet: map[string]bool{},
		found: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pitboss_gaming_hold_findings_total", Help: "Differences between the wallet's holds and bets that were seen for the first time.",
		}, []string{"kind"}),
		healed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "pitboss_gaming_holds_healed_total", Help: "Open holds whose bet was made anew, or that were given back because their bet was cancelled or refused.",
		}),
	}
}

// doubt remembers rounds whose bets wait for a result: the next comparison asks the wallet about them. What does not fit is left for the next time that they are seen.
func (c *holdCheck) doubt(roundIDs ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range roundIDs {
		if len(c.quiet) < mostQuiet {
			c.quiet[id] = true
		}
	}
}

func (c *holdCheck) takeDoubts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := slices.Collect(maps.Keys(c.quiet))
	clear(c.quiet)
	return taken
}

// compareHoldsUntil compares the wallet's holds with bets, until ctx ends.
func (s *Server) compareHoldsUntil(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.HoldsEvery)
	defer tick.Stop()
	for {
		if err := s.compareHolds(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "holds could not be compared with bets; it goes on at the next turn", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// suspect is a hold that does not fit its bet, as far as was seen at first.
type suspect struct {
	holdID, betID string
}

// compareHolds looks once: every open hold that is old enough has an open bet of its own, bets that wait for long have an open hold, and bets that changed since the last
// time say what the wallet says. What differs is looked at again after a moment, because gaming writes after the wallet.
func (s *Server) compareHolds(ctx context.Context) error {
	began := s.now()
	checked, err := s.q.TakeHoldCheck(ctx, db.TakeHoldCheckParams{Now: began, Before: began.Add(-s.cfg.HoldsEvery / 2)})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // another replica does it
	}
	if err != nil {
		return err
	}
	suspects := map[suspect]bool{}
	if err = s.lookAtOpenHolds(ctx, suspects); err != nil {
		return err
	}
	if err = s.lookAtRounds(ctx, s.holds.takeDoubts(), suspects); err != nil {
		return err
	}
	until, err := s.lookAtChanged(ctx, checked, began.Add(-s.cfg.HoldsAfter), suspects)
	if err != nil {
		return err
	}
	if len(suspects) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.cfg.HoldsConfirm):
		}
		if err = s.confirm(ctx, slices.Collect(maps.Keys(suspects))); err != nil {
			return err
		}
	}
	agreed, err := s.q.ForgetAgreed(ctx, db.ForgetAgreedParams{Now: s.now(), Began: began})
	if err != nil {
		return err
	}
	for _, id := range agreed {
		s.log.InfoContext(ctx, "a hold and its bet agree again", "finding_id", id)
	}
	return s.q.FinishHoldCheck(ctx, until)
}

// lookAtOpenHolds compares all open holds that are old enough.
func (s *Server) lookAtOpenHolds(ctx context.Context, suspects map[suspect]bool) error {
	page := &commonv1.PageRequest{Size: holdsPage}
	for {
		r, err := s.wallet.ListOpenHolds(ctx, &walletv1.ListOpenHoldsRequest{MinAge: durationpb.New(s.cfg.HoldsAfter), Page: page})
		if err != nil {
			return err
		}
		bets, err := s.betsNamed(ctx, r.GetHolds())
		if err != nil {
			return err
		}
		for _, h := range r.GetHolds() {
			b, found := bets[h.GetReference().GetSourceId()]
			book, err := bookOfHold(h)
			if err != nil {
				return err
			}
			if !found || b.HoldID != h.GetHoldId() || compareHold(b, book) != nil {
				suspects[suspect{h.GetHoldId(), h.GetReference().GetSourceId()}] = true
			}
		}
		if page.Token = r.GetPage().GetNextToken(); page.GetToken() == "" {
			return nil
		}
	}
}

// betsNamed are the bets that holds name.
func (s *Server) betsNamed(ctx context.Context, holds []*walletv1.Hold) (map[string]db.Bet, error) {
	named := make([]string, len(holds))
	for i, h := range holds {
		named[i] = h.GetReference().GetSourceId()
	}
	return s.betsByID(ctx, named)
}

func (s *Server) betsByID(ctx context.Context, betIDs []string) (map[string]db.Bet, error) {
	rows, err := s.q.BetsByID(ctx, betIDs)
	if err != nil {
		return nil, err
	}
	found := make(map[string]db.Bet, len(rows))
	for _, b := range rows {
		found[b.BetID] = b
	}
	return found, nil
}

// lookAtRounds compares the bets of rounds that wait for a result.
func (s *Server) lookAtRounds(ctx context.Context, roundIDs []string, suspects map[suspect]bool) error {
	if len(roundIDs) == 0 {
		return nil
	}
	bets, err := s.q.BetsOfHolds(ctx, roundIDs)
	if err != nil {
		return err
	}
	return s.lookAtBets(ctx, bets, suspects)
}

// lookAtChanged compares the bets of rounds that changed in a span, by parts of it, and answers how far it came.
func (s *Server) lookAtChanged(ctx context.Context, from, until time.Time, suspects map[suspect]bool) (time.Time, error) {
	if !s.cfg.HoldsAmounts && from.Before(until) {
		return until, nil
	}
	for span := firstSpan; from.Before(until); {
		next := from.Add(span)
		if next.After(until) {
			next = until
		}
		bets, err := s.q.ChangedBets(ctx, db.ChangedBetsParams{FromAt: from, UntilAt: next})
		if err != nil {
			return from, err
		}
		if err = s.lookAtBets(ctx, bets, suspects); err != nil {
			return from, err
		}
		from = next
		if len(bets) < fewChanges {
			span = min(2*span, longSpan)
		} else {
			span = firstSpan
		}
	}
	return from, nil
}

// lookAtBets compares bets with their holds.
func (s *Server) lookAtBets(ctx context.Context, bets []db.Bet, suspects map[suspect]bool) error {
	for part := range slices.Chunk(bets, holdsAsked) {
		asked := make([]string, len(part))
		for i, b := range part {
			asked[i] = b.HoldID
		}
		holds, err := s.holdsByID(ctx, asked)
		if err != nil {
			return err
		}
		for _, b := range part {
			if compareHold(b, holds[b.HoldID]) != nil {
				suspects[suspect{b.HoldID, b.BetID}] = true
			}
		}
	}
	return nil
}

// holdsByID asks the wallet what has become of holds. The zero value stands for one that it does not know.
func (s *Server) holdsByID(ctx context.Context, holdIDs []string) (map[string]holdBook, error) {
	slices.Sort(holdIDs)
	r, err := s.wallet.GetHolds(ctx, &walletv1.GetHoldsRequest{HoldIds: slices.Compact(holdIDs)})
	if err != nil {
		return nil, err
	}
	found := make(map[string]holdBook, len(r.GetHolds()))
	for _, h := range r.GetHolds() {
		if found[h.GetHoldId()], err = bookOfHold(h); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// confirm looks again at what differed, and heals or tells it.
func (s *Server) confirm(ctx context.Context, suspects []suspect) error {
	var failed []error
	for part := range slices.Chunk(suspects, holdsAsked) {
		holdIDs, betIDs := make([]string, len(part)), make([]string, len(part))
		for i, x := range part {
			holdIDs[i], betIDs[i] = x.holdID, x.betID
		}
		bets, err := s.betsByID(ctx, betIDs) // first, so that a result that comes now makes the hold the newer of both
		if err != nil {
			return err
		}
		holds, err := s.holdsByID(ctx, holdIDs)
		if err != nil {
			return err
		}
		for _, x := range part {
			b, found := bets[x.betID]
			failed = append(failed, s.judge(ctx, holds[x.holdID], b, found && b.HoldID == x.holdID))
		}
	}
	return errors.Join(failed...)
}

// judge deals with one hold whose bet differs, or that has none.
func (s *Server) judge(ctx context.Context, h holdBook, b db.Bet, owned bool) error {
	if owned {
		if d := compareHold(b, h); d != nil {
			return s.tellHold(ctx, h, b, *d)
		}
		return nil
	}
	if h.Hold == nil || !h.open() {
		return nil // it was closed meanwhile
	}
	o, err := s.originOf(ctx, h.Hold, nil)
	if err == nil {
		err = s.betFromHold(ctx, h, o)
	}
	switch errs.ReasonOf(err) {
	case "":
		if err == nil {
			s.holds.healed.Inc()
			s.log.WarnContext(ctx, "a stake on hold had no bet; it was made anew", "hold_id", h.GetHoldId(), "bet_id", h.GetReference().GetSourceId(), "player_id", h.GetPlayerId())
		}
		return err
	case errs.ReasonOf(errHoldUnknownBet("", "")), errs.ReasonOf(errHoldMismatch("", "")):
		b = db.Bet{IntegrationID: o.integrationID, ProviderTxID: h.GetReference().GetProviderTxId(), PlayerID: h.GetPlayerId(), Currency: h.currency, HoldID: h.GetHoldId()}
		lost := h.amount
		return s.tellHold(ctx, h, b, difference{
			kind: gamingv1.FindingKind_FINDING_KIND_HOLD_WITHOUT_BET, ours: "no bet; not known: " + errs.Metadata(err)["missing"], theirs: h.words(), delta: &lost,
		})
	}
	return err
}

// tellHold writes a finding about a hold down, and tells of it when it is new.
func (s *Server) tellHold(ctx context.Context, h holdBook, b db.Bet, d difference) error {
	providerRound, err := s.q.ProviderRound(ctx, b.RoundID)
	if errors.Is(err, pgx.ErrNoRows) {
		providerRound, err = h.GetReference().GetProviderRoundId(), nil
	}
	if err != nil {
		return err
	}
	tx := b.ProviderTxID
	if tx == "" {
		tx = b.HoldID // open findings are told apart by it
	}
	fresh, err := s.q.SaveFinding(ctx, db.SaveFindingParams{
		FindingID: ids.New("fnd"), IntegrationID: b.IntegrationID, Kind: int16(d.kind), Priority: d.priority(), ProviderRoundID: providerRound, //nolint:gosec // an enum
		ProviderTxID: tx, RoundID: b.RoundID, PlayerID: b.PlayerID, Ours: d.ours, Theirs: d.theirs, DeltaMinor: d.delta, Currency: b.Currency, HoldID: b.HoldID, Now: s.now(),
	})
	if err != nil || !fresh {
		return err
	}
	kind := d.kind.String()[len("FINDING_KIND_"):]
	s.holds.found.WithLabelValues(kind).Inc()
	s.log.ErrorContext(ctx, "a hold and its bet differ", "kind", kind, "hold_id", b.HoldID, "bet_id", b.BetID, "player_id", b.PlayerID, "ours", d.ours, "wallet", d.theirs)
	return nil
}
