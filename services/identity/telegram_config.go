package identity

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// protocolTelegram is the protocol of the integrations that this service is the adapter of.
const protocolTelegram = "telegram"

// Names of settings and secrets of a Telegram integration; README.md explains them.
const (
	setBotUsername  = "bot_username"
	setBotID        = "bot_id"
	setAPIBase      = "api_base_url"
	setDeepLinkBase = "deep_link_base"
	setIssuer       = "oidc_issuer"
	setClientID     = "oidc_client_id"
	setReturnURLs   = "return_urls"
	setEd25519      = "ed25519_public_key"
	setWebhookState = "webhook_state"
	setWebLogin     = "web_login"

	secretBotToken     = "bot_token"
	secretClientSecret = "oidc_client_secret"
	secretWebhook      = "webhook_secret"
)

// telegramDefaults are Telegram's own addresses and the key that its apps sign Mini App data with (core.telegram.org/bots/webapps).
var telegramDefaults = map[string]string{
	setAPIBase:      "https://api.telegram.org",
	setDeepLinkBase: "https://t.me",
	setIssuer:       "https://oauth.telegram.org",
	setEd25519:      "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d",
}

var (
	botUsernameForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{4,31}$`)
	botTokenForm      = regexp.MustCompile(`^([0-9]{1,20}):[A-Za-z0-9_-]{20,100}$`)
	webhookSecretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,256}$`)
	digitsForm        = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// telegram is a checked integration. Empty secrets switch off what needs them.
type telegram struct {
	integrationID string
	botUsername   string
	botID         string
	apiBase       string
	deepLinkBase  string
	issuer        string
	clientID      string
	returnURLs    []string
	webLogin      identityv1.TelegramLoginWay // UNSPECIFIED: there is none
	publicKey     ed25519.PublicKey
	botToken      string
	clientSecret  string
	webhookSecret string
}

// telegram answers the integration that is set up and on; empty id means the only one. Error: TELEGRAM_NOT_CONFIGURED.
func (s *Server) telegram(ctx context.Context, integrationID string) (telegram, error) {
	res, err := s.operations.GetIntegrationSecrets(ctx, &operationsv1.GetIntegrationSecretsRequest{IntegrationId: integrationID})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) || status.Code(err) == codes.NotFound {
		return telegram{}, errTelegramNotConfigured()
	}
	if err != nil {
		return telegram{}, err
	}
	in := res.GetIntegration()
	if in.GetProtocol() != protocolTelegram || !in.GetEnabled() {
		return telegram{}, errTelegramNotConfigured()
	}
	return readTelegram(in.GetIntegrationId(), in.GetSettings(), res.GetSecrets())
}

// readTelegram checks settings and secrets, with defaults for what is absent. Error: INTEGRATION_INVALID with the field's name.
func readTelegram(integrationID string, settings, secrets map[string]string) (telegram, error) {
	get := func(name string) string {
		if v := settings[name]; v != "" {
			return v
		}
		return telegramDefaults[name]
	}
	t := telegram{
		integrationID: integrationID, botUsername: get(setBotUsername), botID: get(setBotID), apiBase: get(setAPIBase),
		deepLinkBase: get(setDeepLinkBase), issuer: get(setIssuer), clientID: get(setClientID), returnURLs: strings.Fields(get(setReturnURLs)),
		botToken: secrets[secretBotToken], clientSecret: secrets[secretClientSecret], webhookSecret: secrets[secretWebhook],
	}
	if !botUsernameForm.MatchString(t.botUsername) {
		return t, errIntegrationInvalid(setBotUsername, "is the bot's user name, 5 to 32 letters, digits and underscores, without @")
	}
	if err := t.checkBot(); err != nil {
		return t, err
	}
	for name, u := range map[string]string{setAPIBase: t.apiBase, setDeepLinkBase: t.deepLinkBase, setIssuer: t.issuer} {
		if !isOutsideURL(u) {
			return t, errIntegrationInvalid(name, "is an https address without a trailing slash (http on loopback only)")
		}
	}
	if (t.clientID == "") != (t.clientSecret == "") {
		return t, errIntegrationInvalid(setClientID, "client id and client secret come together")
	}
	for _, u := range t.returnURLs {
		if parsed, err := url.Parse(u); err != nil || parsed.Host == "" || parsed.Fragment != "" {
			return t, errIntegrationInvalid(setReturnURLs, "are whole addresses with spaces between them")
		}
	}
	if err := t.chooseWebLogin(get(setWebLogin)); err != nil {
		return t, err
	}
	key, err := hex.DecodeString(get(setEd25519))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return t, errIntegrationInvalid(setEd25519, "is a public key of 32 bytes in hexadecimal")
	}
	t.publicKey = key
	if t.webhookSecret != "" && !webhookSecretForm.MatchString(t.webhookSecret) {
		return t, errIntegrationInvalid(secretWebhook, "is 16 to 256 letters, digits, dashes and underscores")
	}
	return t, nil
}

// chooseWebLogin decides how people log in with Telegram on the web. Where nothing is said it is OpenID Connect if there is a client for it, and
// otherwise the widget, whose fields only the bot token verifies.
func (t *telegram) chooseWebLogin(setting string) error {
	oidc, widget := t.clientID != "", t.botToken != ""
	switch {
	case setting == "oidc" && !oidc:
		return errIntegrationInvalid(setWebLogin, "oidc needs a client id")
	case setting == "widget" && !widget:
		return errIntegrationInvalid(setWebLogin, "widget needs a bot token")
	case setting == "widget", setting == "" && !oidc && widget:
		t.webLogin = identityv1.TelegramLoginWay_TELEGRAM_LOGIN_WAY_WIDGET
	case setting == "oidc", setting == "" && oidc:
		t.webLogin = identityv1.TelegramLoginWay_TELEGRAM_LOGIN_WAY_OIDC
	case setting != "":
		return errIntegrationInvalid(setWebLogin, "is oidc or widget")
	}
	return nil
}

// checkBot takes the bot's id from its token where there is one.
func (t *telegram) checkBot() error {
	if t.botToken == "" {
		if !digitsForm.MatchString(t.botID) {
			return errIntegrationInvalid(setBotID, "is needed, in digits, when there is no bot token")
		}
		return nil
	}
	m := botTokenForm.FindStringSubmatch(t.botToken)
	if m == nil {
		return errIntegrationInvalid(secretBotToken, "is not a bot token")
	}
	if t.botID != "" && t.botID != m[1] {
		return errIntegrationInvalid(setBotID, "is not the bot of the token")
	}
	t.botID = m[1]
	return nil
}

// knownTelegramNames keeps a mistyped name from being stored and ignored.
func knownTelegramNames(settings, secrets map[string]string) error {
	known := []string{
		setBotUsername, setBotID, setAPIBase, setDeepLinkBase, setIssuer, setClientID, setReturnURLs, setEd25519, setWebhookState, setWebLogin,
	}
	for name := range settings {
		if !slices.Contains(known, name) {
			return errIntegrationInvalid(name, "is not a setting of this protocol")
		}
	}
	for name := range secrets {
		if !slices.Contains([]string{secretBotToken, secretClientSecret, secretWebhook}, name) {
			return errIntegrationInvalid(name, "is not a secret of this protocol")
		}
	}
	return nil
}

// isOutsideURL accepts https anywhere and plain http on loopback, where the sandbox is.
func isOutsideURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(s, "/") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	return u.Scheme == "https" || (u.Scheme == "http" && loopback)
}
