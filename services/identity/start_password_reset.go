package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// resetJob is a reset that somebody asked for. It is stored sealed: it holds an address.
type resetJob struct {
	Address string `json:"address"`
}

// StartPasswordReset notes that somebody asked, and nothing more: whether the address has an account is looked up behind the answer, which therefore neither
// says so nor takes longer for it. Errors: THROTTLED, FIELD_INVALID.
func (s *Server) StartPasswordReset(ctx context.Context, req *identityv1.StartPasswordResetRequest) (*identityv1.StartPasswordResetResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		return nil, errFieldInvalid("email")
	}
	if err := s.count(ctx, s.mailCounters(ctx, s.vault.emailIndex(email))); err != nil {
		return nil, err
	}
	if err := s.owe(ctx, s.q, dispatchReset, resetJob{Address: email}, passwordResetTTL); err != nil {
		return nil, err
	}
	s.nudge()
	return &identityv1.StartPasswordResetResponse{TokenTtlS: int32(passwordResetTTL / time.Second)}, nil
}

// deliverReset makes the link of a reset that was asked for and owes its mail, when the address has an account that may act. Doing it again replaces the link
// and mails it again. The token stands in the address's fragment, which browsers send to no server.
func (s *Server) deliverReset(ctx context.Context, payload []byte) error {
	var job resetJob
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("%w: %w", errGiveUp, err)
	}
	defer s.nudge()
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := q.FindVerifiedPlayer(ctx, s.vault.emailIndex(job.Address))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil || p.Status != playerActive {
			return err
		}
		token, hash := newToken()
		if err := q.PutPasswordReset(ctx, db.PutPasswordResetParams{
			PlayerID: p.PlayerID, TokenHash: hash, ExpiresAt: s.clock().Add(passwordResetTTL),
		}); err != nil {
			return err
		}
		return s.oweMail(ctx, q, mailJob{
			Template: "password_reset", Address: job.Address, Language: p.Language, SubjectID: p.PlayerID,
			Variables: map[string]string{
				"reset_url": s.publicURL + "/reset-password#" + token, "ttl_minutes": strconv.Itoa(int(passwordResetTTL / time.Minute)),
			},
		}, passwordResetTTL)
	})
}
