package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// Login checks the first factor. An account that does not exist, is not confirmed, is locked or has no password costs as much time and
// answers the same.
func (s *Server) Login(ctx context.Context, req *identityv1.LoginRequest) (*identityv1.LoginResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		// Not an address, so nobody's; it costs an attempt and a hash like any other.
		email = req.GetEmail()
	}
	index := s.vault.emailIndex(email)
	found, err := s.q.FindVerifiedPlayer(ctx, index)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	cs, err := s.accountCounters(ctx, kindPlayer, index, found.PlayerID)
	if err != nil {
		return nil, err
	}
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	good, stale, err := s.hasher.verify(ctx, req.GetPassword(), found.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !good || found.Status != playerActive {
		return nil, errCredentialsInvalid()
	}
	if stale {
		if err := s.rehash(ctx, found, req.GetPassword()); err != nil {
			return nil, err
		}
	}
	var res *identityv1.LoginResponse
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		p, err := s.q.WithTx(tx).LockPlayer(ctx, found.PlayerID)
		if err != nil {
			return err
		}
		if p.Status != playerActive || !sameTime(p.PasswordSetAt, found.PasswordSetAt) {
			return errCredentialsInvalid() // locked, or given another password, while the hash was computed
		}
		res, err = s.afterFirstFactor(ctx, tx, p, "password")
		return err
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return res, s.forgive(ctx, cs)
}

// afterFirstFactor answers a challenge when a second factor is enrolled, a session otherwise. The caller has locked the player's row.
func (s *Server) afterFirstFactor(ctx context.Context, tx pgx.Tx, p db.Player, method string) (*identityv1.LoginResponse, error) {
	q := s.q.WithTx(tx)
	secret, err := s.enrolledTotp(ctx, q, p.PlayerID)
	if err != nil {
		return nil, err
	}
	if secret == "" {
		l, err := s.playerLogin(p, []string{method}, acrOneFactor)
		if err != nil {
			return nil, err
		}
		tokens, err := s.startSession(ctx, tx, l)
		return &identityv1.LoginResponse{Tokens: tokens}, err
	}
	challenge, hash := newToken()
	res := &identityv1.LoginResponse{Challenge: challenge, Factors: []string{"totp"}}
	left, err := q.CountRecoveryCodes(ctx, p.PlayerID)
	if err != nil {
		return nil, err
	}
	if left > 0 {
		res.Factors = append(res.Factors, "recovery_code")
	}
	return res, q.InsertChallenge(ctx, db.InsertChallengeParams{
		TokenHash: hash, PlayerID: p.PlayerID, Methods: []string{method}, ExpiresAt: s.clock().Add(challengeTTL),
	})
}

func (s *Server) playerLogin(p db.Player, methods []string, acr string) (login, error) {
	l := login{subject: subject{kind: kindPlayer, id: p.PlayerID}, methods: methods, acr: acr, language: p.Language}
	var err error
	if p.EmailVerifiedAt != nil {
		l.notify, err = s.emailOf(p)
	}
	return l, err
}

// rehash brings a password to the current cost and pepper while it is known.
func (s *Server) rehash(ctx context.Context, p db.Player, password string) error {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.q.RehashPlayerPassword(ctx, db.RehashPlayerPasswordParams{PlayerID: p.PlayerID, OldHash: p.PasswordHash, NewHash: &hash})
}
