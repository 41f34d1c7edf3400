package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CompletePasswordReset sets the password of whoever the mailed token is for, and ends every session, refresh family and half-done login. It begins none: the
// login that follows asks for the second factor, which a mailbox does not replace (ASVS 6.4.3). A password that is refused leaves the token for another try;
// so does an error. Errors: RESET_INVALID, PASSWORD_WEAK, THROTTLED.
func (s *Server) CompletePasswordReset(ctx context.Context, req *identityv1.CompletePasswordResetRequest) (*identityv1.CompletePasswordResetResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	token := hashToken(req.GetToken())
	playerID, err := s.q.GetPasswordReset(ctx, db.GetPasswordResetParams{TokenHash: token, Now: s.clock()})
	if err != nil {
		return nil, notFound(err, errResetInvalid())
	}
	before, err := s.q.GetPlayer(ctx, playerID)
	if err != nil {
		return nil, notFound(err, errResetInvalid())
	}
	email, err := s.emailOf(before)
	if err != nil {
		return nil, err
	}
	if rule := checkPassword(req.GetNewPassword(), email, minPlayerPassword); rule != "" {
		return nil, errPasswordWeak(rule)
	}
	hash, err := s.hasher.hash(ctx, req.GetNewPassword())
	if err != nil {
		return nil, err
	}
	res := &identityv1.CompletePasswordResetResponse{}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := q.LockPlayer(ctx, playerID)
		if err != nil {
			return notFound(err, errResetInvalid())
		}
		taken, err := q.TakePasswordReset(ctx, db.TakePasswordResetParams{TokenHash: token, Now: s.clock()})
		if err != nil {
			return err
		}
		if taken == 0 || p.Status != playerActive {
			return errResetInvalid() // used, replaced or locked while the hash was computed
		}
		ended, err := s.setPassword(ctx, tx, account{
			subject: subject{kind: kindPlayer, id: p.PlayerID}, email: email, language: p.Language, minLen: minPlayerPassword,
		}, hash, "")
		res.SessionsEnded = int32(ended)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	// Its owner is back, so what failed before is forgiven.
	cs, err := s.accountCounters(ctx, kindPlayer, before.EmailIndex, playerID)
	if err != nil {
		return nil, err
	}
	return res, s.forgive(ctx, cs)
}
