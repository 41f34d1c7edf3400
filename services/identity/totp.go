package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

const (
	totpPeriod      = 30 // seconds, RFC 6238
	totpIssuer      = "Pitboss"
	totpSecretBytes = 20 // RFC 4226 asks for at least 16 and recommends 20
)

// newTotpSecret makes a secret in base32 as authenticator apps take it.
func newTotpSecret() string {
	var b [totpSecretBytes]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails: it crashes the program instead.
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// otpauthURI is what authenticator apps read from a QR code.
func otpauthURI(account, secret string) string {
	v := url.Values{"secret": {secret}, "issuer": {totpIssuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return "otpauth://totp/" + url.PathEscape(totpIssuer+":"+account) + "?" + v.Encode()
}

// matchTotp finds which step a code belongs to: the current one or the one before, for clocks that are slow and codes that were typed
// slowly. Zero means neither. A code therefore works for at most 60 seconds, once (ASVS 6.5.5 asks for 30; docs/security says why).
func matchTotp(secret, code string, now time.Time) int64 {
	step := now.Unix() / totpPeriod
	for _, s := range []int64{step, step - 1} {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(s*totpPeriod, 0),
			totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s
		}
	}
	return 0
}

// enrolledTotp answers the secret that counts; "" when none is enrolled.
func (s *Server) enrolledTotp(ctx context.Context, q *db.Queries, subjectID string) (string, error) {
	row, err := q.GetTotp(ctx, subjectID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return s.vault.open("totp.secret", subjectID, row.SecretSealed)
}

// spendTotp checks a code against the enrolled secret and spends its step, so that no code, and none older, works again.
func (s *Server) spendTotp(ctx context.Context, q *db.Queries, subjectID, code string) (bool, error) {
	secret, err := s.enrolledTotp(ctx, q, subjectID)
	if err != nil || secret == "" {
		return false, err
	}
	now := s.clock()
	step := matchTotp(secret, code, now)
	if step == 0 {
		return false, nil
	}
	n, err := q.UseTotpStep(ctx, db.UseTotpStepParams{SubjectID: subjectID, Step: step, Now: now})
	return n == 1, err
}
