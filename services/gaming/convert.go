package gaming

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// readAmount reads an amount that may not be negative. Errors: INVALID_AMOUNT, UNKNOWN_CURRENCY.
func readAmount(m *commonv1.Money) (money.Amount, error) {
	a, err := money.FromProto(m)
	switch {
	case errors.Is(err, money.ErrUnknownCurrency):
		return a, errUnknownCurrency(m.GetCurrency())
	case err != nil || a.Sign() < 0:
		return a, errInvalidAmount(m.GetAmount(), m.GetCurrency())
	}
	return a, nil
}

// refusedBefore is the refusal of a transaction as it was answered the first time.
func refusedBefore(t db.ProviderTx) error {
	if len(t.Refusal) > 0 {
		var meta map[string]string
		if json.Unmarshal(t.Refusal, &meta) == nil {
			if err := refusalOf(t.RefuseReason, meta); err != nil {
				return err
			}
		}
	}
	switch t.RefuseReason { // of before refusals were kept whole
	case reasonCancelled:
		return errBetCancelled(t.ProviderTxID)
	case reasonVoided:
		return errBetVoided(t.ProviderTxID)
	case errs.ReasonOf(errInsufficientFunds("", "")):
		return errInsufficientFunds(money.Amount{Minor: t.BalanceMinor, Currency: t.Currency}.String(), t.Currency)
	case errs.ReasonOf(errPlayerBlocked("")):
		return errPlayerBlocked("WALLET")
	}
	return errInvalidAmount(money.Amount{Minor: t.AmountMinor, Currency: t.Currency}.String(), t.Currency)
}

// parseMinor reads an amount of an error's metadata; zero when it cannot be read.
func parseMinor(text, currency string) int64 {
	a, err := money.Parse(text, currency)
	if err != nil {
		return 0
	}
	return a.Minor
}

func outcomeOf(b db.Bet) gamingv1.BetOutcome {
	switch {
	case b.State != betSettled && b.State != betCorrected:
		return gamingv1.BetOutcome_BET_OUTCOME_UNSPECIFIED
	case b.CashedOut:
		return gamingv1.BetOutcome_BET_OUTCOME_CASHOUT
	case b.PayoutMinor == 0:
		return gamingv1.BetOutcome_BET_OUTCOME_LOSE
	case b.PayoutMinor == b.StakeMinor:
		return gamingv1.BetOutcome_BET_OUTCOME_PUSH
	}
	return gamingv1.BetOutcome_BET_OUTCOME_WIN
}

func betProto(b db.Bet) *gamingv1.Bet {
	p := &gamingv1.Bet{
		BetId: b.BetID, RoundId: b.RoundID, PlayerId: b.PlayerID, GameId: b.GameID, GameSessionId: b.GameSessionID,
		Stake:  money.Amount{Minor: b.StakeMinor, Currency: b.Currency}.Proto(),
		Payout: money.Amount{Minor: b.PayoutMinor, Currency: b.Currency}.Proto(),
		State:  gamingv1.BetState(b.State), Outcome: outcomeOf(b), ProviderTxId: b.ProviderTxID, RejectReason: b.RejectReason, HoldId: b.HoldID,
		PlacedAt: timestamppb.New(b.PlacedAt), SettledAt: timeProto(b.SettledAt), FreeRound: b.FreeRound,
		ProviderWallet: b.ProviderWallet, Decided: b.Decided,
	}
	if b.JackpotMinor != 0 {
		p.Jackpot = money.Amount{Minor: b.JackpotMinor, Currency: b.Currency}.Proto()
	}
	return p
}

// roundProto sums stakes that were taken and winnings that the player keeps, adjustments of no bet included; a bet that was taken back counts nothing.
func roundProto(r db.Round, bets []db.Bet) *gamingv1.Round {
	p := &gamingv1.Round{
		RoundId: r.RoundID, IntegrationId: r.IntegrationID, ProviderRoundId: r.ProviderRoundID, PlayerId: r.PlayerID, GameId: r.GameID,
		State: gamingv1.RoundState(r.State), OpenedAt: timestamppb.New(r.OpenedAt), ClosedAt: timeProto(r.ClosedAt),
	}
	stake, payout := int64(0), r.AdjustedMinor
	for _, b := range bets {
		p.Bets = append(p.Bets, betProto(b))
		if b.State == betAccepted || b.State == betSettled || b.State == betCorrected {
			stake += b.StakeMinor
		}
		payout += b.PayoutMinor
	}
	if p.GetState() == gamingv1.RoundState_ROUND_STATE_MANUAL {
		p.HandedOverWhy = r.HandedOverWhy
	}
	p.Stake = money.Amount{Minor: stake, Currency: r.Currency}.Proto()
	p.Payout = money.Amount{Minor: payout, Currency: r.Currency}.Proto()
	return p
}

func timeProto(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func timeArg(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	v := t.AsTime()
	return &v
}

func textArg(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func stateArg[E ~int32](e E) *int16 {
	if e == 0 {
		return nil
	}
	v := int16(e)
	return &v
}

// betEvent is what a stake's outcome is told by.
func betEvent(s *situation, v verdict, now time.Time) (bus.Event, bool) {
	b := s.byID[v.tx.BetID]
	if b == nil || v.replayed || v.again || v.tx.Kind != kindBet || !v.tx.Applied {
		return bus.Event{}, false
	}
	e := bus.Event{Subject: "bet.placed.v1", PlayerID: b.PlayerID, AggregateID: b.BetID, Version: 1, OccurredAt: now}
	if v.tx.State == txDone {
		e.Message = &gamingv1.BetPlaced{Bet: betProto(b.Bet)}
		return e, true
	}
	e.Subject = "bet.rejected.v1"
	e.Message = &gamingv1.BetRejected{
		PlayerId: b.PlayerID, GameId: b.GameID, IntegrationId: b.IntegrationID, ProviderTxId: b.ProviderTxID,
		Stake: money.Amount{Minor: b.StakeMinor, Currency: b.Currency}.Proto(), Reason: v.tx.RefuseReason,
	}
	return e, true
}

// recalculatedEvent is round.recalculated.v1.
func recalculatedEvent(r *round, reason string, now time.Time) bus.Event {
	m := &gamingv1.RoundRecalculated{
		RoundId: r.RoundID, GameId: r.GameID, PlayerId: r.PlayerID, Currency: r.Currency, IntegrationId: r.IntegrationID,
		ProviderRoundId: r.ProviderRoundID, Reason: reason,
	}
	for _, c := range r.corrections {
		m.Bets = append(m.Bets, &gamingv1.RecalculatedBet{
			BetId: c.BetID, PayoutBefore: money.Amount{Minor: c.Before, Currency: r.Currency}.String(),
			PayoutAfter: money.Amount{Minor: c.After, Currency: r.Currency}.String(), Void: c.Void,
		})
	}
	return bus.Event{Subject: "round.recalculated.v1", PlayerID: r.PlayerID, AggregateID: r.RoundID, Version: r.Version, OccurredAt: now, Message: m}
}

// roundEvent is round.settled.v1 or round.voided.v1. It says how the round stands now; a later event of the same round, with a higher
// version, replaces it.
func roundEvent(r db.Round, bets []db.Bet, now time.Time) bus.Event {
	e := bus.Event{PlayerID: r.PlayerID, AggregateID: r.RoundID, Version: r.Version, OccurredAt: now}
	if r.State == roundVoided {
		e.Subject = "round.voided.v1"
		e.Message = &gamingv1.RoundVoided{
			RoundId: r.RoundID, GameId: r.GameID, PlayerId: r.PlayerID, IntegrationId: r.IntegrationID, ProviderRoundId: r.ProviderRoundID,
		}
		return e
	}
	m := &gamingv1.RoundSettled{
		RoundId: r.RoundID, GameId: r.GameID, Currency: r.Currency, IntegrationId: r.IntegrationID, ProviderRoundId: r.ProviderRoundID,
		ProviderWallet: r.ProviderWallet,
	}
	for _, b := range bets {
		if b.State == betRejected {
			continue
		}
		outcome := "VOID"
		if o := outcomeOf(b); o != gamingv1.BetOutcome_BET_OUTCOME_UNSPECIFIED {
			outcome = strings.TrimPrefix(o.String(), "BET_OUTCOME_")
		}
		m.Bets = append(m.Bets, &gamingv1.RoundBet{
			BetId: b.BetID, PlayerId: b.PlayerID, Outcome: outcome,
			Stake:  money.Amount{Minor: b.StakeMinor, Currency: b.Currency}.String(),
			Payout: money.Amount{Minor: b.PayoutMinor, Currency: b.Currency}.String(),
		})
	}
	e.Subject, e.Message = "round.settled.v1", m
	return e
}
