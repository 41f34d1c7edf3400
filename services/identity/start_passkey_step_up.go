package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// StartPasskeyStepUp asks for one of the caller's own passkeys. Asking again ends the flow that this session had begun.
// Errors: PASSKEY_NOT_FOUND, PASSKEYS_NOT_CONFIGURED.
func (s *Server) StartPasskeyStepUp(ctx context.Context, _ *identityv1.StartPasskeyStepUpRequest) (*identityv1.StartPasskeyStepUpResponse, error) {
	if s.relyingParty == nil {
		return nil, errPasskeysNotConfigured()
	}
	res := &identityv1.StartPasskeyStepUpResponse{ExpiresIn: int32(passkeyFlowTTL / time.Second)}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		user, rows, err := s.passkeyUser(ctx, q, p)
		if err != nil {
			return err
		}
		if user = user.without(rows, func(r db.Passkey) bool { return r.SuspendedAt != nil }); len(user.keys) == 0 {
			return errPasskeyNotFound()
		}
		assertion, data, err := s.relyingParty.BeginLogin(user)
		if err != nil {
			return err
		}
		res.Flow, res.Options, err = s.keepFlow(ctx, q, passkeyStepUp, authn.From(ctx).SessionID, data, assertion.Response)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
