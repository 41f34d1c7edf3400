package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// RetryUnreadablePlay reads a provider's book of bets again from where an entry was set aside. Repeating it reads once more and changes nothing that was read. Errors: see the
// proto.
func (s *Server) RetryUnreadablePlay(ctx context.Context, req *gamingv1.RetryUnreadablePlayRequest) (*gamingv1.RetryUnreadablePlayResponse, error) {
	f, err := s.q.GetFinding(ctx, req.GetFindingId())
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errFindingNotFound(req.GetFindingId())
	case err != nil:
		return nil, err
	case gamingv1.FindingKind(f.Kind) != gamingv1.FindingKind_FINDING_KIND_UNREADABLE_PLAY:
		return nil, errFindingNotRetryable(req.GetFindingId())
	case f.ResolvedAt != nil:
		return &gamingv1.RetryUnreadablePlayResponse{Finding: findingProto(f)}, nil
	}
	aside, err := s.readPlayFrom(ctx, f.IntegrationID, f.ReadFrom)
	if err != nil {
		return nil, err
	}
	if !aside[f.ProviderTxID] {
		err = s.q.ForgetReadPlay(ctx, db.ForgetReadPlayParams{
			Resolution: "the provider does not list it any more", Now: s.now(), IntegrationID: f.IntegrationID, EntryKeys: []string{f.ProviderTxID},
		})
		if err != nil {
			return nil, err
		}
	}
	if f, err = s.q.GetFinding(ctx, req.GetFindingId()); err != nil {
		return nil, err
	}
	return &gamingv1.RetryUnreadablePlayResponse{Finding: findingProto(f)}, nil
}
