package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ListJurisdictions answers all jurisdictions, with what any replica has answered as changed.
func (s *Server) ListJurisdictions(ctx context.Context, _ *catalogv1.ListJurisdictionsRequest) (*catalogv1.ListJurisdictionsResponse, error) {
	c, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListJurisdictionsResponse{OthersRequireCertificates: s.cfg.CertificatesRequired}
	for _, j := range c.jurisdictions {
		res.Jurisdictions = append(res.Jurisdictions, jurisdictionProto(j))
	}
	return res, nil
}
