package identity

import (
	"context"
	"crypto/subtle"
	"slices"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// VerifyEmail opens the registration attempt whose code it is: the account can act from now on. The other attempts for the address
// are removed.
func (s *Server) VerifyEmail(ctx context.Context, req *identityv1.VerifyEmailRequest) (*identityv1.VerifyEmailResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		return nil, errCodeInvalid()
	}
	index := s.vault.emailIndex(email)
	cs := s.codeCounters(ctx, "email_code", string(index))
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	var res *identityv1.VerifyEmailResponse
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		res, err = s.verifyEmail(ctx, tx, index, req.GetCode())
		return err
	})
	switch {
	case pg.IsUnique(err, "player_email_verified_key"):
		return nil, errCodeInvalid() // confirmed meanwhile by another attempt
	case err != nil:
		return nil, err
	case res == nil:
		return nil, errCodeInvalid()
	}
	return res, s.forgive(ctx, cs)
}

// verifyEmail answers nil when the code is not valid; the attempt is then counted, which must be committed.
func (s *Server) verifyEmail(ctx context.Context, tx pgx.Tx, index []byte, code string) (*identityv1.VerifyEmailResponse, error) {
	q := s.q.WithTx(tx)
	attempts, err := q.LockUnverifiedPlayers(ctx, index)
	if err != nil || len(attempts) == 0 {
		return nil, err
	}
	all := playerIDs(attempts)
	codes, err := q.ListEmailCodes(ctx, all)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	confirmed := ""
	for _, c := range codes {
		if c.Attempts < codeGuesses && now.Before(c.ExpiresAt) && subtle.ConstantTimeCompare(c.CodeHash, s.emailCodeHash(c.PlayerID, code)) == 1 {
			confirmed = c.PlayerID
		}
	}
	if confirmed == "" {
		return nil, q.CountEmailCodeAttempt(ctx, all)
	}
	p, err := q.ActivatePlayer(ctx, db.ActivatePlayerParams{PlayerID: confirmed, Now: now})
	if err != nil {
		return nil, err
	}
	if err := q.DeleteEmailCode(ctx, confirmed); err != nil {
		return nil, err
	}
	if err := q.DeletePlayers(ctx, slices.DeleteFunc(all, func(id string) bool { return id == confirmed })); err != nil {
		return nil, err
	}
	if err := s.publishRegistered(ctx, tx, p, "email"); err != nil {
		return nil, err
	}
	tokens, err := s.startSession(ctx, tx, login{
		subject: subject{kind: kindPlayer, id: p.PlayerID}, methods: []string{"email_code"}, acr: acrOneFactor,
	})
	if err != nil {
		return nil, err
	}
	player, err := s.player(ctx, q, p)
	return &identityv1.VerifyEmailResponse{Tokens: tokens, Player: player}, err
}

func (s *Server) publishRegistered(ctx context.Context, tx pgx.Tx, p db.Player, method string) error {
	return bus.Publish(ctx, tx, bus.Event{
		Subject: "player.registered.v1", PlayerID: p.PlayerID, AggregateID: p.PlayerID, Version: p.Version, OccurredAt: s.clock(),
		Message: &identityv1.PlayerRegistered{PlayerId: p.PlayerID, Country: p.Country, Language: p.Language, Method: method, Test: p.Test},
	})
}

func (s *Server) publishUpdated(ctx context.Context, tx pgx.Tx, p db.Player) error {
	return bus.Publish(ctx, tx, bus.Event{
		Subject: "player.updated.v1", PlayerID: p.PlayerID, AggregateID: p.PlayerID, Version: p.Version, OccurredAt: s.clock(),
		Message: &identityv1.PlayerUpdated{
			PlayerId: p.PlayerID, Status: protoStatus(p.Status), Country: p.Country, Language: p.Language, TimeZone: p.TimeZone, Test: p.Test,
		},
	})
}
