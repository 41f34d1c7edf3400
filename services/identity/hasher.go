package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argonParams are the cost of one hash. OWASP's second recommendation: 19 MiB, two passes, one lane; about 30 ms.
type argonParams struct {
	memoryKiB uint32
	passes    uint32
	lanes     uint8
}

var currentParams = argonParams{memoryKiB: 19 * 1024, passes: 2, lanes: 1}

const (
	saltBytes = 16
	hashBytes = 32
)

// Limits on what a stored hash may ask for, so that a damaged row cannot exhaust the machine.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 10
)

var errBadHash = errors.New("identity: a stored password hash cannot be read")

// hasher hashes passwords with argon2id over HMAC-SHA256(pepper, password), a bounded number at a time.
type hasher struct {
	peppers []pepper // the first one is for new passwords
	slots   chan struct{}
	dummy   string
}

func newHasher(peppers []pepper, concurrency int) *hasher {
	if concurrency <= 0 {
		concurrency = 2 * runtime.GOMAXPROCS(0)
	}
	h := &hasher{peppers: peppers, slots: make(chan struct{}, concurrency)}
	h.dummy = h.encode(currentParams, peppers[0], make([]byte, saltBytes), make([]byte, hashBytes))
	return h
}

// hash makes a hash with a new salt and the current cost. Error: OVERLOADED when ctx ends before its turn comes.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // crypto/rand.Read never fails: it crashes the program instead.
	p := h.peppers[0]
	return h.encode(currentParams, p, salt, compute(currentParams, p, salt, password)), nil
}

// verify compares a password with a stored hash; a nil hash is compared with a dummy that nothing matches, so that it takes as long.
// stale says that the hash should be made again, because cost or pepper have changed. Error: OVERLOADED.
func (h *hasher) verify(ctx context.Context, password string, stored *string) (ok, stale bool, err error) {
	encoded := h.dummy
	if stored != nil {
		encoded = *stored
	}
	params, p, salt, want, err := h.decode(encoded)
	if err != nil {
		return false, false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	got := compute(params, p, salt, password)
	ok = subtle.ConstantTimeCompare(got, want) == 1 && stored != nil
	return ok, params != currentParams || p.id != h.peppers[0].id, nil
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errBusy()
	}
}

func (h *hasher) leave() { <-h.slots }

func compute(params argonParams, p pepper, salt []byte, password string) []byte {
	m := hmac.New(sha256.New, p.key)
	m.Write([]byte(password))
	return argon2.IDKey(m.Sum(nil), salt, params.passes, params.memoryKiB, params.lanes, hashBytes)
}

// encode is the PHC string form with the pepper's id in front: pepper$argon2id$v=19$m=..,t=..,p=..$salt$hash.
func (h *hasher) encode(params argonParams, p pepper, salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%s$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", p.id, argon2.Version, params.memoryKiB, params.passes, params.lanes,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

func (h *hasher) decode(s string) (params argonParams, p pepper, salt, sum []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return params, p, nil, nil, errBadHash
	}
	for _, known := range h.peppers {
		if known.id == parts[0] {
			p = known
		}
	}
	if p.id == "" {
		return params, p, nil, nil, fmt.Errorf("%w: pepper %q is not configured", errBadHash, parts[0])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &params.memoryKiB, &params.passes, &params.lanes); err != nil {
		return params, p, nil, nil, errBadHash
	}
	if params.memoryKiB == 0 || params.memoryKiB > maxMemoryKiB || params.passes == 0 || params.passes > maxPasses || params.lanes == 0 {
		return params, p, nil, nil, errBadHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(sum) != hashBytes {
		return params, p, nil, nil, errBadHash
	}
	return params, p, salt, sum, nil
}
