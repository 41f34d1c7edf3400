package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// ListJurisdictions answers all jurisdictions, from memory.
func (s *Server) ListJurisdictions(_ context.Context, _ *catalogv1.ListJurisdictionsRequest) (*catalogv1.ListJurisdictionsResponse, error) {
	res := &catalogv1.ListJurisdictionsResponse{OthersRequireCertificates: s.cfg.CertificatesRequired}
	for _, j := range s.current.Load().jurisdictions {
		res.Jurisdictions = append(res.Jurisdictions, jurisdictionProto(j))
	}
	return res, nil
}
