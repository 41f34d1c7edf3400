package gaming

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Authenticate answers who is behind a token. Without a token it answers from the player's newest session of the integration, live or over, so that a provider
// learns nothing about players who never opened its games, unless its protocol works without tokens altogether. With rotate, the token is replaced by another of
// the same session. With open, the player gets one more session. Errors: see the proto.
// SESSION_EXPIRED tells the provider and the game of the session, which some protocols bind it to even then.
func (s *Server) Authenticate(ctx context.Context, req *gamingv1.AuthenticateRequest) (*gamingv1.AuthenticateResponse, error) {
	w := whoIs(req.GetCaller())
	sit, err := batched(ctx, s.reads, needs{who: w})
	switch {
	case err != nil:
		return nil, err
	case req.GetOpen() && !w.hasToken:
		return s.unlaunched(ctx, w, sit, req.GetOpenCurrency())
	}
	player, sess, err := sit.player(w)
	switch {
	case err != nil:
		return nil, err
	case w.hasToken && !w.reconciliation && sit.tokenSession(w) == nil:
		return nil, errSessionNotFound()
	case sess == nil && w.tokenless && player != "":
		return s.introduce(ctx, player)
	case sess == nil:
		return nil, errPlayerNotFound(player)
	}
	now := s.now()
	if w.hasToken && !w.reconciliation && (sess.replaced || sess.EndedAt != nil || !now.Before(sess.ExpiresAt)) {
		return nil, with(with(errSessionExpired(), "provider", sess.Provider), "game_code", sess.GameCode)
	}
	resp := &gamingv1.AuthenticateResponse{
		PlayerId: sess.PlayerID, GameSessionId: sess.GameSessionID, Currency: sess.Currency, Country: sess.Country, Language: sess.Language,
		GameCode: sess.GameCode, Provider: sess.Provider, Live: sess.takesStakes(now) == nil, StartedAt: timestamppb.New(sess.StartedAt),
	}
	if req.GetRotate() && w.hasToken {
		if err = sess.takesStakes(now); err != nil {
			return nil, err
		}
		resp.SessionToken, err = s.rotate(ctx, w, sess)
	}
	return resp, err
}

// introduce answers about a player without a session, for a protocol that works without.
func (s *Server) introduce(ctx context.Context, playerID string) (*gamingv1.AuthenticateResponse, error) {
	p, err := s.stranger(ctx, playerID)
	if err != nil {
		return nil, err
	}
	return &gamingv1.AuthenticateResponse{
		PlayerId: playerID, Currency: p.GetCurrency(), Country: orElse(p.GetCountry(), "XX"), Language: orElse(p.GetLanguage(), "en"), Live: mayStake(p) == nil,
	}, nil
}

// rotate replaces a session's token. Of two calls with the same token one gets a new one, the other finds it expired.
func (s *Server) rotate(ctx context.Context, w who, sess *session) (string, error) {
	token, now := newToken(), s.now()
	hash := hashToken(token)
	return token, pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		n, err := q.ReplaceToken(ctx, db.ReplaceTokenParams{Now: now, IntegrationID: w.integrationID, TokenSha256: w.hash[:]})
		if err != nil {
			return err
		}
		if n == 0 {
			return errSessionExpired()
		}
		return q.InsertToken(ctx, db.InsertTokenParams{IntegrationID: w.integrationID, TokenSha256: hash[:], GameSessionID: sess.GameSessionID, Now: now})
	})
}

// unlaunched opens a session for any game that no launch has asked for.
func (s *Server) unlaunched(ctx context.Context, w who, sit *situation, currency string) (*gamingv1.AuthenticateResponse, error) {
	newest := sit.newest[playerKey{w.integrationID, w.playerID, w.currency}]
	if currency == "" {
		currency = "EUR"
		if newest != nil {
			currency = newest.Currency
		}
	}
	if _, known := money.Exponent(currency); !known {
		return nil, errUnknownCurrency(currency)
	}
	if _, err := s.stranger(ctx, w.playerID); err != nil {
		return nil, err
	}
	player, err := s.mayPlay(ctx, w.playerID)
	if err != nil {
		return nil, err
	}
	token := newToken()
	sess, err := s.openSession(ctx, token, db.InsertSessionParams{
		IntegrationID: w.integrationID, PlayerID: w.playerID, Currency: currency, Country: orElse(player.GetCountry(), "XX"), Language: orElse(player.GetLanguage(), "en"),
	})
	if err != nil {
		return nil, err
	}
	if err = s.launched(ctx, sess); err != nil {
		return nil, err
	}
	return &gamingv1.AuthenticateResponse{
		PlayerId: sess.PlayerID, GameSessionId: sess.GameSessionID, Currency: sess.Currency, Country: sess.Country, Language: sess.Language,
		SessionToken: token, Live: true, StartedAt: timestamppb.New(sess.StartedAt),
	}, nil
}
