package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// ledger is a database of its own with a server on it and no chain before it.
type ledger struct {
	*Server
	db *pgtest.Database
}

func newLedger(t testing.TB, cfg Config) *ledger {
	t.Helper()
	d := pgtest.New(t, pgtest.Sets(Migrations())...)
	s := New(d.Pool, cfg, time.Now)
	t.Cleanup(s.Close)
	return &ledger{Server: s, db: d}
}

func (l *ledger) pay(ctx context.Context, key, player, amount string) (*walletv1.DepositResponse, error) {
	return l.Deposit(ctx, &walletv1.DepositRequest{RequestId: key, PlayerId: player, Amount: eur(amount), Psp: "stripe", Reference: betRef("dep")})
}

func (l *ledger) mustPay(t testing.TB, key, player, amount string) {
	t.Helper()
	_, err := l.pay(asPeer("cashier"), key, player, amount)
	require.NoError(t, err)
}

func (l *ledger) stake(key, player, amount string) (*walletv1.PlaceHoldResponse, error) {
	return l.PlaceHold(asPeer("gaming"), &walletv1.PlaceHoldRequest{RequestId: key, PlayerId: player, Amount: eur(amount), Reference: betRef("bet")})
}

func (l *ledger) win(key, player, hold, amount string) (*walletv1.SettleHoldResponse, error) {
	return l.SettleHold(asPeer("gaming"), &walletv1.SettleHoldRequest{
		RequestId: key, PlayerId: player, HoldId: hold, Payout: eur(amount), Provider: "acme", Reference: roundRef("r"),
	})
}

func (l *ledger) balance(t testing.TB, player string) string {
	t.Helper()
	r, err := l.GetBalance(context.Background(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
	require.NoError(t, err)
	return short(r.GetBalance())
}

func (l *ledger) proven(t testing.TB) {
	t.Helper()
	v, err := Verify(context.Background(), l.db.Pool)
	require.NoError(t, err)
	require.True(t, v.GetOk(), "violations: %v", v.GetViolations())
}

// exec runs SQL as the schema's owner or a superuser.
func exec(t testing.TB, url string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	for _, sql := range statements {
		_, err = conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err, sql)
	}
}

// stall keeps the only worker of the ledger busy until the returned function is called, so that what comes meanwhile is one batch.
func (l *ledger) stall(t testing.TB) (resume func()) {
	t.Helper()
	l.mustPay(t, "stall", "stalled", "1.00")
	tx, err := l.db.Pool.Begin(context.Background())
	require.NoError(t, err)
	_, err = tx.Exec(context.Background(), "SELECT FROM account WHERE owner = 'stalled' FOR UPDATE")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { _, err := l.pay(asPeer("cashier"), "stall 2", "stalled", "1.00"); done <- err }()
	require.Eventually(t, func() bool {
		var waiting bool
		err := l.db.Pool.QueryRow(context.Background(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)").Scan(&waiting)
		return err == nil && waiting
	}, 4*time.Second, time.Millisecond)
	return func() {
		require.NoError(t, tx.Rollback(context.Background()))
		require.NoError(t, <-done)
	}
}

func (l *ledger) awaitQueued(t testing.TB, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return l.batches.Queued() == n }, 4*time.Second, time.Millisecond)
}

var oneWorker = Config{Workers: 1, MaxBatch: 256, QueueLen: 256}

func TestCommit_ThousandOperationsAtOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 4, MaxBatch: 64, QueueLen: 1024})
	const players, stakes = 10, 100 // of 1.00 each, and each player can pay 60
	for p := range players {
		l.mustPay(t, fmt.Sprint("deposit ", p), fmt.Sprint("p", p), "60.00")
	}
	var placed, refused atomic.Int64
	each(players*stakes, func(i int) {
		player := fmt.Sprint("p", i%players)
		h, err := l.stake(fmt.Sprint("stake ", i), player, "1.00")
		if errs.ReasonOf(err) == "INSUFFICIENT_FUNDS" {
			refused.Add(1)
			return
		}
		require.NoError(t, err)
		placed.Add(1)
		_, err = l.win(fmt.Sprint("settle ", i), player, h.GetHoldId(), "0.00")
		require.NoError(t, err)
	})
	require.Equal(t, []int64{600, 400}, []int64{placed.Load(), refused.Load()})
	for p := range players {
		require.Equal(t, "0.00 0.00 v121", l.balance(t, fmt.Sprint("p", p)))
	}
	l.proven(t)
}

// Several replicas work on the same players and the same keys at once.
func TestCommit_TwoReplicas(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 2, MaxBatch: 32, QueueLen: 1024})
	other := New(l.db.Pool, Config{Workers: 2, MaxBatch: 32, QueueLen: 1024}, time.Now)
	t.Cleanup(other.Close)
	replicas := []*ledger{l, {Server: other, db: l.db}}
	var first, replayed atomic.Int64
	each(400, func(i int) {
		key := i / 2 // each key goes to both
		r, err := replicas[i%2].pay(asPeer("cashier"), fmt.Sprint("key ", key), fmt.Sprint("p", key%20), "1.00")
		require.NoError(t, err)
		if r.GetReplayed() {
			replayed.Add(1)
		} else {
			first.Add(1)
		}
	})
	require.Equal(t, []int64{200, 200}, []int64{first.Load(), replayed.Load()})
	require.Equal(t, "10.00 0.00 v10", l.balance(t, "p0"))
	l.proven(t)
}

// Replicas that change one balance at the same time do so one after the other.
func TestCommit_TwoReplicasOneBalance(t *testing.T) {
	t.Parallel()
	small := Config{Workers: 1, MaxBatch: 2, QueueLen: 1024}
	l := newLedger(t, small)
	other := New(l.db.Pool, small, time.Now)
	t.Cleanup(other.Close)
	replicas := []*ledger{l, {Server: other, db: l.db}}
	each(300, func(i int) {
		_, err := replicas[i%2].pay(asPeer("cashier"), fmt.Sprint("key ", i), "ann", "1.00")
		require.NoError(t, err)
	})
	require.Equal(t, "300.00 0.00 v300", l.balance(t, "ann"))
	l.proven(t)
}

// One key for two players is decided for one of them, whichever comes first, and in different workers at the same time.
func TestCommit_OneKeyForTwoPlayers(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 8, MaxBatch: 4, QueueLen: 1024})
	var conflicts atomic.Int64
	each(200, func(i int) {
		_, err := l.pay(asPeer("cashier"), fmt.Sprint("key ", i/4), fmt.Sprint("p", i), "1.00")
		if err != nil {
			require.Equal(t, "IDEMPOTENCY_CONFLICT", errs.ReasonOf(err), "%v", err)
			conflicts.Add(1)
		}
	})
	require.Equal(t, int64(150), conflicts.Load())
	l.proven(t)
}

func TestCommit_RepetitionsInOneBatch(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	resume := l.stall(t)
	type reply struct {
		r   *walletv1.DepositResponse
		err error
	}
	replies := make(chan reply, 12)
	for range 10 {
		go func() { r, err := l.pay(asPeer("cashier"), "same", "ann", "5.00"); replies <- reply{r, err} }()
	}
	l.awaitQueued(t, 10)
	go func() { r, err := l.pay(asPeer("cashier"), "same", "ann", "6.00"); replies <- reply{r, err} }()
	l.awaitQueued(t, 11)
	resume()
	operations, first := map[string]bool{}, 0
	for range 11 {
		r := <-replies
		if r.err != nil {
			require.Equal(t, "IDEMPOTENCY_CONFLICT", errs.ReasonOf(r.err))
			continue
		}
		operations[r.r.GetOperationId()] = true
		if !r.r.GetReplayed() {
			first++
		}
	}
	require.Len(t, operations, 1)
	require.Equal(t, 1, first)
	require.Equal(t, "5.00 0.00 v1", l.balance(t, "ann"))
	l.proven(t)
}

// An operation that the database cannot take fails alone; the rest of its batch is done.
func TestCommit_PoisonedBatch(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	resume := l.stall(t)
	results := make(chan error, 20)
	for i := range 19 {
		go func() {
			_, err := l.pay(asPeer("cashier"), fmt.Sprint("key ", i), fmt.Sprint("p", i), "1.00")
			results <- err
		}()
	}
	poisoned := make(chan error, 1)
	go func() { _, err := l.pay(asPeer("cashier"), "text with \x00 in it", "p0", "1.00"); poisoned <- err }()
	l.awaitQueued(t, 20)
	resume()
	for range 19 {
		require.NoError(t, <-results)
	}
	require.Error(t, <-poisoned)
	require.Equal(t, "1.00 0.00 v1", l.balance(t, "p0"))
	l.proven(t)
}

func TestCommit_FullQueueRefusesAndGoneCallersCostNothing(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 1, MaxBatch: 8, QueueLen: 2})
	resume := l.stall(t)
	before := footprint(t, l.db.Pool)
	ctx, cancel := context.WithCancel(asPeer("cashier"))
	results := make(chan error, 2)
	for i := range 2 {
		go func() { _, err := l.pay(ctx, fmt.Sprint("gone ", i), "ann", "1.00"); results <- err }()
	}
	l.awaitQueued(t, 2)
	_, err := l.pay(asPeer("cashier"), "too much", "ann", "1.00")
	require.Equal(t, "OVERLOADED", errs.ReasonOf(err))
	retry, ok := errs.RetryAfter(err)
	require.True(t, ok)
	require.Positive(t, retry)
	cancel()
	for range 2 {
		require.ErrorIs(t, <-results, context.Canceled)
	}
	require.Equal(t, before, footprint(t, l.db.Pool))
	resume()
	l.mustPay(t, "after", "bob", "1.00") // behind the two in the same queue
	require.Equal(t, "0.00 0.00 v0", l.balance(t, "ann"))
	l.proven(t)
}

// The connection dies after everything is written and before it is committed: nothing is done, and the retry does it once.
func TestCommit_CrashBeforeCommit(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	l.mustPay(t, "first", "ann", "10.00")
	_, err := l.stake("second", "ann", "1.00") // the accounts exist
	require.NoError(t, err)
	exec(t, l.db.OwnerURL, `CREATE SEQUENCE crash`, `CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('crash') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); END IF; RETURN NULL; END $$`,
		`CREATE CONSTRAINT TRIGGER crash AFTER INSERT ON operation_key DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION crash()`)
	before := footprint(t, l.db.Pool)
	_, err = l.stake("stake", "ann", "4.00")
	require.Error(t, err)
	require.Empty(t, errs.ReasonOf(err), "a crash is not a refusal")
	require.Equal(t, before, footprint(t, l.db.Pool))
	r, err := l.stake("stake", "ann", "4.00")
	require.NoError(t, err)
	require.False(t, r.GetReplayed())
	require.Equal(t, "5.00 5.00 v3", l.balance(t, "ann"))
	l.proven(t)
}

// lateWin is a closed hold of ann's whose bonus winnings of 20.00 came after its pool was closed and went to cash.
func (l *ledger) lateWin(t testing.TB) (hold string) {
	t.Helper()
	l.mustPay(t, "first", "ann", "50.00")
	_, err := l.GrantBonus(asPeer("bonus"), &walletv1.GrantBonusRequest{RequestId: "grant", PlayerId: "ann", GrantId: "g", Amount: eur("10.00"), Reference: bonusRef("g")})
	require.NoError(t, err)
	h, err := l.PlaceHold(asPeer("gaming"), &walletv1.PlaceHoldRequest{
		RequestId: "stake", PlayerId: "ann", Amount: eur("10.00"), Reference: roundRef("r"),
		Funding: &walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, GrantId: "g"},
	})
	require.NoError(t, err)
	_, err = l.ForfeitBonus(asPeer("bonus"), &walletv1.ForfeitBonusRequest{
		RequestId: "close", PlayerId: "ann", GrantId: "g", Currency: "EUR", Close: true, LateMoney: walletv1.LateMoney_LATE_MONEY_CASH, Reference: bonusRef("g"),
	})
	require.NoError(t, err)
	_, err = l.win("win", "ann", h.GetHoldId(), "20.00")
	require.NoError(t, err)
	require.Equal(t, "70.00 0.00 v5", l.balance(t, "ann"))
	return h.GetHoldId()
}

func (l *ledger) correct(key, hold, payout string) (*walletv1.CorrectHoldResponse, error) {
	return l.CorrectHold(asPeer("gaming"), &walletv1.CorrectHoldRequest{
		RequestId: key, PlayerId: "ann", HoldId: hold, Payout: eur(payout), Provider: "acme", Reference: roundRef("r"),
	})
}

// Requests that correct one hold in one batch see what the ones before them left of its late money.
func TestCommit_CorrectionsInOneBatch(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	hold := l.lateWin(t)
	resume := l.stall(t)
	var wg sync.WaitGroup
	after := make([]string, 4)
	for i, payout := range []string{"0.00", "20.00", "0.00", "20.00"} {
		wg.Go(func() {
			r, err := l.correct(fmt.Sprint("correct ", i), hold, payout)
			require.NoError(t, err)
			after[i] = short(r.GetBalanceAfter())
		})
		l.awaitQueued(t, i+1)
	}
	resume()
	wg.Wait()
	require.Equal(t, []string{"50.00 0.00 v6", "70.00 0.00 v7", "50.00 0.00 v8", "70.00 0.00 v9"}, after)
	l.proven(t)
}

// A correction whose commit fails leaves late money as it was, and is done once when it is repeated.
func TestCommit_CrashOfACorrection(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	hold := l.lateWin(t)
	exec(t, l.db.OwnerURL, `CREATE SEQUENCE crash`, `CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('crash') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); END IF; RETURN NULL; END $$`,
		`CREATE CONSTRAINT TRIGGER crash AFTER UPDATE ON hold_late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION crash()`)
	before := footprint(t, l.db.Pool)
	_, err := l.correct("down", hold, "0.00")
	require.Error(t, err)
	require.Empty(t, errs.ReasonOf(err), "a crash is not a refusal")
	require.Equal(t, before, footprint(t, l.db.Pool))
	for _, step := range []struct {
		key, payout, after string
		again              bool
	}{
		{"down", "0.00", "50.00 0.00 v6", false}, {"down", "0.00", "50.00 0.00 v6", true}, {"up", "20.00", "70.00 0.00 v7", false}, {"down", "0.00", "50.00 0.00 v6", true},
		{"up", "20.00", "70.00 0.00 v7", true}, {"down again", "0.00", "50.00 0.00 v8", false},
	} {
		r, err := l.correct(step.key, hold, step.payout)
		require.NoError(t, err)
		require.Equal(t, step.again, r.GetReplayed())
		require.Equal(t, step.after, short(r.GetBalanceAfter()))
	}
	l.proven(t)
}

// The commit is done and its answer is lost: the caller sees an error, and the retry is answered with what was done.
func TestCommit_AnswerLost(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, pgtest.Sets(Migrations())...)
	cfg, err := pgxpool.ParseConfig(d.URL)
	require.NoError(t, err)
	var armed atomic.Bool
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return &lossyConn{Conn: c, armed: &armed}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s := New(pool, oneWorker, time.Now)
	t.Cleanup(s.Close)
	l := &ledger{Server: s, db: d}
	l.mustPay(t, "first", "ann", "10.00")
	armed.Store(true)
	_, err = l.stake("stake", "ann", "4.00")
	require.Error(t, err)
	require.False(t, armed.Load(), "the answer to the commit was seen and dropped")
	require.Equal(t, "6.00 4.00 v2", l.balance(t, "ann"))
	r, err := l.stake("stake", "ann", "4.00")
	require.NoError(t, err)
	require.True(t, r.GetReplayed())
	require.Equal(t, "6.00 4.00 v2", short(r.GetBalanceAfter()))
	require.Equal(t, "6.00 4.00 v2", l.balance(t, "ann"))
	l.proven(t)
}

// A single operation costs two round trips to the database, whatever it does.
func TestCommit_TwoRoundTrips(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, pgtest.Sets(Migrations())...)
	cfg, err := pgxpool.ParseConfig(d.URL)
	require.NoError(t, err)
	cfg.MaxConns = 1
	var trips atomic.Int64
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return &countingConn{Conn: c, trips: &trips}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s := New(pool, oneWorker, time.Now)
	t.Cleanup(s.Close)
	l := &ledger{Server: s, db: d}
	l.limits(t, limitStake, rolling24h, "100.00")
	var holds []string
	for i := range 3 { // accounts are made and statements prepared
		l.mustPay(t, fmt.Sprint("pay ", i), "ann", "10.00")
		h, err := l.stake(fmt.Sprint("stake ", i), "ann", "1.00")
		require.NoError(t, err)
		holds = append(holds, h.GetHoldId())
	}
	_, err = l.win("win 0", "ann", holds[0], "1.00")
	require.NoError(t, err)
	trips.Store(0)
	_, err = l.win("win 1", "ann", holds[1], "1.00")
	require.NoError(t, err)
	require.Equal(t, int64(2), trips.Load())
	_, err = l.stake("stake 9", "ann", "1.00")
	require.NoError(t, err)
	require.Equal(t, int64(4), trips.Load())
}

// countingConn counts how often something is read after something was written.
type countingConn struct {
	net.Conn
	trips *atomic.Int64
	wrote atomic.Bool
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.wrote.Store(true)
	return c.Conn.Write(p)
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.wrote.Swap(false) {
		c.trips.Add(1)
	}
	return n, err
}

// lossyConn closes itself, once when armed, instead of passing the server's answer to COMMIT on.
type lossyConn struct {
	net.Conn
	armed *atomic.Bool
}

func (c *lossyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if bytes.Contains(p[:n], []byte("COMMIT\x00")) && c.armed.CompareAndSwap(true, false) {
		return 0, errors.Join(errors.New("the answer was lost"), c.Close())
	}
	return n, err
}

// Connections are killed at random under load, and every caller repeats until it has an answer: each operation is there exactly once.
func TestCommit_ConnectionsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 4, MaxBatch: 32, QueueLen: 1024})
	const callers, rounds = 16, 15
	answered, killed := make(chan struct{}, callers*rounds*3), make(chan int, 1)
	go func() { killed <- killBackends(t, l.db, answered) }()
	deadline := time.Now().Add(3 * time.Minute)
	each(callers, func(c int) {
		player := fmt.Sprint("p", c)
		for i := range rounds {
			insist(t, deadline, answered, func() error {
				_, err := l.pay(asPeer("cashier"), fmt.Sprint("d", c, "-", i), player, "1.00")
				return err
			})
			var hold string
			insist(t, deadline, answered, func() error {
				r, err := l.stake(fmt.Sprint("s", c, "-", i), player, "1.00")
				hold = r.GetHoldId()
				return err
			})
			insist(t, deadline, answered, func() error { _, err := l.win(fmt.Sprint("w", c, "-", i), player, hold, "2.00"); return err })
		}
	})
	close(answered)
	require.Positive(t, <-killed)
	for c := range callers {
		require.Equal(t, fmt.Sprintf("%d.00 0.00 v%d", 2*rounds, 3*rounds), l.balance(t, fmt.Sprint("p", c)))
	}
	l.proven(t)
}

// insist repeats a call until it is answered, and says that it was. A refusal by a rule would be a fault here.
func insist(t *testing.T, deadline time.Time, answered chan<- struct{}, call func() error) {
	for {
		err := call()
		if err == nil {
			answered <- struct{}{}
			return
		}
		require.Empty(t, errs.ReasonOf(err), "%v", err)
		require.True(t, time.Now().Before(deadline), "no answer: %v", err)
	}
}

// killBackends ends one of the service's busy connections whenever a dozen calls more were answered, so that there is room for work in between however slow the machine is.
func killBackends(t *testing.T, d *pgtest.Database, answered <-chan struct{}) (killed int) {
	conn, err := pgx.Connect(context.Background(), d.SuperURL)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close(context.Background())
	room := 0
	for range answered {
		if room++; room < 12 {
			continue
		}
		var n int
		if err := conn.QueryRow(context.Background(), `SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
			WHERE datname = current_database() AND usename = $1 AND state <> 'idle' ORDER BY random() LIMIT 1) busy`, pgtest.Runtime).Scan(&n); err != nil {
			t.Error(err)
			return killed
		}
		if killed += n; n > 0 {
			room = 0
		}
	}
	return killed
}
