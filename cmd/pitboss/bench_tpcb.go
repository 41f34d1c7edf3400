package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// tpcbClients is how many connections the baseline uses.
const tpcbClients = 32

// tpcbTables are pgbench's, with its fill factor and keys.
const tpcbTables = `
CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
CREATE TABLE pgbench_accounts (aid int, bid int, abalance int, filler char(84));
CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
INSERT INTO pgbench_branches SELECT b, 0, '' FROM generate_series(1, %[1]d) b;
INSERT INTO pgbench_tellers SELECT t, (t - 1) / 10 + 1, 0, '' FROM generate_series(1, %[1]d * 10) t;
INSERT INTO pgbench_accounts SELECT a, (a - 1) / 100000 + 1, 0, '' FROM generate_series(1, %[1]d * 100000) a;
ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);`

// tpcbName begins the name of the baseline's row.
const tpcbName = "TPC-B"

// measureTPCB runs pgbench's built-in TPC-B-like transaction, prepared, on the same server: by pgbench itself where it is installed, else the same
// statements from Go, one by one as pgbench sends them.
func (b *walletBench) measureTPCB(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, b.Duration+b.Warmup+10*time.Minute)
	defer cancel()
	tool, err := b.pgbench()
	if err != nil {
		return err
	}
	if _, err := b.super.Exec(ctx, "CREATE DATABASE bench_tpcb"); err != nil {
		return err
	}
	defer func() {
		drop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, dropErr := b.super.Exec(drop, "DROP DATABASE bench_tpcb WITH (FORCE)")
		err = errors.Join(err, dropErr)
	}()
	b.progress.phase("filling pgbench's tables", 0)
	url := b.server.URL("bench_tpcb")
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(tpcbTables, b.Scale), pgx.QueryExecModeSimpleProtocol)
	for _, after := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if err == nil {
			_, err = conn.Exec(ctx, after)
		}
	}
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	row := benchRow{Mode: tpcbName + " from Go", Players: fmt.Sprint("scale ", b.Scale), Callers: tpcbClients}
	load := func(length time.Duration, _ string) error { return b.transact(ctx, url, &row, length) }
	if tool != "" {
		row.Mode = tpcbName + " by pgbench"
		load = func(length time.Duration, _ string) error { return b.runPgbench(ctx, tool, url, &row, length) }
	}
	if err := b.counted(ctx, &row, load); err != nil {
		return err
	}
	b.addRow(row)
	return nil
}

// transact lets the clients work until the time is over.
func (b *walletBench) transact(ctx context.Context, url string, row *benchRow, length time.Duration) error {
	var seen latencies
	conns := make([]*pgx.Conn, tpcbClients)
	for i := range conns {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		conns[i] = conn
	}
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for _, conn := range conns {
		g.Go(func() error {
			var took []time.Duration
			for time.Since(began) < length {
				start := time.Now()
				if err := b.transaction(ctx, conn); err != nil {
					return err
				}
				took = append(took, time.Since(start))
				b.progress.done.Add(1)
			}
			seen.add(took, 0)
			return nil
		})
	}
	err := g.Wait()
	row.summarise(&seen, time.Since(began))
	return err
}

func (b *walletBench) transaction(ctx context.Context, conn *pgx.Conn) error {
	aid, bid, tid, delta := 1+rand.IntN(b.Scale*100000), 1+rand.IntN(b.Scale), 1+rand.IntN(b.Scale*10), rand.IntN(10001)-5000
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{"BEGIN", nil},
		{"UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2", []any{delta, aid}},
		{"SELECT abalance FROM pgbench_accounts WHERE aid = $1", []any{aid}},
		{"UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2", []any{delta, tid}},
		{"UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2", []any{delta, bid}},
		{"INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)", []any{tid, bid, aid, delta}},
		{"END", nil},
	} {
		if _, err := conn.Exec(ctx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}
