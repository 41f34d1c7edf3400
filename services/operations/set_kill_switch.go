package operations

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// SetKillSwitch stops play of something or lets it go on; setting what is set changes nothing. Errors: KILL_SWITCH_INVALID.
func (s *Server) SetKillSwitch(ctx context.Context, q *operationsv1.SetKillSwitchRequest) (*operationsv1.SetKillSwitchResponse, error) {
	if err := checkKillSwitch(q.GetScope(), q.GetValue()); err != nil {
		return nil, err
	}
	if q.GetOff() && q.GetScope() == operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION { // a slip of the pen must not look as if play had stopped
		switch _, err := s.load(ctx, q.GetValue()); {
		case errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
			return nil, killSwitchInvalid(q.GetScope(), q.GetValue())
		case err != nil:
			return nil, err
		}
	}
	var row db.KillSwitch
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		queries := db.New(tx)
		key := db.GetKillSwitchParams{Scope: int16(q.GetScope()), Value: q.GetValue()}
		old, err := queries.GetKillSwitch(ctx, key)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if row = old; err == nil && old.Off == q.GetOff() {
			return nil
		}
		if _, err := queries.LockPlayRevision(ctx); err != nil { // two changes come one after the other, and so do their events
			return err
		}
		row, err = queries.PutKillSwitch(ctx, db.PutKillSwitchParams{
			Scope: key.Scope, Value: key.Value, Off: q.GetOff(), Reason: q.GetReason(), ChangedBy: authn.From(ctx).ID, Now: s.clock(),
		})
		if err != nil {
			return err
		}
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "kill_switch.changed.v1", Message: &operationsv1.KillSwitchChanged{KillSwitch: killSwitchProto(row)},
			AggregateID: q.GetScope().String() + "/" + row.Value, Version: row.Revision, OccurredAt: row.ChangedAt,
		})
	})
	if err != nil {
		return nil, err
	}
	return &operationsv1.SetKillSwitchResponse{KillSwitch: killSwitchProto(row)}, nil
}
