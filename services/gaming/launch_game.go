package gaming

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/language"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// LaunchGame opens a game session for the calling player and asks the provider for its page. The session is stored before the provider
// is asked, because its first callback may come at once. Each call opens another session. Errors: GAME_NOT_FOUND, GAME_UNAVAILABLE,
// PLAYER_NOT_FOUND, PLAYER_BLOCKED, UNKNOWN_CURRENCY, LOBBY_URL_FOREIGN, PROVIDER_UNAVAILABLE, and with a transfer those of TransferToProvider.
func (s *Server) LaunchGame(ctx context.Context, req *gamingv1.LaunchGameRequest) (*gamingv1.LaunchGameResponse, error) {
	if _, known := money.Exponent(req.GetCurrency()); !known {
		return nil, errUnknownCurrency(req.GetCurrency())
	}
	if req.GetLanguage() != "" && !language.Known(req.GetLanguage()) {
		return nil, errFieldInvalid("language")
	}
	lobby, err := s.lobbyURL(req.GetLobbyUrl())
	if err != nil {
		return nil, err
	}
	playerID := authz.Own(ctx)
	player, err := s.mayPlay(ctx, playerID)
	if err != nil {
		return nil, err
	}
	game, provider, err := s.launchable(ctx, req.GetGameId(), player.GetCountry())
	if err != nil {
		return nil, err
	}
	moved, err := s.transferAtLaunch(ctx, game.GetIntegrationId(), req)
	if err != nil {
		return nil, err
	}
	token := newToken()
	sess, err := s.openSession(ctx, token, db.InsertSessionParams{
		IntegrationID: game.GetIntegrationId(), PlayerID: playerID, GameID: game.GetGameId(), GameCode: game.GetCode(), Provider: game.GetStudio(),
		Currency: req.GetCurrency(), Country: orElse(player.GetCountry(), "XX"), Language: orElse(req.GetLanguage(), orElse(player.GetLanguage(), "en")),
	})
	if err != nil {
		return nil, err
	}
	page, err := provider.CreateLaunchUrl(ctx, &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: sess.IntegrationID, SessionToken: token, PlayerId: playerID, GameCode: game.GetCode(), Currency: sess.Currency,
		Country: sess.Country, Language: sess.Language, Ip: orElse(rpc.ClientIP(ctx), "0.0.0.0"), Mobile: req.GetMobile(), LobbyUrl: lobby,
	})
	if err != nil {
		return nil, s.launchFailed(ctx, sess, err)
	}
	if err = s.launched(ctx, sess); err != nil {
		return nil, err
	}
	return &gamingv1.LaunchGameResponse{GameSessionId: sess.GameSessionID, Url: page.GetUrl(), ExpiresAt: timestamppb.New(sess.ExpiresAt), Transfer: moved}, nil
}

// transferAtLaunch moves cash to the player's wallet at the provider if the player says so. A game that could not be opened after it leaves the money there; it can be
// played with or transferred back.
func (s *Server) transferAtLaunch(ctx context.Context, integrationID string, req *gamingv1.LaunchGameRequest) (*gamingv1.ProviderTransfer, error) {
	if req.GetTransfer() != nil {
		t, _, err := s.transferTo(ctx, integrationID, req.GetTransfer().GetRequestId(), req.GetTransfer().GetAmount(), causeLaunch)
		if err != nil {
			return nil, err
		}
		return transferProto(t), nil
	}
	return nil, s.q.TouchProviderWallet(ctx, db.TouchProviderWalletParams{At: s.now(), IntegrationID: integrationID, PlayerID: authz.Own(ctx), Currency: req.GetCurrency()})
}

// lobbyURL checks that a game's home button leads back to the platform: otherwise a link to a launch could send players elsewhere.
func (s *Server) lobbyURL(asked string) (string, error) {
	if asked == "" {
		return s.publicURL + "/", nil
	}
	own, err := url.Parse(s.publicURL)
	if err != nil {
		return "", fmt.Errorf("gaming: public url: %w", err)
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != own.Scheme || u.Host != own.Host || u.User != nil || u.Opaque != "" {
		return "", errLobbyURLForeign()
	}
	return u.String(), nil
}

// mayPlay asks whether the player may open a game: what identity answers, and what it has told since. Errors: PLAYER_NOT_FOUND, PLAYER_BLOCKED.
func (s *Server) mayPlay(ctx context.Context, playerID string) (*identityv1.GetPlayerStatusResponse, error) {
	blocked, err := s.q.IsBlocked(ctx, playerID)
	if err != nil {
		return nil, err
	}
	p, err := s.stranger(ctx, playerID)
	if err != nil {
		return nil, err
	}
	if status := p.GetStatus(); blocked || status != identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE {
		return nil, errPlayerBlocked(blockRule(status))
	}
	return p, nil
}

func blockRule(status identityv1.PlayerStatus) string {
	if status == identityv1.PlayerStatus_PLAYER_STATUS_UNVERIFIED {
		return "UNVERIFIED"
	}
	if status == identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED {
		return "EXCLUDED"
	}
	return "LOCKED"
}

// launchable finds a game that may be opened from a country, and the adapter of its provider.
func (s *Server) launchable(ctx context.Context, gameID, country string) (*catalogv1.Game, adapterv1.GameProviderServiceClient, error) {
	game, err := s.gameByID(ctx, gameID)
	if err != nil {
		return nil, nil, err
	}
	if err = opens(game, country); err != nil {
		return nil, nil, err
	}
	integration, err := s.integrations.Get(ctx, game.GetIntegrationId())
	if err != nil {
		return nil, nil, errProviderUnavailable(game.GetIntegrationId(), err)
	}
	if !integration.GetEnabled() {
		return nil, nil, errGameUnavailable(gameID, "INTEGRATION_DISABLED")
	}
	provider, err := s.adapter(integration.GetService())
	if err != nil {
		return nil, nil, errProviderUnavailable(game.GetIntegrationId(), err)
	}
	return game, provider, nil
}

// newToken makes a session token of 160 random bits in 40 hexadecimal characters, which fits every protocol (providers.md 1.1, 2.7, 5). It is given to the
// provider and never stored.
func newToken() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // it never fails: the process ends when the system has no randomness
	return hex.EncodeToString(b)
}

// openSession stores a session with its first token. It takes stakes until p.ExpiresAt, or as long as the configuration says when that is zero.
func (s *Server) openSession(ctx context.Context, token string, p db.InsertSessionParams) (db.GameSession, error) {
	now, hash := s.now(), hashToken(token)
	p.GameSessionID, p.StartedAt = ids.New("gse"), now
	if p.ExpiresAt.IsZero() {
		p.ExpiresAt = now.Add(s.cfg.SessionTTL)
	}
	return db.GameSession{
			GameSessionID: p.GameSessionID, IntegrationID: p.IntegrationID, PlayerID: p.PlayerID, GameID: p.GameID, GameCode: p.GameCode, Provider: p.Provider,
			Currency: p.Currency, Country: p.Country, Language: p.Language, StartedAt: p.StartedAt, ExpiresAt: p.ExpiresAt,
		}, pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			q := s.q.WithTx(tx)
			if err := q.InsertSession(ctx, p); err != nil {
				return err
			}
			return q.InsertToken(ctx, db.InsertTokenParams{IntegrationID: p.IntegrationID, TokenSha256: hash[:], GameSessionID: p.GameSessionID, Now: now})
		})
}

// launched tells of a session that its provider has opened.
func (s *Server) launched(ctx context.Context, sess db.GameSession) error {
	now := s.now()
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		n, err := s.q.WithTx(tx).MarkLaunched(ctx, db.MarkLaunchedParams{Now: now, GameSessionID: sess.GameSessionID})
		if err != nil {
			return err
		}
		if n == 0 {
			return errPlayerBlocked("LOCKED") // locked while the provider was answering
		}
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "game_session.started.v1", PlayerID: sess.PlayerID, AggregateID: sess.GameSessionID, Version: 1, OccurredAt: now,
			Message: &gamingv1.GameSessionStarted{
				GameSessionId: sess.GameSessionID, PlayerId: sess.PlayerID, GameId: sess.GameID, Currency: sess.Currency,
			},
		})
	})
}

// launchFailed ends a session that its provider did not open; its token must not take stakes.
func (s *Server) launchFailed(ctx context.Context, sess db.GameSession, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := s.q.EndSession(ctx, db.EndSessionParams{Now: s.now(), Reason: endedLaunch, GameSessionID: sess.GameSessionID}); err != nil {
		s.log.WarnContext(ctx, "a session that was not opened could not be ended", "game_session_id", sess.GameSessionID, "err", err)
	}
	return errProviderUnavailable(sess.IntegrationID, cause)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
