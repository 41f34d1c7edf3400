package gaming

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ListUnmatchedWins answers wins that were refused, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListUnmatchedWins(ctx context.Context, req *gamingv1.ListUnmatchedWinsRequest) (*gamingv1.ListUnmatchedWinsResponse, error) {
	after, err := readCursor(req.GetPage(), "unmatched")
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPage())
	at, id := after.args()
	rows, err := s.q.ListUnmatchedWins(ctx, db.ListUnmatchedWinsParams{
		State: stateArg(req.GetState()), IntegrationID: textArg(req.GetIntegrationId()), PlayerID: textArg(req.GetPlayerId()), AfterAt: at, AfterID: id,
		MaxRows: int32(size) + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.ListUnmatchedWinsResponse{Page: &commonv1.PageResponse{}}
	if len(rows) > size {
		rows = rows[:size]
		last := rows[size-1]
		resp.Page.NextToken = cursor{List: "unmatched", At: last.CreatedAt, ID: last.UnmatchedWinID}.token()
	}
	for _, r := range rows {
		resp.Wins = append(resp.Wins, unmatchedProto(r))
	}
	return resp, nil
}

func unmatchedProto(r db.UnmatchedWin) *gamingv1.UnmatchedWin {
	return &gamingv1.UnmatchedWin{
		UnmatchedWinId: r.UnmatchedWinID, IntegrationId: r.IntegrationID, PlayerId: r.PlayerID, ProviderTxId: r.ProviderTxID,
		BetProviderTxId: r.BetProviderTxID, ProviderRoundId: r.ProviderRoundID, GameCode: r.GameCode,
		Amount: money.Amount{Minor: r.AmountMinor, Currency: r.Currency}.Proto(), Reason: r.Reason, State: gamingv1.UnmatchedWinState(r.State),
		Attempts: r.Attempts, CreatedAt: timestamppb.New(r.CreatedAt), LastSeenAt: timestamppb.New(r.LastSeenAt), ResolvedAt: timeProto(r.ResolvedAt),
		ResolvedBy: r.ResolvedBy, Resolution: r.Resolution,
	}
}
