package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

const indexKeyBytes = 32

// vault seals what must not lie readable in the database and makes the keyed hashes by which it is found again.
type vault struct {
	box      *secret.Box
	indexKey []byte
}

// openVault loads the key of the hashes, making it when it does not exist. Replicas that start together end with the same key.
func openVault(ctx context.Context, q *db.Queries, box *secret.Box, now time.Time) (*vault, error) {
	const purpose = "index"
	aad := []byte("data_key:" + purpose)
	sealed, err := q.GetDataKey(ctx, purpose)
	if errors.Is(err, pgx.ErrNoRows) {
		fresh := make([]byte, indexKeyBytes)
		_, _ = rand.Read(fresh) // crypto/rand.Read never fails: it crashes the program instead.
		if err := q.PutDataKey(ctx, db.PutDataKeyParams{Purpose: purpose, Sealed: box.Seal(fresh, aad), Now: now}); err != nil {
			return nil, fmt.Errorf("identity: store the index key: %w", err)
		}
		sealed, err = q.GetDataKey(ctx, purpose)
	}
	if err != nil {
		return nil, fmt.Errorf("identity: read the index key: %w", err)
	}
	key, err := box.Open(sealed, aad)
	if err != nil || len(key) != indexKeyBytes {
		return nil, errors.New("identity: the index key was sealed with another key than this process has")
	}
	return &vault{box: box, indexKey: key}, nil
}

// seal encrypts a value for one column of one row.
func (v *vault) seal(column, rowID, plain string) []byte {
	return v.box.Seal([]byte(plain), []byte(column+":"+rowID))
}

// open decrypts what seal made for the same column and row; nothing opens to nothing.
func (v *vault) open(column, rowID string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := v.box.Open(sealed, []byte(column+":"+rowID))
	if err != nil {
		return "", fmt.Errorf("identity: %s of %s: %w", column, rowID, err)
	}
	return string(plain), nil
}

// index is the keyed hash of a value that has few possibilities or is personal; purpose keeps equal values of two kinds apart.
func (v *vault) index(purpose, value string) []byte {
	m := hmac.New(sha256.New, v.indexKey)
	m.Write([]byte(purpose + "\x00" + value))
	return m.Sum(nil)
}

func (v *vault) emailIndex(email string) []byte { return v.index("email", email) }

// newToken makes 256 random bits for somebody to carry, and the hash that is kept of them. They cannot be guessed, so the hash
// needs no key.
func newToken() (token string, hash []byte) {
	token = base64.RawURLEncoding.EncodeToString(randomBytes(32))
	return token, hashToken(token)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails: it crashes the program instead.
	return b
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
