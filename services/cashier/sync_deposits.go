package cashier

import (
	"context"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// syncDueDeposits goes on with deposits whose time has come: credits what is paid, opens what is not open, asks about what is pending, and
// so finds what webhooks did not tell.
func (s *Server) syncDueDeposits(ctx context.Context) (int, error) {
	now := s.now()
	due, err := s.q.ClaimDueDeposits(ctx, db.ClaimDueDepositsParams{Now: &now, LeaseUntil: at(now.Add(leaseTime)), MaxRows: claimMax})
	if err != nil {
		return 0, err
	}
	each(ctx, due, func(ctx context.Context, d db.Deposit) {
		synced, err := s.syncDeposit(ctx, d)
		if err != nil {
			s.log.Warn("deposit not settled yet", "deposit", d.DepositID, "reason", errs.ReasonOf(err), "error", err)
		}
		if err := s.q.ScheduleDeposit(context.WithoutCancel(ctx), db.ScheduleDepositParams{DepositID: d.DepositID, Version: synced.Version, NextSyncAt: s.nextSync(synced, err)}); err != nil {
			s.log.Error("deposit not scheduled; it is looked at again when its lease ends", "deposit", d.DepositID, "error", err)
		}
	})
	return len(due), nil
}

// syncDeposit does what is next for one deposit and answers it as it is then.
func (s *Server) syncDeposit(ctx context.Context, d db.Deposit) (db.Deposit, error) {
	if d.PaidAt != nil {
		return s.credit(ctx, d)
	}
	if depositState(d.State) == depositCreated && d.ProviderRef == "" {
		opened, err := s.openDeposit(ctx, d.DepositID)
		if err != nil {
			if errs.ReasonOf(err) == "PROVIDER_REFUSED" {
				return opened, nil
			}
			return d, err
		}
		d = opened
	}
	if d.ProviderRef == "" {
		return d, nil
	}
	return s.askDeposit(ctx, d, "")
}

// nextSync is when a deposit is looked at next; nil when nothing is left to find out.
func (s *Server) nextSync(d db.Deposit, failed error) *time.Time {
	now := s.now()
	state := depositState(d.State)
	switch {
	case state == depositCaptured, state == depositDisputed && d.PaidAt == nil:
		return nil
	case d.PaidAt != nil:
		return at(now.Add(backoff(int(d.SyncCount))))
	case state == depositDeclined, state == depositExpired && (d.NextSyncAt == nil || d.SyncCount > stillPendingTries):
		return nil
	}
	next := now.Add(pause(s.cfg.SyncDelays, int(d.SyncCount)))
	if end := d.ExpiresAt.Add(s.cfg.ExpiryGrace); failed == nil && state != depositExpired && next.After(end) && end.After(now) {
		next = end
	}
	return &next
}
