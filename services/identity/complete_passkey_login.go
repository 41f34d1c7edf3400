package identity

import (
	"context"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// CompletePasskeyLogin checks what a device signed and starts a session. The device has asked its owner for a finger, a face or a PIN, so it stands for two
// factors and nothing else is asked for. Signatures cannot be guessed, so only the network's attempts are counted. Errors: PASSKEY_INVALID, PASSKEY_SUSPENDED,
// PASSKEYS_NOT_CONFIGURED, THROTTLED.
func (s *Server) CompletePasskeyLogin(ctx context.Context, req *identityv1.CompletePasskeyLoginRequest) (*identityv1.CompletePasskeyLoginResponse, error) {
	if s.relyingParty == nil {
		return nil, errPasskeysNotConfigured()
	}
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	flow, err := s.takeFlow(ctx, passkeyLogin, "", req.GetFlow())
	if err != nil {
		return nil, err
	}
	signed, err := readAssertion(req.GetCredential())
	if err != nil {
		return nil, err
	}
	playerID, err := s.q.FindPasskeyUser(ctx, signed.Response.UserHandle)
	if err != nil {
		return nil, notFound(err, errPasskeyInvalid(errors.New("nobody has this handle")))
	}
	var tokens *identityv1.Tokens
	var refusal error
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		tokens, refusal, err = s.loginWithPasskey(ctx, tx, playerID, flow, signed)
		return err
	})
	if err == nil {
		s.nudge() // also when it was refused: a suspended passkey's owner gets a mail
	}
	if err := errors.Join(err, refusal); err != nil {
		return nil, err
	}
	return &identityv1.CompletePasskeyLoginResponse{Tokens: tokens}, nil
}

// loginWithPasskey answers a refusal apart from an error, because what it changed must be committed.
func (s *Server) loginWithPasskey(
	ctx context.Context, tx pgx.Tx, playerID string, flow webauthn.SessionData, signed *protocol.ParsedCredentialAssertionData,
) (tokens *identityv1.Tokens, refusal, err error) {
	p, err := s.q.WithTx(tx).LockPlayer(ctx, playerID)
	if err != nil {
		return nil, nil, err
	}
	if p.Status != playerActive {
		return nil, errPasskeyInvalid(errors.New("the account is " + p.Status)), nil
	}
	if refusal, err = s.checkAssertion(ctx, tx, p, flow, signed); refusal != nil || err != nil {
		return nil, refusal, err
	}
	l, err := s.playerLogin(p, []string{methodPasskey}, acrTwoFactors)
	if err != nil {
		return nil, nil, err
	}
	tokens, err = s.startSession(ctx, tx, l)
	return tokens, nil, err
}
