package catalog

import (
	"cmp"
	"context"
	"slices"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// PutJackpot sets a jackpot, or removes it when no game plays for it. Without a name it has that of its key. Repeating it changes nothing but the time.
// Errors: INTEGRATION_NOT_FOUND, GAME_NOT_FOUND, JACKPOT_INVALID.
func (s *Server) PutJackpot(ctx context.Context, req *catalogv1.PutJackpotRequest) (*catalogv1.PutJackpotResponse, error) {
	current, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	ofIntegration := func(e *entry) bool { return e.integrationID == req.GetIntegrationId() }
	if len(req.GetGameIds()) > 0 && !slices.ContainsFunc(current.all, ofIntegration) {
		return nil, errIntegrationNotFound(req.GetIntegrationId())
	}
	for _, id := range req.GetGameIds() {
		if e := current.byID[id]; e == nil || !ofIntegration(e) {
			return nil, errGameNotFound("game_id", id)
		}
	}
	amount, err := money.FromProto(req.GetAmount())
	if err != nil || amount.Minor < 0 {
		return nil, errJackpotInvalid()
	}
	res := &catalogv1.PutJackpotResponse{}
	err = s.write(ctx, func(c *change) error {
		if len(req.GetGameIds()) == 0 {
			n, err := c.DeleteJackpot(ctx, db.DeleteJackpotParams{IntegrationID: req.GetIntegrationId(), Jackpot: req.GetJackpot()})
			c.changed = n > 0
			return err
		}
		row := db.PutJackpotParams{
			IntegrationID: req.GetIntegrationId(), Jackpot: req.GetJackpot(), Name: cmp.Or(req.GetName(), req.GetJackpot()), AmountMinor: amount.Minor, Currency: amount.Currency,
			GameIds: union(req.GetGameIds(), nil), At: c.now,
		}
		n, err := c.PutJackpot(ctx, row)
		c.changed = n > 0
		res.Jackpot = jackpotProto(db.Jackpot{
			IntegrationID: row.IntegrationID, Jackpot: row.Jackpot, Name: row.Name, AmountMinor: row.AmountMinor, Currency: row.Currency, UpdatedAt: row.At,
		})
		return err
	})
	return res, err
}
