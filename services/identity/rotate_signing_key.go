package identity

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// RotateSigningKey makes the successor of the key that signs. While one waits for its time already, that one is answered. With
// compromised set, the signing key and a waiting one are disabled and the new key signs at once; passive keys are left to run out.
func (s *Server) RotateSigningKey(ctx context.Context, req *identityv1.RotateSigningKeyRequest) (*identityv1.RotateSigningKeyResponse, error) {
	var kid string
	signsFrom := s.clock()
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.TakeLock(ctx, signingKeyLock); err != nil {
			return err
		}
		keys, err := q.ListSigningKeys(ctx)
		if err != nil {
			return err
		}
		now := s.clock()
		signsFrom = now.Add(s.cfg.KeyPublicationDelay)
		var dead []string
		for i, state := range keyStates(keys, now) {
			if state == keyNext && !req.GetCompromised() {
				kid, signsFrom = keys[i].Kid, keys[i].SignsFrom
				return nil
			}
			if state == keyNext || state == keyActive {
				dead = append(dead, keys[i].Kid)
			}
		}
		if req.GetCompromised() {
			signsFrom = now
			if err := q.DisableSigningKeys(ctx, db.DisableSigningKeysParams{Kids: dead, Now: now}); err != nil {
				return err
			}
		}
		kid, err = s.addKey(ctx, q, signsFrom, req.GetReason())
		return err
	})
	if err != nil {
		return nil, err
	}
	return &identityv1.RotateSigningKeyResponse{Kid: kid, SignsFrom: timestamppb.New(signsFrom)}, nil
}
