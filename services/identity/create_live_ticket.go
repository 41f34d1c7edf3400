package identity

import (
	"context"
	"time"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CreateLiveTicket makes a ticket for one WebSocket, so that no access token stands in an address.
func (s *Server) CreateLiveTicket(ctx context.Context, _ *identityv1.CreateLiveTicketRequest) (*identityv1.CreateLiveTicketResponse, error) {
	session, err := s.liveSession(ctx, s.q)
	if err != nil {
		return nil, err
	}
	ticket, hash := newToken()
	if err := s.q.InsertLiveTicket(ctx, db.InsertLiveTicketParams{
		TokenHash: hash, PlayerID: session.SubjectID, SessionID: session.SessionID, ExpiresAt: s.clock().Add(liveTicketTTL),
	}); err != nil {
		return nil, err
	}
	return &identityv1.CreateLiveTicketResponse{Ticket: ticket, ExpiresIn: int32(liveTicketTTL / time.Second)}, nil
}
