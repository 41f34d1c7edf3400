package identity

import (
	"context"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// StartPasskeyRegistration asks a device for a new passkey. Devices that hold one of the player's already are told so and refuse. Asking again ends the flow
// that this session had begun. Errors: STEP_UP_REQUIRED, PASSKEY_LIMIT, PASSKEYS_NOT_CONFIGURED.
func (s *Server) StartPasskeyRegistration(
	ctx context.Context, _ *identityv1.StartPasskeyRegistrationRequest,
) (*identityv1.StartPasskeyRegistrationResponse, error) {
	if s.relyingParty == nil {
		return nil, errPasskeysNotConfigured()
	}
	res := &identityv1.StartPasskeyRegistrationResponse{ExpiresIn: int32(passkeyFlowTTL / time.Second)}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		protected, err := s.hasSecondFactor(ctx, q, p.PlayerID)
		if err != nil {
			return err
		}
		if protected && !s.freshSecondFactor(ctx) {
			return errStepUpRequired()
		}
		user, _, err := s.passkeyUser(ctx, q, p)
		if err != nil {
			return err
		}
		if len(user.keys) >= maxPasskeys {
			return errPasskeyLimit()
		}
		creation, data, err := s.relyingParty.BeginRegistration(user, webauthn.WithExclusions(webauthn.Credentials(user.keys).CredentialDescriptors()))
		if err != nil {
			return err
		}
		res.Flow, res.Options, err = s.keepFlow(ctx, q, passkeyRegister, authn.From(ctx).SessionID, data, creation.Response)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
