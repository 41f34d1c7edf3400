package gaming

import (
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func errNotTransferWallet(integrationID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET, "the provider keeps no players' money", "integration_id", integrationID)
}

func errTransferNotFound(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_TRANSFER_NOT_FOUND, "there is no such transfer", "transfer_id", id)
}

func errTransferFinished(id, state string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_TRANSFER_FINISHED, "the transfer is over and ended otherwise", "transfer_id", id, "state", state)
}

func errTransferNotSent(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_TRANSFER_NOT_SENT, "the provider was not asked yet", "transfer_id", id)
}

func errPlayedAtProvider(roundID string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_PLAYED_AT_PROVIDER, "the ledger has nothing of this round", "round_id", roundID)
}

func errProviderSilent(integrationID string, cause error) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider does not answer", "integration_id", integrationID).WithCause(cause)
}

func errFindingNotRetryable(id string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_FINDING_NOT_RETRYABLE, "the finding is not about an entry of a provider's book of bets", "finding_id", id)
}
