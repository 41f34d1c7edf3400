package catalog

import (
	"cmp"
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// ReportJackpots takes a provider's jackpots from its adapter. A report that is older than the known one changes nothing. Errors: JACKPOT_INVALID.
func (s *Server) ReportJackpots(ctx context.Context, req *catalogv1.ReportJackpotsRequest) (*catalogv1.ReportJackpotsResponse, error) {
	c, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	at := req.GetAt().AsTime()
	if now := s.now(); at.After(now) {
		at = now // a provider's clock that is ahead must not keep later reports out
	}
	var rows []db.PutJackpotParams
	for _, j := range req.GetJackpots() {
		amount, err := money.FromProto(j.GetAmount())
		if err != nil || amount.Minor < 0 {
			return nil, errJackpotInvalid()
		}
		row := db.PutJackpotParams{
			IntegrationID: req.GetIntegrationId(), Jackpot: j.GetJackpot(), Name: cmp.Or(text(j.GetName(), 80), j.GetJackpot()), AmountMinor: amount.Minor, Currency: amount.Currency,
			GameIds: []string{}, At: at,
		}
		for _, code := range j.GetGameCodes() {
			if e := c.byCode[codeKey{req.GetIntegrationId(), code}]; e != nil {
				row.GameIds = append(row.GameIds, e.gameID)
			}
		}
		rows = append(rows, row)
	}
	err = s.write(ctx, func(c *change) error {
		for _, row := range rows {
			n, err := c.PutJackpot(ctx, row)
			if err != nil {
				return err
			}
			c.changed = c.changed || n > 0
		}
		return nil
	})
	return &catalogv1.ReportJackpotsResponse{}, err
}
