package redtiger

import (
	"context"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CreateLaunchUrl builds the address of a game (providers.md 5); the provider is not called, it asks about the token when the page loads. Errors:
// INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, INTEGRATION_INVALID without an address.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if in.baseURL == "" {
		return nil, adapter.Invalid(settingBaseURL, "is needed to open games")
	}
	channel := "D"
	if req.GetMobile() {
		channel = "M"
	}
	q := url.Values{
		"token": {req.GetSessionToken()}, "currency": {req.GetCurrency()}, "userId": {req.GetPlayerId()}, "casino": {in.casino.Current()}, "channel": {channel},
		"playMode": {"real"}, "hasHistory": {in.history},
	}
	for name, value := range map[string]string{"lobbyUrl": req.GetLobbyUrl(), "depositUrl": req.GetDepositUrl(), "affiliate": in.affiliate} {
		if value != "" {
			q.Set(name, value)
		}
	}
	page, err := adapter.Page(in.baseURL + "/" + url.PathEscape(req.GetGameCode()) + "?" + q.Encode())
	if err != nil {
		return nil, err
	}
	return &adapterv1.CreateLaunchUrlResponse{Url: page}, nil
}
