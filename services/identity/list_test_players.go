package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// ListTestPlayers answers test players, the newest first. Errors: BAD_PAGE_TOKEN.
func (s *Server) ListTestPlayers(ctx context.Context, req *identityv1.ListTestPlayersRequest) (*identityv1.ListTestPlayersResponse, error) {
	const list = "test players"
	before, size, err := pageOf(req.GetPage(), list)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListTestPlayers(ctx, db.ListTestPlayersParams{BeforeID: before, RowLimit: size + 1})
	if err != nil {
		return nil, err
	}
	res := &identityv1.ListTestPlayersResponse{}
	rows, res.Page = nextPage(rows, size, list, func(r db.ListTestPlayersRow) string { return r.Player.PlayerID })
	for _, r := range rows {
		res.Players = append(res.Players, testPlayer(r.Player, r.TestPlayer))
	}
	return res, nil
}
