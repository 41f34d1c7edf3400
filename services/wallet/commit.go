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

// planByIndex makes the batch's queries look rows up by index, for the length of the transaction. Their plans are made once per connection, often while the
// tables are small or not analysed, and a plan that reads a whole table would be kept while the table grows.
const planByIndex = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// pending is a command that waits for a batch. Its context is used for nothing but the trace of the caller.
type pending struct {
	ctx     context.Context
	command *command
}

type outcome = groupcommit.Outcome[result]

// commit runs a batch of commands in one transaction, in two round trips: lock and load; write and commit. A command refused by a rule
// fails alone; an error means that nothing of the batch is known to be done. Repeating a command is safe, its key is in the ledger.
func (s *Server) commit(ctx context.Context, batch []pending) ([]outcome, error) {
	for attempt := 1; ; attempt++ {
		outcomes, err := s.tryCommit(ctx, batch)
		if err == nil || attempt == commitAttempts || !isTransient(err) {
			return outcomes, err
		}
	}
}

func (s *Server) tryCommit(ctx context.Context, batch []pending) ([]outcome, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release() // a connection that is still in a transaction is closed, not reused
	for {
		b, err := s.load(ctx, conn.Conn(), batch)
		if err != nil {
			return nil, errors.Join(err, rollback(ctx, conn))
		}
		outcomes := make([]outcome, len(batch))
		for i, p := range batch {
			outcomes[i].Res, outcomes[i].Err = b.decide(p.command)
		}
		if len(b.operations) == 0 && len(b.hits) == 0 {
			return outcomes, rollback(ctx, conn)
		}
		missing := b.missing()
		if len(missing) == 0 {
			if err := s.write(ctx, conn.Conn(), b, batch); err != nil {
				return nil, errors.Join(err, rollback(ctx, conn))
			}
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
	}
}

// loaded is what the first round trip brings.
type loaded struct {
	accounts []db.LockAccountsRow
	known    []db.OperationKey
	holds    []db.LoadHoldsRow
	guards   []db.LoadGuardsRow
	first    int64
}

// load is the first round trip: begin, lock the accounts, then read the keys, holds and guards as they are under the locks.
func (s *Server) load(ctx context.Context, conn *pgx.Conn, batch []pending) (*book, error) {
	var l loaded
	locks, keys, holdIDs := needs(batch)
	guards := guardsAt(s.clock(), playersOf(batch)...)
	calls := []db.Call{
		db.Statement("begin isolation level read committed"),
		db.Statement(planByIndex),
		func(ctx context.Context, q *db.Queries) (err error) {
			l.accounts, err = q.LockAccounts(ctx, locks)
			return err
		},
		func(ctx context.Context, q *db.Queries) (err error) { l.known, err = q.LoadKeys(ctx, keys); return err },
		func(ctx context.Context, q *db.Queries) (err error) {
			l.guards, err = q.LoadGuards(ctx, guards)
			return err
		},
		func(ctx context.Context, q *db.Queries) (err error) { l.first, err = q.NextBlock(ctx); return err },
	}
	if len(holdIDs) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) (err error) {
			l.holds, err = q.LoadHolds(ctx, holdIDs)
			return err
		})
	}
	if err := db.Pipeline(ctx, conn, calls...); err != nil {
		return nil, err
	}
	return s.newBook(l), nil
}

func (s *Server) newBook(l loaded) *book {
	b := &book{
		accounts: make(map[accountKey]*account, len(l.accounts)), holds: make(map[string]*hold, len(l.holds)),
		keys: make(map[requestKey]remembered, len(l.known)), nextNumber: l.first, newID: ids.New,
		now: s.clock().UTC().Truncate(time.Microsecond), // what PostgreSQL keeps
	}
	for _, a := range l.accounts {
		k := accountKey{owner: a.Owner, currency: a.Currency, kind: accountKind(a.Kind), stripe: a.Stripe}
		b.accounts[k] = &account{accountKey: k, id: a.ID, balance: a.BalanceMinor, version: a.Version, staked: a.StakedMinor}
	}
	for _, k := range l.known {
		b.keys[requestKey{k.Caller, k.RequestID}] = remembered{
			fingerprint: [32]byte(k.Fingerprint),
			result: result{
				operationID: k.OperationID, number: k.OperationNumber, at: k.CreatedAt, holdID: k.HoldID, currency: k.Currency,
				available: k.AvailableMinor, held: k.HeldMinor, version: k.BalanceVersion,
			},
		}
	}
	for _, h := range l.holds {
		b.holds[h.ID] = &hold{
			id: h.ID, player: h.PlayerID, currency: h.Currency, amount: h.AmountMinor, purpose: holdPurpose(h.Purpose), state: holdState(h.State),
			ref:       reference{h.SourceKind, h.SourceID, h.RoundID, h.ProviderTxID, h.GameID},
			createdAt: h.CreatedAt,
		}
	}
	if len(l.guards) > 0 {
		b.guards = make(map[string][]*guard, len(l.guards))
	}
	for _, row := range l.guards {
		b.guards[row.PlayerID] = append(b.guards[row.PlayerID], guardOf(row))
	}
	return b
}

// needs lists what a batch has to lock and load. An account whose currency only the hold knows is named by the hold.
func needs(batch []pending) (db.LockAccountsParams, db.LoadKeysParams, []string) {
	type lock struct {
		accountKey
		holdID string
	}
	var (
		locks   db.LockAccountsParams
		keys    db.LoadKeysParams
		holdIDs []string
	)
	locked := make(map[lock]bool, 3*len(batch))
	want := func(c *command, k accountKey) {
		l := lock{accountKey: k}
		if l.currency = c.currency; c.currency == "" {
			l.holdID = c.holdID
		}
		if k.owner == "" || locked[l] {
			return
		}
		locked[l] = true
		locks.Owners = append(locks.Owners, l.owner)
		locks.Currencies = append(locks.Currencies, l.currency)
		locks.Kinds = append(locks.Kinds, int16(l.kind))
		locks.Stripes = append(locks.Stripes, l.stripe)
		locks.HoldIds = append(locks.HoldIds, l.holdID)
	}
	for _, p := range batch {
		c := p.command
		want(c, accountKey{owner: c.player, kind: kindCash})
		want(c, accountKey{owner: c.player, kind: kindHeldCash})
		want(c, c.counterparty)
		keys.Callers = append(keys.Callers, c.caller)
		keys.RequestIds = append(keys.RequestIds, c.requestID)
		if c.holdID != "" {
			holdIDs = append(holdIDs, c.holdID)
		}
	}
	return locks, keys, holdIDs
}

// playersOf are the players of a batch, each once.
func playersOf(batch []pending) []string {
	players := make([]string, 0, len(batch))
	seen := make(map[string]bool, len(batch))
	for _, p := range batch {
		if !seen[p.command.player] {
			seen[p.command.player] = true
			players = append(players, p.command.player)
		}
	}
	return players
}

// write is the second round trip: everything the batch changed, its events, and the commit.
func (s *Server) write(ctx context.Context, conn *pgx.Conn, b *book, batch []pending) error {
	events, err := s.events(b, batch)
	if err != nil {
		return err
	}
	var calls []db.Call
	if len(b.operations) > 0 {
		calls = operationCalls(b, events.Traceparents)
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
func operationCalls(b *book, traceparents []string) []db.Call {
	accounts, operations, entries, keys := accountRows(b), operationRows(b, traceparents), entryRows(b), keyRows(b)
	calls := []db.Call{
		func(ctx context.Context, q *db.Queries) error { return q.UpdateAccounts(ctx, accounts) },
		func(ctx context.Context, q *db.Queries) error { return q.InsertOperations(ctx, operations) },
		func(ctx context.Context, q *db.Queries) error { return q.InsertEntries(ctx, entries) },
		func(ctx context.Context, q *db.Queries) error { return q.InsertKeys(ctx, keys) },
	}
	if opened := openedRows(b); len(opened.Ids) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.InsertHolds(ctx, opened) })
	}
	if closed := closedRows(b); len(closed.Ids) > 0 {
		calls = append(calls, func(ctx context.Context, q *db.Queries) error { return q.CloseHolds(ctx, closed) })
	}
	return calls
}

// events makes one event per operation, in their order, and behind them one per refusal that is told, each with the trace of its caller.
func (s *Server) events(b *book, batch []pending) (bus.OutboxRows, error) {
	callers := make(map[requestKey]context.Context, len(batch))
	for _, p := range batch {
		if _, ok := callers[p.command.requestKey]; !ok {
			callers[p.command.requestKey] = p.ctx
		}
	}
	var rows bus.OutboxRows
	for _, op := range b.operations {
		one, err := bus.Rows(callers[op.command.requestKey], eventOf(op))
		if err != nil {
			return rows, err
		}
		rows.Append(one)
	}
	for _, h := range b.hits {
		one, err := bus.Rows(callers[h.command.requestKey], hitEvent(h, b.now))
		if err != nil {
			return rows, err
		}
		rows.Append(one)
	}
	return rows, nil
}

func createAccounts(ctx context.Context, conn *pgx.Conn, keys []accountKey) error {
	var p db.CreateAccountsParams
	for _, k := range keys {
		p.Owners = append(p.Owners, k.owner)
		p.Currencies = append(p.Currencies, k.currency)
		p.Kinds = append(p.Kinds, int16(k.kind))
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
		return false
	}
	return strings.HasPrefix(pe.Code, "40") || pg.IsUnique(err, "operation_key_pkey")
}
