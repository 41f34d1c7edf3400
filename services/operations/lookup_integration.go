package operations

import (
	"context"
	"slices"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// LookupIntegration answers what the mesh needs to route to an integration.
func (s *Server) LookupIntegration(ctx context.Context, q *operationsv1.LookupIntegrationRequest) (*operationsv1.LookupIntegrationResponse, error) {
	row, err := s.load(ctx, q.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	has := s.read(row)
	if slices.Contains(has.lost, lostSettings) || slices.Contains(has.lost, lostSettings+"."+settingAllowedIPs) {
		return nil, has.whole(row.IntegrationID) // who may send callbacks is not known
	}
	networks, err := allowedIPs(has.settings)
	if err != nil {
		return nil, err
	}
	return &operationsv1.LookupIntegrationResponse{
		AllowedIps: networks,
		Protocol:   row.Protocol, Service: protocols[row.Protocol].service, Kind: operationsv1.IntegrationKind(row.Kind), Enabled: row.Enabled, Revision: row.Revision,
		TransferWallet: protocols[row.Protocol].bank,
	}, nil
}
