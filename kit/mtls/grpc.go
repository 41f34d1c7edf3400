package mtls

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
)

// ServerCredentials are ServerTLS for a gRPC server whose handlers ask PeerFrom. The other side's identity is read from its certificate
// once, at the handshake; it cannot change while the connection lasts.
func ServerCredentials(m Materials) credentials.TransportCredentials {
	return serverCredentials{credentials.NewTLS(ServerTLS(m))}
}

type serverCredentials struct {
	credentials.TransportCredentials
}

// peerInfo is what gRPC knows about a connection, with the identity.
type peerInfo struct {
	credentials.TLSInfo
	identity Identity
}

// ServerHandshake refuses a connection without an identity of ours; ServerTLS has refused it already.
func (c serverCredentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, auth, err := c.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		return nil, nil, err
	}
	info, err := identify(auth)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, info, nil
}

// Clone is what gRPC asks for before it changes credentials.
func (c serverCredentials) Clone() credentials.TransportCredentials {
	return serverCredentials{c.TransportCredentials.Clone()}
}

func identify(auth credentials.AuthInfo) (peerInfo, error) {
	info, ok := auth.(credentials.TLSInfo)
	if !ok || len(info.State.PeerCertificates) == 0 {
		return peerInfo{}, ErrNoPeer
	}
	leaf := info.State.PeerCertificates[0]
	uri, err := x509svid.IDFromCert(leaf)
	if err != nil {
		return peerInfo{}, fmt.Errorf("%w: %w", ErrNoPeer, err)
	}
	id, err := ParseID(uri.String())
	if err != nil {
		return peerInfo{}, fmt.Errorf("%w: %w", ErrNoPeer, err)
	}
	id.NotBefore, id.NotAfter = leaf.NotBefore, leaf.NotAfter
	return peerInfo{info, id}, nil
}

// PeerFrom returns the identity of the other side of a gRPC call to a server with ServerCredentials. Error: ErrNoPeer, also in every other
// server.
func PeerFrom(ctx context.Context) (Identity, error) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return Identity{}, ErrNoPeer
	}
	info, ok := p.AuthInfo.(peerInfo)
	if !ok {
		return Identity{}, ErrNoPeer
	}
	return info.identity, nil
}
