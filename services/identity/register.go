package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/language"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// Register begins a registration: an unconfirmed account with the password and a code of this very attempt. Attempts for one address
// exist side by side, so that nobody can plant a password in somebody else's. Everything is done for a taken address too, except that
// its owner gets another mail.
func (s *Server) Register(ctx context.Context, req *identityv1.RegisterRequest) (*identityv1.RegisterResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		return nil, errFieldInvalid("email")
	}
	p, err := preferences(req)
	if err != nil {
		return nil, err
	}
	if rule := checkPassword(req.GetPassword(), email, minPlayerPassword); rule != "" {
		return nil, errPasswordWeak(rule)
	}
	index := s.vault.emailIndex(email)
	if err := s.count(ctx, s.mailCounters(ctx, index)); err != nil {
		return nil, err
	}
	hash, err := s.hasher.hash(ctx, req.GetPassword())
	if err != nil {
		return nil, err
	}
	now := s.clock()
	p.PlayerID, p.Status, p.PasswordHash = ids.New("ply"), playerUnverified, &hash
	p.EmailIndex, p.EmailSealed = index, s.vault.seal("player.email", p.PlayerID, email)
	p.AdultConfirmedAt, p.PasswordSetAt, p.Now = &now, &now, now
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.register(ctx, s.q.WithTx(tx), p, email) })
	if err != nil {
		return nil, err
	}
	s.nudge()
	return &identityv1.RegisterResponse{CodeTtlS: int32(emailCodeTTL / time.Second)}, nil
}

func (s *Server) register(ctx context.Context, q *db.Queries, p db.InsertPlayerParams, email string) error {
	_, err := q.FindVerifiedPlayer(ctx, p.EmailIndex)
	if err == nil {
		return s.oweMail(ctx, q, mailJob{
			Template: "email_taken", Address: email, Language: p.Language, Variables: map[string]string{"login_url": s.publicURL + "/login"},
		}, mailTTL)
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	attempts, err := q.LockUnverifiedPlayers(ctx, p.EmailIndex)
	if err != nil {
		return err
	}
	if len(attempts) >= registrationsPerAddress {
		if err := q.DeletePlayers(ctx, playerIDs(attempts[registrationsPerAddress-1:])); err != nil {
			return err
		}
	}
	if err := q.InsertPlayer(ctx, p); err != nil {
		return err
	}
	return s.mailCode(ctx, q, p.PlayerID, email, p.Language)
}

// mailCode gives a registration attempt a new code, which replaces its old one, and owes the mail with it.
func (s *Server) mailCode(ctx context.Context, q *db.Queries, playerID, email, language string) error {
	code, err := newEmailCode()
	if err != nil {
		return err
	}
	if err := q.PutEmailCode(ctx, db.PutEmailCodeParams{
		PlayerID: playerID, CodeHash: s.emailCodeHash(playerID, code), ExpiresAt: s.clock().Add(emailCodeTTL),
	}); err != nil {
		return err
	}
	return s.oweMail(ctx, q, mailJob{
		Template: "verify_email", Address: email, Language: language, SubjectID: playerID,
		Variables: map[string]string{"code": code, "ttl_minutes": strconv.Itoa(int(emailCodeTTL / time.Minute))},
	}, emailCodeTTL)
}

// emailCodeHash is keyed, because a million possibilities are no protection by themselves.
func (s *Server) emailCodeHash(playerID, code string) []byte {
	return s.vault.index("email_code:"+playerID, code)
}

func newEmailCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("identity: make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// preferences reads country, language and time zone with their defaults.
func preferences(req *identityv1.RegisterRequest) (db.InsertPlayerParams, error) {
	p := db.InsertPlayerParams{Country: country.Unknown, Language: "en", TimeZone: "UTC"}
	if req.GetCountry() != "" {
		p.Country = req.GetCountry()
	}
	if req.GetLanguage() != "" {
		p.Language = req.GetLanguage()
	}
	if req.GetTimeZone() != "" {
		p.TimeZone = req.GetTimeZone()
	}
	if p.Country != country.Unknown && !country.Known(p.Country) {
		return p, errFieldInvalid("country")
	}
	if !language.Known(p.Language) {
		return p, errFieldInvalid("language")
	}
	if !validTimeZone(p.TimeZone) {
		return p, errFieldInvalid("time_zone")
	}
	return p, nil
}

func playerIDs(rows []db.Player) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.PlayerID
	}
	return out
}
