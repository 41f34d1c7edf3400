package bookmaker

import (
	"bytes"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// checkBet tells whether a stake would be taken now, and why not, limits in the ledger and what is known of the id included. It moves no money and promises nothing:
// block_funds decides.
func (s *Server) checkBet(ctx context.Context, c callback) (answer, *refusal) {
	b, _, refused := s.told(ctx, c)
	if refused != nil {
		return answer{}, refused
	}
	taken, refused := s.meets(ctx, c, b)
	if refused != nil {
		return answer{}, refused
	}
	if !taken {
		_, err := s.gaming.CheckBet(ctx, &gamingv1.CheckBetRequest{Caller: c.staker(b), GameCode: c.in.gameCode, Amount: stakeOf(b).Proto()})
		if err != nil {
			return answer{}, s.refusalOf(ctx, c, err)
		}
	}
	return answer{Status: "approved", Message: "Stake is it possible"}, nil
}

// meets tells what block_funds would meet of the bet's id, here and in gaming: a refusal, or that the stake was taken, so that it would only be answered again.
func (s *Server) meets(ctx context.Context, c callback, b db.PutBetParams) (taken bool, refused *refusal) {
	buried, err := s.queries.HasTombstone(ctx, db.HasTombstoneParams{IntegrationID: b.IntegrationID, BetID: b.BetID, PlayerID: b.PlayerID})
	if err != nil {
		return false, s.refusalOf(ctx, c, err)
	}
	known, err := s.queries.GetBet(ctx, db.GetBetParams{IntegrationID: b.IntegrationID, BetID: b.BetID})
	switch {
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return false, s.refusalOf(ctx, c, err)
	case buried:
		r := reasons["BET_CANCELLED"]
		return false, &r
	case err == nil && !known.Refused && !c.repeats(known, b):
		r := reasons["DUPLICATE_MISMATCH"]
		return false, &r
	}
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: c.caller(b.PlayerID), ProviderTxId: b.BetID})
	if err != nil {
		return false, s.refusalOf(ctx, c, err)
	}
	for _, t := range found.GetTransactions() {
		switch r, refuses := reasons[t.GetRefuseReason()]; {
		case t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL && t.GetReferenceProviderTxId() == b.BetID && t.GetRefuseReason() == "":
			r := reasons["BET_CANCELLED"]
			refused = &r
		case t.GetKind() != gamingv1.TransactionKind_TRANSACTION_KIND_BET:
		case stakeOf(b).Proto().GetAmount() != t.GetAmount().GetAmount() || b.Currency != t.GetAmount().GetCurrency():
			r := reasons["DUPLICATE_MISMATCH"]
			return false, &r
		case refuses:
			return false, &r
		default: // a bet that was taken and taken back later is answered as it was
			return true, nil
		}
	}
	return false, refused
}

// repeats tells whether a bet is the one that is known. A check need not say what the bet is on.
func (c callback) repeats(known db.Bet, b db.PutBetParams) bool {
	silent := !c.Has("legs") && !c.Has("round_id") && !c.Has("selection") && !c.Has("odds")
	onIt := bytes.Equal(known.Content, b.Content) || len(known.Content) == 0 && known.Selection == b.Selection && known.Odds == b.Odds
	return known.PlayerID == b.PlayerID && known.Currency == b.Currency && known.StakeMinor == b.StakeMinor && (silent || onIt)
}
