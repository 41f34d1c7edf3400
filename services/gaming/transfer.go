package gaming

import (
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Where a transfer stands and which way it goes, as in the proto.
const (
	transferRequested int16 = 1
	transferSent      int16 = 2
	transferConfirmed int16 = 3
	transferUnknown   int16 = 4
	transferFailed    int16 = 5

	toProvider   int16 = 1
	fromProvider int16 = 2
)

// What is known of the provider.
const (
	notKnown int16 = iota
	applied
	refusedThere
)

// Why transfers are made, as in the proto.
const (
	causePlayer   int16 = 1
	causeLaunch   int16 = 2
	causeLogout   int16 = 3
	causeLocked   int16 = 5
	causeOperator int16 = 6
	causeLimit    int16 = 7
)

// The wallet's operations of a transfer have a key each: cash that leaves, the same that comes back because the provider refused, and what comes from the provider.
const (
	stepTransferOut  = "transfer-out"
	stepTransferBack = "transfer-back"
	stepTransferIn   = "transfer-in"
)

const (
	transferLease = time.Minute      // while somebody works on a transfer, others leave it alone for so long
	transferLimit = 30 * time.Second // and works at most so long
	askSoon       = 5 * time.Second  // who did not answer is asked again after this
	askMost       = 10 * time.Minute // and after at most this, doubling
)

// putOff is how long a transfer waits after it was put off so many times.
func putOff(asks int32) time.Duration {
	return min(askSoon<<min(asks, 16), askMost)
}

func open(t db.ProviderTransfer) bool {
	return t.State != transferConfirmed && t.State != transferFailed
}

func moneyOf(t db.ProviderTransfer) *commonv1.Money {
	return money.Amount{Minor: t.AmountMinor, Currency: t.Currency}.Proto()
}

func transferRef(t db.ProviderTransfer) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TRANSFER, SourceId: t.TransferID}
}

// transferRefusal is the refusal of the wallet, as it was answered the first time; nil for a transfer that was not refused by it.
func transferRefusal(t db.ProviderTransfer) error {
	if t.State != transferFailed || len(t.Refusal) == 0 {
		return nil
	}
	var meta map[string]string
	if json.Unmarshal(t.Refusal, &meta) != nil {
		return nil
	}
	return refusalOf(t.Failure, meta)
}

// isRefusal tells a refusal of the wallet from an answer that did not come.
func isRefusal(err error) bool {
	return !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE) && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_OVERLOADED)
}

// agrees tells whether the provider's book has the transfer that we mean: an answer about something else is none.
func agrees(t db.ProviderTransfer, theirs *adapterv1.FundsTransfer) bool {
	amount, err := money.FromProto(theirs.GetAmount())
	return err == nil && theirs.GetTransferId() == t.TransferID && theirs.GetPlayerId() == t.PlayerID && int16(theirs.GetDirection()) == t.Direction && //nolint:gosec // an enum
		amount == money.Amount{Minor: t.AmountMinor, Currency: t.Currency}
}

func transferStateName(state int16) string {
	return strings.TrimPrefix(gamingv1.TransferState(state).String(), "TRANSFER_STATE_")
}

func transferProto(t db.ProviderTransfer) *gamingv1.ProviderTransfer {
	return &gamingv1.ProviderTransfer{
		TransferId: t.TransferID, IntegrationId: t.IntegrationID, PlayerId: t.PlayerID, Direction: gamingv1.TransferDirection(t.Direction), Amount: moneyOf(t),
		Everything: t.Everything, State: gamingv1.TransferState(t.State), Cause: gamingv1.TransferCause(t.Cause), Failure: t.Failure, ProviderRef: t.ProviderRef,
		CreatedAt: timestamppb.New(t.CreatedAt), FinishedAt: timeProto(t.FinishedAt), HandedOverAt: timeProto(t.HandedOverAt),
		ResolvedBy: t.ResolvedBy, Resolution: t.Resolution,
	}
}
