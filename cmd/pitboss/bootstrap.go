package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/config"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/services/identity"
)

// Ids of the integrations that connect the platform to its sandbox.
const (
	sandboxGames    = "sandbox-games"
	sandboxPayments = "sandbox-payments"
	sandboxTelegram = "sandbox-telegram"
	// sandboxOperatorID is the platform's licensee number at the sandbox studio.
	sandboxOperatorID = 1
)

// firstAdmin makes the first administrator. The credentials are written before the account exists, so that a crash in between leaves a file
// that the next start uses, and never an account that nobody can enter.
func (u *up) firstAdmin(ctx context.Context, box *secret.Box) error {
	var cred adminCredentials
	if err := u.home.readJSON("operator.json", &cred); err != nil {
		return err
	}
	if cred.Email == "" {
		var err error
		if cred, err = newAdmin("admin@pitboss.local"); err != nil {
			return err
		}
		if err := u.home.writeJSON("operator.json", cred); err != nil {
			return err
		}
	}
	var cfg identity.Config
	if err := config.LoadFrom(&cfg, map[string]string{"PITBOSS_IDENTITY_PEPPER": "p1:" + u.secrets.Pepper}); err != nil {
		return err
	}
	_, err := bootstrapAdmin(ctx, u.databaseURL(u.set.PostgresURL, "identity", false), box, cfg, cred)
	return err
}

// connectSandbox does what an operator does with new providers: creates the integrations, synchronises and publishes the games, lays out
// the lobby. Everything is checked at each start and changed only where it differs.
func (u *up) connectSandbox(ctx context.Context) error {
	if u.sandbox == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	// Changing integrations needs a fresh proof, as it does from people; a certificate of this minute is one.
	if err := mtls.Issue(u.ca, mtls.OperatorID("up", "admin"), u.home.path("certs", "bootstrap"), 10*time.Minute); err != nil {
		return err
	}
	source, err := mtls.Open(u.home.path("certs", "bootstrap"), mtls.SourceOptions{Log: u.log})
	if err != nil {
		return err
	}
	dial := func(service string) (*grpc.ClientConn, error) {
		return rpc.ClientConn(u.host.Addr(service), service, source, rpc.ClientOptions{})
	}
	operations, err := dial("operations")
	if err != nil {
		return err
	}
	defer operations.Close()
	catalog, err := dial("catalog")
	if err != nil {
		return err
	}
	defer catalog.Close()
	ops := operationsv1.NewOperationsServiceClient(operations)
	if err := u.connectGames(ctx, ops); err != nil {
		return fmt.Errorf("sandbox studio: %w", err)
	}
	if err := u.demoLobby(ctx, catalogv1.NewCatalogServiceClient(catalog)); err != nil {
		return fmt.Errorf("demo lobby: %w", err)
	}
	if err := u.connectPayments(ctx, ops); err != nil {
		return fmt.Errorf("sandbox payment provider: %w", err)
	}
	if err := u.connectTelegram(ctx, ops); err != nil {
		return fmt.Errorf("sandbox Telegram: %w", err)
	}
	return nil
}

func (u *up) connectGames(ctx context.Context, ops operationsv1.OperationsServiceClient) error {
	i, err := ensureIntegration(ctx, ops, &operationsv1.CreateIntegrationRequest{
		IntegrationId: sandboxGames, Protocol: "hub88", Name: "Sandbox studio",
		Settings: map[string]string{
			"api_base_url": u.sandbox.url + "/studio", "operator_id": strconv.Itoa(sandboxOperatorID),
			"provider_public_key_pem": u.sandbox.studio.PublicKeyPEM(),
		},
	})
	if err != nil {
		return err
	}
	return u.sandbox.studio.RegisterOperator(studio.Operator{
		ID: sandboxOperatorID, Name: "Pitboss Demo", WalletURL: u.set.PublicURL + "/callbacks/" + sandboxGames,
		PublicKey: i.GetSettings()["operator_public_key_pem"],
	})
}

func (u *up) connectPayments(ctx context.Context, ops operationsv1.OperationsServiceClient) error {
	if _, err := ensureIntegration(ctx, ops, &operationsv1.CreateIntegrationRequest{
		IntegrationId: sandboxPayments, Protocol: "stripe", Name: "Card",
		Settings: map[string]string{"api_base_url": u.sandbox.url + "/psp"},
		Secrets:  map[string]string{"api_key": u.sandbox.psp.APIKey(), "webhook_secret": u.sandbox.psp.WebhookSecret()},
	}); err != nil {
		return err
	}
	return u.sandbox.psp.EnsureWebhook(u.set.PublicURL + "/callbacks/" + sandboxPayments + "/webhook")
}

func (u *up) connectTelegram(ctx context.Context, ops operationsv1.OperationsServiceClient) error {
	if err := u.sandbox.telegram.AllowRedirect(u.set.PublicURL + identity.TelegramReturnPath); err != nil {
		return err
	}
	if err := u.sandbox.telegram.SetWebApp(u.set.PublicURL + "/"); err != nil {
		return err
	}
	c := u.sandbox.telegram.Credentials()
	_, err := ensureIntegration(ctx, ops, &operationsv1.CreateIntegrationRequest{
		IntegrationId: sandboxTelegram, Protocol: "telegram", Name: "Telegram",
		Settings: map[string]string{
			"bot_username": c.BotUsername, "bot_id": strconv.FormatInt(c.BotID, 10), "api_base_url": c.APIBaseURL, "deep_link_base": c.DeepLinkBase,
			"oidc_issuer": c.Issuer, "oidc_client_id": c.ClientID, "ed25519_public_key": c.Ed25519PublicKey,
		},
		Secrets: map[string]string{"bot_token": c.BotToken, "oidc_client_secret": c.ClientSecret},
	})
	return err
}

// ensureIntegration creates an integration, or brings the settings of the one that exists to what is asked.
func ensureIntegration(ctx context.Context, ops operationsv1.OperationsServiceClient, want *operationsv1.CreateIntegrationRequest) (*operationsv1.Integration, error) {
	found, err := ops.GetIntegration(ctx, &operationsv1.GetIntegrationRequest{IntegrationId: want.GetIntegrationId()})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) {
		made, err := ops.CreateIntegration(ctx, want)
		return made.GetIntegration(), err
	}
	if err != nil {
		return nil, err
	}
	has := found.GetIntegration()
	same := func(k string) bool { return has.GetSettings()[k] == want.GetSettings()[k] }
	missing := func(k string) bool { return !slices.Contains(has.GetSecretNames(), k) }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(want.GetSettings())), func(k string) bool { return !same(k) }) &&
		!slices.ContainsFunc(slices.Collect(maps.Keys(want.GetSecrets())), missing) {
		return has, nil
	}
	changed, err := ops.UpdateIntegration(ctx, &operationsv1.UpdateIntegrationRequest{
		IntegrationId: want.GetIntegrationId(), Settings: want.GetSettings(), Secrets: want.GetSecrets(), ExpectedRevision: has.GetRevision(),
	})
	return changed.GetIntegration(), err
}

// demoLobby publishes what the sandbox studio offers. A lobby that somebody has laid out is left alone.
func (u *up) demoLobby(ctx context.Context, catalog catalogv1.CatalogServiceClient) error {
	if _, err := catalog.SyncGames(ctx, &catalogv1.SyncGamesRequest{IntegrationId: sandboxGames}); err != nil {
		return err
	}
	lobby, err := catalog.GetLobby(ctx, &catalogv1.GetLobbyRequest{})
	if err != nil || lobby.GetRevision() > 0 {
		return err
	}
	games, err := catalog.ListOperatorGames(ctx, &catalogv1.ListOperatorGamesRequest{IntegrationId: sandboxGames})
	if err != nil {
		return err
	}
	// In the studio's order, its slot first.
	order := studio.GameCodes()
	slices.SortStableFunc(games.GetGames(), func(a, b *catalogv1.Game) int {
		return slices.Index(order, a.GetCode()) - slices.Index(order, b.GetCode())
	})
	section := &catalogv1.LobbySection{Key: "featured", Title: "Featured"}
	for _, g := range games.GetGames() {
		if _, err := catalog.SetGamePublished(ctx, &catalogv1.SetGamePublishedRequest{GameId: g.GetGameId(), Published: new(true)}); err != nil {
			return err
		}
		section.GameIds = append(section.GameIds, g.GetGameId())
	}
	_, err = catalog.PutLobby(ctx, &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{section}})
	return err
}
