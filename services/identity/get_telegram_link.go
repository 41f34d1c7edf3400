package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// GetTelegramLink answers where the caller's latest link stands. An account that has a Telegram user is LINKED however it came to it.
func (s *Server) GetTelegramLink(ctx context.Context, _ *identityv1.GetTelegramLinkRequest) (*identityv1.GetTelegramLinkResponse, error) {
	if _, err := s.liveSession(ctx, s.q); err != nil {
		return nil, err
	}
	userID, _, err := s.telegramOf(ctx, s.q, authz.Own(ctx))
	if err != nil {
		return nil, err
	}
	link, err := s.q.LatestTelegramLink(ctx, authz.Own(ctx))
	state := link.State
	switch {
	case errors.Is(err, pgx.ErrNoRows) && userID == "":
		state = linkNone
	case errors.Is(err, pgx.ErrNoRows):
		state = linkLinked
	case err != nil:
		return nil, err
	case (state == linkWaiting || state == linkStarted) && !s.clock().Before(link.ExpiresAt):
		state = linkExpired
	}
	return &identityv1.GetTelegramLinkResponse{State: state, TelegramId: userID}, nil
}
