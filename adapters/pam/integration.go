package pam

import (
	"net/url"
	"slices"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names of an integration's settings and secrets. A reconciliation token may be a provider's own: recon_token_<provider>, in lower case.
const (
	settingRequireToken = "require_api_token"
	settingTemplate     = "launch_url_template"
	settingGames        = "games"
	secretAPIToken      = "api_token"
	secretRecon         = "recon_token"
)

var settingNames = []string{settingRequireToken, settingTemplate, settingGames}

// minRecon keeps a reconciliation token from being guessed: it opens every player's results.
const minRecon = 16

// integration is one aggregator: the token that it presents, the tokens that reconcile, and how its games are opened.
type integration struct {
	id       string
	open     bool // calls carry no API token
	apiToken adapter.Secret
	secrets  map[string]string
	template string
	games    []adapter.NamedGame
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(stored adapter.Stored) (*integration, error) {
	secretNames := []string{secretAPIToken, secretRecon}
	for name := range stored.Secrets {
		if strings.HasPrefix(name, secretRecon+"_") {
			secretNames = append(secretNames, name)
		}
	}
	if err := adapter.CheckNames(stored, settingNames, secretNames); err != nil {
		return nil, err
	}
	in := &integration{id: stored.ID, apiToken: adapter.SecretOf(stored.Secrets, secretAPIToken), secrets: stored.Secrets, template: stored.Settings[settingTemplate]}
	switch stored.Settings[settingRequireToken] {
	case "", "true":
	case "false":
		in.open = true
	default:
		return nil, adapter.Invalid(settingRequireToken, "must be true or false")
	}
	if !in.open && in.apiToken.Current() == "" {
		return nil, adapter.Invalid(secretAPIToken, "is what the aggregator sends as its bearer token; set "+settingRequireToken+" to false if it sends none")
	}
	for _, name := range secretNames {
		if v := stored.Secrets[name]; name != secretAPIToken && v != "" && (len(v) < minRecon || len(v) > adapter.MaxText) {
			return nil, adapter.Invalid(name, "must have 16 to 255 characters")
		}
	}
	if in.template != "" {
		if err := checkTemplate(in.template); err != nil {
			return nil, err
		}
	}
	var err error
	if in.games, err = adapter.NamedGames(settingGames, stored.Settings[settingGames]); err != nil {
		return nil, err
	}
	codes := map[string]bool{}
	for _, g := range in.games {
		_, code := split(g.Code)
		if codes[code] { // a call names a game by its code alone
			return nil, adapter.Invalid(settingGames, "has two providers' games of the code "+code+"; one of them needs an integration of its own")
		}
		codes[code] = true
	}
	return in, nil
}

// checkTemplate: the page of a game, filled in, must be one that adapter.BaseURL would take, but for its query.
func checkTemplate(template string) error {
	filled, problem := fill(template, func(string) (string, bool) { return "x", true })
	if problem != "" {
		return adapter.Invalid(settingTemplate, problem)
	}
	u, err := url.Parse(filled)
	if err != nil || len(template) > 2048 {
		return adapter.Invalid(settingTemplate, "must be an absolute address")
	}
	u.RawQuery, u.ForceQuery = "", false
	_, err = adapter.BaseURL(settingTemplate, u.String())
	return err
}

// recon is the reconciliation token of a provider: its own, else the integration's.
func (in *integration) recon(provider string) adapter.Secret {
	own := adapter.SecretOf(in.secrets, secretRecon+"_"+word(provider))
	if own.Current() != "" {
		return own
	}
	return adapter.SecretOf(in.secrets, secretRecon)
}

// opens tells whether a session takes calls in the name of a provider. bound is whose the session is; for a launched game that is the studio's name in the
// catalogue, which an operator may change and which is a stand-in where the game was entered with no provider. As what the game was entered decides then.
func (in *integration) opens(provider, bound, game string) bool {
	if bound == "" || word(bound) == word(provider) {
		return true
	}
	return slices.ContainsFunc(in.games, func(g adapter.NamedGame) bool {
		studio, code := split(g.Code)
		return code == game && (studio == "" || word(studio) == word(provider))
	})
}

// word is a provider's name as it stands in names of secrets, and as two spellings of it are compared: "Red Tiger" is redtiger.
func word(provider string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + ('a' - 'A')
		case r > 127:
			return r
		}
		return -1
	}, provider)
}
