// Package mtls gives every service of the mesh an identity and lets two of them talk only when both have proved theirs. An identity
// is a SPIFFE id in the URI SAN of a certificate: spiffe://pitboss.local/svc/<name> for services and
// spiffe://pitboss.local/operator/<name>/role/<role> for an operator's command line. Certificates lie in a directory as tls.crt,
// tls.key and ca.crt, the same names wherever they come from, and are read again when they change.
package mtls

import (
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

// TrustDomain is the domain of all identities of the mesh.
const TrustDomain = "pitboss.local"

var (
	trustDomain = spiffeid.RequireTrustDomainFromString(TrustDomain)
	segment     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
)

// ErrNoPeer is returned by PeerFrom when the connection has no verified identity of ours.
var ErrNoPeer = errors.New("mtls: the connection has no identity")

// Identity is who a certificate speaks for: a service, or an operator with a role.
type Identity struct {
	URI      string
	Service  string // empty for an operator
	Operator string // empty for a service
	Role     string // the operator's role
	// NotBefore and NotAfter bound the certificate. Certificates are backdated by Backdate.
	NotBefore, NotAfter time.Time
}

// ServiceID returns the SPIFFE id of a service.
func ServiceID(name string) string { return "spiffe://" + TrustDomain + "/svc/" + name }

// OperatorID returns the SPIFFE id of an operator's command line in a role.
func OperatorID(name, role string) string {
	return "spiffe://" + TrustDomain + "/operator/" + name + "/role/" + role
}

// ParseID reads a SPIFFE id of the mesh. It fails for another trust domain and for every path that is not one of ours.
func ParseID(uri string) (Identity, error) {
	id, err := spiffeid.FromString(uri)
	if err != nil {
		return Identity{}, fmt.Errorf("mtls: %w", err)
	}
	if !id.MemberOf(trustDomain) {
		return Identity{}, fmt.Errorf("mtls: %s is not of the trust domain %s", uri, TrustDomain)
	}
	parts := strings.Split(strings.TrimPrefix(id.Path(), "/"), "/")
	for _, p := range parts {
		if !segment.MatchString(p) {
			return Identity{}, fmt.Errorf("mtls: %s is not an identity of the mesh", uri)
		}
	}
	switch {
	case len(parts) == 2 && parts[0] == "svc":
		return Identity{URI: uri, Service: parts[1]}, nil
	case len(parts) == 4 && parts[0] == "operator" && parts[2] == "role":
		return Identity{URI: uri, Operator: parts[1], Role: parts[3]}, nil
	}
	return Identity{}, fmt.Errorf("mtls: %s is not an identity of the mesh", uri)
}

// Materials is what a TLS configuration is made of; *Source is one. Both methods are asked at every handshake.
type Materials interface {
	x509svid.Source
	x509bundle.Source
}

// ServerTLS is the configuration of a server that admits every identity of the mesh; which of them may call what is decided per RPC.
// TLS 1.3 only. Session tickets are off, because a resumed session is not verified again by crypto/tls, and the check sits in
// VerifyConnection, which runs for resumed sessions too.
func ServerTLS(m Materials) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true,
		ClientAuth:             tls.RequireAnyClientCert, // the chain is verified in VerifyConnection, against the bundle of that moment
		GetCertificate:         tlsconfig.GetCertificate(m),
		VerifyConnection: func(s tls.ConnectionState) error {
			_, err := verify(m, s)
			return err
		},
	}
}

// ClientTLS is the configuration of a client that speaks only to the named service, wherever it runs: host names prove nothing here.
func ClientTLS(m Materials, service string) *tls.Config {
	return &tls.Config{
		MinVersion:           tls.VersionTLS13,
		InsecureSkipVerify:   true, //nolint:gosec // replaces the host name check; VerifyConnection verifies chain and identity
		GetClientCertificate: tlsconfig.GetClientCertificate(m),
		VerifyConnection: func(s tls.ConnectionState) error {
			id, err := verify(m, s)
			if err != nil {
				return err
			}
			if id.Service != service {
				return fmt.Errorf("mtls: the server is %s, not %s", id.URI, ServiceID(service))
			}
			return nil
		},
	}
}

// verify checks the other side's chain against the bundle and that its identity is one of ours.
func verify(m Materials, s tls.ConnectionState) (Identity, error) {
	id, _, err := x509svid.Verify(s.PeerCertificates, m)
	if err != nil {
		return Identity{}, fmt.Errorf("mtls: %w", err)
	}
	return ParseID(id.String())
}
