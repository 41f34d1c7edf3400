package gaming

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/language"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// MintSessionToken opens a session of a test player for a studio's certification suite. A blocked test player gets one too, because a suite
// checks that a stake with it is refused. Errors: see the proto.
func (s *Server) MintSessionToken(ctx context.Context, req *gamingv1.MintSessionTokenRequest) (*gamingv1.MintSessionTokenResponse, error) {
	if _, err := s.gameIntegration(ctx, req.GetIntegrationId()); err != nil {
		return nil, err
	}
	switch {
	case req.GetCountry() != "" && req.GetCountry() != country.Unknown && !country.Known(req.GetCountry()):
		return nil, errFieldInvalid("country")
	case req.GetLanguage() != "" && !language.Known(req.GetLanguage()):
		return nil, errFieldInvalid("language")
	}
	player, err := s.testPlayer(ctx, req.GetPlayerId())
	if err != nil {
		return nil, err
	}
	currency := orElse(req.GetCurrency(), player.GetCurrency())
	if _, known := money.Exponent(currency); !known {
		return nil, errUnknownCurrency(currency)
	}
	gameID, provider := "", req.GetProvider()
	if code := req.GetGameCode(); code != "" {
		g, err := s.gameByCode(ctx, req.GetIntegrationId(), code)
		if err != nil {
			return nil, err
		}
		gameID, provider = g.GetGameId(), orElse(provider, g.GetStudio()) // as a launch binds it
	}
	token := newToken()
	row := db.InsertSessionParams{
		IntegrationID: req.GetIntegrationId(), PlayerID: req.GetPlayerId(), GameID: gameID, GameCode: req.GetGameCode(), Currency: currency,
		Country: orElse(req.GetCountry(), orElse(player.GetCountry(), "XX")), Language: orElse(req.GetLanguage(), orElse(player.GetLanguage(), "en")),
		Provider: provider,
	}
	if ttl := req.GetTtlS(); ttl > 0 {
		row.ExpiresAt = s.now().Add(time.Duration(ttl) * time.Second)
	}
	sess, err := s.openSession(ctx, token, row)
	if err != nil {
		return nil, err
	}
	return &gamingv1.MintSessionTokenResponse{SessionToken: token, GameSessionId: sess.GameSessionID, ExpiresAt: timestamppb.New(sess.ExpiresAt)}, nil
}

// testPlayer finds a test player, whatever it may do. Errors: PLAYER_NOT_FOUND, NOT_TEST_PLAYER.
func (s *Server) testPlayer(ctx context.Context, playerID string) (*identityv1.GetPlayerStatusResponse, error) {
	p, err := s.players.Get(ctx, playerID)
	switch {
	case errs.Is(err, identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND):
		return nil, errPlayerNotFound(playerID)
	case err != nil:
		return nil, err
	case !p.GetTest():
		return nil, errNotTestPlayer(playerID)
	}
	return p, nil
}
