package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// GetContact answers a player's confirmed address and the chat that the bot may write to.
func (s *Server) GetContact(ctx context.Context, req *identityv1.GetContactRequest) (*identityv1.GetContactResponse, error) {
	p, err := s.q.GetPlayer(ctx, req.GetPlayerId())
	if err != nil {
		return nil, notFound(err, errPlayerNotFound(req.GetPlayerId()))
	}
	res := &identityv1.GetContactResponse{Language: p.Language}
	if p.EmailVerifiedAt != nil {
		if res.Email, err = s.emailOf(p); err != nil {
			return nil, err
		}
	}
	_, res.TelegramChatId, err = s.telegramOf(ctx, s.q, p.PlayerID)
	return res, err
}
