package pam

import (
	"context"
	"strconv"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CreateLaunchUrl fills in the template of the aggregator's page: the protocol has no call for it. Errors: INTEGRATION_NOT_FOUND,
// INTEGRATION_DISABLED, INTEGRATION_INVALID without a template.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if in.template == "" {
		return nil, adapter.Invalid(settingTemplate, "is needed to open games")
	}
	values := map[string]string{
		"provider": in.providerOf(req.GetGameCode()), "game": req.GetGameCode(), "token": req.GetSessionToken(), "player": req.GetPlayerId(),
		"currency": req.GetCurrency(), "country": req.GetCountry(), "language": req.GetLanguage(), "mobile": strconv.FormatBool(req.GetMobile()),
		"lobby_url": req.GetLobbyUrl(), "deposit_url": req.GetDepositUrl(),
	}
	filled, problem := fill(in.template, func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	})
	if problem != "" {
		return nil, adapter.Invalid(settingTemplate, problem)
	}
	page, err := adapter.Page(filled)
	return &adapterv1.CreateLaunchUrlResponse{Url: page}, err
}
