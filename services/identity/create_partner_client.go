package identity

import (
	"context"
	"slices"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CreatePartnerClient adds a client with a new secret, of which only a hash is kept.
func (s *Server) CreatePartnerClient(ctx context.Context, req *identityv1.CreatePartnerClientRequest) (*identityv1.CreatePartnerClientResponse, error) {
	secret, hash := newToken()
	scopes := slices.Sorted(slices.Values(req.GetScopes()))
	row := db.InsertPartnerClientParams{
		ClientID: ids.New("pcl"), Name: req.GetName(), SecretHash: hash, Scopes: scopes, SessionID: ids.New("ses"),
		CreatedBy: authn.From(ctx).ID, Now: s.clock(),
	}
	if err := s.q.InsertPartnerClient(ctx, row); err != nil {
		return nil, err
	}
	return &identityv1.CreatePartnerClientResponse{
		Client: partnerClient(db.PartnerClient{
			ClientID: row.ClientID, Name: row.Name, Scopes: row.Scopes, Enabled: true, CreatedAt: row.Now,
		}),
		ClientSecret: secret,
	}, nil
}
