package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"

	"github.com/pitboss-gaming/pitboss/engines/nats"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// NATSUsers are the users of a NATS server: every service, the provisioner and the observer, each with the least rights that the
// topology demands, by name.
func NATSUsers(platform []Service) ([]nats.User, error) {
	permissions, err := bus.Permissions(Topology(platform))
	if err != nil {
		return nil, err
	}
	var users []nats.User
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		p := permissions[name]
		users = append(users, nats.User{Name: mtls.ServiceID(name), Publish: p.Publish, Subscribe: p.Subscribe})
	}
	return users, nil
}

// ProvisionStreams creates or updates every stream and consumer, as the provisioner whose certificate is given.
func ProvisionStreams(ctx context.Context, natsURL string, platform []Service, provisioner *tls.Config, o bus.ProvisionOptions) error {
	conn, err := bus.Connect(ctx, natsURL, bus.Provisioner, provisioner)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := bus.Provision(ctx, conn.JetStream(), Topology(platform), o); err != nil {
		return fmt.Errorf("streams: %w", err)
	}
	return nil
}

// NATSTLS is the TLS configuration of an embedded NATS server. NATS maps certificates to users by itself and for that verifies them against
// ClientCAs, which are read again at each handshake, like the server's own certificate.
func NATSTLS(m mtls.Materials) *tls.Config {
	base := &tls.Config{MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true, ClientAuth: tls.RequireAndVerifyClientCert, GetCertificate: tlsconfig.GetCertificate(m)}
	outer := base.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		bundle, err := m.GetX509BundleForTrustDomain(spiffeid.RequireTrustDomainFromString(mtls.TrustDomain))
		if err != nil {
			return nil, err
		}
		inner := base.Clone()
		inner.ClientCAs = x509.NewCertPool()
		for _, ca := range bundle.X509Authorities() {
			inner.ClientCAs.AddCert(ca)
		}
		return inner, nil
	}
	return outer
}
