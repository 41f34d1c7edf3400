package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// keyState is what a signing key does at a moment.
type keyState string

const (
	keyNext     keyState = "next"     // published, does not sign yet
	keyActive   keyState = "active"   // signs and verifies
	keyPassive  keyState = "passive"  // verifies what it signed
	keyDisabled keyState = "disabled" // neither
)

// keyStates tells each key's state by the times alone, so that replicas agree without talking: the youngest key whose time to sign has
// come is active; the ones before it verify until the last token they signed is over. keys are those not disabled, youngest first.
func keyStates(keys []db.SigningKey, now time.Time) []keyState {
	states := make([]keyState, len(keys))
	var activeFrom time.Time
	for i, k := range keys {
		switch {
		case k.DisabledAt != nil:
			states[i] = keyDisabled
		case k.SignsFrom.After(now):
			states[i] = keyNext
		case activeFrom.IsZero():
			states[i], activeFrom = keyActive, k.SignsFrom
		case now.Sub(activeFrom) <= authn.MaxTTL+2*authn.Skew:
			states[i] = keyPassive
		default:
			states[i] = keyDisabled
		}
	}
	return states
}

var errNoSigningKey = errors.New("identity: there is no active signing key")

// activeKey answers the key that signs now. It asks the database each time: one small query, and a disabled key never signs again.
func (s *Server) activeKey(ctx context.Context, q *db.Queries) (kid string, private ed25519.PrivateKey, err error) {
	keys, err := q.ListSigningKeys(ctx)
	if err != nil {
		return "", nil, err
	}
	for i, state := range keyStates(keys, s.clock()) {
		if state != keyActive {
			continue
		}
		seed, err := s.vault.open("signing_key.private", keys[i].Kid, keys[i].PrivateSealed)
		if err != nil {
			return "", nil, err
		}
		if len(seed) != ed25519.SeedSize {
			return "", nil, fmt.Errorf("identity: signing key %s has a wrong size", keys[i].Kid)
		}
		return keys[i].Kid, ed25519.NewKeyFromSeed([]byte(seed)), nil
	}
	return "", nil, errNoSigningKey
}

// addKey makes a key that signs from the given time.
func (s *Server) addKey(ctx context.Context, q *db.Queries, signsFrom time.Time, reason string) (string, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("identity: make a signing key: %w", err)
	}
	kid := ids.New("key")
	return kid, q.InsertSigningKey(ctx, db.InsertSigningKeyParams{
		Kid: kid, PublicKey: public, PrivateSealed: s.vault.seal("signing_key.private", kid, string(private.Seed())),
		Now: s.clock(), SignsFrom: signsFrom, Reason: reason,
	})
}

var signingKeyLock = pg.LockKey("identity", "signing_key")

// maintainKeys makes the first key, which signs at once because nobody can have cached anything, and the successor of a key that has
// signed for KeyRotation. Replicas that do it together make one key.
func (s *Server) maintainKeys(ctx context.Context) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.TakeLock(ctx, signingKeyLock); err != nil {
			return err
		}
		keys, err := q.ListSigningKeys(ctx)
		if err != nil {
			return err
		}
		now := s.clock()
		var active *db.SigningKey
		for i, state := range keyStates(keys, now) {
			switch state {
			case keyNext:
				return nil
			case keyActive:
				active = &keys[i]
			case keyPassive, keyDisabled:
			}
		}
		switch {
		case active == nil:
			_, err = s.addKey(ctx, q, now, "first key")
		case now.Sub(active.SignsFrom) >= s.cfg.KeyRotation:
			_, err = s.addKey(ctx, q, now.Add(s.cfg.KeyPublicationDelay), "rotation by age")
		}
		return err
	})
}
