package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
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

// measureTPCB runs pgbench's built-in TPC-B-like transaction, prepared, statement by statement as pgbench does, on the same server.
func (b *walletBench) measureTPCB(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.Duration+b.Warmup+5*time.Minute)
	defer cancel()
	if _, err := b.super.Exec(ctx, "CREATE DATABASE bench_tpcb"); err != nil {
		return err
	}
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
	if _, err := b.transact(ctx, url, b.Warmup); err != nil {
		return err
	}
	before, err := b.counters(ctx)
	if err != nil {
		return err
	}
	r, err := b.transact(ctx, url, b.Duration)
	if err != nil {
		return err
	}
	after, err := b.counters(ctx)
	if err != nil {
		return err
	}
	r.mode, r.shape, r.callers, r.load = "TPC-B", fmt.Sprint("scale ", b.Scale), tpcbClients, loadAverage()
	r.commits, r.wal = float64(after[0]-before[0])/float64(r.ops), float64(after[1]-before[1])/float64(r.ops)
	b.tpcb = r
	fmt.Println(r)
	_, err = b.super.Exec(ctx, "DROP DATABASE bench_tpcb WITH (FORCE)")
	return err
}

// transact lets the clients work until the time is over.
func (b *walletBench) transact(ctx context.Context, url string, length time.Duration) (benchResult, error) {
	var mu sync.Mutex
	var all []time.Duration
	conns := make([]*pgx.Conn, tpcbClients)
	for i := range conns {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return benchResult{}, err
		}
		defer conn.Close(ctx)
		conns[i] = conn
	}
	began := time.Now()
	g, gctx := errgroup.WithContext(ctx)
	for _, conn := range conns {
		g.Go(func() error {
			var took []time.Duration
			for time.Since(began) < length {
				start := time.Now()
				if err := b.transaction(gctx, conn); err != nil {
					return err
				}
				took = append(took, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			return nil
		})
	}
	err := g.Wait()
	return summarise(all, time.Since(began)), err
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
