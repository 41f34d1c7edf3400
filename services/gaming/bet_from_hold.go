package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// madeFromHold marks a stake's transaction that was made anew from its hold. What it was asked in is not known, so a repetition is known by player, round and amount.
const madeFromHold = "hold"

// mostRoundRef is how long a provider's round id may be to be kept with a hold; a longer one is not.
const mostRoundRef = 255

// origin is what a bet that is made from its hold needs besides the hold. Every part is proven by the ids that the hold names.
type origin struct{ integrationID, gameCode, providerRound, providerTx string }

// originOf finds where a hold came from: from what it says, from our round, and from what an operator tells. Errors: HOLD_UNKNOWN_BET, HOLD_MISMATCH.
func (s *Server) originOf(ctx context.Context, h *walletv1.Hold, told *gamingv1.ResolveHoldRequest) (o origin, err error) {
	ref := h.GetReference()
	if ref.GetSourceKind() != walletv1.SourceKind_SOURCE_KIND_BET {
		return o, errHoldUnknownBet(h.GetHoldId(), "source_kind")
	}
	g, err := s.gameByID(ctx, ref.GetGameId())
	if err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND) {
		return o, err
	}
	o.gameCode = g.GetCode()
	o.integrationID = orElse(told.GetIntegrationId(), g.GetIntegrationId())
	o.providerTx = orElse(told.GetProviderTxId(), ref.GetProviderTxId())
	if betIDOf(o.integrationID, o.providerTx) != ref.GetSourceId() {
		switch {
		case told.GetProviderTxId() != "":
			return o, errHoldMismatch(h.GetHoldId(), "provider_tx_id")
		case told.GetIntegrationId() != "":
			return o, errHoldMismatch(h.GetHoldId(), "integration_id")
		case o.integrationID == "":
			return o, errHoldUnknownBet(h.GetHoldId(), "integration_id")
		}
		o.providerTx = ""
		return o, errHoldUnknownBet(h.GetHoldId(), "provider_tx_id")
	}
	o.providerRound, err = s.providerRoundOf(ctx, h, o, told.GetProviderRoundId())
	return o, err
}

// providerRoundOf finds the provider's round of a hold whose transaction is known.
func (s *Server) providerRoundOf(ctx context.Context, h *walletv1.Hold, o origin, told string) (string, error) {
	ref := h.GetReference()
	ours, err := s.q.ProviderRound(ctx, ref.GetRoundId())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	for _, id := range []string{told, ref.GetProviderRoundId(), ours, o.providerTx} { // some protocols have one bet a round, named alike
		if id != "" && roundIDOf(o.integrationID, h.GetPlayerId(), id) == ref.GetRoundId() {
			return id, nil
		}
	}
	if told != "" {
		return "", errHoldMismatch(h.GetHoldId(), "provider_round_id")
	}
	return "", errHoldUnknownBet(h.GetHoldId(), "provider_round_id")
}

// betFromHold writes the bet of an open hold, as its provider's repetition would have. One whose cancellation is there is written void and its stake goes back; one
// whose stake was refused at the same moment gives it back. Errors: HOLD_UNKNOWN_BET, WALLET_UNAVAILABLE, OVERLOADED.
func (s *Server) betFromHold(ctx context.Context, h holdBook, o origin) error {
	w := who{integrationID: o.integrationID, playerID: h.GetPlayerId()}
	n := needs{who: w, providerRounds: []string{o.providerRound}, txIDs: []string{o.providerTx}, betIDs: []string{o.providerTx}}
	_, err := s.transact(ctx, n, func(sit *situation) (plan, error) {
		b := sit.bets[txRef{o.integrationID, o.providerTx}]
		if t := sit.tx(o.integrationID, kindBet, o.providerTx); t != nil {
			p := sit.repeats(t)
			switch {
			case b != nil && b.HoldID == h.GetHoldId():
			case t.State != txRefused:
				return plan{}, errHoldUnknownBet(h.GetHoldId(), "request_id")
			default:
				p.undo, p.provider = undoing(&deed{tx: *t, holdID: h.GetHoldId()}), o.integrationID
			}
			return p, nil
		}
		if b != nil {
			return plan{}, errHoldUnknownBet(h.GetHoldId(), "request_id")
		}
		key, err := sit.keyOfHold(h, o)
		if err != nil {
			return plan{}, err
		}
		return single(deedFromHold(sit, h, o, key)), nil
	})
	return err
}

// keyOfHold is the key under which the wallet placed a hold for a transaction: which of both that is, is the protocol's. Errors: HOLD_UNKNOWN_BET.
func (s *situation) keyOfHold(h holdBook, o origin) (string, error) {
	for _, oneIDSpace := range []bool{false, true} {
		key := stakeKey(o.integrationID, o.providerTx, oneIDSpace)
		m, asked := s.done[key]
		switch {
		case !asked:
			return "", &lostKey{error: errAgain, key: key}
		case m.staked() && m.holdID == h.GetHoldId() && m.player == h.GetPlayerId() && m.currency == h.currency:
			return key, nil
		}
	}
	return "", errHoldUnknownBet(h.GetHoldId(), "request_id")
}

// deedFromHold is the stake that placed a hold.
func deedFromHold(sit *situation, h holdBook, o origin, key string) deed {
	free := h.amount == 0 // no money was taken
	r := newRound(sit, o.integrationID, h.GetPlayerId(), o.providerRound, h.GetReference().GetGameId(), h.currency)
	b := db.Bet{
		BetID: h.GetReference().GetSourceId(), RoundID: r.RoundID, IntegrationID: o.integrationID, PlayerID: h.GetPlayerId(), GameID: h.GetReference().GetGameId(),
		GameCode: o.gameCode, ProviderTxID: o.providerTx, Currency: h.currency, StakeMinor: h.amount, FreeRound: free,
	}
	return deed{
		tx: db.ProviderTx{
			IntegrationID: o.integrationID, Kind: kindBet, ProviderTxID: o.providerTx, Fingerprint: fingerprint(madeFromHold), State: txDone, Action: actionHold,
			PlayerID: b.PlayerID, RoundID: r.RoundID, BetID: b.BetID, Currency: b.Currency, AmountMinor: h.amount, ReportedMinor: h.amount, ProviderRoundID: o.providerRound,
			GameCode: o.gameCode, Applied: true, Purpose: madeFromHold,
		},
		ops:   []walletOp{{action: actionHold, key: key, amount: h.amount, ref: refOf(b)}},
		opens: &b, round: &r,
	}
}

// roundRef is a provider's round id as the wallet keeps it with a hold; empty when it is too long.
func roundRef(providerRoundID string) string {
	if len(providerRoundID) > mostRoundRef {
		return ""
	}
	return providerRoundID
}
