package bookmaker

import (
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
)

// result is what a bet pays: stake included, as the player sees it. Void: the stake goes back, and the bet is over. Push: the bet has a result, which pays the stake.
type result struct {
	payout  int64
	void    bool
	cashout bool
	push    bool
	half    bool // half of the stake won or lost
}

// of is the result with the payout that it has for a bet: of a push what is left of the stake.
func (r result) of(b db.Bet) result {
	if r.push {
		r.payout = b.StakeMinor - b.RefundedMinor
	}
	return r
}

// statusOf reads a bet status. known: it is one; final: it is a result; pays: the call must say how much.
func statusOf(text string) (r result, known, final, pays bool) {
	switch strings.ToLower(text) {
	case "win", "won":
		return r, true, true, true
	case "half_won", "half_lost":
		r.half = true
		return r, true, true, true
	case "cashout", "cashed_out":
		r.cashout = true
		return r, true, true, true
	case "lost", "lose", "loss":
		return r, true, true, false
	case "push":
		r.push = true
		return r, true, true, false
	case "void", "voided", "cancelled", "canceled", "rejected":
		r.void = true
		return r, true, true, false
	case "accepted", "pending", "open":
		return r, true, false, false
	}
	return r, false, false, false
}

// verdict is what to do with a result that a partner tells.
type verdict int

const (
	// repeated: the bet has this result, or is getting it.
	repeated verdict = iota
	// over: a newer one was told, or this one was accepted before; whatever became of the bet, nothing is to be done.
	over
	// unfinished: another one is under way and must be finished first.
	unfinished
	// next: the bet gets it.
	next
)

// noSeq is the number of a result that the partner does not number.
const noSeq = -1

// decide compares a result with what is known of its bet. Without a number, a second result that differs is refused: the partner corrects with
// recalculate_bets, or numbers its results. What is void is over: its stake has gone back. A first result that an operator's stood before is as if it had not been told,
// but for its number. accepted: the partner told this one with this number before and was answered with success.
func decide(b db.Bet, r result, seq int64, accepted bool) (verdict, *refusal) {
	returns := r.void || r.push
	same := b.Wanted > 0 && b.PayoutMinor == r.payout && b.Void == r.void && b.Cashout == r.cashout || b.Void && r.push
	switch {
	case accepted, seq != noSeq && b.PartnerSeq != noSeq && seq < b.PartnerSeq:
		return over, nil
	case b.Refunded && returns:
		return repeated, nil
	case b.Refunded:
		refused := reasons["BET_VOIDED"]
		return repeated, &refused
	case b.Wanted == 0:
		return next, nil
	case same:
		return repeated, nil
	case b.Wanted > b.Settled:
		return unfinished, nil
	case seq == noSeq || seq == b.PartnerSeq:
		return repeated, rejected(http.StatusConflict, "bet_settled", "The bet has another result")
	case b.Void:
		refused := reasons["BET_VOIDED"]
		return repeated, &refused
	}
	return next, nil
}

// nextNumber is the number of a bet's next result. The first one settles the bet; what corrects a first one that an operator's stood before is the second.
func nextNumber(b db.Bet, corrects bool) int32 {
	if b.Wanted == 0 && b.Overruled && corrects {
		return 2
	}
	return b.Wanted + 1
}
