package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// RenamePasskey gives one of the caller's passkeys another name; the same name again is no error. Another player's is not found. Error: PASSKEY_NOT_FOUND.
func (s *Server) RenamePasskey(ctx context.Context, req *identityv1.RenamePasskeyRequest) (*identityv1.RenamePasskeyResponse, error) {
	if _, err := s.liveSession(ctx, s.q); err != nil {
		return nil, err
	}
	row, err := s.q.RenamePasskey(ctx, db.RenamePasskeyParams{
		PasskeyID: req.GetPasskeyId(), PlayerID: authn.From(ctx).ID, NameSealed: s.vault.seal("passkey.name", req.GetPasskeyId(), req.GetName()),
	})
	if err != nil {
		return nil, notFound(err, errPasskeyNotFound())
	}
	m, err := s.passkey(row)
	if err != nil {
		return nil, err
	}
	return &identityv1.RenamePasskeyResponse{Passkey: m}, nil
}
