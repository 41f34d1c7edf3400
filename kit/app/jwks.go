package app

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

const (
	// keysFresh is how long a set of keys is used without asking; keys are published longer than this before they sign.
	keysFresh = 5 * time.Minute
	// keysPause is the least time between two questions, so that tokens with invented key ids cannot make a storm.
	keysPause = 2 * time.Second
)

// jwks holds identity's public keys in memory and asks again when they are old or a key id is unknown.
type jwks struct {
	dial  func(service string) (*grpc.ClientConn, error)
	clock func() time.Time

	mu    sync.Mutex
	keys  map[string]ed25519.PublicKey
	asked time.Time
}

// Key finds the public key of a key id, or fails when identity does not publish it now.
func (j *jwks) Key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.clock()
	key, known := j.keys[kid]
	age := now.Sub(j.asked)
	if known && age < keysFresh {
		return key, nil
	}
	if age >= keysPause {
		if err := j.load(ctx, now); err != nil {
			// Keys that were good a moment ago verify on while identity is away; unknown ones cannot.
			if known && age < 3*keysFresh {
				return key, nil
			}
			return nil, err
		}
	}
	if key, known = j.keys[kid]; !known {
		return nil, fmt.Errorf("%w: %q", authn.ErrUnknownKey, kid)
	}
	return key, nil
}

func (j *jwks) load(ctx context.Context, now time.Time) error {
	conn, err := j.dial("identity")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	res, err := identityv1.NewIdentityServiceClient(conn).GetJwks(ctx, &identityv1.GetJwksRequest{})
	if err != nil {
		return fmt.Errorf("ask identity for its keys: %w", err)
	}
	keys := map[string]ed25519.PublicKey{}
	for _, k := range res.GetKeys() {
		x, err := base64.RawURLEncoding.DecodeString(k.GetX())
		if err != nil || len(x) != ed25519.PublicKeySize || k.GetKty() != "OKP" || k.GetCrv() != "Ed25519" {
			continue
		}
		keys[k.GetKid()] = x
	}
	j.keys, j.asked = keys, now
	return nil
}
