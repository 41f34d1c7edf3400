package wallet

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

const (
	// partitionsAhead is how far the ledger's monthly partitions exist in advance.
	partitionsAhead = 62 * 24 * time.Hour
	// partitionsEvery is how often that is looked after.
	partitionsEvery = 24 * time.Hour
	// codeLockNotAvailable is PostgreSQL's when a lock was waited for in vain.
	codeLockNotAvailable = "55P03"
	// codeRefused is what the ledger's functions raise when they refuse (object_not_in_prerequisite_state).
	codeRefused = "55000"
)

// keepPartitions makes partitions ahead of time until ctx ends.
func (s *Server) keepPartitions(ctx context.Context) error {
	tick := time.NewTicker(partitionsEvery)
	defer tick.Stop()
	for {
		if err := s.ensurePartitions(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) ensurePartitions(ctx context.Context) error {
	_, err := s.queries.EnsurePartitions(ctx, s.clock().Add(partitionsAhead))
	return err
}

// startPartitions makes what is missing before the first operation comes. When a verification that runs now is in the way, the background task does it
// later: months are made two months ahead.
func (s *Server) startPartitions(ctx context.Context) error {
	err := s.ensurePartitions(ctx)
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == codeLockNotAvailable {
		s.log.WarnContext(ctx, "the ledger's partitions are made later", "error", err)
		return nil
	}
	return err
}

// Partition is one month of the ledger's tables operation and entry.
type Partition struct {
	// Month is its first day, UTC; zero for the default partition, where nothing is expected.
	Month time.Time
	// Attached tells whether it is part of the ledger's tables; otherwise it is archived.
	Attached bool
	// Operations and Entries are how many rows there are: the server's estimate for attached months, -1 where it has none; exact otherwise.
	Operations, Entries int64
	// Bytes is its size on disk, indexes included.
	Bytes int64
	// CheckpointNumber is the number of the checkpoint that stands for an archived month.
	CheckpointNumber int64
}

// Partitions lists the ledger's months, oldest first, and the default partition last.
func Partitions(ctx context.Context, pool *pgxpool.Pool) ([]Partition, error) {
	rows, err := db.New(pool).ListPartitions(ctx)
	parts := make([]Partition, len(rows))
	for i, r := range rows {
		parts[i] = Partition{
			Attached: r.Attached, Operations: r.Operations, Entries: r.Entries, Bytes: r.Bytes, CheckpointNumber: r.CheckpointNumber,
		}
		if r.Month.Time.Year() > 1 {
			parts[i].Month = r.Month.Time
		}
	}
	return parts, err
}

// ErrNotArchivable says why a month cannot be archived or brought back: a text of the ledger's own functions.
type ErrNotArchivable struct{ Reason string }

// Error is the reason.
func (e ErrNotArchivable) Error() string { return e.Reason }

// Archive detaches a month from the ledger's tables. The tables of the month stay in the database, closed, until somebody has copied and dropped
// them. Verification goes on from the checkpoint whose number is answered; idempotency keys and holds stay. Errors: ErrNotArchivable for a month that is less
// than three months old, that has something older beside it, or that no complete checkpoint covers.
func Archive(ctx context.Context, pool *pgxpool.Pool, month time.Time) (checkpointNumber int64, err error) {
	n, err := db.New(pool).DetachPartition(ctx, dateOf(month))
	return n, archiveError(err)
}

// Unarchive brings the newest archived month back. Errors: ErrNotArchivable.
func Unarchive(ctx context.Context, pool *pgxpool.Pool, month time.Time) error {
	return archiveError(db.New(pool).AttachPartition(ctx, dateOf(month)))
}

func dateOf(month time.Time) pgtype.Date {
	return pgtype.Date{Time: time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC), Valid: true}
}

func archiveError(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == codeRefused {
		return ErrNotArchivable{Reason: pe.Message}
	}
	return err
}
