package identity

import (
	"context"
	"fmt"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// SearchPlayers finds players, newest first. An address is found whole only, because addresses are stored encrypted; unconfirmed
// registrations of it are found too.
func (s *Server) SearchPlayers(ctx context.Context, req *identityv1.SearchPlayersRequest) (*identityv1.SearchPlayersResponse, error) {
	list := fmt.Sprintf("players:%q:%q:%d", req.GetPlayerId(), req.GetEmail(), req.GetStatus())
	before, size, err := pageOf(req.GetPage(), list)
	if err != nil {
		return nil, err
	}
	arg := db.SearchPlayersParams{PlayerID: req.GetPlayerId(), Status: rowStatus(req.GetStatus()), BeforeID: before, RowLimit: size + 1}
	if req.GetEmail() != "" {
		email, ok := normaliseEmail(req.GetEmail())
		if !ok {
			return nil, errFieldInvalid("email")
		}
		arg.EmailIndex = s.vault.emailIndex(email)
	}
	rows, err := s.q.SearchPlayers(ctx, arg)
	if err != nil {
		return nil, err
	}
	res := &identityv1.SearchPlayersResponse{}
	rows, res.Page = nextPage(rows, size, list, func(p db.Player) string { return p.PlayerID })
	for _, p := range rows {
		m, err := s.player(ctx, s.q, p)
		if err != nil {
			return nil, err
		}
		res.Players = append(res.Players, m)
	}
	return res, nil
}
