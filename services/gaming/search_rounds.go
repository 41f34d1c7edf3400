package gaming

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// SearchRounds finds rounds for the back office, newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) SearchRounds(ctx context.Context, req *gamingv1.SearchRoundsRequest) (*gamingv1.SearchRoundsResponse, error) {
	after, err := readCursor(req.GetPage(), "rounds")
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPage())
	at, id := after.args()
	rounds, err := s.q.SearchRounds(ctx, db.SearchRoundsParams{
		PlayerID: textArg(req.GetPlayerId()), IntegrationID: textArg(req.GetIntegrationId()), ProviderRoundID: textArg(req.GetProviderRoundId()),
		ProviderTxID: textArg(req.GetProviderTxId()), State: stateArg(req.GetState()), OpenedFrom: timeArg(req.GetFrom()),
		OpenedUntil: timeArg(req.GetUntil()), AfterAt: at, AfterID: id, MaxRows: int32(size) + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.SearchRoundsResponse{Page: &commonv1.PageResponse{}}
	if len(rounds) > size {
		rounds = rounds[:size]
		last := rounds[size-1]
		resp.Page.NextToken = cursor{List: "rounds", At: last.OpenedAt, ID: last.RoundID}.token()
	}
	bets, err := s.betsOf(ctx, rounds)
	if err != nil {
		return nil, err
	}
	for _, r := range rounds {
		resp.Rounds = append(resp.Rounds, roundProto(r, bets[r.RoundID]))
	}
	return resp, nil
}

func (s *Server) betsOf(ctx context.Context, rounds []db.Round) (map[string][]db.Bet, error) {
	roundIDs := make([]string, 0, len(rounds))
	for _, r := range rounds {
		roundIDs = append(roundIDs, r.RoundID)
	}
	rows, err := s.q.BetsOfRounds(ctx, roundIDs)
	bets := map[string][]db.Bet{}
	for _, b := range rows {
		bets[b.RoundID] = append(bets[b.RoundID], b)
	}
	return bets, err
}
