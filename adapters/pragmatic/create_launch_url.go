package pragmatic

import (
	"context"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CreateLaunchUrl asks the provider for the page of a session. It has no effect here. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED,
// those of call.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	platform, country := "WEB", req.GetCountry()
	if req.GetMobile() {
		platform = "MOBILE"
	}
	if country == unknownCountry {
		country = ""
	}
	var out struct {
		URL string `json:"gameURL"`
	}
	err = p.call(ctx, in, request{path: gamesPath + "game/url/", limit: adapter.MaxPage, form: url.Values{
		"symbol": {req.GetGameCode()}, "language": {req.GetLanguage()}, "token": {req.GetSessionToken()}, "externalPlayerId": {req.GetPlayerId()},
		"country": {country}, "currency": {req.GetCurrency()}, "platform": {platform}, "technology": {"H5"}, "playMode": {"REAL"},
		"cashierUrl": {req.GetDepositUrl()}, "lobbyUrl": {req.GetLobbyUrl()}, "stylename": {in.styleName},
	}}, &out)
	if err != nil {
		return nil, err
	}
	page, err := adapter.Page(out.URL)
	return &adapterv1.CreateLaunchUrlResponse{Url: page}, err
}
