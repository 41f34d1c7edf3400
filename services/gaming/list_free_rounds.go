package gaming

import (
	"context"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// endOfTime is later than everything that was ever written down.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// ListFreeRounds answers grants of free rounds, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListFreeRounds(ctx context.Context, req *gamingv1.ListFreeRoundsRequest) (*gamingv1.ListFreeRoundsResponse, error) {
	list, size := page.Of("free_rounds", req), page.Size(req.GetPage())
	at, id, err := newestBefore(list, req.GetPage())
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListFreeRounds(ctx, db.ListFreeRoundsParams{
		PlayerID: req.GetPlayerId(), State: int32(req.GetState()), BeforeAt: at, BeforeID: id, MaxRows: size + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.ListFreeRoundsResponse{}
	rows, resp.Page = page.Next(list, size, rows, func(f db.FreeRound) []string { return newestPosition(f.CreatedAt, f.FreeRoundsID) })
	for _, f := range rows {
		resp.FreeRounds = append(resp.FreeRounds, freeRoundsProto(f))
	}
	return resp, nil
}
