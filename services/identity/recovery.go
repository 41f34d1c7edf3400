package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

const (
	recoveryCodes     = 10
	recoveryCodeBytes = 10 // 80 bits
)

var recoveryAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newRecoveryCode makes a code of 16 characters in groups of four, in Crockford's alphabet, which has no look-alikes.
func newRecoveryCode() string {
	var b [recoveryCodeBytes]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails: it crashes the program instead.
	s := recoveryAlphabet.EncodeToString(b[:])
	return s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// normaliseRecoveryCode forgives case, spaces, dashes and the letters that Crockford reads as digits.
func normaliseRecoveryCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(s))
}

// recoveryHash is keyed, because 80 bits are too few for a plain hash (ASVS 6.6), and names the subject, so that codes cannot be moved.
func (s *Server) recoveryHash(subjectID, code string) []byte {
	return s.vault.index("recovery:"+subjectID, normaliseRecoveryCode(code))
}

// replaceRecoveryCodes makes ten new codes; the old ones die.
func (s *Server) replaceRecoveryCodes(ctx context.Context, q *db.Queries, subjectID string) ([]string, error) {
	codes := make([]string, recoveryCodes)
	hashes := make([][]byte, recoveryCodes)
	for i := range codes {
		codes[i] = newRecoveryCode()
		hashes[i] = s.recoveryHash(subjectID, codes[i])
	}
	if err := q.DeleteRecoveryCodes(ctx, subjectID); err != nil {
		return nil, err
	}
	return codes, q.InsertRecoveryCodes(ctx, db.InsertRecoveryCodesParams{SubjectID: subjectID, CodeHashes: hashes})
}
