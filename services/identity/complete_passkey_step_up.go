package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// CompletePasskeyStepUp checks what a device of the caller signed and notes on the session that the second factor was just checked. Errors: PASSKEY_INVALID,
// PASSKEY_SUSPENDED, PASSKEYS_NOT_CONFIGURED, THROTTLED.
func (s *Server) CompletePasskeyStepUp(ctx context.Context, req *identityv1.CompletePasskeyStepUpRequest) (*identityv1.CompletePasskeyStepUpResponse, error) {
	if s.relyingParty == nil {
		return nil, errPasskeysNotConfigured()
	}
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	flow, err := s.takeFlow(ctx, passkeyStepUp, authn.From(ctx).SessionID, req.GetFlow())
	if err != nil {
		return nil, err
	}
	signed, err := readAssertion(req.GetCredential())
	if err != nil {
		return nil, err
	}
	res := &identityv1.CompletePasskeyStepUpResponse{}
	var refusal error
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		if refusal, err = s.checkAssertion(ctx, tx, p, flow, signed); refusal != nil || err != nil {
			return err
		}
		res.Tokens, err = s.raise(ctx, q, subject{kind: kindPlayer, id: p.PlayerID}, methodPasskey)
		return err
	})
	if err == nil {
		s.nudge() // also when it was refused: a suspended passkey's owner gets a mail
	}
	if err := errors.Join(err, refusal); err != nil {
		return nil, err
	}
	return res, nil
}
