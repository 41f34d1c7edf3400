package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// ListCertificates answers certificates, valid or not, by id. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListCertificates(ctx context.Context, req *catalogv1.ListCertificatesRequest) (*catalogv1.ListCertificatesResponse, error) {
	list, size := page.Of("certificates", req), page.Size(req.GetPage())
	after, err := list.Position(req.GetPage())
	if err != nil {
		return nil, errBadPageToken()
	}
	p := db.ListCertificatesParams{GameID: req.GetGameId(), Jurisdiction: req.GetJurisdiction(), PageSize: size + 1}
	if after != nil {
		p.AfterID = after[0]
	}
	rows, err := s.q.ListCertificates(ctx, p)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListCertificatesResponse{}
	rows, res.Page = page.Next(list, size, rows, func(c db.Certificate) []string { return []string{c.CertificateID} })
	for _, row := range rows {
		res.Certificates = append(res.Certificates, certificateProto(row))
	}
	return res, nil
}
