package catalog

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// ListRecentlyPlayed answers the games that the caller has opened last and may play at present, the newest first.
func (s *Server) ListRecentlyPlayed(ctx context.Context, req *catalogv1.ListRecentlyPlayedRequest) (*catalogv1.ListRecentlyPlayedResponse, error) {
	v, err := s.view(ctx, s.visitor(ctx, "", req.GetLanguage(), ""))
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListRecentlyPlayed(ctx, authz.Own(ctx))
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ListRecentlyPlayedResponse{}
	for _, row := range rows {
		if e := v.byID[row.GameID]; e != nil && v.unavailable(e) == "" {
			res.Games = append(res.Games, &catalogv1.RecentGame{Game: v.shown(e), PlayedAt: timestamppb.New(row.PlayedAt)})
		}
	}
	return res, nil
}
