package nats

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const (
	wallet  = "spiffe://pitboss.local/svc/wallet"
	admin   = "spiffe://pitboss.local/svc/provisioner"
	monitor = "spiffe://pitboss.local/svc/monitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func serve(t *testing.T, o Options) *Server {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(testContext(t), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.WithoutCancel(t.Context()))) })
	return s
}

func stream(t *testing.T, s *Server, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.URL(), opts...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

func TestEventsSurviveARestart(t *testing.T) {
	for name, durable := range map[string]bool{"durable": true, "for tests": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := serve(t, Options{StoreDir: dir, Durable: durable})
			js := stream(t, s)
			ctx := testContext(t)
			_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "WALLET", Subjects: []string{"wallet.>"}})
			require.NoError(t, err)
			_, err = js.Publish(ctx, "wallet.hold.v1", []byte("one"))
			require.NoError(t, err)
			require.NoError(t, s.Shutdown(ctx))

			s = serve(t, Options{StoreDir: dir, Durable: durable})
			again, err := stream(t, s).Stream(ctx, "WALLET")
			require.NoError(t, err)
			msg, err := again.GetMsg(ctx, 1)
			require.NoError(t, err)
			require.Equal(t, "one", string(msg.Data))
		})
	}
}

func TestInProcess(t *testing.T) {
	s := serve(t, Options{StoreDir: t.TempDir()})
	nc, err := nats.Connect("", nats.InProcessServer(s))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.AccountInfo(testContext(t))
	require.NoError(t, err)
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, err = Start(testContext(t), Options{StoreDir: t.TempDir(), Port: l.Addr().(*net.TCPAddr).Port})
	require.ErrorIs(t, err, ErrPortInUse)
}

func TestSecondServerOnOneStore(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, Options{StoreDir: dir})
	_, err := Start(testContext(t), Options{StoreDir: dir})
	require.ErrorIs(t, err, ErrRunning)
	require.NoError(t, s.Shutdown(testContext(t)))
	serve(t, Options{StoreDir: dir})
}

func TestFullDisk(t *testing.T) {
	_, err := Start(testContext(t), Options{StoreDir: t.TempDir(), MinFree: 1 << 60})
	var full *DiskFullError
	require.ErrorAs(t, err, &full)
	require.Positive(t, full.Free)
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	a := authority{}
	cert := a.issue(t, "")
	return authority{cert: cert.Leaf, key: cert.PrivateKey.(*ecdsa.PrivateKey)}
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue signs a certificate with the SPIFFE ID; the zero authority signs itself.
func (a authority) issue(t *testing.T, id string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: a.cert == nil,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if id != "" {
		uri, err := url.Parse(id)
		require.NoError(t, err)
		template.URIs = []*url.URL{uri}
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a authority) client(t *testing.T, id string) nats.Option {
	cert := a.issue(t, id)
	return nats.ClientTLSConfig(
		func() (tls.Certificate, error) { return cert, nil },
		func() (*x509.CertPool, error) { return a.pool(), nil })
}

func meshUsers() []User {
	return []User{
		{Name: wallet, Publish: []string{"wallet.>"}, Subscribe: []string{"_INBOX_wallet.>"}},
		{Name: admin},
		{Name: monitor, System: true, Publish: []string{"$SYS.REQ.>"}, Subscribe: []string{"_INBOX.>"}},
	}
}

func TestCertificatesMapToUsers(t *testing.T) {
	ca := newAuthority(t)
	server := ca.issue(t, "spiffe://pitboss.local/svc/nats")
	s := serve(t, Options{
		StoreDir: t.TempDir(), Users: meshUsers(),
		TLS: &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: ca.pool()},
	})
	ctx := testContext(t)
	_, err := stream(t, s, ca.client(t, admin)).CreateStream(ctx,
		jetstream.StreamConfig{Name: "WALLET", Subjects: []string{"wallet.>"}})
	require.NoError(t, err)

	refusals := make(chan error, 4)
	js := stream(t, s, ca.client(t, wallet), nats.CustomInboxPrefix("_INBOX_wallet"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refusals <- err }))
	_, err = js.Publish(ctx, "wallet.hold.v1", nil)
	require.NoError(t, err)

	for what, try := range map[string]func() error{
		"publishing another's event": func() error { return js.Conn().Publish("bet.placed.v1", nil) },
		"reading another's inbox": func() error {
			_, err := js.Conn().SubscribeSync("_INBOX.>")
			return err
		},
	} {
		require.NoError(t, try(), what)
		require.NoError(t, js.Conn().Flush())
		select {
		case err := <-refusals:
			require.ErrorIs(t, err, nats.ErrPermissionViolation, what)
		case <-ctx.Done():
			t.Fatal("no refusal: " + what)
		}
	}

	sys, err := nats.Connect(s.URL(), ca.client(t, monitor))
	require.NoError(t, err)
	defer sys.Close()
	_, err = sys.RequestWithContext(ctx, "$SYS.REQ.SERVER.PING", nil)
	require.NoError(t, err)

	_, err = nats.Connect(s.URL(), ca.client(t, "spiffe://pitboss.local/svc/unknown"))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = nats.Connect(s.URL(), newAuthority(t).client(t, wallet), nats.RootCAs())
	require.Error(t, err, "a certificate of another authority")
	_, err = nats.Connect(s.URL(), nats.Secure(&tls.Config{RootCAs: ca.pool()}))
	require.Error(t, err, "no certificate")
	_, err = nats.Connect("", nats.InProcessServer(s))
	require.ErrorIs(t, err, ErrCertificateNeeded)
}

func TestCertificatesReload(t *testing.T) {
	old, next := newAuthority(t), newAuthority(t)
	var current atomic.Pointer[tls.Config]
	use := func(ca authority) {
		current.Store(&tls.Config{
			Certificates: []tls.Certificate{ca.issue(t, "spiffe://pitboss.local/svc/nats")},
			ClientCAs:    ca.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
		})
	}
	use(old)
	s := serve(t, Options{
		StoreDir: t.TempDir(), Users: meshUsers(),
		TLS: &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return current.Load(), nil }},
	})
	stream(t, s, old.client(t, admin))
	_, err := nats.Connect(s.URL(), next.client(t, admin))
	require.Error(t, err)

	use(next)
	stream(t, s, next.client(t, admin))
	_, err = nats.Connect(s.URL(), old.client(t, admin))
	require.Error(t, err)
}

// BenchmarkPublish compares the price of syncing every event, with the window the relay publishes with.
func BenchmarkPublish(b *testing.B) {
	for name, durable := range map[string]bool{"durable": true, "for tests": false} {
		b.Run(name, func(b *testing.B) {
			s, err := Start(b.Context(), Options{StoreDir: b.TempDir(), Durable: durable})
			require.NoError(b, err)
			defer s.Shutdown(context.WithoutCancel(b.Context()))
			nc, err := nats.Connect(s.URL())
			require.NoError(b, err)
			defer nc.Close()
			js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
			require.NoError(b, err)
			_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "BENCH", Subjects: []string{"bench"}})
			require.NoError(b, err)
			payload := make([]byte, 400)
			for b.Loop() {
				_, err := js.PublishAsync("bench", payload)
				require.NoError(b, err)
			}
			<-js.PublishAsyncComplete()
		})
	}
}
