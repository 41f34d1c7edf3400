package hub88

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// launch is the body of /game/url (providers.md 2.7).
type launch struct {
	User         string         `json:"user"`
	Token        string         `json:"token"`
	OperatorID   any            `json:"operator_id"`
	GameCode     string         `json:"game_code"`
	Currency     string         `json:"currency"`
	Country      string         `json:"country"`
	Lang         string         `json:"lang"`
	Platform     string         `json:"platform"`
	IP           string         `json:"ip"`
	LobbyURL     string         `json:"lobby_url"`
	DepositURL   string         `json:"deposit_url,omitempty"`
	SubPartnerID string         `json:"sub_partner_id,omitempty"`
	Meta         map[string]any `json:"meta"`
}

// CreateLaunchUrl asks the provider for the page of a session. It has no effect here. Errors: INTEGRATION_NOT_FOUND,
// INTEGRATION_DISABLED, those of call.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	platform := "GPL_DESKTOP"
	if req.GetMobile() {
		platform = "GPL_MOBILE"
	}
	var out page
	err = p.call(ctx, in, in.dialect.gameAPI+"url", adapter.MaxPage, launch{
		User: req.GetPlayerId(), Token: req.GetSessionToken(), OperatorID: in.operatorID, GameCode: req.GetGameCode(), Currency: req.GetCurrency(),
		Country: req.GetCountry(), Lang: req.GetLanguage(), Platform: platform, IP: req.GetIp(), LobbyURL: req.GetLobbyUrl(),
		DepositURL: req.GetDepositUrl(), SubPartnerID: in.subPartner.Current(), Meta: map[string]any{},
	}, &out)
	if err != nil {
		return nil, err
	}
	address, err := adapter.Page(out.URL)
	if err != nil {
		return nil, err
	}
	return &adapterv1.CreateLaunchUrlResponse{Url: address}, nil
}
