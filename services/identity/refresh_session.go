package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// RefreshSession spends a refresh token for the next one and an access token with the person's present roles. A token that was spent
// before is taken for stolen: the session ends with its whole family. That also happens to a client whose answer was lost on the way,
// and to two tabs that refresh at once; the gateway therefore refreshes a browser's session one call at a time. The absolute end of a
// session is never moved.
func (s *Server) RefreshSession(ctx context.Context, req *identityv1.RefreshSessionRequest) (*identityv1.RefreshSessionResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	token, err := s.q.FindRefreshToken(ctx, hashToken(req.GetRefreshToken()))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errRefreshInvalid()
	}
	if err != nil {
		return nil, err
	}
	var res *identityv1.RefreshSessionResponse
	var refusal error
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		res, refusal, err = s.refresh(ctx, tx, token)
		return err
	})
	return res, errors.Join(err, refusal)
}

// refresh answers a refusal apart from an error, because the revocation that goes with it must be committed.
func (s *Server) refresh(ctx context.Context, tx pgx.Tx, token db.FindRefreshTokenRow) (
	res *identityv1.RefreshSessionResponse, refusal, err error,
) {
	q := s.q.WithTx(tx)
	sub, ok, err := s.lockSubject(ctx, q, token.SubjectKind, token.SubjectID)
	if err != nil {
		return nil, nil, err
	}
	session, err := q.GetSession(ctx, token.SessionID)
	if err != nil {
		return nil, nil, err
	}
	now := s.clock()
	if !ok || session.EndedAt != nil || !session.ExpiresAt.After(now) {
		return nil, errRefreshInvalid(), nil
	}
	next, hash := newToken()
	used, err := q.UseRefreshToken(ctx, db.UseRefreshTokenParams{TokenHash: token.TokenHash, ReplacedBy: hash, Now: now})
	if err != nil {
		return nil, nil, err
	}
	if used == 0 {
		return nil, errRefreshInvalid(), s.refuseRefresh(ctx, tx, sub, token)
	}
	idle, _ := s.timeouts(sub.kind)
	expires := now.Add(idle)
	if expires.After(session.ExpiresAt) {
		expires = session.ExpiresAt
	}
	if err := q.InsertRefreshToken(ctx, db.InsertRefreshTokenParams{
		TokenHash: hash, SessionID: token.SessionID, ParentHash: token.TokenHash, Now: now, ExpiresAt: expires,
	}); err != nil {
		return nil, nil, err
	}
	sealed, err := s.sealClient(session.SessionID, clientOf(ctx))
	if err != nil {
		return nil, nil, err
	}
	if err := q.TouchSession(ctx, db.TouchSessionParams{
		SessionID: session.SessionID, Now: now, IdleExpiresAt: expires, ClientSealed: sealed,
	}); err != nil {
		return nil, nil, err
	}
	tokens, err := s.issue(ctx, q, sub, session)
	if err != nil {
		return nil, nil, err
	}
	tokens.RefreshToken = next
	return &identityv1.RefreshSessionResponse{Tokens: tokens}, nil, nil
}

// refuseRefresh tells a token that is merely over from one that was spent before. It is read again, because another call may have
// spent it while this one waited.
func (s *Server) refuseRefresh(ctx context.Context, tx pgx.Tx, sub subject, token db.FindRefreshTokenRow) error {
	again, err := s.q.WithTx(tx).FindRefreshToken(ctx, token.TokenHash)
	if err != nil || again.UsedAt == nil {
		return err
	}
	ended, err := s.endSessions(ctx, tx, sub, []string{token.SessionID}, endRefreshReuse)
	if len(ended) > 0 {
		s.log.WarnContext(ctx, "a refresh token was used twice; its session is ended", "session_id", token.SessionID, "subject_id", sub.id)
	}
	return err
}
