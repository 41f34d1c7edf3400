package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// SetPartnerClientEnabled switches a client. Disabling ends the session that its tokens name, so that they stop at once and not when
// they are over. Repeating it changes nothing.
func (s *Server) SetPartnerClientEnabled(ctx context.Context, req *identityv1.SetPartnerClientEnabledRequest) (*identityv1.SetPartnerClientEnabledResponse, error) {
	var c db.PartnerClient
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		var err error
		if c, err = q.LockPartnerClient(ctx, req.GetClientId()); err != nil {
			return notFound(err, errClientNotFound(req.GetClientId()))
		}
		if c.Enabled == req.GetEnabled() {
			return nil
		}
		sessionID := c.SessionID
		if req.GetEnabled() {
			sessionID = ids.New("ses")
		} else if err := s.publishClientEnded(ctx, tx, c); err != nil {
			return err
		}
		c, err = q.SetPartnerClientEnabled(ctx, db.SetPartnerClientEnabledParams{
			ClientID: c.ClientID, Enabled: req.GetEnabled(), SessionID: sessionID, Now: s.clock(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &identityv1.SetPartnerClientEnabledResponse{Client: partnerClient(c)}, nil
}

func (s *Server) publishClientEnded(ctx context.Context, tx pgx.Tx, c db.PartnerClient) error {
	return bus.Publish(ctx, tx, sessionEnded(subject{kind: "partner", id: c.ClientID}, c.SessionID, endRevoked, s.clock()))
}
