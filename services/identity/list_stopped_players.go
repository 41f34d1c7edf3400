package identity

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// stoppedPage is how many stopped players a page has when the caller does not say.
const stoppedPage = 500

// ListStoppedPlayers lists who is locked or excluded, by the last change of the account.
func (s *Server) ListStoppedPlayers(ctx context.Context, req *identityv1.ListStoppedPlayersRequest) (*identityv1.ListStoppedPlayersResponse, error) {
	limit := req.GetLimit()
	if limit == 0 {
		limit = stoppedPage
	}
	rows, err := s.q.ListStoppedPlayers(ctx, db.ListStoppedPlayersParams{Since: req.GetSince().AsTime(), AfterPlayerID: req.GetAfterPlayerId(), MaxRows: limit})
	if err != nil {
		return nil, err
	}
	res := &identityv1.ListStoppedPlayersResponse{Players: make([]*identityv1.StoppedPlayer, 0, len(rows))}
	for _, p := range rows {
		res.Players = append(res.Players, &identityv1.StoppedPlayer{
			PlayerId: p.PlayerID, Status: protoStatus(p.Status), Version: p.Version, ChangedAt: timestamppb.New(p.UpdatedAt),
		})
	}
	return res, nil
}
