package wallet

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// adjustmentState is where an adjustment stands; the numbers are those of walletv1.AdjustmentState and of the database.
type adjustmentState int16

const (
	adjustmentRequested adjustmentState = 1
	adjustmentApproved  adjustmentState = 2
	adjustmentPosted    adjustmentState = 3
	adjustmentRejected  adjustmentState = 4
	adjustmentRefused   adjustmentState = 5
)

// String is the state's name in error metadata.
func (s adjustmentState) String() string {
	return [...]string{"", "REQUESTED", "APPROVED", "POSTED", "REJECTED", "REFUSED"}[s]
}

// adjustmentTargetDebt and adjustmentSourceChargeback are walletv1's numbers; the others are 1.
const (
	adjustmentTargetDebt       = 2
	adjustmentSourceChargeback = 2
)

// adjustmentsEvery is how often it is looked for adjustments that were approved and not posted because a process ended.
const adjustmentsEvery = 15 * time.Second

// self is the caller of the wallet's own operations.
const self = "wallet"

// decide changes an adjustment under its lock. Errors: ADJUSTMENT_NOT_FOUND and what change answers.
func (s *Server) decideAdjustment(ctx context.Context, id string, change func(ctx context.Context, q *db.Queries, a db.Adjustment) error) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		a, err := q.LockAdjustment(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return adjustmentNotFound(id)
		}
		if err != nil {
			return err
		}
		return change(ctx, q, a)
	})
}

// postAdjustment puts an approved adjustment into the ledger, or notes why the ledger refuses it. Its id is the key, so it may be done again; several processes that do it take
// turns, or one could find the cash that another has just missed, and post what the other notes as refused.
func (s *Server) postAdjustment(ctx context.Context, id string) error {
	return s.decideAdjustment(ctx, id, func(ctx context.Context, q *db.Queries, a db.Adjustment) error {
		if adjustmentState(a.State) != adjustmentApproved {
			return nil
		}
		kind, name := kindAdjustment, "adjustment"
		if a.Source == adjustmentSourceChargeback {
			kind, name = kindChargeback, "chargeback"
		}
		all, err := s.submitAll(ctx, self, "adjustment "+a.ID, &walletv1.Adjustment{AdjustmentId: a.ID}, &command{
			kind: opAdjust, player: a.PlayerID, currency: a.Currency, amount: a.AmountMinor, debt: a.Target == adjustmentTargetDebt,
			counterparty: systemAccount(kind, name, a.PlayerID),
			ref:          reference{sourceKind: int16(walletv1.SourceKind_SOURCE_KIND_ADJUSTMENT), sourceID: a.ID},
			adjusted:     &adjusted{id: a.ID, reason: a.Reason, requestedBy: a.RequestedBy, approvedBy: a.DecidedBy},
		})
		done := db.FinishAdjustmentParams{ID: a.ID, State: int16(adjustmentPosted)}
		switch reason := errs.ReasonOf(err); {
		case err == nil:
			done.OperationID = all[0].operationID
		case reason != "" && !errs.Is(err, walletv1.ErrorReason_ERROR_REASON_OVERLOADED):
			done.State, done.Refusal = int16(adjustmentRefused), reason
		default:
			return err
		}
		return q.FinishAdjustment(ctx, done)
	})
}

// keepAdjustments posts what was approved before a process ended, until ctx ends.
func (s *Server) keepAdjustments(ctx context.Context) error {
	tick := time.NewTicker(adjustmentsEvery)
	defer tick.Stop()
	for {
		if err := s.postApproved(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) postApproved(ctx context.Context) error {
	waiting, err := s.queries.ApprovedAdjustments(ctx)
	for _, a := range waiting {
		err = errors.Join(err, s.postAdjustment(ctx, a.ID))
	}
	return err
}

func adjustmentOf(a db.Adjustment) *walletv1.Adjustment {
	p := &walletv1.Adjustment{
		AdjustmentId: a.ID, PlayerId: a.PlayerID, Amount: moneyOf(a.AmountMinor, a.Currency), Target: walletv1.AdjustmentTarget(a.Target),
		Source: walletv1.AdjustmentSource(a.Source), Reason: a.Reason, State: walletv1.AdjustmentState(a.State), RequestedBy: a.RequestedBy,
		RequestedAt: timestamppb.New(a.RequestedAt), DecidedBy: a.DecidedBy, Note: a.Note, OperationId: a.OperationID, Refusal: a.Refusal,
	}
	if a.DecidedAt != nil {
		p.DecidedAt = timestamppb.New(*a.DecidedAt)
	}
	return p
}

// signed reads an amount that is not zero and may be negative.
func signed(m *commonv1.Money) (minor int64, currency string, err error) {
	negative := len(m.GetAmount()) > 0 && m.GetAmount()[0] == '-'
	if negative {
		m = &commonv1.Money{Amount: m.GetAmount()[1:], Currency: m.GetCurrency()}
	}
	a, err := positive(m)
	if negative {
		a.Minor = -a.Minor
	}
	return a.Minor, a.Currency, err
}
