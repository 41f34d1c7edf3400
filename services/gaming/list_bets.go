package gaming

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ListBets answers the caller's bets, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListBets(ctx context.Context, req *gamingv1.ListBetsRequest) (*gamingv1.ListBetsResponse, error) {
	after, err := readCursor(req.GetPage(), "bets")
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPage())
	at, id := after.args()
	rows, err := s.q.ListBets(ctx, db.ListBetsParams{
		PlayerID: authz.Own(ctx), GameID: textArg(req.GetGameId()), State: stateArg(req.GetState()),
		PlacedFrom: timeArg(req.GetFrom()), PlacedUntil: timeArg(req.GetUntil()), AfterAt: at, AfterID: id, MaxRows: int32(size) + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.ListBetsResponse{Page: &commonv1.PageResponse{}}
	if len(rows) > size {
		rows = rows[:size]
		last := rows[size-1]
		resp.Page.NextToken = cursor{List: "bets", At: last.PlacedAt, ID: last.BetID}.token()
	}
	for _, b := range rows {
		resp.Bets = append(resp.Bets, betProto(b))
	}
	return resp, nil
}
