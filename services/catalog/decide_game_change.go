package catalog

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// DecideGameChange approves or rejects a change. Deciding the same again changes nothing. Errors: CHANGE_NOT_FOUND, CHANGE_DECIDED.
func (s *Server) DecideGameChange(ctx context.Context, req *catalogv1.DecideGameChangeRequest) (*catalogv1.DecideGameChangeResponse, error) {
	var out *catalogv1.GameChange
	err := s.write(ctx, func(c *change) error {
		row, err := c.GetChange(ctx, req.GetChangeId())
		if errors.Is(err, pgx.ErrNoRows) {
			return errChangeNotFound(req.GetChangeId())
		}
		if err != nil {
			return err
		}
		g, err := c.lockGame(row.GameID) // the game first, as everybody who changes both
		if err != nil {
			return err
		}
		if row, err = c.LockChange(ctx, row.ChangeID); err != nil {
			return err
		}
		status := catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_REJECTED
		if req.GetApprove() {
			status = catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_APPROVED
		}
		if now := catalogv1.GameChangeStatus(row.Status); now != catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_PENDING {
			if now != status {
				return errChangeDecided(now)
			}
			if req.GetApprove() && row.DecidedAt != nil {
				c.repeats = *row.DecidedAt
			}
			out, err = c.change(row, g)
			return err
		}
		if req.GetApprove() {
			if g, err = c.takeOver(row, g); err != nil {
				return err
			}
		}
		row, err = c.DecideChange(ctx, db.DecideChangeParams{Status: int16(status), Now: c.now, DecidedBy: authn.From(ctx).ID, ChangeID: row.ChangeID})
		if err != nil {
			return err
		}
		out, err = c.change(row, g)
		return err
	})
	return &catalogv1.DecideGameChangeResponse{Change: out}, err
}

// takeOver does what an approved change says.
func (c *change) takeOver(row db.GameChange, g db.Game) (db.Game, error) {
	before := g
	switch catalogv1.GameChangeKind(row.Kind) {
	case catalogv1.GameChangeKind_GAME_CHANGE_KIND_NEW:
		g.Published = true
	case catalogv1.GameChangeKind_GAME_CHANGE_KIND_WITHDRAWN:
		g.Published = false
	case catalogv1.GameChangeKind_GAME_CHANGE_KIND_CHANGED:
		p, err := proposalOf(row)
		if err != nil {
			return g, err
		}
		if g, err = c.withProvider(p.onto(g)); err != nil {
			return g, err
		}
	}
	g, err := c.SaveGame(c.ctx, save(g, c.now))
	if err != nil {
		return g, err
	}
	_, err = c.saved(before, g)
	return g, err
}

// change is a change with the game as it is.
func (c *change) change(row db.GameChange, g db.Game) (*catalogv1.GameChange, error) {
	out, err := changeProto(row)
	if err != nil {
		return nil, err
	}
	out.Proposed.Code = g.Code
	out.Now, err = c.game(g)
	return out, err
}
