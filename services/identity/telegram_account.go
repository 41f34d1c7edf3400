package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/language"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// telegramLogin is the outcome of a login through Telegram, whichever way the proof came.
type telegramLogin struct {
	tokens     *identityv1.Tokens
	challenge  string
	registered bool
}

// loginTelegram logs the person of a verified proof in, opening an account when there is none. proof is remembered, when it is given, so
// that it works once. Error: TELEGRAM_PROOF_INVALID, also for a used proof and a locked account.
func (s *Server) loginTelegram(ctx context.Context, t telegram, who telegramPerson, proof []byte) (telegramLogin, error) {
	for attempt := 1; ; attempt++ {
		var out telegramLogin
		err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			var err error
			out, err = s.telegramSession(ctx, tx, t, who, proof)
			return err
		})
		// Two first logins of one person at once: the second finds the account that the first made.
		if pg.IsUnique(err, "external_identity_pkey") && attempt == 1 {
			continue
		}
		if err != nil {
			return telegramLogin{}, err
		}
		s.nudge()
		return out, nil
	}
}

func (s *Server) telegramSession(ctx context.Context, tx pgx.Tx, t telegram, who telegramPerson, proof []byte) (out telegramLogin, err error) {
	q := s.q.WithTx(tx)
	p, known, err := s.lockTelegramPlayer(ctx, q, t, who)
	if err != nil {
		return out, err
	}
	if known && p.Status != playerActive {
		return out, errTelegramProofInvalid(errors.New("identity: the account is not active"))
	}
	if proof != nil {
		fresh, err := q.InsertTelegramProof(ctx, db.InsertTelegramProofParams{
			ProofHash: proof, ExpiresAt: s.clock().Add(telegramProofAge + 2*proofFuture),
		})
		if err != nil {
			return out, err
		}
		if fresh == 0 {
			return out, errTelegramProofInvalid(errProofReplayed)
		}
	}
	if !known {
		if p, err = s.openTelegramAccount(ctx, tx, t, who); err != nil {
			return out, err
		}
		out.registered = true
	}
	if who.mayWrite {
		if err := q.SetExternalChat(ctx, db.SetExternalChatParams{
			Issuer: t.issuer, SubjectIndex: s.telegramIndex(who.id), ChatSealed: s.vault.seal("external_identity.chat", p.PlayerID, who.id),
		}); err != nil {
			return out, err
		}
	}
	res, err := s.afterFirstFactor(ctx, tx, p, "telegram")
	if err != nil {
		return out, err
	}
	out.tokens, out.challenge = res.GetTokens(), res.GetChallenge()
	return out, nil
}

// telegramIndex finds a Telegram user. All ways in share the issuer of the integration, so one person has one account.
func (s *Server) telegramIndex(userID string) []byte { return s.vault.index("telegram", userID) }

func (s *Server) lockTelegramPlayer(ctx context.Context, q *db.Queries, t telegram, who telegramPerson) (p db.Player, known bool, err error) {
	link, err := q.FindExternalIdentity(ctx, db.FindExternalIdentityParams{Issuer: t.issuer, SubjectIndex: s.telegramIndex(who.id)})
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p, err = q.LockPlayer(ctx, link.PlayerID)
	return p, true, err
}

// openTelegramAccount opens an account without address and password.
func (s *Server) openTelegramAccount(ctx context.Context, tx pgx.Tx, t telegram, who telegramPerson) (db.Player, error) {
	q := s.q.WithTx(tx)
	id, now := ids.New("ply"), s.clock()
	spoken := strings.ToLower(who.language)
	if len(spoken) > 2 {
		spoken = spoken[:2]
	}
	if !language.Known(spoken) {
		spoken = "en"
	}
	if err := q.InsertPlayer(ctx, db.InsertPlayerParams{
		PlayerID: id, Status: playerActive, Country: "XX", Language: spoken, TimeZone: "UTC", Now: now,
	}); err != nil {
		return db.Player{}, err
	}
	if err := q.InsertExternalIdentity(ctx, db.InsertExternalIdentityParams{
		Issuer: t.issuer, SubjectIndex: s.telegramIndex(who.id), SubjectSealed: s.vault.seal("external_identity.subject", id, who.id),
		PlayerID: id, Now: now,
	}); err != nil {
		return db.Player{}, err
	}
	p, err := q.GetPlayer(ctx, id)
	if err != nil {
		return p, err
	}
	return p, s.publishRegistered(ctx, tx, p, "telegram")
}
