package mtls_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newCA(t *testing.T) *mtls.CA {
	t.Helper()
	ca, err := mtls.NewCA()
	require.NoError(t, err)
	return ca
}

// identity issues a certificate and opens it without a pause between looks.
func identity(t *testing.T, ca *mtls.CA, id string) (*mtls.Source, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "id")
	require.NoError(t, mtls.Issue(ca, id, dir, time.Hour))
	return open(t, dir), dir
}

func open(t *testing.T, dir string) *mtls.Source {
	t.Helper()
	s, err := mtls.Open(dir, mtls.SourceOptions{Poll: -1})
	require.NoError(t, err)
	return s
}

// serve answers one byte to each connection whose handshake succeeds.
func serve(t *testing.T, cfg *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			// A connection that fails its handshake is closed here and the client's read fails.
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			_, _ = c.Write([]byte("x"))
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// dial makes a handshake and reads the byte: in TLS 1.3 a client learns of a refused certificate only when it reads.
func dial(addr string, cfg *tls.Config) (tls.ConnectionState, error) {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: cfg}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err != nil {
		return tls.ConnectionState{}, err
	}
	return c.(*tls.Conn).ConnectionState(), nil
}

func TestBothSidesProveThemselves(t *testing.T) {
	ca := newCA(t)
	wallet, _ := identity(t, ca, mtls.ServiceID("wallet"))
	gateway, _ := identity(t, ca, mtls.ServiceID("gateway"))
	addr := serve(t, mtls.ServerTLS(wallet))

	state, err := dial(addr, mtls.ClientTLS(gateway, "wallet"))
	require.NoError(t, err)
	require.Equal(t, uint16(tls.VersionTLS13), state.Version)

	_, err = dial(addr, mtls.ClientTLS(gateway, "cashier"))
	require.ErrorContains(t, err, "spiffe://pitboss.local/svc/wallet", "another service than the one called")

	old := mtls.ClientTLS(gateway, "wallet")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	_, err = dial(addr, old)
	require.ErrorContains(t, err, "protocol version", "TLS 1.2")

	bare := mtls.ClientTLS(gateway, "wallet")
	bare.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &tls.Certificate{}, nil }
	_, err = dial(addr, bare)
	require.Error(t, err, "no client certificate")
}

func TestForeignCAIsRefusedOnBothSides(t *testing.T) {
	ours, theirs := newCA(t), newCA(t)
	wallet, _ := identity(t, ours, mtls.ServiceID("wallet"))
	intruder, _ := identity(t, theirs.Trusting(ours), mtls.ServiceID("gateway"))
	_, err := dial(serve(t, mtls.ServerTLS(wallet)), mtls.ClientTLS(intruder, "wallet"))
	require.Error(t, err, "a client of a foreign CA that trusts ours")

	gateway, _ := identity(t, ours, mtls.ServiceID("gateway"))
	impostor, _ := identity(t, theirs.Trusting(ours), mtls.ServiceID("wallet"))
	_, err = dial(serve(t, mtls.ServerTLS(impostor)), mtls.ClientTLS(gateway, "wallet"))
	require.ErrorContains(t, err, "unknown authority")
}

func TestCARotationWithoutRestart(t *testing.T) {
	before, after := newCA(t), newCA(t)
	wallet, walletDir := identity(t, before, mtls.ServiceID("wallet"))
	gateway, gatewayDir := identity(t, before, mtls.ServiceID("gateway"))
	addr := serve(t, mtls.ServerTLS(wallet)) // configured once, never again
	client := mtls.ClientTLS(gateway, "wallet")
	handshake := func(step string) {
		t.Helper()
		_, err := dial(addr, client)
		require.NoError(t, err, step)
	}
	handshake("before")

	require.NoError(t, mtls.Issue(before.Trusting(after), mtls.ServiceID("gateway"), gatewayDir, time.Hour))
	handshake("the client trusts both")
	require.NoError(t, mtls.Issue(before.Trusting(after), mtls.ServiceID("wallet"), walletDir, time.Hour))
	handshake("both trust both")
	require.NoError(t, mtls.Issue(after.Trusting(before), mtls.ServiceID("wallet"), walletDir, time.Hour))
	handshake("the server's certificate is from the new CA")
	require.NoError(t, mtls.Issue(after.Trusting(before), mtls.ServiceID("gateway"), gatewayDir, time.Hour))
	handshake("both certificates are from the new CA")
	require.NoError(t, mtls.Issue(after, mtls.ServiceID("wallet"), walletDir, time.Hour))
	require.NoError(t, mtls.Issue(after, mtls.ServiceID("gateway"), gatewayDir, time.Hour))
	handshake("the old CA is gone")

	left, _ := identity(t, before.Trusting(after), mtls.ServiceID("gateway"))
	_, err := dial(addr, mtls.ClientTLS(left, "wallet"))
	require.Error(t, err, "what the old CA issued is worth nothing now")
}

func TestReloadKeepsTheOldPairOnABadOne(t *testing.T) {
	ca := newCA(t)
	s, dir := identity(t, ca, mtls.ServiceID("wallet"))
	first := s.NotAfter()

	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.crt"), []byte("half a certif"), 0o600))
	require.Equal(t, first, s.NotAfter())
	require.Positive(t, s.Failures())

	require.NoError(t, os.Remove(filepath.Join(dir, "ca.crt")))
	require.Equal(t, first, s.NotAfter())

	other := filepath.Join(t.TempDir(), "other")
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("wallet"), other, time.Hour))
	foreignKey, err := os.ReadFile(filepath.Join(other, "tls.key"))
	require.NoError(t, err)
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("wallet"), dir, 2*time.Hour))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.key"), foreignKey, 0o600))
	require.Equal(t, first, s.NotAfter(), "a key that does not belong to the certificate")

	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("wallet"), dir, 3*time.Hour))
	require.True(t, s.NotAfter().After(first.Add(time.Hour)), "a good pair is taken again")
}

func TestPollingLooksOnlyNowAndThen(t *testing.T) {
	ca := newCA(t)
	_, dir := identity(t, ca, mtls.ServiceID("wallet"))
	s, err := mtls.Open(dir, mtls.SourceOptions{Poll: time.Hour})
	require.NoError(t, err)
	first := s.NotAfter()
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("wallet"), dir, 9*time.Hour))
	require.Equal(t, first, s.NotAfter())

	quick, err := mtls.Open(dir, mtls.SourceOptions{Poll: 20 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("wallet"), dir, time.Minute))
	require.Eventually(t, func() bool { return time.Until(quick.NotAfter()) < 2*time.Minute }, 5*time.Second, 10*time.Millisecond)
}

func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	_, err := mtls.Open(t.TempDir(), mtls.SourceOptions{})
	require.ErrorIs(t, err, os.ErrNotExist)
	ca := newCA(t)
	_, dir := identity(t, ca, mtls.ServiceID("wallet"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), nil, 0o600))
	_, err = mtls.Open(dir, mtls.SourceOptions{})
	require.Error(t, err)
}

func TestIDs(t *testing.T) {
	id, err := mtls.ParseID(mtls.ServiceID("wallet"))
	require.NoError(t, err)
	require.Equal(t, "wallet", id.Service)
	require.Empty(t, id.Operator)
	id, err = mtls.ParseID(mtls.OperatorID("ann.b", "finance"))
	require.NoError(t, err)
	require.Equal(t, [3]string{"", "ann.b", "finance"}, [3]string{id.Service, id.Operator, id.Role})
	for _, bad := range []string{
		"", "spiffe://pitboss.local", "spiffe://pitboss.local/", "spiffe://pitboss.local/svc", "spiffe://pitboss.local/svc/",
		"spiffe://other.local/svc/wallet", "spiffe://pitboss.local/svc/wallet/x", "spiffe://pitboss.local/svc/Wallet",
		"spiffe://pitboss.local/svc/wal let", "https://pitboss.local/svc/wallet", "spiffe://pitboss.local/operator/ann",
		"spiffe://pitboss.local/operator/ann/role", "spiffe://pitboss.local/operator/ann/roles/x", "spiffe://pitboss.local.evil/svc/wallet",
		"spiffe://pitboss.local/svc/" + strings.Repeat("a", 64), "spiffe://pitboss.local/svc/../svc/wallet",
	} {
		_, err := mtls.ParseID(bad)
		require.Error(t, err, bad)
		require.Error(t, mtls.Issue(newCA(t), bad, t.TempDir(), time.Hour), bad)
	}
}

func TestEnsureDevCA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	first, err := mtls.EnsureDevCA(dir)
	require.NoError(t, err)
	again, err := mtls.EnsureDevCA(dir)
	require.NoError(t, err)
	server, _ := identity(t, first, mtls.ServiceID("wallet"))
	client, _ := identity(t, again, mtls.ServiceID("gateway"))
	_, err = dial(serve(t, mtls.ServerTLS(server)), mtls.ClientTLS(client, "wallet"))
	require.NoError(t, err, "the second run found the first run's CA")

	st, err := os.Stat(filepath.Join(dir, "ca.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	st, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), st.Mode().Perm())

	require.NoError(t, os.Remove(filepath.Join(dir, "ca.key")))
	_, err = mtls.EnsureDevCA(dir)
	require.ErrorContains(t, err, "no key", "a CA that others trust is not silently replaced")
}

func TestIssuedKeysArePrivate(t *testing.T) {
	_, dir := identity(t, newCA(t), mtls.ServiceID("wallet"))
	st, err := os.Stat(filepath.Join(dir, "tls.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "no temporary file stays")
	require.Error(t, mtls.Issue(newCA(t), mtls.ServiceID("wallet"), dir, 0))
}

func TestRotatorRenewsInTime(t *testing.T) {
	ca := newCA(t)
	dir := filepath.Join(t.TempDir(), "wallet")
	r := &mtls.Rotator{CA: ca, TTL: time.Hour, IDs: map[string]string{mtls.ServiceID("wallet"): dir}}
	require.NoError(t, r.Ensure())
	s := open(t, dir)
	first := s.NotAfter()
	require.NoError(t, r.Ensure())
	require.Equal(t, first, s.NotAfter(), "a fresh one stays")

	require.NoError(t, mtls.Issue(ca, mtls.ServiceID("wallet"), dir, 10*time.Second), "30 s of its 40 s are behind it")
	require.NoError(t, r.Ensure())
	require.True(t, time.Until(s.NotAfter()) > 50*time.Minute, "the last third")

	next := newCA(t)
	r.CA = next.Trusting(ca)
	require.NoError(t, r.Ensure())
	client, _ := identity(t, next, mtls.ServiceID("gateway"))
	_, err := dial(serve(t, mtls.ServerTLS(s)), mtls.ClientTLS(client, "wallet"))
	require.NoError(t, err, "another CA issues all again")

	require.NoError(t, mtls.Issue(r.CA, mtls.ServiceID("wallet"), dir, time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r.TTL = 100 * time.Millisecond
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	require.Eventually(t, func() bool { return s.NotAfter().After(time.Now()) }, 5*time.Second, 5*time.Millisecond, "Run renews by itself")
	cancel()
	require.NoError(t, <-done)
}
