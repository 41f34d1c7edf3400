package identity

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// Where a link stands. NONE and EXPIRED are not stored: they follow.
const (
	linkNone    = "NONE"
	linkWaiting = "WAITING"
	linkStarted = "STARTED"
	linkLinked  = "LINKED"
	linkRefused = "REFUSED"
	linkExpired = "EXPIRED"
)

// CreateTelegramLink makes a deep link that belongs to the calling session; one that is still open is replaced.
func (s *Server) CreateTelegramLink(ctx context.Context, _ *identityv1.CreateTelegramLinkRequest) (*identityv1.CreateTelegramLinkResponse, error) {
	t, err := s.telegram(ctx, "")
	if err != nil {
		return nil, err
	}
	if t.botToken == "" {
		return nil, errTelegramNotConfigured() // nobody could answer in the chat
	}
	token, hash := newToken()
	now := s.clock()
	expires := now.Add(telegramLinkTTL)
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		if err := q.DropOpenTelegramLinks(ctx, p.PlayerID); err != nil {
			return err
		}
		return q.InsertTelegramLink(ctx, db.InsertTelegramLinkParams{
			TokenHash: hash, IntegrationID: t.integrationID, PlayerID: p.PlayerID, SessionID: authn.From(ctx).SessionID, Now: now, ExpiresAt: expires,
		})
	})
	if err != nil {
		return nil, err
	}
	return &identityv1.CreateTelegramLinkResponse{
		Url: t.deepLinkBase + "/" + t.botUsername + "?start=" + token, ExpiresAt: timestamppb.New(expires),
	}, nil
}
