package bookmaker

import (
	"context"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// giveBackUnaccepted gives stakes back whose bets their partner has not accepted in time (domain.md 6.3). It is for integrations that say how long a partner has.
func (s *Server) giveBackUnaccepted(ctx context.Context) {
	due, err := s.queries.ClaimUnaccepted(ctx, db.ClaimUnacceptedParams{LeaseUntil: new(s.now().Add(lease)), Now: new(s.now()), Batch: batchSize})
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "bets that are not accepted could not be read", "err", err)
	}
	for _, b := range due {
		if err = s.unaccepted(ctx, b); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "a bet that was not accepted could not be given back yet", "integration_id", b.IntegrationID, "bet_id", b.BetID, "err", err)
		}
	}
}

// unaccepted gives one stake back, unless the bet has a result by now. What the partner calls late then is refused, as after a refund.
func (s *Server) unaccepted(ctx context.Context, b db.Bet) error {
	keep := db.KeepUnacceptedParams{IntegrationID: b.IntegrationID, BetID: b.BetID}
	if b.Wanted > 0 || b.Refunded || b.Refused {
		return s.queries.KeepUnaccepted(ctx, keep)
	}
	caller := &gamingv1.Caller{IntegrationId: b.IntegrationID, PlayerId: b.PlayerID, Tokenless: true}
	word, err := s.operatorsWord(ctx, b.IntegrationID, b.PlayerID, b.BetID)
	switch {
	case err != nil:
		return err
	case word.GetDecided() && !word.GetVoided():
		return s.queries.KeepUnaccepted(ctx, keep)
	}
	_, err = s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: caller, ProviderRoundId: b.BetID, ProviderTxId: b.BetID, ReferenceProviderTxId: b.BetID, ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET,
		RoundClosed: true, RefuseUnknown: true, Tombstone: true, RefuseSettled: true,
	})
	switch {
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED): // at this moment
		return s.queries.KeepUnaccepted(ctx, keep)
	case err != nil && reasons[errs.ReasonOf(err)].code == "":
		return err
	}
	// Also when there is no such bet: its stake is refused from now on.
	return s.queries.MarkRefunded(ctx, db.MarkRefundedParams{Now: s.now(), IntegrationID: b.IntegrationID, BetID: b.BetID})
}
