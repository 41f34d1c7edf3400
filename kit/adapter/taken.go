package adapter

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Taken tells whether a stake of the caller's was taken under a provider's id. A protocol whose refusal while the integration is off makes the provider forget a bet
// asks this first: the repetition of a bet that was taken is answered as ever. Asking changes nothing. A caller who is nobody, or whose token and player differ, has no stake.
// Errors: those of the call.
func Taken(ctx context.Context, gaming gamingv1.GamingServiceClient, caller *gamingv1.Caller, id string) (bool, error) {
	found, err := gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: caller, ProviderTxId: id})
	switch errs.ReasonOf(err) {
	case "PLAYER_NOT_FOUND", "PLAYER_MISMATCH", "VALIDATION":
		return false, nil
	}
	for _, t := range found.GetTransactions() {
		if t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_BET && t.GetProviderTxId() == id && t.GetRefuseReason() == "" {
			return true, nil
		}
	}
	return false, err
}
