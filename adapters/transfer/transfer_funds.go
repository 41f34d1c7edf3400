package transfer

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Words of the protocol.
const (
	directionIn   = "in" // to the provider
	directionOut  = "out"
	statusApplied = "APPLIED"
	statusRefused = "REFUSED"
	statusUnknown = "UNKNOWN"
)

// order is the body of POST /transfers.
type order struct {
	TransferID string `json:"transfer_id"`
	PlayerID   string `json:"player_id"`
	Direction  string `json:"direction"`
	Amount     string `json:"amount"`
	Currency   string `json:"currency"`
}

// entry is a transfer in the provider's book.
type entry struct {
	order
	Status string    `json:"status"`
	Reason string    `json:"reason"`
	Ref    string    `json:"ref"`
	At     time.Time `json:"at"`
}

// TransferFunds has the provider move money. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) TransferFunds(ctx context.Context, req *adapterv1.TransferFundsRequest) (*adapterv1.TransferFundsResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	o := order{
		TransferID: req.GetTransferId(), PlayerID: req.GetPlayerId(), Direction: directionIn, Amount: req.GetAmount().GetAmount(), Currency: req.GetAmount().GetCurrency(),
	}
	if req.GetDirection() == adapterv1.FundsDirection_FUNDS_DIRECTION_FROM_PROVIDER {
		o.Direction = directionOut
	}
	var e entry
	if err = b.call(ctx, in, http.MethodPost, "/transfers", adapter.MaxPage, o, &e); err != nil {
		return nil, err
	}
	t, err := e.proto()
	if err == nil && t.GetState() == adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_UNSPECIFIED {
		err = adapter.ProviderProtocol("a transfer was neither applied nor refused")
	}
	return &adapterv1.TransferFundsResponse{Transfer: t}, err
}

// proto is the entry as the contract has it. Errors: PROVIDER_PROTOCOL.
func (e entry) proto() (*adapterv1.FundsTransfer, error) {
	t := &adapterv1.FundsTransfer{TransferId: e.TransferID, PlayerId: e.PlayerID, ProviderRef: e.Ref, Refusal: adapter.Words(e.Reason), At: timestamppb.New(e.At)}
	switch e.Status {
	case statusUnknown:
		return &adapterv1.FundsTransfer{TransferId: e.TransferID}, nil
	case statusApplied:
		t.State = adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED
	case statusRefused:
		t.State = adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_REFUSED
	default:
		return nil, adapter.ProviderProtocol("a transfer has a status that is none")
	}
	switch e.Direction {
	case directionIn:
		t.Direction = adapterv1.FundsDirection_FUNDS_DIRECTION_TO_PROVIDER
	case directionOut:
		t.Direction = adapterv1.FundsDirection_FUNDS_DIRECTION_FROM_PROVIDER
	default:
		return nil, adapter.ProviderProtocol("a transfer has a direction that is none")
	}
	a, err := amount(e.Amount, e.Currency)
	if err != nil {
		return nil, err
	}
	t.Amount = a.Proto()
	return t, nil
}
