package gaming

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// TransferToProvider moves cash of the calling player to the player's wallet at a provider. Idempotent by (player, request_id). Errors: see the proto.
func (s *Server) TransferToProvider(ctx context.Context, req *gamingv1.TransferToProviderRequest) (*gamingv1.TransferToProviderResponse, error) {
	t, replayed, err := s.transferTo(ctx, req.GetIntegrationId(), req.GetRequestId(), req.GetAmount(), causePlayer)
	if err != nil {
		return nil, err
	}
	return &gamingv1.TransferToProviderResponse{Transfer: transferProto(t), Replayed: replayed}, nil
}

// transferTo is TransferToProvider, also before a launch.
func (s *Server) transferTo(ctx context.Context, integrationID, requestID string, m *commonv1.Money, cause int16) (db.ProviderTransfer, bool, error) {
	amount, err := positiveAmount(m)
	if err != nil {
		return db.ProviderTransfer{}, false, err
	}
	player := authz.Own(ctx)
	return s.transfer(ctx, transferRequest{
		direction: toProvider, integrationID: integrationID, playerID: player, currency: amount.Currency, minor: amount.Minor, cause: cause, by: player, requestID: requestID,
	}, s.sends(integrationID, player))
}

// sends admits a transfer to a provider of a player who may play there now.
func (s *Server) sends(integrationID, player string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, enabled, err := s.transferWallet(ctx, integrationID)
		if err != nil {
			return err
		}
		if !enabled {
			return errProviderSilent(integrationID, errIntegrationOff)
		}
		p, err := s.mayPlay(ctx, player)
		if err != nil {
			return err
		}
		return s.playStopped(ctx, integrationID, p.GetCountry())
	}
}

// playStopped says which kill switch stops play at a provider: money that lies there cannot be kept from being played with. Those of games and categories stop launches alone.
func (s *Server) playStopped(ctx context.Context, integrationID, country string) error {
	r, err := s.operations.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{})
	if err != nil {
		return errProviderSilent(integrationID, err)
	}
	for _, k := range r.GetKillSwitches() {
		switch {
		case k.GetScope() == operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_ALL:
			return errGameUnavailable("", "ALL_PLAY_SWITCHED_OFF")
		case k.GetScope() == operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION && k.GetValue() == integrationID:
			return errGameUnavailable("", "INTEGRATION_SWITCHED_OFF")
		case k.GetScope() == operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION && k.GetValue() == country:
			return errGameUnavailable("", "JURISDICTION_SWITCHED_OFF")
		}
	}
	return nil
}

// positiveAmount reads an amount above zero. Errors: INVALID_AMOUNT, UNKNOWN_CURRENCY.
func positiveAmount(m *commonv1.Money) (money.Amount, error) {
	a, err := readAmount(m)
	if err == nil && a.Sign() == 0 {
		err = errInvalidAmount(m.GetAmount(), m.GetCurrency())
	}
	return a, err
}
