package operations

import (
	"context"

	"github.com/jackc/pgx/v5"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// GetPlaySwitches answers everything that stops play, or only the revision when the caller knows it.
func (s *Server) GetPlaySwitches(ctx context.Context, q *operationsv1.GetPlaySwitchesRequest) (*operationsv1.GetPlaySwitchesResponse, error) {
	revision, err := s.queries.GetPlayRevision(ctx)
	if err != nil {
		return nil, err
	}
	res := &operationsv1.GetPlaySwitchesResponse{Revision: revision}
	if revision == q.GetKnownRevision() {
		return res, nil
	}
	// One transaction on one snapshot of the database, so that the lists are those of the revision.
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		queries := s.queries.WithTx(tx)
		if res.Revision, err = queries.GetPlayRevision(ctx); err != nil {
			return err
		}
		rows, err := queries.ListKillSwitchesOff(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			res.KillSwitches = append(res.KillSwitches, killSwitchProto(row))
		}
		res.DisabledIntegrationIds, err = queries.ListDisabledIntegrations(ctx)
		return err
	})
	return res, err
}
