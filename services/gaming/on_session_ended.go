package gaming

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
)

// onSessionEnded ends the game sessions of a player whose login ended because the account was locked. A plain logout does not: the
// game in another window goes on until its own session ends. An event that comes late does not end what was opened after it. Money in the player's wallets at
// providers comes back and the sessions there end, unless the login was only forgotten: an old one may expire while the player plays in another, and who plays nowhere is idle.
func (s *Server) onSessionEnded(ctx context.Context, tx pgx.Tx, m bus.Message) error {
	var e identityv1.SessionEnded
	if err := m.Decode(&e); err != nil {
		return err
	}
	cause := causeLogout
	if e.GetReason() == "LOCKED" {
		cause = causeLocked
	}
	if e.GetReason() == "EXPIRED" {
		return nil
	}
	if err := s.leave(ctx, s.q.WithTx(tx), e.GetSubjectId(), "", cause); err != nil {
		return err
	}
	if e.GetReason() != "LOCKED" {
		return nil
	}
	return s.endLocked(ctx, tx, e.GetSubjectId(), m.OccurredAt)
}
