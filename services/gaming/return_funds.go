package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const (
	transferBatch = 50
	returnTries   = 3                // rounds of reading and transferring at a time, while the player plays on
	returnAgain   = 10 * time.Second // a wallet that is not empty yet is looked at again after this
)

// driveProviderWallets goes on with transfers, brings money of idle and closed wallets back, reads what was played there and has it counted, until ctx ends.
func (s *Server) driveProviderWallets(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.ReconcileEvery)
	defer tick.Stop()
	for {
		for what, do := range map[string]func(context.Context) error{
			"transfers": s.driveTransfers, "returns": s.driveReturns, "imports of play": s.driveImports, "counts of play": s.driveCounts,
			"closing of sessions": s.driveCloses,
		} {
			if err := do(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "providers' wallets were not gone on with; it goes on at the next turn", "what", what, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// driveTransfers goes on with transfers that a crash left, or that a provider did not answer.
func (s *Server) driveTransfers(ctx context.Context) error {
	now := s.now()
	due, err := s.q.TakeDueTransfers(ctx, db.TakeDueTransfersParams{Until: now.Add(transferLease), Now: now, MaxRows: transferBatch})
	failed := []error{err}
	for _, t := range due {
		_, err = s.advance(ctx, t)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// driveReturns brings back everything of wallets whose player has logged out, was locked, has no room left in a limit, or has done nothing there for a while.
func (s *Server) driveReturns(ctx context.Context) error {
	now := s.now()
	if s.cfg.ProviderIdle > 0 {
		if err := s.q.AskIdleReturns(ctx, db.AskIdleReturnsParams{Now: now, Before: now.Add(-s.cfg.ProviderIdle)}); err != nil {
			return err
		}
	}
	until := now.Add(transferLease)
	due, err := s.q.TakeReturns(ctx, db.TakeReturnsParams{Until: &until, Now: now, MaxRows: transferBatch})
	failed := []error{err}
	for _, w := range due {
		if err = s.returnEverything(ctx, w); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// returnEverything reads what a wallet holds and transfers it, again and again until nothing is left: a player who plays on loses and wins as if nothing were, and what does not
// fit the amount any more is refused by the provider and read anew.
func (s *Server) returnEverything(ctx context.Context, w db.ProviderWallet) error {
	for range returnTries {
		way, err := s.q.OpenTransfers(ctx, db.OpenTransfersParams{PlayerID: w.PlayerID, IntegrationID: w.IntegrationID, Currency: w.Currency})
		if err != nil {
			return err
		}
		if way.FromCount > 0 {
			break // one at a time
		}
		has, err := s.fundsThere(ctx, w.IntegrationID, w.PlayerID, w.Currency)
		if err != nil {
			return errors.Join(err, s.returnLater(ctx, w))
		}
		if has.Minor == 0 && way.ToCount == 0 {
			return s.q.EmptyProviderWallet(ctx, db.EmptyProviderWalletParams{Seen: w.ActiveAt, IntegrationID: w.IntegrationID, PlayerID: w.PlayerID, Currency: w.Currency})
		}
		if has.Minor == 0 {
			break // what is on its way there is waited for
		}
		if err = s.returnNow(ctx, w, has); err != nil {
			return errors.Join(err, s.returnLater(ctx, w))
		}
	}
	return s.returnLater(ctx, w)
}

func (s *Server) returnNow(ctx context.Context, w db.ProviderWallet, has money.Amount) error {
	_, _, err := s.transfer(ctx, transferRequest{
		direction: fromProvider, integrationID: w.IntegrationID, playerID: w.PlayerID, currency: w.Currency, minor: has.Minor, everything: true, cause: w.ReturnCause,
		by: bySystem, requestID: ids.New("req"),
	}, func(context.Context) error { return nil })
	return err
}

func (s *Server) returnLater(ctx context.Context, w db.ProviderWallet) error {
	at := s.now().Add(returnAgain)
	return s.q.PostponeReturn(ctx, db.PostponeReturnParams{At: &at, IntegrationID: w.IntegrationID, PlayerID: w.PlayerID, Currency: w.Currency})
}
