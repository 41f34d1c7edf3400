package a8r

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// launch is the body of Launcher/Real (providers.md 7). Names, birthday and mail are left out: the aggregator plays without them.
type launch struct {
	CasinoID     string     `json:"casino_id"`
	ClientType   string     `json:"client_type"`
	Game         string     `json:"game"`
	IP           string     `json:"ip"`
	Jurisdiction string     `json:"jurisdiction,omitempty"`
	Locale       string     `json:"locale"`
	Player       player     `json:"player"`
	URLs         launchURLs `json:"urls"`
}

type player struct {
	ID       string `json:"id"`
	Currency string `json:"currency"`
	Country  string `json:"country,omitempty"`
}

type launchURLs struct {
	Deposit string `json:"deposit_url,omitempty"`
	Return  string `json:"return_url"`
}

// CreateLaunchUrl asks the aggregator for the page of a session. The protocol has no session token: its calls name the player. Errors:
// INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	client := "desktop"
	if req.GetMobile() {
		client = "mobile"
	}
	var out struct {
		URL string `json:"launch_url"`
	}
	err = p.call(ctx, in, "Launcher/Real", adapter.MaxPage, launch{
		CasinoID: in.casinoID, ClientType: client, Game: req.GetGameCode(), IP: req.GetIp(), Jurisdiction: in.jurisdiction, Locale: req.GetLanguage(),
		Player: player{ID: req.GetPlayerId(), Currency: req.GetCurrency(), Country: req.GetCountry()},
		URLs:   launchURLs{Deposit: req.GetDepositUrl(), Return: req.GetLobbyUrl()},
	}, &out)
	if err != nil {
		return nil, err
	}
	page, err := adapter.Page(out.URL)
	if err != nil {
		return nil, err
	}
	return &adapterv1.CreateLaunchUrlResponse{Url: page}, nil
}
