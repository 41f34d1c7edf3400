package evolution

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// launch is the body of the user authentication call (providers.md 3.5).
type launch struct {
	UUID   string `json:"uuid"`
	Player player `json:"player"`
	Config config `json:"config"`
}

// player tells the provider who plays. Names are required there and are none of its business: it gets the platform's word for them.
type player struct {
	ID        string  `json:"id"`
	Update    bool    `json:"update"`
	FirstName string  `json:"firstName"`
	LastName  string  `json:"lastName"`
	Country   string  `json:"country"`
	Language  string  `json:"language"`
	Currency  string  `json:"currency"`
	Session   session `json:"session"`
}

type session struct {
	ID string `json:"id"`
	IP string `json:"ip"`
}

type config struct {
	Brand   *brand    `json:"brand,omitempty"`
	Game    *gameAsk  `json:"game,omitempty"`
	Channel channel   `json:"channel"`
	URLs    addresses `json:"urls"`
}

type brand struct {
	ID   string `json:"id"`
	Skin string `json:"skin,omitempty"`
}

type gameAsk struct {
	Table tableAsk `json:"table"`
}

type tableAsk struct {
	ID string `json:"id"`
}

type channel struct {
	Wrapped bool `json:"wrapped"`
	Mobile  bool `json:"mobile"`
}

type addresses struct {
	Cashier string `json:"cashier,omitempty"`
	Lobby   string `json:"lobby,omitempty"`
}

// refusal is how the provider says no.
type refusal struct {
	Errors []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

// passing are the codes of faults on the provider's side, which another try may not meet.
var passing = map[string]bool{"G.0": true, "G.4": true, "G.5": true, "G.6": true, "G.7": true}

// CreateLaunchUrl tells the provider about the session and answers its page: the table of the game code, or the lobby. It has no effect here.
// Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, INTEGRATION_INVALID when a setting for calls is missing, PROVIDER_UNAVAILABLE,
// PROVIDER_REFUSED with the provider's code, PROVIDER_PROTOCOL.
func (p provider) CreateLaunchUrl(ctx context.Context, req *adapterv1.CreateLaunchUrlRequest) (*adapterv1.CreateLaunchUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if err = in.callable(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(launchOf(in, req))
	if err != nil {
		return nil, err
	}
	address := in.baseURL + "/ua/v1/" + url.PathEscape(in.casinoKey) + "/" + url.PathEscape(in.apiToken)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, adapter.Invalid(settingBaseURL, "is not an address to call")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	text, err := p.ask(ctx, in, r, adapter.MaxPage)
	if err != nil {
		return nil, err
	}
	page, err := entryPage(in.baseURL, text)
	if err != nil {
		return nil, err
	}
	return &adapterv1.CreateLaunchUrlResponse{Url: page}, nil
}

func launchOf(in *integration, req *adapterv1.CreateLaunchUrlRequest) launch {
	l := launch{
		UUID: ids.New("evl"),
		Player: player{
			ID: req.GetPlayerId(), Update: true, FirstName: "Player", LastName: req.GetPlayerId(), Country: req.GetCountry(), Language: req.GetLanguage(),
			Currency: req.GetCurrency(), Session: session{ID: req.GetSessionToken(), IP: req.GetIp()},
		},
		Config: config{Channel: channel{Mobile: req.GetMobile()}, URLs: addresses{Cashier: req.GetDepositUrl(), Lobby: req.GetLobbyUrl()}},
	}
	if in.brand != "" {
		l.Config.Brand = &brand{ID: in.brand, Skin: in.skin}
	}
	if req.GetGameCode() != lobby {
		l.Config.Game = &gameAsk{Table: tableAsk{ID: req.GetGameCode()}}
	}
	return l
}

// ask sends a request and tells a refusal for good from one that passes. The provider's words come with some statuses and not with others.
func (s *Server) ask(ctx context.Context, in *integration, r *http.Request, limit int64) ([]byte, error) {
	var said refusal
	text, err := adapter.Call(ctx, s.http, in.id, r, limit, func(body []byte) string {
		_ = json.Unmarshal(body, &said) // without words there is still the status
		return ""
	})
	if err == nil {
		_ = json.Unmarshal(text, &said) // a page is no JSON and says nothing
	}
	if len(said.Errors) == 0 {
		return text, err
	}
	code, message := adapter.Words(said.Errors[0].Code), adapter.Words(said.Errors[0].Message)
	if passing[code] {
		return nil, adapter.ProviderUnavailable(in.id, adapter.ProviderRefused(code, message))
	}
	return nil, adapter.ProviderRefused(code, message)
}

// entryPage is the address of the game: the entry, which is a path, on the provider's host.
func entryPage(baseURL string, text []byte) (string, error) {
	var out struct {
		Entry string `json:"entry"`
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return "", adapter.ProviderProtocol("the answer is not the JSON that was expected")
	}
	base, err := url.Parse(baseURL)
	if err != nil {
		return "", adapter.Invalid(settingBaseURL, "is not an address")
	}
	entry, err := url.Parse(out.Entry)
	if err != nil || entry.IsAbs() || entry.Host != "" || !strings.HasPrefix(out.Entry, "/") {
		return "", adapter.ProviderProtocol("the entry is not a path on the provider's host")
	}
	return adapter.Page(base.ResolveReference(entry).String())
}
