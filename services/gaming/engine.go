package gaming

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const (
	// tries is how often a call is decided when others decide about the same at the same moment. Wins that name no bet all want the round's oldest one: of n at
	// once one gets it each time, so the last needs n tries.
	tries = 40
	// pause is how long it waits before it looks again, growing with each time up to longestPause.
	pause        = 5 * time.Millisecond
	longestPause = 6 * pause
)

// outcome is a call's transactions as they are written now, in the order of the request.
type outcome struct {
	txs      []db.ProviderTx
	replayed []bool
	bets     map[string]db.Bet // by the deeds' bets
}

// lostKey is the key under which the wallet may have done already what is refused now, because whoever asked it never came to write the row.
type lostKey struct {
	error
	key string
}

func (e *lostKey) Unwrap() error { return e.error }

// refuse refuses a transaction, unless the wallet has done it already.
func (s *situation) refuse(err error, key string) error {
	return &lostKey{error: err, key: key}
}

// transact carries a call out: load what it is about, decide, have the wallet move the money, write what came of it. Nothing is locked while the wallet is asked.
// What others did in between shows in the wallet's answer (a hold is closed once) or under the locks of the writing, and then the call is decided again; the
// wallet's keys follow from the provider's transactions, so nothing moves twice.
func (s *Server) transact(ctx context.Context, n needs, decide func(*situation) (plan, error)) (outcome, error) {
	decide = n.apartFromPartners(ctx, decide)
	holds, done := map[string]string{}, map[string]moved{}
	if p, known := s.fromMemory(n, decide); known {
		p.idAlone = n.idAlone
		out, err := s.carryOut(ctx, p, holds, done)
		if !errors.Is(err, errAgain) && (err != nil || !out.replayed[0]) {
			return out, err
		}
	}
	for try := 1; ; try++ {
		sit, err := batched(ctx, s.reads, n)
		if err != nil {
			return outcome{}, err
		}
		sit.learn(holds)
		sit.done = done
		p, err := decide(sit)
		var lost *lostKey
		if errors.As(err, &lost) {
			m, found, ferr := s.find(ctx, lost.key)
			if ferr != nil {
				return outcome{}, ferr
			}
			_, asked := done[lost.key]
			if !asked && (found || errors.Is(lost.error, errAgain)) {
				done[lost.key] = m
				continue
			}
			return outcome{}, lost.error
		}
		if err != nil {
			return outcome{}, err
		}
		if try == 1 && len(holds)+len(done) == 0 { // or else it is not the rows alone that it was made from
			sit.look(&p)
		}
		p.idAlone = n.idAlone
		out, err := s.carryOut(ctx, p, holds, done)
		if !errors.Is(err, errAgain) {
			return out, err
		}
		if try == tries {
			return outcome{}, errInFlight(firstID(p, n))
		}
		select {
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		case <-time.After(min(time.Duration(try-1)*pause, longestPause)):
		}
	}
}

// fromMemory decides a call without reading when that is a first result of a bet that this replica has seen placed; whatever else it may be is decided from the
// rows. What is not so any more shows in the wallet's answer and under the locks, as with any other decision.
func (s *Server) fromMemory(n needs, decide func(*situation) (plan, error)) (plan, bool) {
	if !n.memorable {
		return plan{}, false
	}
	sit := s.memory.recall(n)
	if sit == nil {
		return plan{}, false
	}
	p, err := decide(sit)
	if err == nil {
		sit.look(&p)
	}
	return p, err == nil && len(p.deeds) == 1 && p.deeds[0].tx.Kind == kindWin && len(p.deeds[0].ops) == 1 && p.deeds[0].ops[0].action == actionSettle
}

func firstID(p plan, n needs) string {
	if len(p.deeds) > 0 {
		return p.deeds[0].tx.ProviderTxID
	}
	if len(n.txIDs) > 0 {
		return n.txIDs[0]
	}
	return ""
}

// errAgain says that the decision does not fit any more.
var errAgain = errors.New("gaming: decide again")

// carryOut has the wallet do what was decided and writes it down. The caller's leaving does not stop it half-way.
func (s *Server) carryOut(ctx context.Context, p plan, holds map[string]string, done map[string]moved) (outcome, error) {
	ctx = context.WithoutCancel(ctx)
	if err := s.ask(ctx, &p, holds, done); err != nil {
		return outcome{}, err
	}
	out := outcome{txs: make([]db.ProviderTx, len(p.before)), replayed: make([]bool, len(p.before)), bets: map[string]db.Bet{}}
	for i, t := range p.before {
		if t != nil {
			out.txs[i], out.replayed[i] = *t, true
		}
	}
	if p.undo != nil {
		if err := s.undo(ctx, p, p.provider, *p.undo); err != nil {
			return outcome{}, err
		}
	}
	if err := s.join(ctx, p.joins); err != nil {
		return outcome{}, err
	}
	if len(p.deeds) == 0 {
		return out, nil
	}
	w, err := batched(ctx, s.writes, record{ctx: ctx, plan: p})
	if err != nil {
		return outcome{}, errWalletUnavailable(err)
	}
	for i, v := range w.verdicts {
		if v.again {
			return outcome{}, errAgain
		}
		if v.undo != nil {
			if err = s.undo(ctx, p, p.deeds[i].tx.IntegrationID, *v.undo); err != nil {
				return outcome{}, err
			}
		}
		out.txs[p.places[i]], out.replayed[p.places[i]] = v.tx, v.replayed
		if v.replayed && !p.repeatedBy(&p.deeds[i], &v.tx) {
			return outcome{}, errDuplicateMismatch(v.tx.ProviderTxID)
		}
	}
	if w.closing != nil {
		s.closeLost(ctx, w.closing)
	}
	return out, nil
}

// undo undoes what the wallet did for a transaction that turned out to be refused. A stake may have its result by then, from a call that knew the stake from the wallet alone: it
// goes back with what that has paid.
func (s *Server) undo(ctx context.Context, p plan, provider string, op walletOp) error {
	_, err := s.post(ctx, p.playerID, p.currency, provider, []walletOp{op})
	var refused *walletRefusal
	if errors.As(err, &refused) && refused.state == "SETTLED" && op.action == actionRelease {
		op.action, op.void, op.key = actionCorrect, true, requestID(stepUndoSettled, provider, op.ref.providerTxID)
		_, err = s.post(ctx, p.playerID, p.currency, provider, []walletOp{op})
	}
	if errors.As(err, &refused) && refused.hold != "" {
		return nil // it has gone back already
	}
	return err
}

// ask has the wallet do the operations of a plan, and completes its deeds with what came of them.
func (s *Server) ask(ctx context.Context, p *plan, holds map[string]string, done map[string]moved) error {
	type place struct{ deed, op int }
	var ops []walletOp
	var places []place
	results := map[place]moved{}
	at := map[int]int{} // by deed: position of the operation that opens its hold
	for i := range p.deeds {
		for j, op := range p.deeds[i].ops {
			if m := done[op.key]; m.kind != "" {
				if p.deeds[i].differs(op, m) {
					return errDuplicateMismatch(p.deeds[i].tx.ProviderTxID)
				}
				results[place{i, j}] = m
				continue
			}
			if op.ofDeed > 0 {
				op.holdID = stepHold(at, results[place{op.ofDeed - 1, 0}].holdID, op.ofDeed-1)
			}
			at[i] = len(ops)
			ops, places = append(ops, op), append(places, place{i, j})
		}
	}
	var last moved
	if len(ops) > 0 {
		answers, err := s.post(ctx, p.playerID, p.currency, p.deeds[0].tx.IntegrationID, ops)
		if err != nil {
			return s.refused(ctx, p, err, ops, holds, done, func(n int) int { return places[n].deed })
		}
		for n, m := range answers {
			results[places[n]] = m
			last = m
		}
	} else if len(p.deeds) > 0 && len(results) == 0 && p.playerID != "" && p.currency != "" {
		m, err := s.funds(ctx, p.playerID, p.currency)
		if err != nil {
			return err
		}
		last = m
	}
	if credited := p.credited(); credited > 0 && last.owed > 0 {
		last = s.payDebt(ctx, *p, credited, last)
		if len(places) > 0 {
			results[places[len(places)-1]] = last
		}
	}
	for i := range p.deeds {
		d := &p.deeds[i]
		m := last
		for j := range d.ops {
			m = results[place{i, j}]
		}
		d.tx.BalanceMinor, d.tx.BonusMinor = m.cash, m.bonus
		if len(d.ops) == 1 {
			d.holdID = m.holdID
		}
	}
	return nil
}

// credited is what a plan gives to the player: winnings, and stakes of open bets that come back. What a correction gives back pays debts by itself.
func (p *plan) credited() int64 {
	var sum int64
	for _, d := range p.deeds {
		if d.tx.Kind == kindWin || d.tx.Kind == kindPrize || d.tx.Kind == kindCancel && d.tx.Action == actionRelease {
			sum += d.tx.AmountMinor
		}
	}
	return sum
}

// stepHold names the hold of another deed: its id when it is known, else its step of the same request.
func stepHold(at map[int]int, holdID string, deed int) string {
	if holdID != "" {
		return holdID
	}
	return "step:" + strconv.Itoa(at[deed])
}

// refused makes of the wallet's refusal what follows from it: decide again with what it told, or a refusal of the transaction. A refused stake is an outcome, and is
// written down.
func (s *Server) refused(ctx context.Context, p *plan, err error, ops []walletOp, holds map[string]string, done map[string]moved, deedOf func(int) int) error {
	var r *walletRefusal
	if !errors.As(err, &r) {
		return err
	}
	if r.at < 0 || r.at >= len(ops) {
		return errWalletUnavailable(err)
	}
	d := &p.deeds[deedOf(r.at)]
	switch {
	case r.conflict:
		return s.adopt(ctx, ops[r.at], d, p.idAlone, done)
	case r.hold != "":
		holds[r.hold] = r.state
		return errAgain
	case r.stale:
		return errAgain
	}
	if len(p.deeds) > 1 || p.anew {
		return with(r.error, "provider_tx_id", d.tx.ProviderTxID)
	}
	if d.tx.Kind != kindBet {
		return r.error
	}
	return reject(d, r.error)
}

// adopt takes over what was done under the same key in other words: what the transaction is about is the same, only the way differs, because the situation was
// another when it was asked for. Where its id alone tells what is repeated, what was done may be of another amount, and the next decision is about that one.
func (s *Server) adopt(ctx context.Context, op walletOp, d *deed, idAlone bool, done map[string]moved) error {
	m, found, err := s.find(ctx, op.key)
	switch {
	case err != nil:
		return err
	case !found:
		return errWalletUnavailable(nil)
	case m.player != d.tx.PlayerID, d.differs(op, m) && !(idAlone && m.currency == d.tx.Currency):
		return errDuplicateMismatch(d.tx.ProviderTxID)
	}
	done[op.key] = m
	return errAgain
}

// reject makes a stake that the wallet refused a transaction with that outcome.
func reject(d *deed, refusal error) error {
	meta := errs.Metadata(refusal)
	text, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	d.reject, d.tx.State, d.tx.RefuseReason, d.tx.Refusal, d.tx.RoundClosed = true, txRefused, errs.ReasonOf(refusal), text, false
	if errs.Is(refusal, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS) {
		d.tx.BalanceMinor = parseMinor(meta["available"], d.tx.Currency)
	}
	return nil
}

// join takes the stakes of bets whose win was paid before they came. Repeating it is safe: a hold is closed once.
func (s *Server) join(ctx context.Context, bets []*bet) error {
	for _, b := range bets {
		_, err := s.post(ctx, b.PlayerID, b.Currency, b.IntegrationID, []walletOp{closing(b)})
		var refused *walletRefusal
		if errors.As(err, &refused) && refused.hold != "" {
			continue // by somebody who writes it
		}
		if err == nil {
			_, err = batched(ctx, s.writes, record{ctx: ctx, plan: plan{playerID: b.PlayerID, currency: b.Currency, roundID: b.RoundID, lost: []string{b.BetID}}})
		}
		if err != nil {
			return errWalletUnavailable(err)
		}
	}
	return nil
}

// closeLost settles the bets of a round that ended without a result for them. A failure is left to the background: the provider's own transaction has had its
// effect.
func (s *Server) closeLost(ctx context.Context, r *round) {
	lost, err := s.lose(ctx, r)
	if err == nil && len(lost) > 0 {
		_, err = batched(ctx, s.writes, record{ctx: ctx, plan: plan{playerID: r.PlayerID, currency: r.Currency, roundID: r.RoundID, lost: lost}})
	}
	if err != nil {
		s.log.WarnContext(ctx, "a round could not be closed yet", "round_id", r.RoundID, "err", err)
	}
}

// lose has the wallet take the stakes of a round's bets without a result, and answers which. A bet whose hold is closed is somebody else's, who will write it.
func (s *Server) lose(ctx context.Context, r *round) ([]string, error) {
	var lost []string
	for _, b := range r.bets {
		if b.State != betAccepted {
			continue
		}
		_, err := s.post(ctx, b.PlayerID, b.Currency, b.IntegrationID, []walletOp{closing(b)})
		var refused *walletRefusal
		if errors.As(err, &refused) && refused.hold != "" {
			continue
		}
		if err != nil {
			return lost, err
		}
		lost = append(lost, b.BetID)
	}
	return lost, nil
}

func closing(b *bet) walletOp {
	return walletOp{action: actionSettle, key: requestID(stepClose, b.IntegrationID, b.ProviderTxID), holdID: b.HoldID, ref: refOf(b.Bet)}
}
