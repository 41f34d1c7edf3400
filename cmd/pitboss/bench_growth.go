package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// entryCount is a number of ledger entries, written as 10k or 1m.
type entryCount int64

// UnmarshalText reads a number with k or m behind it or nothing.
func (n *entryCount) UnmarshalText(text []byte) error {
	s, unit := strings.ToLower(strings.ReplaceAll(string(text), ",", "")), int64(1)
	if rest, ok := strings.CutSuffix(s, "k"); ok {
		s, unit = rest, 1_000
	} else if rest, ok := strings.CutSuffix(s, "m"); ok {
		s, unit = rest, 1_000_000
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 1 || v > 1_000_000_000/unit {
		return fmt.Errorf("%q is not a number of entries such as 10k or 1m, at most 1000m", text)
	}
	*n = entryCount(v * unit)
	return nil
}

// String writes the number as it is written on the command line.
func (n entryCount) String() string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dm", n/1_000_000)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%dk", n/1_000)
	}
	return strconv.FormatInt(int64(n), 10)
}

// benchGrowth is a row of group commit on a ledger that had so many entries before.
type benchGrowth struct {
	benchRow
	Entries     int64   `json:"entries"`
	Bytes       int64   `json:"database_bytes"`
	FillSeconds float64 `json:"fill_seconds"`
	Proven      bool    `json:"proven"`
	Cost        float64 `json:"cost_to_smallest"` // of an operation, in time
}

const growthHeader = "| entries before | operations/s | p50 ms | p99 ms | commits/op | WAL bytes/op | full pages/op | cost to the smallest | database MB | filled in s | proven | load |\n|---|---|---|---|---|---|---|---|---|---|---|---|"

// String is the line of the table.
func (g benchGrowth) String() string {
	proven := "yes"
	if !g.Proven {
		proven = "no, see --prove"
	}
	return fmt.Sprintf("| %d | %.0f | %.2f | %.2f | %.3f | %.0f | %.2f | %.2f x | %d | %.0f | %s | %s |",
		g.Entries, g.Rate, g.P50, g.P99, g.Commits, g.WAL, g.Pages, g.Cost, g.Bytes>>20, g.FillSeconds, proven, g.Load)
}

// measureGrowth fills a ledger to a size and measures group commit on it. The proof before the load is what says that the filling is honest.
func (b *walletBench) measureGrowth(ctx context.Context, size entryCount) error {
	g := benchGrowth{benchRow: benchRow{Mode: "group", Players: "spread", Callers: b.mainCallers()}, Proven: size <= b.Prove}
	err := b.onDatabase(ctx, b.Players, func(ctx context.Context, d benchDatabase) error {
		began := time.Now()
		if err := b.fill(ctx, d, int64(size), &g); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
		g.FillSeconds = time.Since(began).Seconds()
		if g.Proven {
			if err := b.proveLedger(ctx, d); err != nil {
				return fmt.Errorf("after filling: %w", err)
			}
		}
		if err := b.loadRow(ctx, d, &g.benchRow); err != nil || !g.Proven {
			return err
		}
		return b.proveLedger(ctx, d)
	})
	if err != nil {
		return err
	}
	if g.Cost = 1; len(b.report.Growth) > 0 {
		g.Cost = b.report.Growth[0].Rate / g.Rate
	}
	b.report.Growth = append(b.report.Growth, g)
	line := g.benchRow
	line.Mode = fmt.Sprintf("group, %s entries", size)
	b.print(line.String())
	return nil
}

const (
	// entriesOfRound is what a hold and its settlement make: two entries and four.
	entriesOfRound = 6
	// rowsOfRound are these with two operations, their keys and the hold.
	rowsOfRound = 11
	// fillBatch is how many operations of the filling look as if they had been committed together.
	fillBatch = 64
	// fillChunk is how many such batches one statement writes.
	fillChunk = 256
	// fillTail is how many rounds are written behind the checkpoint. The first change of a page behind a checkpoint puts the whole page into the WAL,
	// which meets nearly every key of a large ledger in the first seconds and then hardly any; servers are mostly in the time after that.
	fillTail = 60_000
	// blockSize is how many numbers a batch takes; it is the step of the sequence ledger_block.
	blockSize = 4096
)

// filling is the part of the ledger that is written by SQL: rounds, one after the other for all players in turn, as if the wallet had played them in
// batches of holds and of settlements.
type filling struct {
	pool                *pgxpool.Pool
	rounds, batch, base int64
	at                  time.Time
	progress            *benchProgress
}

// fill brings the ledger to a number of entries. Nobody else uses the database meanwhile. The superuser writes, because the runtime role may
// not set sequences.
func (b *walletBench) fill(ctx context.Context, d benchDatabase, size int64, g *benchGrowth) error {
	pool, err := pg.Open(ctx, b.server.URL(d.name), pg.PoolOptions{AppName: "pitboss-bench", MaxConns: 4, StatementTimeout: time.Hour})
	if err != nil {
		return err
	}
	defer pool.Close()
	f := filling{pool: pool, batch: min(fillBatch, int64(b.Players)), at: time.Now().UTC(), progress: b.progress}
	var entries int64
	if err := pool.QueryRow(ctx, "SELECT (SELECT count(*) FROM entry), last_value FROM ledger_block").Scan(&entries, &f.base); err != nil {
		return err
	}
	f.rounds = max(0, (size-entries)/entriesOfRound)
	body := max(0, f.rounds-fillTail) / f.batch * f.batch
	for _, part := range []func() error{
		func() error { return f.exec(ctx, fillPlayers, "ANALYZE bench_player") },
		func() error { return f.write(ctx, 0, body) },
		func() error { return f.exec(ctx, "VACUUM ANALYZE", "CHECKPOINT") },
		func() error { return f.write(ctx, body, f.rounds) },
		func() error { return f.settle(ctx) },
		// The outbox is as the relay leaves it: what was sent long ago is gone.
		func() error { return f.exec(ctx, "DROP TABLE bench_player", "TRUNCATE outbox", "ANALYZE") },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return pool.QueryRow(ctx, "SELECT (SELECT count(*) FROM entry), pg_database_size(current_database())").Scan(&g.Entries, &g.Bytes)
}

func (f filling) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		verb, _, _ := strings.Cut(strings.TrimSpace(sql), " ")
		f.progress.phase(strings.ToLower(verb), 0)
		if _, err := f.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// write writes the rounds from first to before another, each table on a connection of its own.
func (f filling) write(ctx context.Context, first, before int64) error {
	f.progress.phase(fmt.Sprintf("filling %d rows", (before-first)*rowsOfRound), 0)
	tables, ctx := errgroup.WithContext(ctx)
	for _, sql := range []string{fillEntries, fillOperations, fillKeys, fillHolds} {
		tables.Go(func() error { return f.run(ctx, sql, first, before) })
	}
	return tables.Wait()
}

// settle brings the balances and the sequence of numbers to where the rounds leave them.
func (f filling) settle(ctx context.Context) error {
	if _, err := f.pool.Exec(ctx, fillBalances, f.rounds); err != nil {
		return err
	}
	blocks := 2 * ((f.rounds + f.batch - 1) / f.batch)
	_, err := f.pool.Exec(ctx, "SELECT setval('ledger_block', $1)", f.base+blockSize*blocks)
	return err
}

// run writes the rows of one table, a chunk of rounds at a time.
func (f filling) run(ctx context.Context, sql string, first, before int64) error {
	step := fillChunk * f.batch
	for ; first < before; first += step {
		last := min(first+step, before) - 1
		// A batch begins every 100 microseconds, which is faster than rows are written, so nothing happens in the future.
		at := f.at.Add(time.Duration(2*first/f.batch) * 100 * time.Microsecond)
		tag, err := f.pool.Exec(ctx, sql, first, last, f.batch, f.base, f.at, timePrefix(at), int16(walletv1.SourceKind_SOURCE_KIND_BET))
		if err != nil {
			return err
		}
		f.progress.done.Add(tag.RowsAffected())
	}
	return nil
}

// timePrefix is the part of an id that tells when it was made: package ids writes 48 bits of milliseconds as ten characters.
func timePrefix(at time.Time) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	text, ms := make([]byte, 10), at.UnixMilli()
	for i := range text {
		text[len(text)-1-i] = alphabet[ms&31]
		ms >>= 5
	}
	return string(text)
}
