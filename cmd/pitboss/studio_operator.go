package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/traffic"
)

// studioOperator is the platform as the studio's run sees it: its public operator REST.
type studioOperator struct {
	cmd         *studioRunCmd
	admin       *restClient
	cred        adminCredentials
	integration string

	login sync.Mutex // one renewal at a time
}

// operator logs in as the administrator of the credentials' file.
func (c *studioRunCmd) operator(ctx context.Context) (*studioOperator, error) {
	file := c.Operator
	if file == "" {
		dir := os.Getenv("PITBOSS_HOME")
		if dir == "" {
			dir = ".pitboss"
		}
		file = filepath.Join(dir, "operator.json")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("credentials of an administrator: %w", err)
	}
	o := &studioOperator{
		cmd: c, admin: newRestClient(c.URL, 30*time.Second), integration: "run-" + c.Protocol + "-" + strings.ToLower(rand.Text()[:8]),
	}
	if err := json.Unmarshal(b, &o.cred); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return o, (&journey{}).operatorLogin(ctx, o.admin, o.cred)
}

// call is one operator call; an access token lives five minutes and is renewed when it is over.
func (o *studioOperator) call(ctx context.Context, method, path string, body, into any) error {
	o.login.Lock()
	token := o.admin.token
	o.login.Unlock()
	one := *o.admin
	one.token = token
	err := one.call(ctx, method, path, body, into)
	if !refusedWith(err, "TOKEN_EXPIRED") && !refusedWith(err, "STEP_UP_REQUIRED") {
		return err
	}
	o.login.Lock()
	if o.admin.token == token {
		err = (&journey{}).operatorLogin(ctx, o.admin, o.cred)
	} else {
		err = nil
	}
	one.token = o.admin.token
	o.login.Unlock()
	if err != nil {
		return err
	}
	return one.call(ctx, method, path, body, into)
}

// connection is what both sides agree on: the integration at the platform, and the licensee at the studio.
type connection struct {
	protocol          string // at the platform
	settings, secrets map[string]string
	licensee          map[string]string
}

// casino is the platform's name at the studio.
const casino = "pitboss-run"

// connectionOf makes the keys that the protocol needs.
func connectionOf(o traffic.Offer) connection {
	key := func() string { return rand.Text() + rand.Text() }
	var games []string
	for _, g := range o.Games {
		games = append(games, g.Code+"="+g.Name)
	}
	list := strings.Join(games, ", ")
	c := connection{protocol: o.Protocol, settings: map[string]string{"api_base_url": o.URL}, secrets: map[string]string{}, licensee: map[string]string{}}
	switch o.Protocol {
	case "hub88":
		c.settings["operator_id"], c.settings["provider_public_key_pem"] = "1", o.PublicKey
	case "caleta":
		c.protocol = "hub88"
		c.settings["dialect"], c.settings["operator_id"], c.settings["provider_public_key_pem"] = "caleta", casino, o.PublicKey
		c.licensee["operator_id"] = casino
	case "evolution":
		auth, api := key(), key()
		c.settings["casino_key"], c.settings["tables"], c.settings["rotate_sid"] = casino, list, "true"
		c.secrets["auth_token"], c.secrets["api_token"] = auth, api
		c.licensee = map[string]string{"casino_key": casino, "auth_token": auth, "api_token": api}
	case "pragmatic":
		secret := key()
		c.settings["secure_login"], c.settings["provider_id"] = casino, "pitbosssandbox"
		c.secrets["secret_key"] = secret
		c.licensee = map[string]string{"secure_login": casino, "secret_key": secret, "provider_id": "pitbosssandbox"}
	case "redtiger":
		api, recon := key(), key()
		c.settings["api_base_url"] += "/redtiger"
		c.settings["casino_id"], c.settings["games"] = casino, list
		c.secrets["api_key"], c.secrets["recon_token"] = api, recon
		c.licensee = map[string]string{"casino": casino, "api_key": api, "recon_token": recon}
	case "pam":
		api, recon := key(), key()
		c.settings = map[string]string{
			"games": strings.ReplaceAll(list, "pbs_", casino+"/pbs_"),
			"launch_url_template": o.URL + "/pam/launch?provider={provider}&gameId={game}&playerId={player}&currency={currency}&token={token}" +
				"&language={language}&country={country}&lobbyUrl={lobby_url}&depositUrl={deposit_url}",
		}
		c.secrets["api_token"], c.secrets["recon_token"] = api, recon
		c.licensee = map[string]string{"provider": casino, "api_token": api, "recon_token": recon}
	case "a8r":
		secret := key()
		c.settings["casino_id"] = casino
		c.secrets["auth_token"] = secret
		c.licensee = map[string]string{"casino_id": casino, "auth_token": secret}
	case traffic.Transfer:
		secret := key()
		c.settings["api_base_url"] += "/transfer/v1"
		c.settings["operator_id"] = casino
		c.secrets["signing_secret"] = secret
		c.licensee = map[string]string{"operator_id": casino, "signing_secret": secret}
	}
	return c
}

// Connect creates the integration.
func (o *studioOperator) Connect(ctx context.Context, offer traffic.Offer) (studio.Operator, error) {
	c := connectionOf(offer)
	var made struct {
		Integration struct {
			Settings    map[string]string `json:"settings"`
			CallbackURL string            `json:"callbackUrl"`
		} `json:"integration"`
	}
	err := o.call(ctx, "POST", "/v1/operator/integrations", map[string]any{
		"integrationId": o.integration, "protocol": c.protocol, "name": "Studio run " + offer.Protocol, "settings": c.settings, "secrets": c.secrets,
	}, &made)
	if err != nil {
		return studio.Operator{}, fmt.Errorf("create the integration: %w", err)
	}
	return studio.Operator{
		ID: 1, Name: "Pitboss", Protocol: offer.Protocol, WalletURL: made.Integration.CallbackURL,
		PublicKey: made.Integration.Settings["operator_public_key_pem"], Settings: c.licensee,
	}, nil
}

// Publish takes the studio's games over and publishes them.
func (o *studioOperator) Publish(ctx context.Context) error {
	if err := o.call(ctx, "POST", "/v1/operator/integrations/"+o.integration+":syncGames", map[string]any{}, nil); err != nil {
		return fmt.Errorf("take the studio's games: %w", err)
	}
	var list struct {
		Games []struct {
			GameID string `json:"gameId"`
		} `json:"games"`
	}
	if err := o.call(ctx, "GET", "/v1/operator/games?integrationId="+o.integration, nil, &list); err != nil {
		return err
	}
	if len(list.Games) == 0 {
		return fmt.Errorf("the platform took no game of the studio")
	}
	for _, g := range list.Games {
		if err := o.call(ctx, "POST", "/v1/operator/games/"+g.GameID+":setPublished", map[string]any{"published": true}, nil); err != nil {
			return fmt.Errorf("publish %s: %w", g.GameID, err)
		}
	}
	return nil
}

// Players makes test players, funds them and mints a session token for each.
func (o *studioOperator) Players(ctx context.Context, n int) ([]traffic.Player, error) {
	players := make([]traffic.Player, n)
	errs := make([]error, n)
	slots := make(chan struct{}, 8)
	var all sync.WaitGroup
	for i := range players {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			players[i], errs[i] = o.player(ctx, i)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return players, nil
}

func (o *studioOperator) player(ctx context.Context, i int) (traffic.Player, error) {
	p := traffic.Player{Currency: o.cmd.Currency, Funds: o.cmd.Funds}
	name := fmt.Sprintf("%s-%d", o.integration, i)
	var made struct {
		PlayerID string `json:"playerId"`
	}
	err := o.call(ctx, "POST", "/v1/operator/test-players", map[string]any{
		"requestId": name, "country": "MT", "currency": p.Currency, "displayName": "Studio run",
	}, &made)
	if err != nil {
		return p, fmt.Errorf("create a test player: %w", err)
	}
	p.ID = made.PlayerID
	err = o.call(ctx, "POST", "/v1/operator/test-players/"+p.ID+":fund", map[string]any{
		"requestId": name, "amount": map[string]string{"amount": p.Funds, "currency": p.Currency}, "direction": "TEST_FUNDING_IN", "reason": "studio run",
	}, nil)
	if err != nil {
		return p, fmt.Errorf("fund a test player: %w", err)
	}
	if o.cmd.Protocol == traffic.Transfer { // the studio asks nobody, so it needs no token
		return p, nil
	}
	var session struct {
		Token string `json:"sessionToken"`
	}
	mint := map[string]any{"playerId": p.ID, "currency": p.Currency, "ttlS": 86400}
	if o.cmd.Protocol == "pam" { // its sessions are a provider's
		mint["provider"] = casino
	}
	err = o.call(ctx, "POST", "/v1/operator/integrations/"+o.integration+"/session-tokens", mint, &session)
	if err != nil {
		return p, fmt.Errorf("mint a session token: %w", err)
	}
	p.Token = session.Token
	return p, nil
}

// betStates by what a comparison needs to know.
var betStates = map[string]traffic.BetState{
	"BET_STATE_SETTLED": traffic.Settled, "BET_STATE_CORRECTED": traffic.Settled, "BET_STATE_VOIDED": traffic.Void, "BET_STATE_REJECTED": traffic.Void,
	"BET_STATE_PENDING": traffic.Open, "BET_STATE_ACCEPTED": traffic.Open,
}

// Book reads the integration's rounds and every player's balance.
func (o *studioOperator) Book(ctx context.Context, players []traffic.Player) (traffic.Book, error) {
	book := traffic.Book{Accounts: map[string]traffic.Account{}, Bets: map[string]traffic.Bet{}}
	for token := ""; ; {
		var page struct {
			Rounds []struct {
				Bets []struct {
					PlayerID     string    `json:"playerId"`
					ProviderTxID string    `json:"providerTxId"`
					State        string    `json:"state"`
					Stake        moneyView `json:"stake"`
					Payout       moneyView `json:"payout"`
				} `json:"bets"`
			} `json:"rounds"`
			Page struct {
				NextToken string `json:"nextToken"`
			} `json:"page"`
		}
		query := url.Values{"integrationId": {o.integration}, "page.size": {"200"}, "page.token": {token}}
		if err := o.call(ctx, "GET", "/v1/operator/rounds?"+query.Encode(), nil, &page); err != nil {
			return book, err
		}
		for _, r := range page.Rounds {
			for _, b := range r.Bets {
				book.Bets[traffic.Key(b.ProviderTxID)] = traffic.Bet{Player: b.PlayerID, Stake: b.Stake.Amount, State: betStates[b.State], Payout: b.Payout.Amount}
			}
		}
		if token = page.Page.NextToken; token == "" {
			break
		}
	}
	for _, p := range players {
		var res struct {
			Balances []struct {
				Currency  string    `json:"currency"`
				Available moneyView `json:"available"`
				Held      moneyView `json:"held"`
			} `json:"balances"`
		}
		if err := o.call(ctx, "GET", "/v1/operator/players/"+p.ID+"/balances", nil, &res); err != nil {
			return book, err
		}
		for _, b := range res.Balances {
			if b.Available.Currency == p.Currency {
				book.Accounts[p.ID] = traffic.Account{Available: b.Available.Amount, Held: b.Held.Amount}
			}
		}
	}
	return book, nil
}
