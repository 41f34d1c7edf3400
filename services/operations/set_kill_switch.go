package operations

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// catalogueLimit is how long the catalogue may take to say whether there is what is to be switched off.
const catalogueLimit = time.Second

// SetKillSwitch stops play of something or lets it go on; setting what is set changes nothing. Errors: KILL_SWITCH_INVALID.
func (s *Server) SetKillSwitch(ctx context.Context, q *operationsv1.SetKillSwitchRequest) (*operationsv1.SetKillSwitchResponse, error) {
	if err := checkKillSwitch(q.GetScope(), q.GetValue()); err != nil {
		return nil, err
	}
	var unchecked bool
	if q.GetOff() {
		var err error
		if unchecked, err = s.stopsSomething(ctx, q.GetScope(), q.GetValue()); err != nil {
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
	s.felt(ctx, row.ChangedAt)
	return &operationsv1.SetKillSwitchResponse{KillSwitch: killSwitchProto(row), Unchecked: unchecked}, nil
}

// stopsSomething refuses a value that names nothing there is: a slip of the pen must not look as if play had stopped. What is off already is not asked about again.
// unchecked: the catalogue does not answer, and play can be stopped all the same. Errors: KILL_SWITCH_INVALID.
func (s *Server) stopsSomething(ctx context.Context, scope operationsv1.KillSwitchScope, value string) (unchecked bool, err error) {
	switch was, err := s.queries.GetKillSwitch(ctx, db.GetKillSwitchParams{Scope: int16(scope), Value: value}); {
	case err == nil && was.Off:
		return false, nil
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return false, err
	}
	known := true
	switch scope {
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION:
		if _, err = s.load(ctx, value); errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) {
			known, err = false, nil
		}
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION:
		known = country.Known(value) || value == country.Unknown
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME:
		known, unchecked = s.inCatalogue(ctx, &catalogv1.CheckSubjectRequest{Subject: &catalogv1.CheckSubjectRequest_GameId{GameId: value}})
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY:
		known, unchecked = s.inCatalogue(ctx, &catalogv1.CheckSubjectRequest{Subject: &catalogv1.CheckSubjectRequest_Category{Category: value}})
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_PROVIDER:
		known, unchecked = s.inCatalogue(ctx, &catalogv1.CheckSubjectRequest{Subject: &catalogv1.CheckSubjectRequest_ProviderId{ProviderId: value}})
	}
	if err == nil && !known {
		err = killSwitchInvalid(scope, value, "unknown")
	}
	return unchecked, err
}

// inCatalogue asks the catalogue. One that does not answer in time knows everything, unchecked.
func (s *Server) inCatalogue(ctx context.Context, q *catalogv1.CheckSubjectRequest) (known, unchecked bool) {
	ctx, cancel := context.WithTimeout(ctx, catalogueLimit)
	defer cancel()
	conn, err := s.dial("catalog")
	if err == nil {
		var r *catalogv1.CheckSubjectResponse
		if r, err = catalogv1.NewCatalogServiceClient(conn).CheckSubject(ctx, q); err == nil {
			return r.GetKnown(), false
		}
	}
	s.log.WarnContext(ctx, "play is stopped of something that the catalogue could not be asked about", "subject", q.String(), "err", err)
	return true, true
}
