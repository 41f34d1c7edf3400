package rpc_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const issuer = "https://casino.test"

var peers = []string{"gateway", "gaming", "wallet", "cashier"}

// lockedBuffer collects the log of a server that several goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bench is a running server with the whole chain on loopback mTLS, and what is needed to call it as anybody.
type bench struct {
	svc    *authztest.Service
	server *rpc.Server
	addr   string
	ca     *mtls.CA
	key    ed25519.PrivateKey
	log    *lockedBuffer
	dir    string
}

type onlyKey struct{ pub ed25519.PublicKey }

func (k onlyKey) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	if kid != "k1" {
		return nil, authn.ErrUnknownKey
	}
	return k.pub, nil
}

func start(t *testing.T, change func(*rpc.ServerOptions), methods ...authztest.Method) *bench {
	t.Helper()
	b := prepare(t, change, methods...)
	require.NoError(t, b.server.Validate())
	b.serve(t)
	return b
}

func prepare(t *testing.T, change func(*rpc.ServerOptions), methods ...authztest.Method) *bench {
	t.Helper()
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	b := &bench{svc: authztest.Build(t, methods...), ca: ca, key: priv, log: &lockedBuffer{}, dir: t.TempDir()}
	log, err := telemetry.NewLogger(b.log, telemetry.LogOptions{Format: "json", Level: "debug"})
	require.NoError(t, err)
	o := rpc.ServerOptions{
		Identity: b.identity(t, mtls.ServiceID("wallet")), Peers: peers, Log: log, Resolver: b.svc.Files,
		Tokens: authn.NewVerifier(issuer, onlyKey{pub}, time.Now),
	}
	if change != nil {
		change(&o)
	}
	b.server, err = rpc.NewServer(o)
	require.NoError(t, err)
	b.server.RegisterService(b.svc.Desc, struct{}{})
	return b
}

func (b *bench) serve(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.addr = l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- b.server.Serve(l) }()
	t.Cleanup(func() {
		b.server.Stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func (b *bench) identity(t *testing.T, id string) *mtls.Source {
	t.Helper()
	dir := filepath.Join(b.dir, filepath.Base(id))
	require.NoError(t, mtls.Issue(b.ca, id, dir, time.Hour))
	s, err := mtls.Open(dir, mtls.SourceOptions{Poll: -1, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	return s
}

// as connects with the certificate of a service or operator. Where there is a server, its unary calls share a stream from the first.
func (b *bench) as(t *testing.T, id string, extra ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn := b.dial(t, id, rpc.ClientOptions{Extra: extra})
	before := b.server.SharedStreams()
	if _, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}); err == nil {
		require.Eventually(t, func() bool { return b.server.SharedStreams() > before }, 5*time.Second, time.Millisecond)
	}
	return conn
}

func (b *bench) dial(t *testing.T, id string, o rpc.ClientOptions) *grpc.ClientConn {
	t.Helper()
	conn, err := rpc.ClientConn(b.addr, "wallet", b.identity(t, id), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// call makes a unary call; fields are the request's.
func (b *bench) call(ctx context.Context, conn *grpc.ClientConn, method string, fields map[string]string, opts ...grpc.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return conn.Invoke(ctx, "/"+authztest.ServiceName+"/"+method, b.svc.Request(fields), b.svc.Response(), opts...)
}

// stream sends one request on a stream and returns how many answers came and how it ended.
func (b *bench) stream(ctx context.Context, conn *grpc.ClientConn, method string, fields map[string]string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	s, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/"+authztest.ServiceName+"/"+method)
	if err != nil {
		return 0, err
	}
	if err := s.SendMsg(b.svc.Request(fields)); err != nil {
		return 0, s.RecvMsg(b.svc.Response())
	}
	if err := s.CloseSend(); err != nil {
		return 0, err
	}
	for n := 0; ; n++ {
		if err := s.RecvMsg(b.svc.Response()); err != nil {
			return n, err
		}
	}
}

func (b *bench) token(t *testing.T, kind authn.Kind, id string, change func(*authn.Claims)) context.Context {
	t.Helper()
	c := authn.Claims{
		Issuer: issuer, Subject: id, SessionID: "ses_1", Kind: kind, ACR: "aal1", AuthTime: time.Now().Add(-time.Hour),
		IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Minute),
	}
	if change != nil {
		change(&c)
	}
	token, err := authn.Sign(b.key, "k1", c)
	require.NoError(t, err)
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

func (b *bench) player(t *testing.T, id string) context.Context {
	return b.token(t, authn.KindPlayer, id, nil)
}

// echo answers a stream with two messages for each request, after the handler's own check.
func echo(check func(context.Context) error) func(*authztest.Service, grpc.ServerStream) error {
	return func(s *authztest.Service, ss grpc.ServerStream) error {
		if err := ss.RecvMsg(s.Request(nil)); err != nil {
			return err
		}
		if err := check(ss.Context()); err != nil {
			return err
		}
		for range 2 {
			if err := ss.SendMsg(s.Response()); err != nil {
				return err
			}
		}
		return nil
	}
}

func nothing(context.Context) error { return nil }

var (
	publicRule = &optionsv1.Access{Actors: []optionsv1.Actor{optionsv1.Actor_ACTOR_PUBLIC}, Owner: optionsv1.Owner_OWNER_NONE}
	playerRule = &optionsv1.Access{
		Actors: []optionsv1.Actor{optionsv1.Actor_ACTOR_PLAYER}, Owner: optionsv1.Owner_OWNER_FIELD, OwnerField: "player_id"}
	checkedRule = &optionsv1.Access{
		Actors:      []optionsv1.Actor{optionsv1.Actor_ACTOR_PLAYER, optionsv1.Actor_ACTOR_OPERATOR},
		Permissions: []optionsv1.Permission{optionsv1.Permission_PERMISSION_ROUND_READ}, Owner: optionsv1.Owner_OWNER_CHECKED_IN_HANDLER}
	peerRule = &optionsv1.Access{Actors: []optionsv1.Actor{optionsv1.Actor_ACTOR_PEER}, Peers: []string{"gaming"}}
	stepRule = &optionsv1.Access{
		Actors:      []optionsv1.Actor{optionsv1.Actor_ACTOR_OPERATOR},
		Permissions: []optionsv1.Permission{optionsv1.Permission_PERMISSION_PAYOUT_APPROVE}, StepUp: true}
)
