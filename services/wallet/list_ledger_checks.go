package wallet

import (
	"context"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// listedViolations is how many violations a list shows of each check, so that a page of broken checks is not too large.
const listedViolations = 10

// ListLedgerChecks answers the checks that the wallet made of itself, newest first.
func (s *Server) ListLedgerChecks(ctx context.Context, req *walletv1.ListLedgerChecksRequest) (*walletv1.ListLedgerChecksResponse, error) {
	list, size := page.Of("ledger_checks", req), page.Size(req.GetPage())
	position, err := list.Position(req.GetPage())
	if err != nil {
		return nil, badPageToken()
	}
	p := db.ListLedgerChecksParams{Before: end, BrokenOnly: req.GetBrokenOnly(), PageSize: size + 1}
	if len(position) == 2 {
		if p.Before, err = time.Parse(time.RFC3339Nano, position[0]); err != nil {
			return nil, badPageToken()
		}
		p.BeforeID = position[1]
	}
	rows, err := s.queries.ListLedgerChecks(ctx, p)
	if err != nil {
		return nil, err
	}
	res := &walletv1.ListLedgerChecksResponse{}
	rows, res.Page = page.Next(list, size, rows, func(r db.LedgerCheck) []string {
		return []string{r.StartedAt.UTC().Format(time.RFC3339Nano), r.ID}
	})
	for _, r := range rows {
		c, err := ledgerCheckOf(r, listedViolations)
		if err != nil {
			return nil, err
		}
		res.Checks = append(res.Checks, c)
	}
	return res, nil
}
