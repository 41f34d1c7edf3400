package wallet

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// commitAttempts is how often a batch is tried when only the moment was wrong: a deadlock with another replica, or the same new key committed
// by another at the same time.
const commitAttempts = 3

// planByIndex makes the batches' connections look rows up by index, by plans that are made once per connection: often while the tables are small or not
// analysed, when a plan that reads a whole table would be kept while the table grows, and not again for each length of a batch. That a row costs much more
// than a page says that nothing is better than to touch few of them: without it, all accounts or limits are read along an index to be joined to
// those of the batch, because there are few as far as the planner knows.
var planByIndex = map[string]string{
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan",
	"cpu_tuple_cost": "10", "cpu_index_tuple_cost": "10", "random_page_cost": "1",
	"jit": "off", // such costs would have every statement compiled where the server can
}

// batchPool are the connections of the batches, one for each worker, to where the pool's go.
func batchPool(pool *pgxpool.Pool, workers int) *pgxpool.Pool {
	cfg := pool.Config()
	cfg.MaxConns, cfg.MinConns = int32(workers), 0
	cfg.ConnConfig.DialFunc = pg.Prompt(cfg.ConnConfig.DialFunc)
	for name, value := range planByIndex {
		cfg.ConnConfig.RuntimeParams[name] = value
	}
	own, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		panic(err) // only a configuration that no pool was made of is refused
	}
	return own
}

// pending is a request that waits for a batch: one command, or several that are committed all or none. Its context is used for nothing but the trace of the
// caller.
type pending struct {
	ctx      context.Context
	commands []*command
}

// answers are the results of a request's commands.
type answers []result

type outcome = groupcommit.Outcome[answers]

// commit runs a batch of requests in one transaction, in two round trips: lock and load; write and commit. A request refused by a rule
// fails alone; an error means that nothing of the batch is known to be done. Repeating a request is safe, its key is in the ledger.
func (s *Server) commit(ctx context.Context, batch []pending) ([]outcome, error) {
	for attempt := 1; ; attempt++ {
		outcomes, err := s.tryCommit(ctx, batch)
		if err == nil || attempt == commitAttempts || !isTransient(err) {
			return outcomes, err
		}
	}
}

func (s *Server) tryCommit(ctx context.Context, batch []pending) ([]outcome, error) {
	conn, err := s.batchConns.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release() // a connection that is still in a transaction is closed, not reused
	var more found
	for {
		b, err := s.load(ctx, conn.Conn(), batch, more)
		if err != nil {
			return nil, errors.Join(err, rollback(ctx, conn))
		}
		outcomes := make([]outcome, len(batch))
		for i, p := range batch {
			results, at, err := b.decideAll(p.commands)
			if err != nil && len(p.commands) > 1 {
				err = atPosition(err, at)
			}
			outcomes[i] = outcome{Res: results, Err: err}
		}
		missing := b.missing()
		if len(missing) == 0 && len(b.wanted) == 0 && !b.unsought && len(b.unread) == 0 {
			if len(b.operations) == 0 && len(b.hits) == 0 {
				return outcomes, rollback(ctx, conn)
			}
			s.guardMemory.forget(b.guards)
			if err := s.write(ctx, conn.Conn(), b, batch); err != nil {
				return nil, errors.Join(err, rollback(ctx, conn))
			}
			s.moved.add(slotOf(b.now), b.guards)
			return outcomes, nil
		}
		// Only now is it known which accounts are needed, so a refused command leaves none behind. They are made in a transaction of their
		// own, and the batch is decided again: others may have used them in between.
		if err := rollback(ctx, conn); err != nil {
			return nil, err
		}
		if err := createAccounts(ctx, conn.Conn(), missing); err != nil {
			return nil, err
		}
		more.accounts, more.late = append(append(more.accounts, missing...), b.wanted...), append(more.late, b.unread...)
	}
}

// loaded is what the first round trip brings.
type loaded struct {
	accounts []accountRow
	known    []db.LoadKeysRow
	holds    []db.LoadHoldsRow
	late     []db.HoldLate
	guards   []db.Guard
	moves    []db.MoveGuardsRow
	blocks   []int64
}

// found is what only the decision knew to be needed: accounts, and the late money of holds.
type found struct {
	accounts []accountKey
	late     []string
}

// load is the first round trip: begin, lock the accounts, then read the keys, holds and guards as they are under the locks. more is what the batch
// turned out to need.
func (s *Server) load(ctx context.Context, conn *pgx.Conn, batch []pending, more found) (*book, error) {
	var l loaded
	n := needsOf(batch, more)
	n.lockBy(&s.accountIDs)
	now := s.clock()
	known, unknown := s.guardMemory.recall(n.players)
	moves := movesAt(now, s.moved.without(slotOf(now), n.players))
	calls := []db.Call{
		db.Statement("begin isolation level read committed"),
		func(ctx context.Context, q *db.Queries) (err error) {
			rows, err := q.LockAccounts(ctx, n.locks)
			l.accounts = appendRows(l.accounts, rows)
			return err
		},
		func(ctx context.Context, q *db.Queries) (err error) {
			l.known, err = q.LoadKeys(ctx, n.keys)
			return err
		},
		func(ctx context.Context, q *db.Queries) (err error) {
			l.blocks, err = q.NextBlocks(ctx, n.blocks)
			return err
		},
	}
	if len(unknown) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			l.guards, err = q.LoadGuards(ctx, guardsAt(now, unknown))
			return err
		})
	}
	if len(moves.Players) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			l.moves, err = q.MoveGuards(ctx, moves)
			return err
		})
	}
	calls = append(calls, l.readHolds(n)...)
	if len(n.own.Owners) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error {
			rows, err := q.LoadAccounts(ctx, n.own)
			l.accounts = appendRows(l.accounts, rows)
			return err
		})
	}
	if err := db.Pipeline(ctx, conn, calls...); err != nil {
		return nil, err
	}
	if err := s.recallGuards(ctx, conn, &l, known, unknown, now); err != nil {
		return nil, err
	}
	if late := behind(l, moves, now); len(late.Players) > 0 {
		more, err := db.New(conn).MoveGuards(ctx, late)
		if err != nil {
			return nil, err
		}
		l.moves = append(l.moves, more...)
	}
	s.accountIDs.remember(l.accounts)
	b := s.newBook(l, n)
	return b, s.accountIDs.check(n.byID, b.accounts)
}

// readHolds reads the holds of a batch, and the late money of those whose it needs.
func (l *loaded) readHolds(n *needs) (calls []db.Call) {
	if len(n.holdIDs) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			l.holds, err = q.LoadHolds(ctx, n.holdIDs)
			return err
		})
	}
	if len(n.late) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			l.late, err = q.LoadLate(ctx, n.late)
			return err
		})
	}
	return calls
}

// recallGuards adds what is remembered of players' guards, and reads what is remembered no more, under the locks that are held by now.
func (s *Server) recallGuards(ctx context.Context, conn *pgx.Conn, l *loaded, known map[string]knownGuards, unknown []string, now time.Time) error {
	cash := epochsOf(l.accounts)
	s.guardMemory.remember(unknown, l.guards, cash)
	var stale []string
	for player, k := range known {
		if k.holds(cash[player]) {
			l.guards = append(l.guards, k.at(now)...)
			continue
		}
		stale = append(stale, player)
	}
	if len(stale) == 0 {
		return nil
	}
	rows, err := db.New(conn).LoadGuards(ctx, guardsAt(now, stale))
	if err != nil {
		return err
	}
	s.guardMemory.remember(stale, rows, cash)
	l.guards = append(l.guards, rows...)
	return nil
}

func (s *Server) newBook(l loaded, n *needs) *book {
	b := &book{
		accounts: make(map[accountKey]*account, len(l.accounts)), asked: n.asked, holds: make(map[string]*hold, len(l.holds)), sought: n.holdIDs,
		keys: make(map[[16]byte]remembered, len(l.known)), blocks: l.blocks, newID: ids.New,
		now: s.clock().UTC().Truncate(time.Microsecond), // what PostgreSQL keeps
	}
	for _, a := range l.accounts {
		account := a.account()
		b.accounts[account.accountKey] = account
	}
	for _, a := range l.accounts {
		b.settleIn(b.accounts[a.key()])
	}
	for _, k := range l.known {
		b.keys[k.Key.Bytes] = remembered{fingerprint: [32]byte(k.Fingerprint), result: resultOf(k)}
	}
	for _, h := range l.holds {
		b.holds[h.ID] = holdOf(h)
	}
	b.knowLate(n.late, l.late)
	if len(l.guards) > 0 {
		b.guards = make(map[string][]*guard, len(l.guards))
	}
	for _, g := range guardsOf(l.guards, l.ownMoves()) {
		b.guards[g.player] = append(b.guards[g.player], g)
	}
	for _, guards := range b.guards {
		inOrder(guards)
	}
	return b
}

// write is the second round trip: everything the batch changed, its events, and the commit.
func (s *Server) write(ctx context.Context, conn *pgx.Conn, b *book, batch []pending) error {
	events, err := s.events(b, batch)
	if err != nil {
		return err
	}
	var calls []db.Call
	if len(b.operations) > 0 {
		if calls, err = operationCalls(b, events.Traceparents); err != nil {
			return err
		}
	}
	if used := usageRows(b); len(used.Slots) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.AddUsage(ctx, used) })
	}
	if guards := guardRows(b); len(guards.Ids) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.UpdateGuards(ctx, guards) })
	}
	calls = append(calls, db.Statement(bus.InsertSQL, events.Args(bus.ShouldNotify(conn))...), db.Statement("commit"))
	return db.Pipeline(ctx, conn, calls...)
}

// operationCalls write the batch's operations and what they changed.
func operationCalls(b *book, traceparents []string) ([]db.Call, error) {
	accounts, entries := accountRows(b), entryRows(b)
	operations, keys, err := operationRows(b, traceparents)
	if err != nil {
		return nil, err
	}
	calls := []db.Call{
		func(ctx context.Context, q *db.Queries) error { return q.UpdateAccounts(ctx, accounts) },
		func(ctx context.Context, q *db.Queries) error { return q.InsertOperations(ctx, operations) },
		func(ctx context.Context, q *db.Queries) error { return q.InsertEntries(ctx, entries) },
		func(ctx context.Context, q *db.Queries) error { return q.InsertKeys(ctx, keys) },
	}
	if opened := openedRows(b); len(opened.Ids) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.InsertHolds(ctx, opened) })
	}
	if changed := changedRows(b); len(changed.Ids) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.UpdateHolds(ctx, changed) })
	}
	if late := lateRows(b); len(late.Ids) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.KeepLate(ctx, late) })
	}
	return calls, nil
}

// events makes one event per operation, in their order, and behind them one per refusal that is told, each with the trace of its caller.
func (s *Server) events(b *book, batch []pending) (bus.OutboxRows, error) {
	callers := make(map[*command]context.Context, len(batch))
	for _, p := range batch {
		for _, c := range p.commands {
			callers[c] = p.ctx
		}
	}
	var rows bus.OutboxRows
	rows.Grow(len(b.operations) + len(b.hits))
	for _, op := range b.operations {
		if err := rows.Add(callers[op.command], eventOf(op)); err != nil {
			return rows, err
		}
	}
	for _, h := range b.hits {
		if err := rows.Add(callers[h.command], hitEvent(h, b.now)); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func createAccounts(ctx context.Context, conn *pgx.Conn, keys []accountKey) error {
	if len(keys) == 0 {
		return nil
	}
	var p db.CreateAccountsParams
	for _, k := range keys {
		p.Owners = append(p.Owners, k.owner)
		p.Currencies = append(p.Currencies, k.currency)
		p.Kinds = append(p.Kinds, int16(k.kind))
		p.Pools = append(p.Pools, k.pool)
		p.Stripes = append(p.Stripes, k.stripe)
	}
	return db.New(conn).CreateAccounts(ctx, p)
}

// rollback ends the transaction, if there is one and the connection still lives.
func rollback(ctx context.Context, conn *pgxpool.Conn) error {
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := conn.Exec(ctx, "rollback")
	return err
}

// isTransient tells whether a batch failed only because of what others did at the same moment.
func isTransient(err error) bool {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return errors.Is(err, errOtherAccount)
	}
	return strings.HasPrefix(pe.Code, "40") || pg.IsUnique(err, "operation_key_pkey")
}
