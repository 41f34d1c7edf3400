package identity

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// RedeemLiveTicket consumes a ticket whose session still lives.
func (s *Server) RedeemLiveTicket(ctx context.Context, req *identityv1.RedeemLiveTicketRequest) (*identityv1.RedeemLiveTicketResponse, error) {
	ticket, err := s.q.TakeLiveTicket(ctx, hashToken(req.GetTicket()))
	if err != nil {
		return nil, notFound(err, errTicketInvalid())
	}
	session, err := s.q.GetSession(ctx, ticket.SessionID)
	if err != nil {
		return nil, notFound(err, errTicketInvalid())
	}
	now := s.clock()
	if !now.Before(ticket.ExpiresAt) || session.EndedAt != nil || !session.ExpiresAt.After(now) {
		return nil, errTicketInvalid()
	}
	return &identityv1.RedeemLiveTicketResponse{
		PlayerId: ticket.PlayerID, SessionId: ticket.SessionID, SessionExpiresAt: timestamppb.New(session.ExpiresAt),
	}, nil
}
