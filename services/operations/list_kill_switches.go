package operations

import (
	"context"
	"strconv"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// ListKillSwitches answers the switches that were ever used, by scope and value. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListKillSwitches(ctx context.Context, q *operationsv1.ListKillSwitchesRequest) (*operationsv1.ListKillSwitchesResponse, error) {
	list, size := page.Of("kill_switches", q), page.Size(q.GetPage())
	position, err := list.Position(q.GetPage())
	if err != nil {
		return nil, badPageToken()
	}
	p := db.ListKillSwitchesParams{OffOnly: q.GetOffOnly(), PageSize: size + 1}
	if position != nil {
		scope, err := strconv.ParseInt(position[0], 10, 16)
		if err != nil || len(position) != 2 {
			return nil, badPageToken()
		}
		p.AfterScope, p.AfterValue = int16(scope), position[1]
	}
	rows, err := s.queries.ListKillSwitches(ctx, p)
	if err != nil {
		return nil, err
	}
	res := &operationsv1.ListKillSwitchesResponse{}
	rows, res.Page = page.Next(list, size, rows, func(k db.KillSwitch) []string { return []string{strconv.Itoa(int(k.Scope)), k.Value} })
	for _, row := range rows {
		res.KillSwitches = append(res.KillSwitches, killSwitchProto(row))
	}
	return res, nil
}
