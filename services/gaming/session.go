package gaming

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Why a session ended.
const (
	endedByPlayer = "PLAYER"
	endedLocked   = "PLAYER_LOCKED"
	endedLaunch   = "LAUNCH_FAILED"
)

// session is a game session with what is known of its player.
type session struct {
	db.GameSession
	blocked bool
}

// takesStakes says why a session takes no new stake; nil when it does. Results and cancellations never ask.
func (s session) takesStakes(now time.Time) error {
	switch {
	case s.blocked || s.EndReason == endedLocked:
		return errPlayerBlocked("LOCKED")
	case s.EndedAt != nil, !now.Before(s.ExpiresAt):
		return errSessionExpired()
	}
	return nil
}

// hashToken is how a token is stored and found. It needs no salt: the token has 256 random bits.
func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// sessionOf finds the session of a token, live or over. playerID is the player the provider names, or empty.
// Errors: SESSION_NOT_FOUND, PLAYER_MISMATCH.
func (s *Server) sessionOf(ctx context.Context, integrationID, token, playerID string) (session, error) {
	row, err := s.q.SessionByToken(ctx, db.SessionByTokenParams{IntegrationID: integrationID, TokenSha256: hashToken(token)})
	if errors.Is(err, pgx.ErrNoRows) {
		return session{}, errSessionNotFound()
	}
	if err != nil {
		return session{}, err
	}
	if playerID != "" && playerID != row.GameSession.PlayerID {
		return session{}, errPlayerMismatch()
	}
	return session{GameSession: row.GameSession, blocked: row.Blocked}, nil
}

// playerOf finds who a result or a cancellation is about when the token may be unknown: the player the provider names, else the
// token's. The currency is the session's, empty when the token tells nothing. Errors: PLAYER_MISMATCH when both are known and differ.
func (s *Server) playerOf(ctx context.Context, integrationID, token, playerID string) (player, currency string, err error) {
	sess, err := s.sessionOf(ctx, integrationID, token, playerID)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND) {
		return playerID, "", nil
	}
	return sess.PlayerID, sess.Currency, err
}
