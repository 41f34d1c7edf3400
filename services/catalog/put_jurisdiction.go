package catalog

import (
	"context"
	"slices"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// PutJurisdiction makes a jurisdiction or replaces its countries and rule; answered when it is in force everywhere. Repeating it changes nothing. Errors: COUNTRY_TAKEN, COUNTRY_UNKNOWN.
func (s *Server) PutJurisdiction(ctx context.Context, req *catalogv1.PutJurisdictionRequest) (*catalogv1.PutJurisdictionResponse, error) {
	if err := countriesKnown(req.GetCountries()); err != nil {
		return nil, err
	}
	var row db.Jurisdiction
	countries := union(req.GetCountries(), nil)
	err := s.write(ctx, func(c *change) error {
		all, err := c.LockJurisdictions(ctx)
		if err != nil {
			return err
		}
		for _, j := range all {
			if j.Jurisdiction == req.GetJurisdiction() && j.Name == req.GetName() && slices.Equal(j.Countries, countries) && j.CertificatesRequired == req.GetCertificatesRequired() {
				row, c.repeats = j, j.UpdatedAt
				return nil
			}
			for _, country := range req.GetCountries() {
				if j.Jurisdiction != req.GetJurisdiction() && slices.Contains(j.Countries, country) {
					return errCountryTaken(country, j.Jurisdiction)
				}
			}
		}
		c.changed, c.forbids = true, true
		row, err = c.PutJurisdiction(ctx, db.PutJurisdictionParams{
			Jurisdiction: req.GetJurisdiction(), Name: req.GetName(), Countries: countries, CertificatesRequired: req.GetCertificatesRequired(), Now: c.now,
		})
		return err
	})
	return &catalogv1.PutJurisdictionResponse{Jurisdiction: jurisdictionProto(row)}, err
}
