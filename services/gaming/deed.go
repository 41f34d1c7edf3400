package gaming

import (
	"bytes"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// walletOp is one operation that the wallet is asked for. Its key and its content follow from the provider's transaction, so whoever asks again, after a crash or
// in parallel, asks for the same.
type walletOp struct {
	action  string
	key     string
	amount  int64 // stake, winnings, credit, debit, or what a correction is about
	holdID  string
	ofDeed  int // position, from 1, of the deed of the same plan whose hold it is; 0 when holdID names it
	grantID string
	basis   walletv1.CorrectionBasis
	void    bool
	debt    bool   // what is lacking becomes debt
	atMost  bool   // what a bet has paid is taken back as far as it has
	prize   bool   // a credit that is not a bet's winnings
	part    bool   // only so much of a hold is released
	round   string // of a stake: its provider's round, which is kept with the hold
	ref     betRef
}

// betRef ties a wallet's operation to a bet.
type betRef struct{ betID, roundID, providerTxID, gameID string }

func refOf(b db.Bet) betRef { return betRef{b.BetID, b.RoundID, b.ProviderTxID, b.GameID} }

// moved is what the wallet did.
type moved struct {
	holdID string
	cash   int64 // free after it, minor units
	bonus  int64
	owed   int64

	// Of an operation that was looked up.
	kind     string // the wallet's name of it; empty when there is none
	player   string
	currency string
	amount   int64 // staked or paid
	ref      betRef
}

// staked tells whether it was a stake.
func (m moved) staked() bool { return m.kind == "PLACE_HOLD" }

// instead is the amount that was moved when it is not the given one: a transaction of the same id came with another. false: nothing was, or just that.
func (m moved) instead(of money.Amount) (money.Amount, bool) {
	if m.kind == "" || m.amount == of.Minor || m.currency != of.Currency {
		return of, false
	}
	return money.Amount{Minor: m.amount, Currency: m.currency}, true
}

// deed is one decided transaction: its row as it will be, what the wallet is asked for, and what follows for its bet. It is applied when the wallet has done it.
type deed struct {
	tx      db.ProviderTx
	ops     []walletOp
	opens   *db.Bet   // bet that it places
	round   *db.Round // round to open for it, unless it is there
	cashout bool
	jackpot int64
	keep    bool // a cancellation that leaves the winnings
	settles bool // the round is over when every bet of it has a result, until another bet comes
	results []result
	beside  int64  // winnings of the round that are of no bet: more, or less when negative
	upTo    int32  // what takes adjustments back: how many there were
	holdID  string // hold that the wallet opened
	reject  bool   // the wallet refused the stake
	loose   bool   // a win that an operator pays outside any bet
	implied bool   // a stake that is written down with its result, from what the wallet knows; how it was asked for is not known
	// operator tells whose correction it is: an operator's, or a provider's.
	operator bool
}

// differs tells whether what the wallet did under an operation's key is of another amount than the deed's stake or winnings.
func (d *deed) differs(op walletOp, m moved) bool {
	switch d.tx.Kind {
	case kindBet, kindWin, kindPrize:
		return m.amount != op.amount || m.currency != d.tx.Currency
	default:
		return false
	}
}

// result is what a bet should have paid after all.
type result struct {
	betID  string
	payout int64
	void   bool
}

// plan is what a decision comes to: transactions that came before, and what is to be done about the others.
type plan struct {
	playerID string
	currency string
	deeds    []deed
	before   []*db.ProviderTx // by position in the request: the transaction as it came before, or nil
	places   []int            // by deed: its position in the request
	roundID  string           // round that is locked while it is written
	closes   bool             // the round ends
	lost     []string         // bets that the wallet settled as lost
	reason   string           // of an operator's correction
	undo     *walletOp        // what a transaction that came before still has to undo
	provider string           // with undo
	seen     *seen            // what it was made from, when it can be written without reading that again
	idAlone  bool             // a transaction's id alone tells whether it is repeated
	anew     bool             // a stake that the wallet refuses is no outcome: repeated, it is decided anew
	joins    []*bet           // bets whose win was paid before they came: their stake is taken, and they pay nothing
}

// single is a plan of one transaction.
func single(d deed) plan {
	return plan{
		playerID: d.tx.PlayerID, currency: d.tx.Currency, deeds: []deed{d}, before: []*db.ProviderTx{nil}, places: []int{0}, roundID: d.tx.RoundID,
		closes: d.tx.RoundClosed && d.tx.State != txRefused,
	}
}

// repeatedBy tells whether a transaction that another call wrote first says what a deed of the plan says, as repeated does of one that was read.
func (p *plan) repeatedBy(d *deed, t *db.ProviderTx) bool {
	same := t.PlayerID == "" || d.tx.PlayerID == "" || t.PlayerID == d.tx.PlayerID
	switch {
	case bytes.Equal(t.Fingerprint, d.tx.Fingerprint), d.implied:
		return true
	case d.tx.Kind == kindCancel && t.ProviderRoundID == "": // it may have named no round the first time
		return same && t.ReferenceTxID == d.tx.ReferenceTxID
	case p.idAlone, t.Purpose == madeFromHold, d.tx.Purpose == madeFromHold:
		return same
	}
	return false
}

// repeats is the plan for a transaction that came before. One that was refused because its cancellation came first is undone again: whoever refused it may not have
// come to that.
func (s *situation) repeats(t *db.ProviderTx) plan {
	p := plan{playerID: t.PlayerID, currency: t.Currency, before: []*db.ProviderTx{t}}
	if t.State != txRefused || t.RefuseReason != reasonCancelled && t.RefuseReason != reasonVoided {
		return p
	}
	d := deed{tx: *t}
	if b := s.byID[t.BetID]; b != nil {
		d.holdID = b.HoldID
	}
	if d.holdID != "" || t.Kind == kindPrize {
		p.undo, p.provider = undoing(&d), t.IntegrationID
	}
	return p
}

// verdict is what came of writing a deed down.
type verdict struct {
	tx       db.ProviderTx
	replayed bool
	undo     *walletOp // what the wallet did must be undone: the transaction's cancellation came first, or it was refused before
	again    bool      // what was decided does not fit what is there any more: decide again
}

// apply writes a deed into the rows as they are under the lock.
func (s *situation) apply(d *deed, now time.Time) verdict {
	if known := s.tx(d.tx.IntegrationID, d.tx.Kind, d.tx.ProviderTxID); known != nil {
		v := verdict{tx: *known, replayed: true}
		if d.tx.Kind == kindBet && d.holdID != "" {
			if b := s.byID[known.BetID]; b == nil || b.HoldID != d.holdID {
				v.undo = undoing(d)
			}
		}
		return v
	}
	d.tx.CreatedAt = s.moment(now)
	if !d.tx.Applied {
		return s.insert(d)
	}
	switch d.tx.Kind {
	case kindBet:
		return s.applyBet(d, now)
	case kindWin:
		return s.applyWin(d, now)
	case kindCancel:
		return s.applyCancel(d, now)
	case kindPrize:
		return s.insertUnlessCancelled(d)
	default:
		d.tx.Refusal = kept(s.applyResults(d, now))
	}
	return s.insert(d)
}

// undoing is what undoes a deed in the wallet. Its key is the transaction's, so it is undone once, whoever does it.
func undoing(d *deed) *walletOp {
	op := walletOp{key: requestID(stepUndo, d.tx.IntegrationID, d.tx.ProviderTxID), debt: true, ref: betRef{d.tx.BetID, d.tx.RoundID, d.tx.ProviderTxID, ""}}
	if d.tx.Kind != kindBet {
		op.key = requestID(stepUndo+" "+d.tx.Kind, d.tx.IntegrationID, d.tx.ProviderTxID)
	}
	switch {
	case d.tx.Kind == kindBet:
		op.action, op.holdID = actionRelease, d.holdID
	case d.tx.AmountMinor == 0:
		return nil
	case d.tx.Kind == kindWin:
		op.action, op.holdID, op.amount, op.basis, op.atMost = actionCorrect, d.holdID, d.tx.AmountMinor, walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, true
	default:
		op.action, op.amount = actionDebit, d.tx.AmountMinor
	}
	return &op
}

// insertUnlessCancelled writes a win or a prize; one whose cancellation came while it was on its way is refused, and goes back.
func (s *situation) insertUnlessCancelled(d *deed) verdict {
	if !s.cancelledBefore(d.tx.IntegrationID, d.tx.Kind, d.tx.ProviderTxID) {
		return s.insert(d)
	}
	d.tx.State, d.tx.RefuseReason, d.tx.RoundClosed = txRefused, reasonVoided, false
	v := s.insert(d)
	v.undo = undoing(d)
	return v
}

// moment is the time of the next transaction of a batch: one after the other, so that their order is kept.
func (s *situation) moment(now time.Time) time.Time {
	return now.Add(time.Duration(len(s.fresh)) * time.Microsecond)
}

func (s *situation) insert(d *deed) verdict {
	t := d.tx
	s.addTx(t)
	s.fresh = append(s.fresh, &t)
	if t.Kind == kindCancel {
		s.addCancel(t)
	}
	return verdict{tx: t}
}

// open makes the round of a new bet, unless it is there, and puts the bet into it.
func (s *situation) open(d *deed, now time.Time) *bet {
	r := s.rounds[d.opens.RoundID]
	if r == nil {
		opened := *d.round
		opened.OpenedAt = now
		r = s.addRound(opened)
		r.fresh = true
	}
	if r.State == roundVoided && !r.Closing { // every earlier bet was taken back, but its provider never closed it
		r.State = roundOpen
	}
	r.dirty = true
	placed := *d.opens
	placed.HoldID, placed.PlacedAt = d.holdID, s.moment(now)
	b := s.addBet(placed)
	b.fresh = true
	r.bets = append(r.bets, b)
	return b
}

// applyBet writes a stake. One that was cancelled while it was on its way is written as void, and goes back with all that a result has paid on it or is about to write.
func (s *situation) applyBet(d *deed, now time.Time) verdict {
	b := s.open(d, now)
	switch {
	case d.reject:
		b.State, b.RejectReason, b.SettledAt = betRejected, d.tx.RefuseReason, &now
	case s.cancelledBefore(d.tx.IntegrationID, kindBet, d.tx.ProviderTxID):
		b.State, b.SettledAt, b.WinningsTaken = betVoided, &now, true
		d.tx.State, d.tx.RefuseReason, d.tx.RoundClosed = txRefused, reasonCancelled, false
		v := s.insert(d)
		v.undo = undoing(d)
		return v
	default:
		b.State = betAccepted
	}
	return s.insert(d)
}

// applyWin writes winnings. The wallet has paid them, so they count whatever has become of the bet meanwhile, but for a bet that was taken back with all it had
// paid: the wallet pays nothing on such a bet, so this was paid before and went back with the rest.
func (s *situation) applyWin(d *deed, now time.Time) verdict {
	if d.loose {
		return s.insert(d)
	}
	b := s.byID[d.tx.BetID]
	if b == nil {
		if d.opens == nil {
			return verdict{again: true}
		}
		b = s.open(d, now)
		b.State = betAccepted
	}
	if d.holdID == "" {
		d.holdID = b.HoldID
	}
	v := s.insertUnlessCancelled(d)
	if v.tx.State == txRefused {
		if d.tx.Action == actionSettle && b.State == betAccepted { // the wallet has closed the hold; the winnings alone go back
			b.State, b.SettledAt, b.dirty = betSettled, &now, true
			s.touched(b)
		}
		return v
	}
	b.dirty = true
	if b.HoldID == "" {
		b.HoldID = d.holdID
	}
	overruled := b.Decided && d.tx.Action == actionSettle && b.State != betAccepted // what it paid first is in the operator's result
	if !b.WinningsTaken && !overruled {
		b.PayoutMinor += d.tx.AmountMinor
		b.JackpotMinor += d.jackpot
	}
	if b.State == betAccepted {
		b.State, b.SettledAt = betSettled, &now
	}
	b.CashedOut = b.CashedOut || d.cashout
	s.touched(b)
	return v
}

func (s *situation) touched(b *bet) {
	if r := s.rounds[b.RoundID]; r != nil {
		r.dirty, r.changed = true, true
	}
}

// applyCancel writes a cancellation. A tombstone that finds its transaction after all is decided again.
func (s *situation) applyCancel(d *deed, now time.Time) verdict {
	ref := txRef{d.tx.IntegrationID, d.tx.ReferenceTxID}
	if d.tx.ReferenceKind == "" {
		if s.bets[ref] != nil && d.tx.ReferenceWant != kindWin && d.tx.ReferenceWant != kindPrize {
			return verdict{again: true}
		}
		for _, kind := range []string{kindWin, kindPrize} {
			if s.tx(ref.integrationID, kind, ref.id) != nil && (d.tx.ReferenceWant == "" || d.tx.ReferenceWant == kind) {
				return verdict{again: true}
			}
		}
		return s.insert(d)
	}
	if d.tx.ReferenceKind == kindPart {
		return s.applyPart(d, now)
	}
	if d.tx.Action != actionNone && d.tx.ReferenceKind != kindBet && s.takenBack(d.tx, d.tx.ReferenceKind) {
		return verdict{again: true} // meanwhile
	}
	if b := s.byID[d.tx.BetID]; b != nil && d.tx.Action != actionNone {
		b.dirty = true
		switch d.tx.ReferenceKind {
		case kindBet:
			b.State, b.SettledAt = betVoided, &now
			if !d.keep {
				b.PayoutMinor, b.JackpotMinor, b.WinningsTaken = 0, 0, true
			} else if d.tx.WinningsMinor > 0 { // an operator's
				b.PayoutMinor, b.OperatorMinor, b.parted = max(b.PayoutMinor-d.tx.WinningsMinor, 0), 0, true
				b.JackpotMinor = min(b.JackpotMinor, b.PayoutMinor)
			}
		case kindWin:
			if !b.WinningsTaken {
				b.PayoutMinor = max(b.PayoutMinor-d.tx.WinningsMinor, 0)
				b.JackpotMinor = min(b.JackpotMinor, b.PayoutMinor)
			}
		}
		s.touched(b)
	}
	return s.insert(d)
}

// applyPart writes that the wallet gave a part of a stake back. When others did so meanwhile until nothing is left, the bet is taken back.
func (s *situation) applyPart(d *deed, now time.Time) verdict {
	b := s.byID[d.tx.BetID]
	if b == nil {
		return verdict{again: true}
	}
	b.dirty, b.parted = true, true
	part := min(d.tx.AmountMinor, b.StakeMinor)
	b.StakeMinor, b.ReturnedMinor = b.StakeMinor-part, b.ReturnedMinor+part
	if b.StakeMinor == 0 && b.State == betAccepted {
		b.State, b.SettledAt, b.WinningsTaken = betVoided, &now, true
	}
	s.touched(b)
	return s.insert(d)
}

// applyResults writes corrected results, and answers what they changed.
func (s *situation) applyResults(d *deed, now time.Time) []correction {
	var made []correction
	for _, x := range d.results {
		b := s.byID[x.betID]
		if b == nil || b.State == betVoided && !x.void { // taken back since, with what this has paid
			continue
		}
		r := s.rounds[b.RoundID]
		c := correction{BetID: b.BetID, ProviderTxID: b.ProviderTxID, Before: b.PayoutMinor, After: x.payout, Void: x.void}
		if d.tx.Kind == kindAdjustment { // a difference
			c.After = max(b.PayoutMinor+x.payout, 0)
		}
		b.dirty, b.PayoutMinor, b.JackpotMinor = true, c.After, min(b.JackpotMinor, c.After)
		b.Decided = d.decides(b, x)
		d.charge(b, c)
		switch {
		case x.void:
			b.State, b.WinningsTaken, b.JackpotMinor = betVoided, true, 0
		case b.State == betAccepted:
			b.State = betSettled
		default:
			b.State = betCorrected
		}
		b.SettledAt = &now
		s.touched(b)
		if r != nil {
			r.corrections = append(r.corrections, c)
		}
		made = append(made, c)
	}
	if r := s.rounds[d.tx.RoundID]; r != nil && d.beside != 0 {
		r.adjust(d)
	}
	return made
}

// adjust writes down what was moved beside the round's bets. What takes it back counts once, as in the wallet.
func (r *round) adjust(d *deed) {
	switch {
	case d.upTo == 0:
		r.Adjustments++
	case r.AdjustmentsBack >= d.upTo:
		return
	default:
		r.AdjustmentsBack = d.upTo
	}
	r.AdjustedMinor += d.beside
	r.adjusted, r.dirty = true, true
}

// charge counts what an operator's correction of its provider's result comes to. The provider's own correction ends that, but for a difference.
func (d *deed) charge(b *bet, c correction) {
	before := b.OperatorMinor
	switch {
	case c.Void, b.State == betAccepted, b.Decided, !d.operator && d.tx.Kind == kindRecalculation:
		b.OperatorMinor = 0
	case d.operator:
		b.OperatorMinor += c.After - c.Before
	}
	b.parted = b.parted || b.OperatorMinor != before
}

// decides tells whether a bet's result is an operator's after a correction: one that its provider had not given, or that the operator takes back. A provider's own
// correction ends that, but for a difference.
func (d *deed) decides(b *bet, x result) bool {
	if d.operator {
		return b.Decided || x.void || b.State == betAccepted
	}
	return b.Decided && d.tx.Kind == kindAdjustment
}

// lose writes that the wallet took the stakes of bets whose round ended without a result.
func (s *situation) lose(betIDs []string, now time.Time) {
	for _, id := range betIDs {
		if b := s.byID[id]; b != nil && b.State == betAccepted {
			b.State, b.SettledAt, b.dirty = betSettled, &now, true
			s.touched(b)
		}
	}
}

// advance moves a round on after its bets changed. tell: its end, or what became of it since, is to be told.
func (r *round) advance(now time.Time) (tell bool) {
	before, counts := r.State, r.count()
	r.State = nextRoundState(r.State, r.Closing || r.settles || r.State == roundSettled, counts)
	r.Stuck = r.Closing && counts.unresolved > 0
	ended := r.State == roundSettled || r.State == roundVoided
	switch {
	case !ended:
		r.ClosedAt = nil
	case r.ClosedAt == nil:
		r.ClosedAt = &now
	}
	tell = ended && (r.State != before || r.changed) && counts.settled+counts.voided > 0
	if tell || len(r.corrections) > 0 {
		r.Version++
	}
	return tell
}
