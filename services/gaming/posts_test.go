package gaming_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// door stands before the real wallet and counts what comes.
type door struct {
	walletv1.WalletServiceServer
	older               bool         // it does not know PostRounds
	alone, together, in atomic.Int64 // requests of PostRound, calls of PostRounds, and the requests in them
	fault               atomic.Pointer[fault]
}

// fault is what happens to a call of PostRounds instead of its being done.
type fault func(ctx context.Context, req *walletv1.PostRoundsRequest, do func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error)

func (d *door) PostRound(ctx context.Context, r *walletv1.PostRoundRequest) (*walletv1.PostRoundResponse, error) {
	d.alone.Add(1)
	return d.WalletServiceServer.PostRound(ctx, r)
}

func (d *door) PostRounds(ctx context.Context, r *walletv1.PostRoundsRequest) (*walletv1.PostRoundsResponse, error) {
	d.together.Add(1)
	d.in.Add(int64(len(r.GetRounds())))
	if f := d.fault.Load(); f != nil {
		return (*f)(ctx, r, func() *walletv1.PostRoundsResponse {
			done, _ := d.WalletServiceServer.PostRounds(ctx, r)
			return done
		})
	}
	return d.WalletServiceServer.PostRounds(ctx, r)
}

// doorway registers the door where the wallet would be.
type doorway struct {
	grpc.ServiceRegistrar
	*door
}

func (d doorway) RegisterService(desc *grpc.ServiceDesc, impl any) {
	if w, ok := impl.(walletv1.WalletServiceServer); ok {
		d.WalletServiceServer, impl = w, d.door
		if d.older {
			known := *desc
			known.Methods = slices.DeleteFunc(slices.Clone(desc.Methods), func(m grpc.MethodDesc) bool { return m.MethodName == "PostRounds" })
			desc = &known
		}
	}
	d.ServiceRegistrar.RegisterService(desc, impl)
}

func behindDoor(t testing.TB, d *door, vars ...string) *casino {
	t.Helper()
	service := wallet.Service()
	start := service.Start
	service.Start = func(ctx context.Context, env *app.Env) (*app.Running, error) {
		running, err := start(ctx, env)
		if err == nil {
			register := running.Register
			running.Register = func(r grpc.ServiceRegistrar) { register(doorway{r, d}) }
		}
		return running, err
	}
	return openedOn(t, false, service, vars...)
}

// crowd is guests who do the same at the same time.
type crowd []*guest

func (c *casino) crowd(n int, euros func(i int) string) (all crowd) {
	for i := range n {
		all = append(all, c.seat(euros(i)).apart())
	}
	return all
}

// do answers what came of it for each.
func (all crowd) do(one func(g *guest) error) []error {
	out := make([]error, len(all))
	var running sync.WaitGroup
	for i, g := range all {
		running.Go(func() { out[i] = one(g) })
	}
	running.Wait()
	return out
}

func betting(tx string) func(g *guest) error {
	return func(g *guest) error { _, err := g.bet("r"+tx, tx, "10.00"); return err }
}

func winning(tx string) func(g *guest) error {
	return func(g *guest) error { _, err := g.lastWin("r"+tx, "w"+tx, tx, "4.00"); return err }
}

func TestPosts(t *testing.T) {
	t.Parallel()
	d := &door{}
	c := behindDoor(t, d)
	all := c.crowd(60, func(i int) string { return map[bool]string{true: "9.99", false: "20.00"}[i%10 == 5] })
	for i, err := range all.do(betting("b")) {
		if i%10 == 5 {
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
			require.Equal(t, "9.99", errs.Metadata(err)["available"], "what is told of a refusal is the same")
			continue
		}
		require.NoError(t, err)
	}
	require.Positive(t, d.together.Load())
	require.Greater(t, d.in.Load(), 3*d.together.Load(), "rounds in a call")
	require.EqualValues(t, 60, d.in.Load()+d.alone.Load(), "each once")
	for i, err := range all.do(winning("b")) {
		if i%10 == 5 {
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
			all[i].cash("9.99", "0.00")
			continue
		}
		require.NoError(t, err)
		all[i].cash("14.00", "0.00")
	}
	before, alone := d.together.Load(), d.alone.Load()
	require.NoError(t, betting("lone")(all[0]))
	require.Equal(t, []int64{before, alone + 1}, []int64{d.together.Load(), d.alone.Load()}, "one alone is asked for by itself")
	c.verify()
}

// The ledger tells whose trace each operation belongs to, however it was sent.
func TestPosts_Traces(t *testing.T) {
	t.Parallel()
	d := &door{}
	c := behindDoor(t, d)
	s, all := c.beside(), c.crowd(30, func(int) string { return "10.00" })
	traceOf := func(g *guest) (id trace.TraceID) {
		copy(id[:], g.id[len(g.id)-len(id):])
		return id
	}
	for _, err := range all.do(func(g *guest) error {
		parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceOf(g), SpanID: trace.SpanID{1}})
		_, err := s.PlaceBet(trace.ContextWithSpanContext(t.Context(), parent), g.betRequest("r", "b", "10.00"))
		return err
	}) {
		require.NoError(t, err)
	}
	traced := 0
	for _, g := range all {
		var id string
		require.NoError(t, c.Databases["wallet"].Pool.QueryRow(t.Context(), "SELECT trace_id FROM operation WHERE player_id = $1 ORDER BY number DESC LIMIT 1", g.id).Scan(&id))
		if id == traceOf(g).String() {
			traced++
		}
	}
	require.Positive(t, d.in.Load())
	require.GreaterOrEqual(t, int64(traced), d.in.Load(), "a single call leaves it to the process's propagator, which tests do not have")
}

// faults are what may happen to a call with several rounds, and what its callers see of it.
var faults = []struct {
	name  string
	fault fault
	seen  gamingv1.ErrorReason // none: nothing
}{
	{name: "done and answered late", fault: func(ctx context.Context, _ *walletv1.PostRoundsRequest, do func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		do()
		<-ctx.Done()
		return nil, ctx.Err()
	}},
	{name: "never begun", fault: func(ctx context.Context, _ *walletv1.PostRoundsRequest, _ func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}},
	{name: "one is late", fault: func(_ context.Context, _ *walletv1.PostRoundsRequest, do func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		r := do()
		late := errs.ToStatus(errs.New(commonv1.ErrorReason_ERROR_REASON_DEADLINE, "late"))
		r.Outcomes[0] = &walletv1.RoundOutcome{Outcome: &walletv1.RoundOutcome_Error{Error: late.Proto()}}
		r.Outcomes[1] = &walletv1.RoundOutcome{}
		return r, nil
	}},
	{name: "outcomes are missing", fault: func(_ context.Context, _ *walletv1.PostRoundsRequest, do func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		r := do()
		r.Outcomes = r.GetOutcomes()[1:]
		return r, nil
	}},
	{name: "it fails when it is done", fault: func(_ context.Context, _ *walletv1.PostRoundsRequest, do func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		do()
		return nil, errors.New("a defect")
	}},
	{name: "it is not valid", fault: func(context.Context, *walletv1.PostRoundsRequest, func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		return nil, errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "too long")
	}},
	{name: "too much waits", seen: gamingv1.ErrorReason_ERROR_REASON_OVERLOADED, fault: func(context.Context, *walletv1.PostRoundsRequest, func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		return nil, errs.New(commonv1.ErrorReason_ERROR_REASON_OVERLOADED, "too many calls at once")
	}},
	{name: "it is away", seen: gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE, fault: func(context.Context, *walletv1.PostRoundsRequest, func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		return nil, errs.New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "its database is away")
	}},
	{name: "each is away", seen: gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE, fault: func(_ context.Context, r *walletv1.PostRoundsRequest, _ func() *walletv1.PostRoundsResponse) (*walletv1.PostRoundsResponse, error) {
		out := &walletv1.PostRoundsResponse{}
		for range r.GetRounds() {
			away := errs.ToStatus(errs.New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "its database is away"))
			out.Outcomes = append(out.Outcomes, &walletv1.RoundOutcome{Outcome: &walletv1.RoundOutcome_Error{Error: away.Proto()}})
		}
		return out, nil
	}},
}

func TestPosts_Faults(t *testing.T) {
	t.Parallel()
	const timeout = 2 * time.Second
	d := &door{}
	c := behindDoor(t, d, "PITBOSS_GAMING_WALLET_TIMEOUT", timeout.String())
	all := c.crowd(40, func(int) string { return "1000.00" })
	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			d.fault.Store(&f.fault)
			before, start, seen := d.together.Load(), time.Now(), 0
			for _, err := range all.do(betting(tx(i))) {
				if err != nil {
					refused(t, err, f.seen)
					seen++
				}
			}
			require.Less(t, time.Since(start), 2*timeout)
			require.Greater(t, d.together.Load(), before)
			require.Equal(t, f.seen != 0, seen > 0)
			d.fault.Store(nil)
			for _, err := range all.do(betting(tx(i))) {
				require.NoError(t, err)
			}
			for _, g := range all {
				g.cash(strconv.Itoa(1000-10*(i+1))+".00", strconv.Itoa(10*(i+1))+".00")
			}
		})
	}
	c.verify()
}

// A wallet that does not know the call, as while a new version is rolled out, is asked for each by itself, and not tried each time.
func TestPosts_OlderWallet(t *testing.T) {
	t.Parallel()
	d := &door{older: true}
	c := behindDoor(t, d)
	all := c.crowd(40, func(int) string { return "100.00" })
	for i := range 3 {
		for _, err := range all.do(betting(tx(i))) {
			require.NoError(t, err)
		}
	}
	require.Zero(t, d.together.Load())
	require.EqualValues(t, 3*40, d.alone.Load())
	c.verify()
}

// Somebody keeps one player's accounts locked: the others are served meanwhile, half of them at once and the rest when the lock is gone, and all are done once.
func TestPosts_OneHangs(t *testing.T) {
	t.Parallel()
	d := &door{}
	c := behindDoor(t, d, "PITBOSS_WALLET_ROUNDS_PATIENCE", "250ms")
	stuck, all := c.seat("100.00").apart(), c.crowd(40, func(int) string { return "100.00" })
	for _, err := range append(all, stuck).do(betting("first")) {
		require.NoError(t, err)
	}
	tx, err := c.Databases["wallet"].Pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM account WHERE owner = $1 FOR UPDATE", stuck.id)
	require.NoError(t, err)
	hanging := make(chan error, 1)
	go func() { hanging <- betting("second")(stuck) }()
	eventually(t, "the wallet waits for the lock", func() (waits bool) {
		require.NoError(t, c.Databases["wallet"].Pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)").Scan(&waits))
		return waits
	})
	var served atomic.Int64
	done := make(chan []error, 1)
	go func() {
		done <- all.do(func(g *guest) error {
			err := betting("second")(g)
			served.Add(1)
			return err
		})
	}()
	eventually(t, "some are served", func() bool { return served.Load() >= 5 })
	require.NoError(t, tx.Rollback(t.Context()))
	for _, err := range append(<-done, <-hanging) {
		require.NoError(t, err)
	}
	for _, g := range append(all, stuck) {
		g.cash("80.00", "20.00")
	}
	c.verify()
}

// A wallet that nobody can connect to is told of at once to all, however many come.
func TestPosts_NobodyListens(t *testing.T) {
	t.Parallel()
	c := open(t)
	all := c.crowd(50, func(int) string { return "100.00" })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	env := *c.env
	env.Dial = func(service string) (*grpc.ClientConn, error) {
		if service == "wallet" {
			return conn, nil
		}
		return c.env.Dial(service)
	}
	var cfg gaming.Config
	require.NoError(t, env.Config(&cfg))
	s, err := gaming.New(cfg, &env)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	start := time.Now()
	for range 4 {
		for _, err := range all.do(func(g *guest) error { _, err := s.PlaceBet(t.Context(), g.betRequest("r", "b", "10.00")); return err }) {
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE)
		}
	}
	require.Less(t, time.Since(start), cfg.WalletTimeout/2)
	for _, err := range all.do(betting("b")) {
		require.NoError(t, err)
	}
}
