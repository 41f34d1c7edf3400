package gaming

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

const (
	stepCountPlay  = "count-play" // gives the wallet's request its key
	countBatch     = 200
	countAtOnce    = 16         // the wallet commits them together
	guardNoStaking = "NO_STAKE" // the wallet's name of the restriction
)

// driveCounts has the wallet count what was played at providers, so that limits on stakes see it.
func (s *Server) driveCounts(ctx context.Context) error {
	for {
		now := s.now()
		due, err := s.q.TakePlayCounts(ctx, db.TakePlayCountsParams{Until: now.Add(transferLease), Now: now, MaxRows: countBatch})
		if err != nil || len(due) == 0 {
			return err
		}
		failed := make([]error, len(due))
		slots := make(chan struct{}, countAtOnce)
		var all sync.WaitGroup
		for i, p := range due {
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				failed[i] = s.countPlay(ctx, p)
			})
		}
		all.Wait()
		if err = errors.Join(failed...); err != nil {
			return err
		}
	}
}

// countPlay has the wallet count one stake. What was played cannot be undone; when a guard does not allow the player to go on, the money that is left comes back, and the
// wallet refuses more to go there. A crash in between repeats the request under its key, whose answer says the same.
func (s *Server) countPlay(ctx context.Context, p db.TakePlayCountsRow) error {
	guard := ""
	err := s.walletCall(ctx, func(ctx context.Context) error {
		r, err := s.wallet.CountPlay(ctx, &walletv1.CountPlayRequest{
			RequestId: requestID(stepCountPlay, p.IntegrationID, p.ProviderTxID), PlayerId: p.PlayerID,
			Stake: money.Amount{Minor: p.StakeMinor, Currency: p.Currency}.Proto(), PlayedAt: timestamppb.New(p.PlacedAt),
			Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: p.BetID, RoundId: p.RoundID, GameId: p.GameID},
		})
		guard = r.GetGuard()
		return err
	})
	now := s.now()
	if err != nil {
		return errors.Join(err, s.q.PostponePlayCount(ctx, db.PostponePlayCountParams{BetID: p.BetID, NextAt: now.Add(putOff(p.Asks))}))
	}
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if guard != "" {
			currency := p.Currency
			if guard == guardNoStaking {
				currency = ""
			}
			if err := s.leave(ctx, q, p.PlayerID, currency, causeLimit); err != nil {
				return err
			}
		}
		return q.DropPlayCount(ctx, p.BetID)
	})
}
