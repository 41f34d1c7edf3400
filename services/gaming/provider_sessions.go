package gaming

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// sessionsLive is how long a session at a provider is taken to live at most: where the player has done nothing for longer there is none to close.
const sessionsLive = 7 * 24 * time.Hour

// leave has everything of a player brought back from providers and the sessions there closed, in the transaction that learned why. currency is empty for all.
func (s *Server) leave(ctx context.Context, q *db.Queries, playerID, currency string, cause int16) error {
	now := s.now()
	err := q.AskReturns(ctx, db.AskReturnsParams{PlayerID: playerID, Currency: currency, Now: now, Cause: cause})
	if err != nil {
		return err
	}
	return q.AskCloses(ctx, db.AskClosesParams{PlayerID: playerID, Currency: currency, Now: now, Since: now.Add(-sessionsLive)})
}

// driveCloses ends sessions at providers whose turn it is.
func (s *Server) driveCloses(ctx context.Context) error {
	now := s.now()
	due, err := s.q.TakeCloses(ctx, db.TakeClosesParams{Until: now.Add(transferLease), Now: now, MaxRows: transferBatch})
	failed := []error{err}
	for _, w := range due {
		failed = append(failed, s.closeSessions(ctx, w))
	}
	return errors.Join(failed...)
}

// closeSessions has a provider end a player's sessions that were opened until it was asked for. A provider that does not answer is asked again, up to ManualAfter; the money comes
// back all the same.
func (s *Server) closeSessions(ctx context.Context, w db.ProviderWallet) error {
	if w.CloseUntil == nil {
		return nil
	}
	err := s.askToClose(ctx, w)
	now := s.now()
	switch {
	case err == nil, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), status.Code(err) == codes.Unimplemented:
	case now.Sub(*w.CloseUntil) >= s.cfg.ManualAfter:
		s.log.ErrorContext(ctx, "a player's sessions at a provider could not be closed; nobody tries any more", "integration_id", w.IntegrationID, "player_id", w.PlayerID, "err", err)
	default:
		at := now.Add(putOff(w.CloseAsks))
		return errors.Join(err, s.q.PostponeClose(ctx, db.PostponeCloseParams{
			At: at, IntegrationID: w.IntegrationID, PlayerID: w.PlayerID, Currency: w.Currency, CloseUntil: *w.CloseUntil,
		}))
	}
	return s.q.FinishClose(ctx, db.FinishCloseParams{IntegrationID: w.IntegrationID, PlayerID: w.PlayerID, Currency: w.Currency, CloseUntil: *w.CloseUntil})
}

func (s *Server) askToClose(ctx context.Context, w db.ProviderWallet) error {
	ctx, cancel := context.WithTimeout(ctx, transferLimit)
	defer cancel()
	provider, err := s.transferProvider(ctx, w.IntegrationID)
	if err != nil {
		return err
	}
	_, err = provider.CloseSessions(ctx, &adapterv1.CloseSessionsRequest{IntegrationId: w.IntegrationID, PlayerId: w.PlayerID, OpenedUntil: timestamppb.New(*w.CloseUntil)})
	return err
}
