package sim_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/authn"
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

// birth is when every run begins: shortly before a quarter of an hour ends, in a month that has no partition.
var birth = time.Date(2031, 3, 28, 22, 11, 30, 0, time.UTC)

// world is a run: wallets on a database behind the proxy, and the model beside them.
type world struct {
	t        *testing.T
	s        *schedule
	direct   *pgxpool.Pool // past the proxy
	proxy    *proxy
	pools    [wallets]*pgxpool.Pool
	servers  [wallets]*server
	identity *grpc.ClientConn

	mu  sync.Mutex
	now time.Time

	book     *books.Book
	leaves   map[books.Request]*books.Intent
	rows     map[books.Request]*books.Row // operations that were done
	first    map[int][]books.Answer       // to the intents that were answered
	fresh    map[books.Request]bool       // operations of which an answer said that it is no repetition
	decided  map[int]string               // refusals that are for ever
	sent     map[int]bool
	position int64 // up to which the ledger is in the book
	compared int   // steps
	at       int   // step
	stats    map[string]int
}

// server is one wallet.
type server struct {
	impl  walletv1.WalletServiceServer
	close func(context.Context) error
}

// RegisterService takes the wallet's implementation.
func (s *server) RegisterService(_ *grpc.ServiceDesc, impl any) {
	s.impl = impl.(walletv1.WalletServiceServer)
}

func newWorld(t *testing.T, s *schedule) *world {
	svc := wallet.Service()
	db := pgtest.New(t, svc.MigrationSets()...)
	w := &world{
		t: t, s: s, direct: db.Pool, now: birth, book: books.New(), leaves: map[books.Request]*books.Intent{}, rows: map[books.Request]*books.Row{},
		first: map[int][]books.Answer{}, fresh: map[books.Request]bool{}, decided: map[int]string{}, sent: map[int]bool{}, stats: map[string]int{},
	}
	w.book.Now = birth
	w.identity = startIdentity(t)
	for _, i := range s.intents {
		for _, leaf := range i.Leaves() {
			w.leaves[leaf.Request()] = leaf
		}
	}
	var url string
	w.proxy, url = startProxy(t, db.URL)
	for n := range w.pools {
		pool, err := pg.Open(t.Context(), url, pg.PoolOptions{AppName: "pitboss-sim"})
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		w.pools[n] = pool
		w.make(n)
		t.Cleanup(func() { require.NoError(t, w.servers[n].close(context.Background())) })
	}
	return w
}

// everybodyMayPlay is identity for the wallet's question about a partner's player.
type everybodyMayPlay struct {
	identityv1.UnimplementedIdentityServiceServer
}

// GetPlayerStatus answers that the player is active.
func (everybodyMayPlay) GetPlayerStatus(context.Context, *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	return &identityv1.GetPlayerStatusResponse{Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE}, nil
}

func startIdentity(t *testing.T) *grpc.ClientConn {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := grpc.NewServer()
	identityv1.RegisterIdentityServiceServer(s, everybodyMayPlay{})
	var served sync.WaitGroup
	served.Go(func() { _ = s.Serve(lis) }) // ends with Stop
	t.Cleanup(func() { s.Stop(); served.Wait() })
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// make starts one of the wallets, as after a restart of its process. One worker each, so that deliveries at once meet in a batch.
func (w *world) make(n int) {
	s := &server{}
	running, err := wallet.Service().Start(w.t.Context(), &app.Env{
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), DB: w.pools[n], Clock: w.clock,
		Dial: func(string) (*grpc.ClientConn, error) { return w.identity, nil },
		Config: func(into any) error {
			*into.(*wallet.Config) = wallet.Config{Workers: 1, MaxBatch: 16, QueueLen: 64}
			return nil
		},
	})
	require.NoError(w.t, err)
	running.Register(s)
	s.close = running.Close
	w.servers[n] = s
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	w.book.Now = w.now
}

// callers call one of the wallets as somebody.
func (w *world) callers(n int) books.Callers {
	return func(name string) walletv1.WalletServiceClient { return w.client(n, name) }
}

func (w *world) client(n int, caller string) walletv1.WalletServiceClient {
	return walletv1.NewWalletServiceClient(inProcess{w.servers[n].impl, callerOf(caller)})
}

func callerOf(name string) authn.Caller {
	if person, ok := strings.CutPrefix(name, "operator:"); ok {
		return authn.Caller{Kind: authn.KindOperator, ID: person, Peer: "gateway"}
	}
	if name == books.Partner {
		return authn.Caller{Kind: authn.KindPartner, ID: books.PartnerID, Peer: "gateway"}
	}
	return authn.Caller{Kind: authn.KindPeer, ID: name, Peer: name}
}

// inProcess is a connection without a network: what is simulated is between the wallet and its database.
type inProcess struct {
	server walletv1.WalletServiceServer
	caller authn.Caller
}

// Invoke calls the handler with a copy of the request.
func (c inProcess) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	ctx = authn.NewContext(ctx, c.caller)
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
	for _, s := range w.s.begin {
		w.step(s)
	}
	for _, g := range w.s.guards {
		require.NoError(w.t, g.Set(w.t.Context(), w.client(0, "compliance")))
	}
	for n, s := range w.s.steps {
		w.at = n
		w.pass(s.wait)
		if s.restart >= 0 {
			require.NoError(w.t, w.servers[s.restart].close(w.t.Context()))
			w.make(s.restart)
		}
		w.step(s)
	}
	var sent []*books.Intent
	for n := range w.sent {
		sent = append(sent, w.s.intents[n].Intent)
	}
	report, err := books.Prove(w.t.Context(), w.direct, sent)
	require.NoError(w.t, err)
	if len(report.Problems) > 0 {
		w.fail("the ledger is wrong: %s", strings.Join(report.Problems, "\n"))
	}
	if len(report.Found) != len(w.rows) {
		w.fail("%d operations are known to be done, and %d are in the ledger", len(w.rows), len(report.Found))
	}
	for kind, n := range report.Kinds {
		w.stats["done: "+kind] = n
	}
	w.stats["guards changed"] = report.Guards
}
