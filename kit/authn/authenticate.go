package authn

import (
	"context"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// gateway is the one service that passes on tokens of the persons it calls for.
const gateway = "gateway"

// Authenticate finds out who makes the current RPC. The certificate says which service or operator is connected. A token in the
// metadata "authorization: Bearer ..." is looked at only when the gateway or an operator's command line brings it: a service
// calls on its own behalf and never for somebody, so what it might pass on is ignored. v may be nil in a process that takes no
// tokens; a token is then refused. Errors: UNAUTHENTICATED, TOKEN_EXPIRED, UNAVAILABLE.
func Authenticate(ctx context.Context, v *Verifier) (Caller, error) {
	id, err := mtls.PeerFrom(ctx)
	if err != nil {
		return Caller{}, unauthenticated("the connection has no identity", err)
	}
	c := fromCertificate(id)
	if id.Service != "" && id.Service != gateway {
		return c, nil
	}
	headers := metadata.ValueFromIncomingContext(ctx, "authorization") // alone, because taking all metadata copies all of it
	if len(headers) == 0 {
		return c, nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "bearer") || token == "" {
		return Caller{}, unauthenticated("authorization is not one bearer token", nil)
	}
	if v == nil {
		return Caller{}, unauthenticated("this service takes no tokens", nil)
	}
	claims, err := v.Verify(ctx, token)
	if err != nil {
		return Caller{}, err
	}
	return Caller{
		Kind: claims.Kind, ID: claims.Subject, SessionID: claims.SessionID, Roles: claims.Roles, Scopes: claims.Scopes,
		ACR: claims.ACR, AuthTime: claims.AuthTime, Peer: c.Peer, Peername: c.Peername,
	}, nil
}

// fromCertificate is who calls when there is no token. An operator's certificate counts as two factors (the file and whoever issued
// it), proven when it was issued: an RPC with step_up needs one that is new.
func fromCertificate(id mtls.Identity) Caller {
	switch {
	case id.Operator != "":
		return Caller{
			Kind: KindOperator, ID: id.Operator, Roles: []string{id.Role}, ACR: "aal2",
			AuthTime: id.NotBefore.Add(mtls.Backdate), Peer: "operator/" + id.Operator, Peername: id.URI,
		}
	case id.Service == gateway:
		return Caller{Kind: KindAnonymous, Peer: id.Service, Peername: id.URI}
	default:
		return Caller{Kind: KindPeer, ID: id.Service, Peer: id.Service, Peername: id.URI}
	}
}
