package mtls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

const (
	// Backdate is how far before its making a certificate starts, for machines whose clocks differ.
	Backdate = 30 * time.Second

	caLife    = 10 * 365 * 24 * time.Hour
	caKeyFile = "ca.key"
)

// CA issues certificates for development and tests. In production cert-manager or SPIRE issues them and writes the same three files.
type CA struct {
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	bundle []*x509.Certificate // what ca.crt of issued directories holds; more than cert while a CA is being replaced
}

// EnsureDevCA loads the development CA in dir, or makes one (ECDSA P-256, ten years, private key mode 0600) when there is none.
// Idempotent. Two processes must not make one in the same directory at once.
func EnsureDevCA(dir string) (*CA, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mtls: %w", err)
	}
	certPEM, err := os.ReadFile(filepath.Join(dir, caFile))
	if errors.Is(err, os.ErrNotExist) {
		// The certificate is written last, so without it no earlier run came far enough to have issued anything.
		ca, err := NewCA()
		if err != nil {
			return nil, err
		}
		return ca, ca.write(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("mtls: %w", err)
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, caKeyFile))
	if err != nil {
		return nil, fmt.Errorf("mtls: the development CA has a certificate but no key: %w", err)
	}
	ca, err := parseCA(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("mtls: development CA in %s: %w", dir, err)
	}
	if time.Now().After(ca.cert.NotAfter) {
		return nil, fmt.Errorf("mtls: the development CA in %s is over; remove the directory to make a new one", dir)
	}
	return ca, nil
}

// NewCA makes a CA that exists in memory only.
func NewCA() (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("mtls: %w", err)
	}
	now := time.Now()
	tpl := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "Pitboss development CA"},
		NotBefore: now.Add(-Backdate), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
		URIs: []*url.URL{{Scheme: "spiffe", Host: TrustDomain}},
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("mtls: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("mtls: %w", err)
	}
	return &CA{cert: cert, key: key, bundle: []*x509.Certificate{cert}}, nil
}

// Trusting returns the CA with others added to the ca.crt of every directory that it issues from now on. A CA is replaced in three
// steps: every directory trusts old and new; every certificate is issued by the new one; the old one is dropped when no connection
// that it vouched for is left.
func (ca *CA) Trusting(others ...*CA) *CA {
	c := *ca
	c.bundle = append([]*x509.Certificate{}, ca.bundle...)
	for _, o := range others {
		c.bundle = append(c.bundle, o.cert)
	}
	return &c
}

// Issue writes a certificate for a SPIFFE id of the mesh, its key (mode 0600) and the CA bundle into dir. Each file is replaced by an
// atomic rename and the certificate comes last, so a reader never takes half a pair. The certificate is valid for ttl from now.
func Issue(ca *CA, spiffeURI, dir string, ttl time.Duration) error {
	if _, err := ParseID(spiffeURI); err != nil {
		return err
	}
	if ttl <= 0 {
		return errors.New("mtls: a certificate needs a life")
	}
	uri, err := url.Parse(spiffeURI)
	if err != nil {
		return fmt.Errorf("mtls: %w", err)
	}
	now := time.Now()
	id, _ := ParseID(spiffeURI) // it parsed above
	var hosts []string
	var addresses []net.IP
	if id.Service != "" {
		// Tools that know nothing of SPIFFE check the host name: these let them reach a service on this machine. Services never look at them.
		hosts, addresses = []string{"localhost", id.Service}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	return ca.issue(&x509.Certificate{
		NotBefore: now.Add(-Backdate), NotAfter: now.Add(ttl), URIs: []*url.URL{uri}, DNSNames: hosts, IPAddresses: addresses,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, dir)
}

func (ca *CA) issue(tpl *x509.Certificate, dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("mtls: %w", err)
	}
	tpl.SerialNumber = newSerial()
	der, err := x509.CreateCertificate(rand.Reader, tpl, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return fmt.Errorf("mtls: %w", err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("mtls: %w", err)
	}
	var bundle []byte
	for _, c := range ca.bundle {
		bundle = append(bundle, encodeCert(c.Raw)...)
	}
	return errors.Join(
		replace(filepath.Join(dir, caFile), bundle, 0o644),
		replace(filepath.Join(dir, keyFile), keyPEM, 0o600),
		replace(filepath.Join(dir, certFile), encodeCert(der), 0o644),
	)
}

func (ca *CA) write(dir string) error {
	keyPEM, err := encodeKey(ca.key)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, caKeyFile), keyPEM, 0o600); err != nil {
		return err
	}
	return replace(filepath.Join(dir, caFile), encodeCert(ca.cert.Raw), 0o644)
}

func parseCA(certPEM, keyPEM []byte) (*CA, error) {
	cb, _ := pem.Decode(certPEM)
	kb, _ := pem.Decode(keyPEM)
	if cb == nil || kb == nil {
		return nil, errors.New("not PEM")
	}
	cert, err := x509.ParseCertificate(cb.Bytes)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(kb.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("key and certificate do not belong together")
	}
	return &CA{cert: cert, key: key, bundle: []*x509.Certificate{cert}}, nil
}

// replace writes beside the file and renames, so that a reader sees the old content or the new one.
func replace(path string, content []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // created with mode 0600
	if err != nil {
		return fmt.Errorf("mtls: %w", err)
	}
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("mtls: %w", err), os.Remove(tmp.Name()))
	}
	return nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("mtls: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func encodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// newSerial is 127 random bits, positive and never repeated.
func newSerial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails: it crashes the program instead.
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
