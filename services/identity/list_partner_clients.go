package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// ListPartnerClients answers clients ordered by id.
func (s *Server) ListPartnerClients(ctx context.Context, req *identityv1.ListPartnerClientsRequest) (*identityv1.ListPartnerClientsResponse, error) {
	const list = "partner_clients"
	after, size, err := pageOf(req.GetPage(), list)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListPartnerClients(ctx, db.ListPartnerClientsParams{AfterID: after, RowLimit: size + 1})
	if err != nil {
		return nil, err
	}
	res := &identityv1.ListPartnerClientsResponse{}
	rows, res.Page = nextPage(rows, size, list, func(c db.PartnerClient) string { return c.ClientID })
	for _, c := range rows {
		res.Clients = append(res.Clients, partnerClient(c))
	}
	return res, nil
}
