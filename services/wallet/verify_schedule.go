package wallet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// verifyLook is how often the schedule is looked at.
const verifyLook = 15 * time.Second

// keepVerifying verifies the ledger by its schedule until ctx ends.
func (s *Server) keepVerifying(ctx context.Context) error {
	tick := time.NewTicker(verifyLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.verifyWhenDue(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the ledger could not be verified", "error", err)
		}
	}
}

// verifyWhenDue makes the check that is due, if there is one and no other replica is at it.
func (s *Server) verifyWhenDue(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	lock := pg.LockKey("wallet", "ledger check")
	var mine bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lock).Scan(&mine); err != nil || !mine {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", lock); err != nil {
			_ = conn.Conn().Close(ctx) // the lock ends with the connection
		}
	}()
	kind, err := s.due(ctx)
	if err != nil || kind == 0 || !s.verifying.TryLock() {
		return err
	}
	defer s.verifying.Unlock()
	_, err = s.check(ctx, kind)
	return err
}

// due is the kind of check whose time has come, or 0. Times are those of the last checks, so that neither restarts nor other replicas make it more often.
func (s *Server) due(ctx context.Context) (int16, error) {
	full, err := s.lastCheck(ctx, kindFull)
	if err != nil {
		return 0, err
	}
	since, err := s.lastCheck(ctx, kindSince)
	if err != nil {
		return 0, err
	}
	now := s.clock()
	last, every := full.StartedAt, s.cfg.VerifyFullEvery
	if full.ID == "" { // the first one comes soon, but not into the start
		last, every = s.began, min(s.cfg.VerifyEvery, s.cfg.VerifyFullEvery)
	}
	if s.cfg.VerifyFullEvery > 0 && now.Sub(last) >= every {
		return kindFull, nil
	}
	if since.StartedAt.After(last) {
		last = since.StartedAt
	}
	if s.cfg.VerifyEvery <= 0 || now.Sub(last) < s.cfg.VerifyEvery {
		return 0, nil
	}
	if _, err := s.queries.LastCheckpoint(ctx); errors.Is(err, pgx.ErrNoRows) {
		return 0, nil // nothing to go on from before a full check has found everything right
	} else if err != nil {
		return 0, err
	}
	return kindSince, nil
}

// lastCheck is the last check of a kind, empty when there was none.
func (s *Server) lastCheck(ctx context.Context, kind int16) (db.LedgerCheck, error) {
	c, err := s.queries.LastLedgerCheck(ctx, kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return db.LedgerCheck{}, nil
	}
	return c, err
}

// check verifies, keeps the result, and raises the alarm when something new is wrong. A check that could not be finished leaves no result and is
// made again; a full one then goes on from its last mark.
func (s *Server) check(ctx context.Context, kind int16) (string, error) {
	id, began := ids.New("lck"), s.clock()
	v, err := VerifyWith(ctx, s.pool, VerifyOptions{Since: kind == kindSince, Resume: kind == kindFull, Checkpoint: true, Parallel: s.cfg.VerifyParallel})
	if err != nil {
		return id, err
	}
	if v.NoCheckpoint != "" {
		s.log.WarnContext(ctx, "no checkpoint of the ledger was written", "check", id, "reason", v.NoCheckpoint)
	}
	ledgerViolations.Record(ctx, v.GetViolationCount(), metric.WithAttributes(attribute.Bool("full", kind == kindFull)))
	set := setOf(v.VerifyLedgerResponse)
	before, err := s.lastCheck(ctx, kind)
	if err != nil {
		return id, err
	}
	news := !v.GetOk() && before.Fingerprint != set
	frozen := []string{}
	if !v.GetOk() {
		s.log.ErrorContext(ctx, "the ledger is BROKEN: see docs/runbooks/ledger.md", "check", id, "violations", v.GetViolationCount(), "first", v.GetViolations()[0].String())
	}
	if news && s.cfg.FreezeOnMismatch {
		if frozen, err = s.freeze(ctx, id, v.GetViolations()); err != nil {
			s.log.ErrorContext(ctx, "not every player could be frozen, the next check tries again", "check", id, "error", err)
			set = "" // so that it is news again
		}
	}
	return id, s.keepCheck(ctx, checkResult{id: id, kind: kind, began: began, finished: s.clock(), set: set, news: news, frozen: frozen, v: v})
}

// ledgerViolations is what the last check of each kind found; 0 is right.
var ledgerViolations, _ = otel.Meter("pitboss/wallet").Int64Gauge("pitboss_ledger_violations",
	metric.WithDescription("Violations that the last scheduled check of the ledger found, by whether it read everything; 0 is right."))

// setOf names a set of violations. Of very many only the invariants are named, because which of them are kept is chance.
func setOf(r *walletv1.VerifyLedgerResponse) string {
	if r.GetOk() {
		return "right"
	}
	var names []string
	for _, v := range r.GetViolations() {
		name := v.GetInvariant()
		if r.GetViolationCount() <= maxViolations {
			name += " " + v.GetSubject()
		}
		names = append(names, name)
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(names), "\n")))
	return hex.EncodeToString(sum[:])
}

// checkResult is what there is to keep of a check.
type checkResult struct {
	id              string
	kind            int16
	began, finished time.Time
	set             string
	news            bool
	frozen          []string
	v               *Verification
}

// keepCheck writes the result and, when it is news, the alarm.
func (s *Server) keepCheck(ctx context.Context, c checkResult) error {
	kept, err := keepViolations(c.v.GetViolations())
	if err != nil {
		return err
	}
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		err := db.New(tx).InsertLedgerCheck(ctx, db.InsertLedgerCheckParams{
			ID: c.id, Kind: c.kind, StartedAt: c.began, FinishedAt: c.finished, Ok: c.v.GetOk(), SinceNumber: c.v.GetSinceNumber(),
			CheckpointNumber: c.v.GetCheckpointNumber(), Operations: c.v.GetOperations(), Entries: c.v.GetEntries(), Accounts: c.v.GetAccounts(), Holds: c.v.GetHolds(),
			ViolationCount: c.v.GetViolationCount(), Violations: kept, Fingerprint: c.set, FrozenPlayers: c.frozen,
		})
		if err != nil || !c.news {
			return err
		}
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "alert.ledger_mismatch.v1", AggregateID: "ledger", Version: c.began.UnixMicro(), OccurredAt: c.finished,
			Message: &walletv1.LedgerMismatch{
				CheckId: c.id, Kind: walletv1.LedgerCheckKind(c.kind), At: timestamppb.New(c.finished), ViolationCount: c.v.GetViolationCount(),
				Violations: c.v.GetViolations()[:min(len(c.v.GetViolations()), keptViolations)], FrozenPlayers: c.frozen,
			},
		})
	})
}
