package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// endedByOperator is why a test player's session ended.
const endedByOperator = "OPERATOR"

// ExpireSessionToken ends the session of a test player's token, as if its time were over. Expiring twice answers the first end. Errors: see the proto.
func (s *Server) ExpireSessionToken(ctx context.Context, req *gamingv1.ExpireSessionTokenRequest) (*gamingv1.ExpireSessionTokenResponse, error) {
	sess, err := s.testSession(ctx, req.GetIntegrationId(), req.GetSessionToken())
	if err != nil {
		return nil, err
	}
	if sess.EndedAt == nil {
		err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			q, now := s.q.WithTx(tx), s.now()
			ended, err := q.EndSession(ctx, db.EndSessionParams{Now: now, Reason: endedByOperator, GameSessionID: sess.GameSessionID})
			if errors.Is(err, pgx.ErrNoRows) { // ended by somebody else just now
				sess, err = q.GetSession(ctx, sess.GameSessionID)
				return err
			}
			if err != nil {
				return err
			}
			sess = ended
			return publishEnded(ctx, tx, []db.GameSession{ended}, now)
		})
		if err != nil {
			return nil, err
		}
	}
	return &gamingv1.ExpireSessionTokenResponse{GameSessionId: sess.GameSessionID, EndedAt: timestamppb.New(*sess.EndedAt)}, nil
}

// testSession finds the session of a test player's token, live or over. Errors: SESSION_NOT_FOUND, NOT_TEST_PLAYER.
func (s *Server) testSession(ctx context.Context, integrationID, token string) (db.GameSession, error) {
	hash := hashToken(token)
	row, err := s.q.SessionOfToken(ctx, db.SessionOfTokenParams{IntegrationID: integrationID, TokenSha256: hash[:]})
	if errors.Is(err, pgx.ErrNoRows) {
		return db.GameSession{}, errSessionNotFound()
	}
	if err != nil {
		return db.GameSession{}, err
	}
	_, err = s.testPlayer(ctx, row.GameSession.PlayerID)
	return row.GameSession, err
}
