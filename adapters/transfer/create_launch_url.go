package transfer

import (
	"context"
	"net/http"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// launch is the body of POST /sessions. The provider needs no token of ours: it has no calls of the platform.
type launch struct {
	PlayerID string `json:"player_id"`
	GameCode string `json:"game_code"`
	Currency string `json:"currency"`
	Country  string `json:"country"`
	Language string `json:"language"`
	LobbyURL string `json:"lobby_url"`
}

// CreateLaunchUrl asks the provider for the page of a session. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var out struct {
		URL string `json:"url"`
	}
	err = p.call(ctx, in, http.MethodPost, "/sessions", adapter.MaxPage, launch{
		PlayerID: req.GetPlayerId(), GameCode: req.GetGameCode(), Currency: req.GetCurrency(), Country: req.GetCountry(), Language: req.GetLanguage(), LobbyURL: req.GetLobbyUrl(),
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
