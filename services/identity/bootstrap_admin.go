package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// AdminCredentials are what the first administrator logs in with. They are generated, never a default.
type AdminCredentials struct {
	Email      string `json:"email"`
	Password   string `json:"password"`
	TotpSecret string `json:"totp_secret"`
	OtpauthURI string `json:"otpauth_uri"`
}

// NewAdminCredentials generates credentials for an e-mail address: a password of 160 random bits and a TOTP secret. Errors: an address that is none.
func NewAdminCredentials(email string) (AdminCredentials, error) {
	email, ok := normaliseEmail(email)
	if !ok {
		return AdminCredentials{}, errFieldInvalid("email")
	}
	var b [20]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails: it crashes the program instead.
	c := AdminCredentials{
		Email:      email,
		Password:   strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])),
		TotpSecret: newTotpSecret(),
	}
	c.OtpauthURI = otpauthURI(c.Email, c.TotpSecret)
	return c, nil
}

// BootstrapOptions are what BootstrapAdmin works with: identity's database as its runtime role, and the same box and configuration
// that the service gets.
type BootstrapOptions struct {
	Pool   *pgxpool.Pool
	Box    *secret.Box
	Clock  func() time.Time
	Config Config
}

var bootstrapLock = pg.LockKey("identity", "bootstrap_admin")

// BootstrapAdmin makes the first administrator with the given credentials if there is no staff at all, and tells whether it did. The
// caller generates the credentials and writes them to their file BEFORE it calls, and reads them back from that file on the next start:
// then a crash between the two loses nothing, and repeating the call changes nothing. The migrations must have been applied.
func BootstrapAdmin(ctx context.Context, o BootstrapOptions, c AdminCredentials) (created bool, err error) {
	peppers, err := o.Config.check()
	if err != nil {
		return false, err
	}
	q := db.New(o.Pool)
	v, err := openVault(ctx, q, o.Box, o.Clock())
	if err != nil {
		return false, err
	}
	email, ok := normaliseEmail(c.Email)
	if !ok {
		return false, errFieldInvalid("email")
	}
	if any, err := q.AnyOperator(ctx); err != nil || any {
		return false, err
	}
	hash, err := newHasher(peppers, o.Config.HashConcurrency).hash(ctx, c.Password)
	if err != nil {
		return false, err
	}
	err = pg.InTx(ctx, o.Pool, func(tx pgx.Tx) error {
		created = false
		q := q.WithTx(tx)
		if err := q.TakeLock(ctx, bootstrapLock); err != nil {
			return err
		}
		if any, err := q.AnyOperator(ctx); err != nil || any {
			return err
		}
		now, id := o.Clock(), ids.New("opr")
		if err := q.InsertOperator(ctx, db.InsertOperatorParams{
			OperatorID: id, EmailIndex: v.emailIndex(email), EmailSealed: v.seal("operator.email", id, email),
			NameSealed: v.seal("operator.name", id, "Administrator"), Roles: []string{roleAdmin}, Status: operatorActive,
			PasswordHash: &hash, PasswordSetAt: &now, Now: now,
		}); err != nil {
			return err
		}
		created = true
		return q.PutTotp(ctx, db.PutTotpParams{SubjectID: id, SecretSealed: v.seal("totp.secret", id, c.TotpSecret), Now: now})
	})
	return created && err == nil, err
}
