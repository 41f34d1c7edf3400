package gaming

import (
	"errors"
	"fmt"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// holdBook is a hold as the wallet has it, in minor units.
type holdBook struct {
	*walletv1.Hold
	currency                          string
	amount, settled, released, payout int64
}

// bookOfHold reads a hold's amounts.
func bookOfHold(h *walletv1.Hold) (holdBook, error) {
	b := holdBook{Hold: h, currency: h.GetAmount().GetCurrency()}
	var errs [4]error
	b.amount, errs[0] = minorOf(h.GetAmount())
	b.settled, errs[1] = minorOf(h.GetSettled())
	b.released, errs[2] = minorOf(h.GetReleased())
	b.payout, errs[3] = minorOf(h.GetPaid())
	return b, errors.Join(errs[:]...)
}

func (h holdBook) open() bool { return h.GetState() == walletv1.HoldState_HOLD_STATE_OPEN }

func (h holdBook) words() string {
	if h.Hold == nil {
		return "no such hold"
	}
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: h.currency}.String() }
	return fmt.Sprintf("%s, stake %s %s, settled %s, given back %s, paid %s, player %s, round %s, transaction %s", h.GetState().String()[len("HOLD_STATE_"):], amount(h.amount),
		h.currency, amount(h.settled), amount(h.released), amount(h.payout), h.GetPlayerId(), h.GetReference().GetRoundId(), h.GetReference().GetProviderTxId())
}

// betWords is a bet as we have it.
func betWords(b db.Bet) string {
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: b.Currency}.String() }
	return fmt.Sprintf("%s, stake %s %s, payout %s, player %s", gamingv1.BetState(b.State).String()[len("BET_STATE_"):], amount(b.StakeMinor), b.Currency, amount(b.PayoutMinor), b.PlayerID)
}

// compareHold says how a bet and the hold of its stake differ; nil when they agree. The wallet commits before gaming writes, so a difference that was seen once may be
// nothing but a result on its way.
func compareHold(b db.Bet, h holdBook) *difference {
	d := &difference{ours: betWords(b), theirs: h.words()}
	over := b.State != betAccepted
	switch {
	case h.Hold == nil || b.Currency != h.currency || b.PlayerID != h.GetPlayerId():
		d.kind = gamingv1.FindingKind_FINDING_KIND_LEDGER_MISMATCH
		return d
	case b.StakeMinor+b.ReturnedMinor != h.amount:
		d.kind = gamingv1.FindingKind_FINDING_KIND_LEDGER_MISMATCH
	case !over && !h.open():
		d.kind = gamingv1.FindingKind_FINDING_KIND_HOLD_CLOSED
	case over && h.open():
		d.kind = gamingv1.FindingKind_FINDING_KIND_HOLD_OPEN
	case b.PayoutMinor != h.payout, b.State == betVoided && h.settled != 0, b.State != betVoided && b.State != betRejected && h.released != b.ReturnedMinor:
		d.kind = gamingv1.FindingKind_FINDING_KIND_LEDGER_MISMATCH
	default:
		return nil
	}
	delta := b.PayoutMinor - h.payout // what the player gained: what was paid, less the stake unless it came back
	if b.State != betVoided {
		delta -= b.StakeMinor
	}
	delta += h.amount - h.released
	d.delta = &delta
	return d
}
