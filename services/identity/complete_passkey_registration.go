package identity

import (
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CompletePasskeyRegistration keeps what the device has made, after checking that it was made for this flow, for the platform's domain, on one of its pages,
// and that the device asked its owner. Errors: PASSKEY_INVALID, PASSKEY_LIMIT, PASSKEYS_NOT_CONFIGURED.
func (s *Server) CompletePasskeyRegistration(
	ctx context.Context, req *identityv1.CompletePasskeyRegistrationRequest,
) (*identityv1.CompletePasskeyRegistrationResponse, error) {
	if s.relyingParty == nil {
		return nil, errPasskeysNotConfigured()
	}
	flow, err := s.takeFlow(ctx, passkeyRegister, authn.From(ctx).SessionID, req.GetFlow())
	if err != nil {
		return nil, err
	}
	raw, err := req.GetCredential().MarshalJSON()
	if err != nil {
		return nil, errPasskeyInvalid(err)
	}
	made, err := protocol.ParseCredentialCreationResponseBytes(raw)
	if err != nil {
		return nil, errPasskeyInvalid(err)
	}
	res := &identityv1.CompletePasskeyRegistrationResponse{}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		row, err := s.registerPasskey(ctx, s.q.WithTx(tx), flow, made, orElse(req.GetName(), "Passkey"))
		if err != nil {
			return err
		}
		res.Passkey, err = s.passkey(row)
		return err
	})
	if pg.IsUnique(err, "passkey_credential_key") {
		return nil, errPasskeyInvalid(err) // somebody has it already
	}
	if err != nil {
		return nil, err
	}
	s.nudge()
	return res, nil
}

func (s *Server) registerPasskey(
	ctx context.Context, q *db.Queries, flow webauthn.SessionData, made *protocol.ParsedCredentialCreationData, name string,
) (db.Passkey, error) {
	p, err := s.callingPlayer(ctx, q)
	if err != nil {
		return db.Passkey{}, err
	}
	user, _, err := s.passkeyUser(ctx, q, p)
	if err != nil {
		return db.Passkey{}, err
	}
	if len(user.keys) >= maxPasskeys {
		return db.Passkey{}, errPasskeyLimit()
	}
	key, err := s.relyingParty.CreateCredential(user, flow, made)
	if err != nil {
		return db.Passkey{}, errPasskeyInvalid(err)
	}
	kept, err := json.Marshal(key)
	if err != nil {
		return db.Passkey{}, err
	}
	id := ids.New("pky")
	row, err := q.InsertPasskey(ctx, db.InsertPasskeyParams{
		PasskeyID: id, PlayerID: p.PlayerID, CredentialID: key.ID, Credential: kept, NameSealed: s.vault.seal("passkey.name", id, name), Now: s.clock(),
	})
	if err != nil {
		return row, err
	}
	return row, s.mailAboutPasskey(ctx, q, p, row, "passkey_added")
}
