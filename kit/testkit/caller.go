package testkit

import (
	"context"
	"crypto/ed25519"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// Caller is somebody who calls, as the platform will see them.
type Caller struct {
	peer   string // service whose certificate is presented
	claims *authn.Claims
	md     []string
}

// Anonymous is a request from the gateway without a token.
func Anonymous() Caller { return Caller{peer: "gateway"} }

// Peer is a service that calls on its own.
func Peer(service string) Caller { return Caller{peer: service} }

// Player is a player with one factor.
func Player(id string) Caller {
	return Caller{peer: "gateway", claims: &authn.Claims{Kind: authn.KindPlayer, Subject: id, ACR: "aal1"}}
}

// Operator is a staff member with these roles and two factors, proved just now.
func Operator(roles ...string) Caller { return OperatorNamed(ids.New("opr"), roles...) }

// OperatorNamed is Operator with an id of the test's choice, where it matters who it is.
func OperatorNamed(id string, roles ...string) Caller {
	return Caller{peer: "gateway", claims: &authn.Claims{Kind: authn.KindOperator, Subject: id, Roles: roles, ACR: "aal2"}}
}

// Partner is a partner's API client with these scopes.
func Partner(id string, scopes ...string) Caller {
	return Caller{peer: "gateway", claims: &authn.Claims{Kind: authn.KindPartner, Subject: id, Scopes: scopes}}
}

// Fresh is the caller with a second factor proved just now.
func (c Caller) Fresh() Caller { return c.change(func(x *authn.Claims) { x.ACR = "aal2" }) }

// Stale is the caller with a second factor proved an hour ago.
func (c Caller) Stale() Caller {
	return c.change(func(x *authn.Claims) { x.ACR, x.AuthTime = "aal2", time.Unix(1, 0) })
}

// InSession is the caller in a session of the test's choice.
func (c Caller) InSession(id string) Caller {
	return c.change(func(x *authn.Claims) { x.SessionID = id })
}

// With adds request metadata, for example rpc.HeaderIdempotencyKey.
func (c Caller) With(kv ...string) Caller {
	c.md = append(append([]string{}, c.md...), kv...)
	return c
}

func (c Caller) change(do func(*authn.Claims)) Caller {
	if c.claims == nil {
		panic("testkit: only persons have factors and sessions")
	}
	claims := *c.claims
	do(&claims)
	c.claims = &claims
	return c
}

const (
	testIssuer = "https://pitboss.test"
	testKid    = "testkit"
)

// testKeys verifies the harness's own tokens and leaves all others to identity.
type testKeys struct {
	public ed25519.PublicKey
	next   authn.KeySource
}

func (k testKeys) Key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	if kid == testKid {
		return k.public, nil
	}
	return k.next.Key(ctx, kid)
}

// As answers a connection to the service under test that calls as somebody.
func (h *Harness) As(c Caller) *grpc.ClientConn { return h.To(h.service, c) }

// To is As for another service that runs in the harness.
func (h *Harness) To(service string, c Caller) *grpc.ClientConn {
	h.t.Helper()
	add := func(ctx context.Context) (context.Context, error) {
		kv := append([]string{}, c.md...)
		if c.claims != nil {
			token, err := h.token(*c.claims)
			if err != nil {
				return nil, err
			}
			kv = append(kv, "authorization", "Bearer "+token)
		}
		return metadata.AppendToOutgoingContext(ctx, kv...), nil
	}
	conn, err := rpc.ClientConn(h.host.Addr(service), service, h.source(c.peer), rpc.ClientOptions{Extra: []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			ctx, err := add(ctx)
			if err != nil {
				return err
			}
			return invoke(ctx, method, req, reply, cc, opts...)
		})}})
	if err != nil {
		h.t.Fatalf("testkit: connect as %s: %v", c.peer, err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// token signs an access token for the claims, valid at the harness's time.
func (h *Harness) token(c authn.Claims) (string, error) {
	now := h.Clock.Now()
	c.Issuer, c.IssuedAt, c.ExpiresAt = testIssuer, now, now.Add(authn.MaxTTL)
	if c.AuthTime.IsZero() {
		c.AuthTime = now
	}
	if c.SessionID == "" {
		c.SessionID = "ses_" + c.Subject
	}
	return authn.Sign(h.key, testKid, c)
}
