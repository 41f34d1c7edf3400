package sim_test

import (
	"context"
	"errors"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
	"github.com/pitboss-gaming/pitboss/services/wallet"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

const (
	wallets = 2
	// callLimit bounds one call; the wallet gives up long before.
	callLimit = 30 * time.Second
)

// world is a run: wallets on a database behind the proxy, and the model beside them.
type world struct {
	t      *testing.T
	s      *schedule
	direct *pgxpool.Pool // past the proxy
	proxy  *proxy
	pools  [wallets]*pgxpool.Pool

	servers [wallets]*wallet.Server

	book  *books.Book
	known map[int]books.Answer // of the intents that were done
	sent  map[int]*books.Intent
	at    int // step
	stats map[string]int
}

func newWorld(t *testing.T, s *schedule) *world {
	svc := wallet.Service()
	db := pgtest.New(t, svc.MigrationSets()...)
	w := &world{t: t, s: s, direct: db.Pool, book: books.New(s.guards...), known: map[int]books.Answer{}, sent: map[int]*books.Intent{}, stats: map[string]int{}}
	var url string
	w.proxy, url = startProxy(t, db.URL)
	for n := range w.pools {
		pool, err := pg.Open(t.Context(), url, pg.PoolOptions{AppName: "pitboss-sim"})
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		w.pools[n] = pool
		w.make(n)
		t.Cleanup(func() { w.servers[n].Close() })
	}
	for _, g := range s.guards {
		require.NoError(t, g.Set(t.Context(), w.client(0, "compliance")))
	}
	return w
}

// make starts one of the wallets, as after a restart of its process. One worker each, so that deliveries at once meet in a batch.
func (w *world) make(n int) {
	w.servers[n] = wallet.New(w.pools[n], wallet.Config{Workers: 1, MaxBatch: 16, QueueLen: 64}, time.Now)
}

// client calls a wallet as a service does.
func (w *world) client(n int, caller string) walletv1.WalletServiceClient {
	return walletv1.NewWalletServiceClient(inProcess{w.servers[n], caller})
}

// inProcess is a connection without a network: what is simulated is between the wallet and its database.
type inProcess struct {
	server walletv1.WalletServiceServer
	caller string
}

// Invoke calls the handler with a copy of the request.
func (c inProcess) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	ctx = authn.NewContext(ctx, authn.Caller{Kind: authn.KindPeer, ID: c.caller, Peer: c.caller})
	for _, m := range walletv1.WalletService_ServiceDesc.Methods {
		if m.MethodName != path.Base(method) {
			continue
		}
		res, err := m.Handler(c.server, ctx, func(into any) error {
			proto.Merge(into.(proto.Message), args.(proto.Message))
			return nil
		}, nil)
		if err == nil {
			proto.Merge(reply.(proto.Message), res.(proto.Message))
		}
		return err
	}
	return errors.New("no method " + method)
}

// NewStream is not needed: the wallet has no streams.
func (inProcess) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("the wallet has no streams")
}

// fail ends the run with what is needed to see it again.
func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	for n := max(0, w.at-5); n <= w.at; n++ {
		w.t.Log(w.s.describe(n))
	}
	w.t.Logf("run it again with PITBOSS_SIM_SEED=%d", w.s.seed)
	w.t.Fatalf(format, args...)
}

// run does the whole schedule and proves the ledger.
func (w *world) run() {
	for n, s := range w.s.steps {
		w.at = n
		if s.restart >= 0 {
			w.servers[s.restart].Close()
			w.make(s.restart)
		}
		w.step(s)
	}
	byRequest := map[books.Request]*books.Intent{}
	for _, i := range w.sent {
		byRequest[i.Request()] = i
	}
	report, err := books.Prove(w.t.Context(), w.direct, w.s.guards, func(r books.Request) *books.Intent { return byRequest[r] })
	require.NoError(w.t, err)
	if len(report.Problems) > 0 {
		w.fail("the ledger is wrong: %v", report.Problems)
	}
	for n, a := range w.known {
		if has := report.Found[w.sent[n].Request()]; has.Operation != a.Operation || has.Balance != a.Balance {
			w.fail("%v was done as %+v, and the ledger has %+v", w.sent[n], a, has)
		}
	}
	if len(report.Found) != len(w.known) {
		w.fail("%d requests are known to be done, and %d are in the ledger", len(w.known), len(report.Found))
	}
}

// resolve makes the request of an intent; what was sent once stays as it was.
func (w *world) resolve(n int) *books.Intent {
	if i := w.sent[n]; i != nil {
		return i
	}
	p := w.s.intents[n]
	i := p.Intent
	if p.opener >= 0 {
		if i.Hold = w.known[p.opener].Hold; i.Hold == "" {
			i.Hold = "hld_none" // it has not been opened, as far as anybody knows
		}
	}
	w.sent[n] = &i
	return &i
}

// result is what came of one delivery.
type result struct {
	answer books.Answer
	reason string // of a refusal
	err    error  // no answer
}

// step makes its deliveries, takes over the truth about those that got no answer, and compares everything with the model.
func (w *world) step(s step) {
	w.proxy.plan(s.fault)
	results := make([]result, len(s.deliveries))
	var wg sync.WaitGroup
	for n, d := range s.deliveries {
		i := w.resolve(d.intent)
		wg.Go(func() { results[n] = w.deliver(i, d.wallet) })
	}
	wg.Wait()
	struck := w.proxy.struck()
	o := w.outcomes(s, results, struck)
	w.compare(o)
	for _, a := range o.accounts {
		w.balance(a)
	}
	if len(o.absent) > 0 && s.again {
		w.stats["asked again"]++
		w.step(step{deliveries: o.absent, restart: -1})
	}
}

func (w *world) deliver(i *books.Intent, n int) result {
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	a, err := i.Op.Send(ctx, w.client(n, i.Op.Caller), i)
	if reason := errs.ReasonOf(err); reason != "" {
		return result{reason: reason}
	}
	return result{answer: a, err: err}
}

// outcome is a step as it is to be compared with the model.
type outcome struct {
	accounts []books.Account
	done     map[int]books.Answer // first done in this step
	refused  map[int][]string
	absent   []delivery // got no answer, and nothing was done
}

// outcomes sorts the results. Only a fault excuses that there is no answer.
func (w *world) outcomes(s step, results []result, struck bool) *outcome {
	o := &outcome{done: map[int]books.Answer{}, refused: map[int][]string{}}
	var silent []delivery
	for n, d := range s.deliveries {
		i, r := w.sent[d.intent], results[n]
		earlier, known := w.known[d.intent]
		if !slices.Contains(o.accounts, i.Account) {
			o.accounts = append(o.accounts, i.Account)
		}
		switch {
		case r.err != nil && (!struck || s.fault == slow):
			w.fail("no fault, and no answer to %v: %v", i, r.err)
		case r.err != nil:
			w.stats["no answer"]++
			silent = append(silent, d)
		case known && (r.reason != "" || !r.answer.Replayed || !r.answer.Same(earlier)):
			w.fail("%v was done as %+v, and a repetition is answered with %+v %s", i, earlier, r.answer, r.reason)
		case known:
			w.stats["replayed"]++
		case r.reason != "":
			w.stats["refused: "+r.reason]++
			o.refused[d.intent] = append(o.refused[d.intent], r.reason)
		default:
			w.accept(o, d.intent, r.answer)
		}
	}
	if len(silent) > 0 {
		w.atRest()
	}
	for _, d := range silent {
		w.learn(s, o, d)
	}
	return o
}

// accept notes that an intent was done. Of several answers about it all are the same, and one at most is no replay.
func (w *world) accept(o *outcome, intent int, a books.Answer) {
	if first, ok := o.done[intent]; ok {
		if !first.Same(a) || !first.Replayed && !a.Replayed {
			w.fail("%v was done twice at once: %+v and %+v", w.sent[intent], first, a)
		}
		first.Replayed = first.Replayed && a.Replayed
		a = first
	}
	o.done[intent] = a
}

// learn asks what became of a delivery without an answer. After a crash it is all or nothing, and after two of the faults it is known which.
func (w *world) learn(s step, o *outcome, d delivery) {
	i := w.sent[d.intent]
	a, err := books.Find(w.t.Context(), w.client(d.wallet, i.Op.Caller), i.Key)
	require.NoError(w.t, err)
	earlier, known := w.known[d.intent]
	_, alsoDone := o.done[d.intent]
	alone := len(s.deliveries) == 1 && !known
	switch {
	case known && (a == nil || a.Operation != earlier.Operation):
		w.fail("%v was done as %+v, and is now %+v", i, earlier, a)
	case known:
	case alone && s.fault == before && a != nil:
		w.fail("%v was done although its commit never arrived", i)
	case alone && s.fault == after && a == nil && w.book.Expect(i) == "":
		w.fail("%v was not done although its commit was answered", i)
	case a != nil && alsoDone:
	case a != nil:
		w.stats["no answer, found"]++
		if i.Op.Opens == books.None && i.Op.Kind != "PLACE_AND_SETTLE" {
			a.Hold = "" // only who opens a hold is told its id
		}
		a.Replayed = true
		o.done[d.intent] = *a
	default:
		w.stats["no answer, absent"]++
		o.absent = append(o.absent, d)
	}
}

// atRest waits until the server has finished what connections had begun that are no more.
func (w *world) atRest() {
	require.Eventually(w.t, func() bool {
		var busy int
		err := w.direct.QueryRow(w.t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`).Scan(&busy)
		return err == nil && busy == 0
	}, callLimit, time.Millisecond, "a broken connection's transaction does not end")
}

// compare does what was done in the model, in the order of the versions that the wallet gave, which has to be an order in which every acceptance and
// every refusal of the step was right.
func (w *world) compare(o *outcome) {
	for _, account := range o.accounts {
		var order []int
		for n := range o.done {
			if w.sent[n].Account == account {
				order = append(order, n)
			}
		}
		slices.SortFunc(order, func(a, b int) int { return int(o.done[a].Balance.Version - o.done[b].Balance.Version) })
		w.explain(o, account)
		for _, n := range order {
			i, a := w.sent[n], o.done[n]
			if reason := w.book.Expect(i); reason != "" {
				w.fail("%v was done as %+v and should have been refused with %s", i, a, reason)
			}
			w.book.Apply(i, a.Hold)
			if want := w.book.Balance(account); a.Balance != want || a.Account != account {
				w.fail("%v was answered with %+v and makes %+v", i, a, want)
			}
			w.known[n] = a
			w.stats["done"]++
			w.explain(o, account)
		}
		for n, reasons := range o.refused {
			if w.sent[n].Account == account && len(reasons) > 0 {
				w.fail("%v was refused with %v, which was right at no moment", w.sent[n], reasons)
			}
		}
	}
}

// explain strikes out the refusals that are right at this moment.
func (w *world) explain(o *outcome, account books.Account) {
	for n, reasons := range o.refused {
		if i := w.sent[n]; i.Account == account {
			expected := w.book.Expect(i)
			o.refused[n] = slices.DeleteFunc(reasons, func(r string) bool { return r == expected })
		}
	}
}

// balance compares what the wallet says now.
func (w *world) balance(a books.Account) {
	res, err := w.client(0, "gaming").GetBalance(w.t.Context(), &walletv1.GetBalanceRequest{PlayerId: a.Player, Currency: a.Currency})
	require.NoError(w.t, err)
	available, err := money.FromProto(res.GetBalance().GetAvailable())
	require.NoError(w.t, err)
	held, err := money.FromProto(res.GetBalance().GetHeld())
	require.NoError(w.t, err)
	has := books.Balance{Available: available.Minor, Held: held.Minor, Version: res.GetBalance().GetVersion()}
	if want := w.book.Balance(a); has != want {
		w.fail("%v has %+v and should have %+v", a, has, want)
	}
}
