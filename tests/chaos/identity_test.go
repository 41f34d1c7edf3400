package chaos_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

const (
	issuer = "https://chaos.test"
	keyID  = "chaos"
)

// identity is what wallets ask it: the key of the tokens that this test signs, and whether a partner's player may play.
type identity struct {
	identityv1.UnimplementedIdentityServiceServer
	addr    string
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

func startIdentity(t *testing.T, certificate *mtls.Source) *identity {
	i := &identity{}
	var err error
	i.public, i.private, err = ed25519.GenerateKey(nil)
	require.NoError(t, err)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	i.addr = lis.Addr().String()
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(mtls.ServerTLS(certificate))))
	identityv1.RegisterIdentityServiceServer(s, i)
	var served sync.WaitGroup
	served.Go(func() { _ = s.Serve(lis) }) // ends with Stop
	t.Cleanup(func() { s.Stop(); served.Wait() })
	return i
}

// GetJwks answers the one key.
func (i *identity) GetJwks(context.Context, *identityv1.GetJwksRequest) (*identityv1.GetJwksResponse, error) {
	return &identityv1.GetJwksResponse{Keys: []*identityv1.Jwk{{Kid: keyID, Kty: "OKP", Crv: "Ed25519", X: base64.RawURLEncoding.EncodeToString(i.public)}}}, nil
}

// GetPlayerStatus answers that everybody may play.
func (i *identity) GetPlayerStatus(context.Context, *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	return &identityv1.GetPlayerStatusResponse{Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE}, nil
}

// bearer sends every call with a new token of somebody, whose second factor has just been proved.
func (i *identity) bearer(name string) grpc.DialOption {
	return grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		now := time.Now()
		c := authn.Claims{Issuer: issuer, IssuedAt: now, ExpiresAt: now.Add(time.Minute), AuthTime: now, SessionID: "ses_" + name}
		if person, ok := strings.CutPrefix(name, "operator:"); ok {
			c.Kind, c.Subject, c.Roles, c.ACR = authn.KindOperator, person, []string{"finance"}, "aal2"
		} else {
			c.Kind, c.Subject, c.Scopes = authn.KindPartner, books.PartnerID, []string{"wallet"}
		}
		token, err := authn.Sign(i.private, keyID, c)
		if err != nil {
			return err
		}
		return invoke(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token), method, req, reply, cc, opts...)
	})
}
