package cashier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// keyConstraint is violated when a key is used again at the same time.
const keyConstraint = "idempotency_pkey"

// requestKey is the caller's key: the request's field or the Idempotency-Key header. Errors: IDEMPOTENCY_KEY_MISSING, and IDEMPOTENCY_CONFLICT
// when both are given and differ, because whichever were dropped might be the one the caller counts on.
func requestKey(ctx context.Context, field string) (string, error) {
	header := rpc.IdempotencyKey(ctx)
	switch {
	case field == "" && header == "":
		return "", errIdempotencyKeyMissing()
	case field != "" && header != "" && field != header:
		return "", errIdempotencyConflict(field)
	case field != "":
		return field, nil
	}
	return header, nil
}

// fingerprint identifies what was asked for.
func fingerprint(parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return sum[:]
}

// earlier answers the payment for which the player used the key, or "". Errors: IDEMPOTENCY_CONFLICT.
func (s *Server) earlier(ctx context.Context, player, key string, print []byte) (string, error) {
	row, err := s.q.GetKey(ctx, db.GetKeyParams{PlayerID: player, Key: key})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	case !bytes.Equal(row.Fingerprint, print):
		return "", errIdempotencyConflict(key)
	}
	return row.PaymentID, nil
}
