// Package authn finds out who calls: the service or operator by the certificate of the connection, and the person or partner
// by the access token that the gateway passes on. Every service does this itself; nobody is believed because of where a call
// comes from.
package authn

import (
	"context"
	"time"
)

// Kind is the kind of caller.
type Kind int

const (
	// KindAnonymous is a call through the gateway without an access token.
	KindAnonymous Kind = iota
	// KindPlayer is a player with a valid access token.
	KindPlayer
	// KindOperator is a member of staff with a valid access token or an operator's certificate.
	KindOperator
	// KindPartner is a partner's API client with a valid access token.
	KindPartner
	// KindPeer is a service of the mesh calling on its own behalf.
	KindPeer
)

var kindNames = map[Kind]string{
	KindAnonymous: "anonymous", KindPlayer: "player", KindOperator: "operator", KindPartner: "partner", KindPeer: "peer",
}

// String is the kind's lower-case name as it stands in tokens, logs and the audit trail.
func (k Kind) String() string { return kindNames[k] }

// Caller is who makes a call. The zero value is an anonymous caller without any right.
type Caller struct {
	Kind Kind
	// ID is the player's, operator's or partner client's id, the name in an operator's certificate, the service's name for a
	// peer, and empty for an anonymous caller.
	ID string
	// SessionID is the session the token belongs to; empty without a token.
	SessionID string
	// Roles are an operator's roles.
	Roles []string
	// Scopes are the OAuth2 scopes of a partner's token.
	Scopes []string
	// ACR is the authentication class, aal1 or aal2.
	ACR string
	// AuthTime is when the person last proved who they are: the token's auth_time, or an operator certificate's start.
	AuthTime time.Time
	// Peer is the service in the client certificate, "gateway" for example, or "operator/<name>" for an operator's certificate.
	// Inside the chain it is always set.
	Peer string
	// Peername is the whole SPIFFE id of the client certificate.
	Peername string
}

type callerKey struct{}

// NewContext returns ctx with the caller; only the interceptor and tests need it.
func NewContext(ctx context.Context, c Caller) context.Context {
	return NewContextOf(ctx, &c)
}

// NewContextOf is NewContext for a caller that does not change any more, which is not copied.
func NewContextOf(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From returns the caller of the current RPC; outside one, an anonymous caller without any right.
func From(ctx context.Context) Caller {
	if c, _ := ctx.Value(callerKey{}).(*Caller); c != nil {
		return *c
	}
	return Caller{}
}
