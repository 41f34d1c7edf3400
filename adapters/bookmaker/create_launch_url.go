package bookmaker

import (
	"context"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CreateLaunchUrl makes the page of the bookmaker for a session; nothing is asked. The page gets the player's id, which its calls name as
// partner_player_id, and the token, with which it may tell players apart in the browser. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED,
// NOT_SUPPORTED without launch_url.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if in.launchURL == "" {
		return nil, adapter.NotSupported("page without the setting " + settingLaunchURL)
	}
	device := "desktop"
	if req.GetMobile() {
		device = "mobile"
	}
	query := url.Values{
		"partner_id": {in.partnerID.Current()}, "partner_player_id": {req.GetPlayerId()}, "token": {req.GetSessionToken()}, "currency": {req.GetCurrency()},
		"country": {req.GetCountry()}, "language": {req.GetLanguage()}, "device": {device}, "lobby_url": {req.GetLobbyUrl()},
	}
	if req.GetDepositUrl() != "" {
		query.Set("deposit_url", req.GetDepositUrl())
	}
	return &adapterv1.CreateLaunchUrlResponse{Url: in.launchURL + "?" + query.Encode()}, nil
}
