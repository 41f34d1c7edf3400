package identity

import (
	"context"
	"net/url"
	"slices"

	"golang.org/x/oauth2"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// TelegramReturnPath is the platform's own page that Telegram redirects back to.
const TelegramReturnPath = "/login/telegram"

// StartTelegramLogin begins a web login. Of the code flow state, nonce and PKCE verifier stay here; of the widget nothing does, because its
// fields are a whole proof. Either way the client keeps the state and compares it with the one that comes back before it goes on.
func (s *Server) StartTelegramLogin(ctx context.Context, req *identityv1.StartTelegramLoginRequest) (*identityv1.StartTelegramLoginResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	t, err := s.telegram(ctx, "")
	if err != nil {
		return nil, err
	}
	if t.webLogin == identityv1.TelegramLoginWay_TELEGRAM_LOGIN_WAY_UNSPECIFIED {
		return nil, errTelegramNotConfigured()
	}
	redirectURI, err := s.returnURL(t, req.GetReturnUrl())
	if err != nil {
		return nil, err
	}
	if t.webLogin == identityv1.TelegramLoginWay_TELEGRAM_LOGIN_WAY_WIDGET {
		return s.startWidget(t, redirectURI)
	}
	return s.startCodeFlow(ctx, t, redirectURI)
}

// startWidget sends the browser to the page that the widget's button would open. Telegram comes back to return_to with tgAuthResult in the
// fragment; origin is the domain that BotFather knows the bot by.
func (s *Server) startWidget(t telegram, returnURL string) (*identityv1.StartTelegramLoginResponse, error) {
	back, err := url.Parse(returnURL)
	if err != nil {
		return nil, err
	}
	state, _ := newToken()
	q := back.Query()
	q.Set("state", state)
	back.RawQuery = q.Encode()
	ask := url.Values{"bot_id": {t.botID}, "origin": {back.Scheme + "://" + back.Host}, "return_to": {back.String()}}
	return &identityv1.StartTelegramLoginResponse{AuthorizationUrl: t.issuer + "/auth?" + ask.Encode(), State: state, Way: t.webLogin}, nil
}

func (s *Server) startCodeFlow(ctx context.Context, t telegram, redirectURI string) (*identityv1.StartTelegramLoginResponse, error) {
	e, err := s.discover(ctx, t.issuer)
	if err != nil {
		return nil, err
	}
	state, hash := newToken()
	nonce, _ := newToken()
	verifier := oauth2.GenerateVerifier()
	if err := s.q.InsertTelegramLogin(ctx, db.InsertTelegramLoginParams{
		StateHash: hash, IntegrationID: t.integrationID, Nonce: nonce, RedirectUri: redirectURI,
		Verifier: s.vault.seal("telegram_login.verifier", string(hash), verifier), ExpiresAt: s.clock().Add(telegramLoginTTL),
	}); err != nil {
		return nil, err
	}
	return &identityv1.StartTelegramLoginResponse{
		AuthorizationUrl: t.oauth(e, redirectURI).AuthCodeURL(state, oauth2.SetAuthURLParam("nonce", nonce), oauth2.S256ChallengeOption(verifier)),
		State:            state,
		Way:              t.webLogin,
	}, nil
}

// returnURL is where Telegram redirects back to: one of the integration's list, and on the platform's own host in any case, or the
// codes of logins could be sent to a stranger. Error: RETURN_URL_FOREIGN.
func (s *Server) returnURL(t telegram, asked string) (string, error) {
	own := s.publicURL + TelegramReturnPath
	if asked == "" || asked == own {
		return own, nil
	}
	home, err := url.Parse(s.publicURL)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != home.Scheme || u.Host != home.Host || u.User != nil || !slices.Contains(t.returnURLs, asked) {
		return "", errReturnURLForeign()
	}
	return asked, nil
}
