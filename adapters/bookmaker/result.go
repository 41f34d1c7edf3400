package bookmaker

import (
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
)

// result is what a bet pays: stake included, as the player sees it. Void: the stake goes back.
type result struct {
	payout  int64
	void    bool
	cashout bool
}

// statusOf reads a bet status. known: it is one; final: it is a result; pays: the call must say how much.
func statusOf(text string) (r result, known, final, pays bool) {
	switch strings.ToLower(text) {
	case "win", "won", "half_won", "half_lost":
		return r, true, true, true
	case "cashout", "cashed_out":
		r.cashout = true
		return r, true, true, true
	case "lost", "lose", "loss":
		return r, true, true, false
	case "void", "voided", "push", "cancelled", "canceled", "rejected":
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
	// outdated: a newer one was told.
	outdated
	// unfinished: another one is under way and must be finished first.
	unfinished
	// next: the bet gets it.
	next
)

// noSeq is the number of a result that the partner does not number.
const noSeq = -1

// decide compares a result with what is known of its bet. Without a number, a second result that differs is refused: the partner corrects with
// recalculate_bets, or numbers its results. What is void is over: its stake has gone back. A first result that an operator's stood before is as if it had not been told,
// but for its number.
func decide(b db.Bet, r result, seq int64) (verdict, *refusal) {
	has := result{payout: b.PayoutMinor, void: b.Void, cashout: b.Cashout}
	same := b.Wanted > 0 && has == r
	switch {
	case b.Refunded && r.void:
		return repeated, nil
	case b.Refunded:
		refused := reasons["BET_VOIDED"]
		return repeated, &refused
	case seq != noSeq && b.PartnerSeq != noSeq && seq < b.PartnerSeq:
		return outdated, nil
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
