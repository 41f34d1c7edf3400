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

// StartTelegramLogin begins the code flow. State, nonce and PKCE verifier stay here; the client keeps the state and compares it with the
// one that comes back before it calls CompleteTelegramLogin.
func (s *Server) StartTelegramLogin(ctx context.Context, req *identityv1.StartTelegramLoginRequest) (*identityv1.StartTelegramLoginResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	t, err := s.telegram(ctx, "")
	if err != nil {
		return nil, err
	}
	if t.clientID == "" {
		return nil, errTelegramNotConfigured()
	}
	redirectURI, err := s.returnURL(t, req.GetReturnUrl())
	if err != nil {
		return nil, err
	}
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
