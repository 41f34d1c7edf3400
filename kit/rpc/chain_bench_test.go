package rpc_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// BenchmarkCall measures what a unary call costs over mTLS, client and server in this process: bare gRPC, and the platform's server and
// client with telemetry as `pitboss` runs it and the log at info. The two take turns in one run, so that they see the same machine. It
// prints calls per second, processor time per call, which others on the machine disturb less, and the ratios.
func BenchmarkCall(b *testing.B) {
	bare, chain := bareSide(b), chainSide(b, false)
	for _, callers := range []int{1, 64, 256} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) { compare(b, bare, chain, callers, placeHold) })
	}
}

// BenchmarkGameCalls measures the calls at both ends of a game's callback in the same way: the provider's HTTP request, and the wallet's round.
func BenchmarkGameCalls(b *testing.B) {
	bare, chain, within := bareSide(b), chainSide(b, false), chainSide(b, true)
	for name, call := range map[string]func(context.Context, benchSide) error{
		"callback": func(ctx context.Context, s benchSide) error {
			_, err := s.callbacks.HandleCallback(ctx, callbackRequest())
			return err
		},
		"round": func(ctx context.Context, s benchSide) error {
			_, err := s.client.PostRound(ctx, roundRequest())
			return err
		},
	} {
		b.Run(name, func(b *testing.B) { compare(b, bare, chain, 64, call) })
		b.Run(name+"/within", func(b *testing.B) { compare(b, bare, within, 64, call) })
	}
}

func placeHold(ctx context.Context, s benchSide) error {
	_, err := s.client.PlaceHold(ctx, holdRequest())
	return err
}

func compare(b *testing.B, bare, chain benchSide, callers int, call func(context.Context, benchSide) error) {
	b.Helper()
	var took [2]spent
	const turns = 40
	b.ReportAllocs()
	for turn := range turns {
		for _, side := range []int{turn % 2, 1 - turn%2} {
			took[side].add(measure(b, []benchSide{bare, chain}[side], callers, max(b.N/turns, 2*callers), call))
		}
	}
	b.ReportMetric(took[0].rate(), "bare/s")
	b.ReportMetric(took[1].rate(), "chain/s")
	b.ReportMetric(took[0].cpuPerCall(), "bare-cpu-us")
	b.ReportMetric(took[1].cpuPerCall(), "chain-cpu-us")
	b.ReportMetric(took[0].rate()/took[1].rate(), "time-ratio")
	b.ReportMetric(took[1].cpuPerCall()/took[0].cpuPerCall(), "cpu-ratio")
}

// benchSide is a server and how to call it.
type benchSide struct {
	client    walletv1.WalletServiceClient
	callbacks adapterv1.AdapterServiceClient
	ctx       context.Context //nolint:containedctx // what a handler that calls on would have
}

// spent is what calls took.
type spent struct {
	calls     int
	wall, cpu time.Duration
}

func (s *spent) add(o spent) { s.calls, s.wall, s.cpu = s.calls+o.calls, s.wall+o.wall, s.cpu+o.cpu }

func (s *spent) rate() float64 { return float64(s.calls) / s.wall.Seconds() }

func (s *spent) cpuPerCall() float64 { return s.cpu.Seconds() * 1e6 / float64(s.calls) }

// measure makes calls from so many callers at once.
func measure(b *testing.B, side benchSide, callers, calls int, call func(context.Context, benchSide) error) spent {
	b.Helper()
	var started atomic.Int64
	var wg sync.WaitGroup
	cpu, began := cpuTime(b), time.Now()
	for range callers {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(side.ctx, 9*time.Second) // as in a handler, where a deadline is always near
			defer cancel()
			for started.Add(1) <= int64(calls) {
				if err := call(ctx, side); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return spent{calls: calls, wall: time.Since(began), cpu: cpuTime(b) - cpu}
}

// cpuTime is the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// holdHandler answers at once, with a message as large as the wallet's.
type holdHandler struct {
	walletv1.UnimplementedWalletServiceServer
}

func (holdHandler) PlaceHold(context.Context, *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	return &walletv1.PlaceHoldResponse{
		OperationId: "wop_01jcqz5k3v8e7s9m2n4p6r8t0w", HoldId: "whd_01jcqz5k3v8e7s9m2n4p6r8t0w",
		BalanceAfter: &walletv1.Balance{
			PlayerId: "ply_01jcqz5k3v8e7s9m2n4p6r8t0w", Available: &commonv1.Money{Amount: "990.00", Currency: "EUR"},
			Held: &commonv1.Money{Amount: "10.00", Currency: "EUR"}, Version: 42,
		},
	}, nil
}

func holdRequest() *walletv1.PlaceHoldRequest {
	return &walletv1.PlaceHoldRequest{
		RequestId: "bet_01jcqz5k3v8e7s9m2n4p6r8t0w:hold", PlayerId: "ply_01jcqz5k3v8e7s9m2n4p6r8t0w",
		Amount: &commonv1.Money{Amount: "10.00", Currency: "EUR"},
		Reference: &walletv1.Reference{
			SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet_01jcqz5k3v8e7s9m2n4p6r8t0w",
			RoundId: "rnd_01jcqz5k3v8e7s9m2n4p6r8t0w", ProviderTxId: "tx-5f2b1c9e-77aa", GameId: "gam_01jcqz5k3v8e7s9m2n4p6r8t0w",
		},
	}
}

func (h holdHandler) PostRound(ctx context.Context, _ *walletv1.PostRoundRequest) (*walletv1.PostRoundResponse, error) {
	hold, err := h.PlaceHold(ctx, nil)
	return &walletv1.PostRoundResponse{Results: []*walletv1.RoundStepResult{{
		OperationId: hold.GetOperationId(), HoldId: hold.GetHoldId(), BalanceAfter: hold.GetBalanceAfter(),
	}}}, err
}

// callbackHandler answers as an adapter.
type callbackHandler struct {
	adapterv1.UnimplementedAdapterServiceServer
}

func (callbackHandler) HandleCallback(context.Context, *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	return &adapterv1.HandleCallbackResponse{
		Status: 200, Headers: []*adapterv1.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"user":"ply","status":"RS_OK","balance":99000000}`),
	}, nil
}

// holdOnly is the wallet's service with the methods that are measured; others are audited, for which there is no database here.
func holdOnly() *grpc.ServiceDesc {
	desc := walletv1.WalletService_ServiceDesc
	desc.Methods = slices.DeleteFunc(slices.Clone(desc.Methods), func(m grpc.MethodDesc) bool { return m.MethodName != "PlaceHold" && m.MethodName != "PostRound" })
	return &desc
}

func bareSide(b *testing.B) benchSide {
	b.Helper()
	ca, err := mtls.NewCA()
	require.NoError(b, err)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(mtls.ServerTLS(benchIdentity(b, ca, "wallet")))))
	server.RegisterService(holdOnly(), holdHandler{})
	adapterv1.RegisterAdapterServiceServer(server, callbackHandler{})
	addr := benchServe(b, server.Serve, server.Stop)
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(mtls.ClientTLS(benchIdentity(b, ca, "gaming"), "wallet"))))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, conn.Close()) })
	return benchSide{walletv1.NewWalletServiceClient(conn), adapterv1.NewAdapterServiceClient(conn), context.Background()}
}

func chainSide(b *testing.B, within bool) benchSide {
	b.Helper()
	ca, err := mtls.NewCA()
	require.NoError(b, err)
	b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	tel, err := telemetry.New(context.Background(), telemetry.Options{Service: "wallet"})
	require.NoError(b, err)
	tel.SetGlobal()
	log, err := telemetry.NewLogger(io.Discard, telemetry.LogOptions{Format: "json", Level: "info"})
	require.NoError(b, err)
	server, err := rpc.NewServer(rpc.ServerOptions{
		Identity: benchIdentity(b, ca, "wallet"), Peers: append([]string{"operations"}, peers...), Log: log, Tracer: tel.Tracer, Meter: tel.Meter,
		Tokens: authn.NewVerifier(issuer, onlyKey{}, time.Now),
	})
	require.NoError(b, err)
	server.RegisterService(holdOnly(), holdHandler{})
	adapterv1.RegisterAdapterServiceServer(server, callbackHandler{})
	require.NoError(b, server.Validate())
	addr := benchServe(b, server.Serve, server.Stop)
	conn, err := rpc.ClientConn(addr, "wallet", benchIdentity(b, ca, "gaming"), rpc.ClientOptions{Tracer: tel.Tracer, Meter: tel.Meter, Within: within})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, conn.Close()) })
	edge, err := rpc.ClientConn(addr, "wallet", benchIdentity(b, ca, "gateway"), rpc.ClientOptions{Tracer: tel.Tracer, Meter: tel.Meter, Within: within})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, edge.Close()) })
	ctx := metadata.AppendToOutgoingContext(context.Background(), rpc.HeaderRequestID, "req_01jcqz5k3v8e7s9m2n4p6r8t0w", rpc.HeaderClientIP, "198.51.100.7")
	side := benchSide{walletv1.NewWalletServiceClient(conn), adapterv1.NewAdapterServiceClient(edge), ctx}
	res, err := side.client.PlaceHold(ctx, holdRequest())
	require.NoError(b, err)
	require.Greater(b, proto.Size(res), 100)
	return side
}

func benchIdentity(b *testing.B, ca *mtls.CA, service string) *mtls.Source {
	b.Helper()
	dir := filepath.Join(b.TempDir(), service)
	require.NoError(b, mtls.Issue(ca, mtls.ServiceID(service), dir, time.Hour))
	s, err := mtls.Open(dir, mtls.SourceOptions{Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	return s
}

func benchServe(b *testing.B, serve func(net.Listener) error, stop func()) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	done := make(chan error, 1)
	go func() { done <- serve(l) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-done)
	})
	return l.Addr().String()
}
