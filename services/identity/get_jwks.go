package identity

import (
	"context"
	"encoding/base64"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// GetJwks answers the keys that are about to sign, sign, or verify what they signed.
func (s *Server) GetJwks(ctx context.Context, _ *identityv1.GetJwksRequest) (*identityv1.GetJwksResponse, error) {
	keys, err := s.q.ListSigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	res := &identityv1.GetJwksResponse{}
	for i, state := range keyStates(keys, s.clock()) {
		if state == keyDisabled {
			continue
		}
		res.Keys = append(res.Keys, &identityv1.Jwk{
			Kty: "OKP", Crv: "Ed25519", Kid: keys[i].Kid, X: base64.RawURLEncoding.EncodeToString(keys[i].PublicKey), Alg: "EdDSA", Use: "sig",
		})
	}
	return res, nil
}
