package gaming

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const batchSize = 128

// planByIndex makes the batches' connections look rows up by index, by plans that are made once per connection, often while the tables are small: a plan that
// reads a whole table would be kept while the table grows.
var planByIndex = map[string]string{
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan",
	"cpu_tuple_cost": "10", "cpu_index_tuple_cost": "10", "random_page_cost": "1",
	"jit": "off", // such costs would have every statement compiled where the server can
}

// batchPool are the connections of the batches, to where the pool's go.
func batchPool(pool *pgxpool.Pool, workers int) (*pgxpool.Pool, error) {
	cfg := pool.Config()
	cfg.MaxConns, cfg.MinConns = int32(2*workers), 0 // for reads and for writes
	cfg.ConnConfig.DialFunc = pg.Prompt(cfg.ConnConfig.DialFunc)
	for name, value := range planByIndex {
		cfg.ConnConfig.RuntimeParams[name] = value
	}
	return pgxpool.NewWithConfig(context.Background(), cfg)
}

// record is a plan that the wallet has carried out.
type record struct {
	ctx context.Context // for nothing but the trace of the caller
	plan
}

// written is what came of it.
type written struct {
	verdicts []verdict
	closing  *round // a round that ended and has bets without a result
}

func (s *Server) startBatches() {
	s.writes = groupcommit.New(groupcommit.Options[record, written]{
		Workers: s.cfg.Workers, MaxBatch: batchSize, QueueLen: 16 * batchSize, Gather: s.cfg.Gather, Commit: s.commit, Observe: s.batchMetrics.Observe("write"),
		Weight: func(r record) int { return len(r.deeds) },
		Key:    func(r record) uint64 { return spread(r.playerID) },
	})
	s.reads = groupcommit.New(groupcommit.Options[needs, *situation]{
		Workers: s.cfg.Workers, MaxBatch: batchSize, QueueLen: 16 * batchSize, Gather: s.cfg.Gather, After: s.writes, Commit: s.load, Observe: s.batchMetrics.Observe("read"),
		Key: func(n needs) uint64 { return spread(n.playerID, string(n.hash[:])) },
	})
	s.startPosts()
}

func spread(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p)) // a hash does not fail to write
	}
	x := h.Sum64()
	return x ^ x>>32
}

// batched runs one operation in some batch.
func batched[Op, Res any](ctx context.Context, b *groupcommit.Batcher[Op, Res], op Op) (Res, error) {
	r, err := b.Do(ctx, op)
	if errors.Is(err, groupcommit.ErrQueueFull) || errors.Is(err, groupcommit.ErrClosed) {
		err = errOverloaded(err)
	}
	return r, err
}

// load reads what a batch of calls is about: one round trip, and more when a call refers to something in a round that it does not name.
func (s *Server) load(ctx context.Context, batch []needs) ([]groupcommit.Outcome[*situation], error) {
	conn, err := s.batchConns.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	var f found
	rows := s.memory.rowsOf(batch)
	rows.newest.Now = s.now()
	if calls := rows.calls(&f); len(calls) > 0 {
		if err = db.Pipeline(ctx, conn.Conn(), calls...); err != nil {
			return nil, err
		}
	}
	if more := f.betCalls(f.missing(batch)); len(more) > 0 {
		if err = db.Pipeline(ctx, conn.Conn(), more...); err != nil {
			return nil, err
		}
	}
	if more := f.roundCalls(f.elsewhere()); len(more) > 0 {
		if err = db.Pipeline(ctx, conn.Conn(), more...); err != nil {
			return nil, err
		}
	}
	s.memory.learnTokens(f.sessions)
	all := f.index()
	out := make([]groupcommit.Outcome[*situation], len(batch))
	for i, n := range batch {
		out[i].Res = all.of(n)
	}
	return out, nil
}

// commit writes a batch of plans: those of new stakes and first results in one round trip, from what they were made from, the others, and all when something changed
// meanwhile, in two: lock and load; write and commit. Repeating it is safe: what is there already is answered as it is.
func (s *Server) commit(ctx context.Context, batch []record) ([]groupcommit.Outcome[written], error) {
	conn, err := s.batchConns.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release() // a connection that is still in a transaction is closed, not reused
	out := make([]groupcommit.Outcome[written], len(batch))
	unread, read := apart(batch)
	if len(unread) > 0 {
		done, err := s.writeUnread(ctx, conn, batch, unread, out)
		if err != nil {
			return nil, err
		}
		if !done {
			read = append(unread, read...)
		}
	}
	if len(read) == 0 {
		return out, nil
	}
	return out, s.writeRead(ctx, conn, batch, read, out)
}

// writeRead writes plans in one transaction, from the rows as they are under its locks.
func (s *Server) writeRead(ctx context.Context, conn *pgxpool.Conn, batch []record, at []int, out []groupcommit.Outcome[written]) error {
	sit, err := lockAndLoad(ctx, conn.Conn(), batch, at)
	if err != nil {
		return errors.Join(err, rollback(ctx, conn))
	}
	now := s.now()
	var events bus.OutboxRows
	if err = s.enterAll(sit, batch, at, now, &events, out); err == nil {
		err = sit.write(ctx, conn.Conn(), now, events)
	}
	if err != nil {
		return errors.Join(err, rollback(ctx, conn))
	}
	s.learn(sit, batch, at, out)
	return nil
}

// enterAll applies plans one after the other.
func (s *Server) enterAll(sit *situation, batch []record, at []int, now time.Time, events *bus.OutboxRows, out []groupcommit.Outcome[written]) (err error) {
	for _, i := range at {
		if out[i].Res, err = sit.enter(&batch[i], now, events); err != nil {
			return err
		}
	}
	return nil
}

// learn remembers what was written.
func (s *Server) learn(sit *situation, batch []record, at []int, out []groupcommit.Outcome[written]) {
	for _, i := range at {
		s.memory.learnWritten(sit.rounds[batch[i].roundID], out[i].Res.verdicts)
	}
}

// lockSet collects what a batch locks.
type lockSet struct {
	rounds []string
	keys   []int64
}

// of adds the round and the transactions of a plan.
func (l *lockSet) of(r *record) {
	if r.roundID != "" {
		l.rounds = append(l.rounds, r.roundID)
		l.keys = append(l.keys, pg.LockKey("round", r.roundID))
	}
	for _, d := range r.deeds {
		l.keys = append(l.keys, pg.LockKey(d.tx.IntegrationID, d.tx.ProviderTxID))
		if d.tx.Kind == kindCancel {
			l.keys = append(l.keys, pg.LockKey(d.tx.IntegrationID, d.tx.ReferenceTxID))
		}
	}
}

// begin begins a transaction.
var begin = db.Statement("begin isolation level read committed")

// take takes the locks, in an order that is everybody's.
func (l *lockSet) take() db.Call {
	slices.Sort(l.keys)
	keys := slices.Compact(l.keys)
	return func(ctx context.Context, q *db.Queries) error { return q.LockKeys(ctx, keys) }
}

// lockAndLoad is the first round trip: under the locks of the plans' rounds and transactions, the rows as they are. There is another one when a stake was written in another round
// meanwhile.
func lockAndLoad(ctx context.Context, conn *pgx.Conn, batch []record, at []int) (*situation, error) {
	var f found
	var p db.TransactionsParams
	var bets db.BetsByTxParams
	var locks lockSet
	for _, i := range at {
		locks.of(&batch[i])
		for _, d := range batch[i].deeds {
			if d.tx.Kind == kindCancel && d.tx.ReferenceKind == "" {
				bets.Integrations, bets.Ids = append(bets.Integrations, d.tx.IntegrationID), append(bets.Ids, d.tx.ReferenceTxID)
			}
			p.Integrations, p.Ids = append(p.Integrations, d.tx.IntegrationID), append(p.Ids, d.tx.ProviderTxID)
			if d.tx.Kind == kindCancel {
				p.Integrations, p.Ids = append(p.Integrations, d.tx.IntegrationID), append(p.Ids, d.tx.ReferenceTxID)
			}
		}
	}
	calls := append([]db.Call{begin, locks.take()}, f.roundCalls(slices.Compact(locks.rounds))...)
	calls = append(append(calls, f.txCalls(p)...), f.betCalls(bets)...)
	if err := db.Pipeline(ctx, conn, calls...); err != nil {
		return nil, err
	}
	if more := f.betCalls(f.strays()); len(more) > 0 {
		if err := db.Pipeline(ctx, conn, more...); err != nil {
			return nil, err
		}
	}
	return f.index(), nil
}

// enter applies one plan and makes its events.
func (s *situation) enter(r *record, now time.Time, events *bus.OutboxRows) (written, error) {
	var w written
	for i := range r.deeds {
		d := &r.deeds[i]
		v := s.apply(d, now)
		w.verdicts = append(w.verdicts, v)
		if e, tell := betEvent(s, v, now); tell {
			if err := events.Add(r.ctx, e); err != nil {
				return w, err
			}
		}
	}
	s.lose(r.lost, now)
	round := s.rounds[r.roundID]
	if round == nil {
		return w, nil
	}
	if r.closes && closes(w.verdicts) {
		round.Closing, round.dirty = true, true
	}
	round.settles = round.settles || settles(r.deeds, w.verdicts)
	if round.Closing && round.count().unresolved > 0 {
		closing := *round
		w.closing = &closing
	}
	return w, tellRound(r.ctx, round, r.reason, now, events)
}

// closes tells whether what was written ends the round that it was to end: something was done, or nothing else was to be.
func closes(verdicts []verdict) bool {
	for _, v := range verdicts {
		if !v.replayed && v.tx.State == txDone {
			return true
		}
	}
	return len(verdicts) == 0
}

// settles tells whether something was written after which the round is over when every bet has a result.
func settles(deeds []deed, verdicts []verdict) bool {
	for i, v := range verdicts {
		if deeds[i].settles && !v.replayed && v.tx.State == txDone {
			return true
		}
	}
	return false
}

// tellRound moves the round on and makes the events about it.
func tellRound(ctx context.Context, r *round, reason string, now time.Time, events *bus.OutboxRows) error {
	if !r.dirty {
		return nil
	}
	told := r.advance(now)
	var out []bus.Event
	if len(r.corrections) > 0 {
		out = append(out, recalculatedEvent(r, reason, now))
	}
	if told {
		out = append(out, roundEvent(r.Round, r.rows(), now))
	}
	r.changed, r.settles, r.corrections = false, false, nil
	for _, e := range out {
		if err := events.Add(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) rows() []db.Bet {
	out := make([]db.Bet, len(r.bets))
	for i, b := range r.bets {
		out[i] = b.Bet
	}
	return out
}

// rollback ends the transaction, if there is one and the connection still lives.
func rollback(ctx context.Context, conn *pgxpool.Conn) error {
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := conn.Exec(ctx, "rollback")
	return err
}
