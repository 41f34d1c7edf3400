package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/stretchr/testify/require"
)

// revocable stops trusting everybody on demand.
type revocable struct {
	*Source
	revoked atomic.Bool
}

func (r *revocable) GetX509BundleForTrustDomain(td spiffeid.TrustDomain) (*x509bundle.Bundle, error) {
	if r.revoked.Load() {
		return nil, errors.New("nobody is trusted any more")
	}
	return r.Source.GetX509BundleForTrustDomain(td)
}

func source(t *testing.T, ca *CA, tpl *x509.Certificate) tls.Certificate {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "id")
	require.NoError(t, ca.issue(tpl, dir))
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	require.NoError(t, err)
	return pair
}

func template(change func(*x509.Certificate)) *x509.Certificate {
	tpl := &x509.Certificate{
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		URIs:        []*url.URL{{Scheme: "spiffe", Host: TrustDomain, Path: "/svc/gateway"}},
	}
	change(tpl)
	return tpl
}

// TestServerRefusesCertificates issues with our own CA what the exported functions never would.
func TestServerRefusesCertificates(t *testing.T) {
	ca, err := NewCA()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "wallet")
	require.NoError(t, Issue(ca, ServiceID("wallet"), dir, time.Hour))
	wallet, err := Open(dir, SourceOptions{})
	require.NoError(t, err)

	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		good   bool
	}{
		"good":         {func(*x509.Certificate) {}, true},
		"expired":      {func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, false},
		"not yet":      {func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, false},
		"no SAN":       {func(c *x509.Certificate) { c.URIs = nil }, false},
		"DNS SAN only": {func(c *x509.Certificate) { c.URIs, c.DNSNames = nil, []string{"gateway"} }, false},
		"two ids": {func(c *x509.Certificate) {
			c.URIs = append(c.URIs, &url.URL{Scheme: "spiffe", Host: TrustDomain, Path: "/svc/wallet"})
		}, false},
		"another domain":   {func(c *x509.Certificate) { c.URIs[0].Host = "other.local" }, false},
		"no id of ours":    {func(c *x509.Certificate) { c.URIs[0].Path = "/ns/prod/sa/gateway" }, false},
		"a CA certificate": {func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, false},
		"may sign others":  {func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }, false},
	} {
		t.Run(name, func(t *testing.T) {
			pair := source(t, ca, template(c.change))
			err := handshake(t, ServerTLS(wallet), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}})
			if c.good {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
		})
	}
}

// TestResumptionCannotSkipAuthorisation connects twice with a client that keeps sessions, and takes the trust away in between. With
// tickets switched on again, VerifyConnection alone must still refuse the resumed session.
func TestResumptionCannotSkipAuthorisation(t *testing.T) {
	ca, err := NewCA()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "wallet")
	require.NoError(t, Issue(ca, ServiceID("wallet"), dir, time.Hour))
	src, err := Open(dir, SourceOptions{})
	require.NoError(t, err)
	for _, tickets := range []bool{false, true} {
		trust := &revocable{Source: src}
		server := ServerTLS(trust)
		require.True(t, server.SessionTicketsDisabled)
		server.SessionTicketsDisabled = !tickets
		pair := source(t, ca, template(func(*x509.Certificate) {}))
		client := &tls.Config{
			InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ServerName: "x",
			ClientSessionCache: tls.NewLRUClientSessionCache(4),
		}
		require.NoError(t, handshake(t, server, client))
		trust.revoked.Store(true)
		require.Error(t, handshake(t, server, client), "tickets %v", tickets)
	}
}

// handshake connects once over loopback; the error is the server's, who decides.
func handshake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	verdict := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			verdict <- err
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		s := tls.Server(c, server)
		err = s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		verdict <- err
	}()
	c, err := net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
	require.NoError(t, err)
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = tls.Client(c, client).Read(make([]byte, 1)) // takes the session ticket too; the server's verdict is what counts
	return <-verdict
}
