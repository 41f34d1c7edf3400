package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// ListOperators answers staff ordered by id.
func (s *Server) ListOperators(ctx context.Context, req *identityv1.ListOperatorsRequest) (*identityv1.ListOperatorsResponse, error) {
	const list = "operators"
	after, size, err := pageOf(req.GetPage(), list)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListOperators(ctx, db.ListOperatorsParams{AfterID: after, RowLimit: size + 1})
	if err != nil {
		return nil, err
	}
	res := &identityv1.ListOperatorsResponse{}
	rows, res.Page = nextPage(rows, size, list, func(o db.Operator) string { return o.OperatorID })
	for _, o := range rows {
		m, err := s.operator(o)
		if err != nil {
			return nil, err
		}
		res.Operators = append(res.Operators, m)
	}
	return res, nil
}
