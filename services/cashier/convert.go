package cashier

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

func moneyOf(minor int64, currency string) *commonv1.Money {
	return money.Amount{Minor: minor, Currency: currency}.Proto()
}

func depositOf(d db.Deposit) *cashierv1.Deposit {
	out := &cashierv1.Deposit{
		DepositId: d.DepositID, PlayerId: d.PlayerID, IntegrationId: d.IntegrationID, Amount: moneyOf(d.AmountMinor, d.Currency),
		State: cashierv1.DepositState(d.State), ProviderRef: d.ProviderRef, Instrument: d.Instrument, FailureCode: d.FailureCode,
		OperationId: d.OperationID, Refunded: moneyOf(d.RefundedMinor, d.Currency),
		CreatedAt: timestamppb.New(d.CreatedAt), ExpiresAt: timestamppb.New(d.ExpiresAt),
	}
	if depositState(d.State) == depositPending && d.PaidAt == nil {
		out.RedirectUrl = d.RedirectUrl
	}
	return out
}

// factsOf is what deposits are decided on.
func (s *Server) factsOf(d db.Deposit) depositFacts {
	f := depositFacts{
		id: d.DepositID, state: depositState(d.State), amount: money.Amount{Minor: d.AmountMinor, Currency: d.Currency},
		overdue: !s.now().Before(d.ExpiresAt.Add(s.cfg.ExpiryGrace)),
	}
	if d.PaidAt != nil {
		f.paidAt = *d.PaidAt
	}
	return f
}

// reportOf reads a provider's answer. An amount that is none is no currency's zero, which equals nothing.
func reportOf(p *adapterv1.ProviderPayment, askedAt time.Time) report {
	amount, err := money.FromProto(p.GetAmount())
	if err != nil {
		amount = money.Amount{}
	}
	return report{
		ref: p.GetProviderRef(), ourRef: p.GetOurRef(), status: reportStatus(p.GetStatus()), amount: amount,
		failureCode: p.GetFailureCode(), instrument: p.GetInstrument(), askedAt: askedAt,
	}
}

func partOf(p db.WithdrawalPart, currency string) partFacts {
	return partFacts{
		id: p.PartID, depositID: p.DepositID, state: partState(p.State), amount: money.Amount{Minor: p.AmountMinor, Currency: currency},
		ref: p.ProviderRef, changedAt: p.UpdatedAt.UnixMicro(),
	}
}

func payoutOf(w db.Withdrawal, parts []db.WithdrawalPart, asked map[string]bool) payoutFacts {
	f := payoutFacts{
		state: withdrawalState(w.State), outcome: withdrawalState(w.Outcome), destination: w.Destination, reserved: w.HoldID != "",
		amount: w.AmountMinor, asked: asked,
	}
	for _, p := range parts {
		f.parts = append(f.parts, partOf(p, w.Currency))
	}
	return f
}

// withdrawalOf is a withdrawal without its timeline. The account's number is shown by its last characters only.
func (s *Server) withdrawalOf(w db.Withdrawal, parts []db.WithdrawalPart, approvals []db.Approval) *cashierv1.Withdrawal {
	out := &cashierv1.Withdrawal{
		WithdrawalId: w.WithdrawalID, PlayerId: w.PlayerID, Amount: moneyOf(w.AmountMinor, w.Currency),
		State: cashierv1.WithdrawalState(w.State), Destination: cashierv1.DestinationKind(w.Destination),
		ApprovalsNeeded: w.ApprovalsNeeded, Reason: w.Reason, Revision: w.Revision,
		CreatedAt: timestamppb.New(w.CreatedAt), UpdatedAt: timestamppb.New(w.UpdatedAt),
	}
	if w.Destination == destinationBank {
		out.BankAccount = &cashierv1.BankAccount{Iban: w.IbanMasked}
		if holder, err := s.box.Open(w.HolderSealed, sealedFor(w.WithdrawalID, "holder")); err == nil {
			out.BankAccount.Holder = string(holder)
		}
	}
	for _, p := range parts {
		out.Parts = append(out.Parts, &cashierv1.RefundPart{
			DepositId: p.DepositID, Amount: moneyOf(p.AmountMinor, w.Currency), ProviderRef: p.ProviderRef, State: partState(p.State).String(),
		})
	}
	for _, a := range approvals {
		if a.Revision == countedRevision(w) {
			out.Approvals = append(out.Approvals, &cashierv1.Approval{OperatorId: a.OperatorID, At: timestamppb.New(a.ApprovedAt), Comment: a.Comment})
		}
	}
	return out
}

// countedRevision is the revision whose approvals count: the one that was approved, or else the present one.
func countedRevision(w db.Withdrawal) int64 {
	if w.ApprovedRevision != 0 {
		return w.ApprovedRevision
	}
	return w.Revision
}

// sealedFor binds a sealed value to its row and column.
func sealedFor(id, column string) []byte { return []byte("cashier/" + id + "/" + column) }

// timelines answers the steps of payments by their ids.
func (s *Server) timelines(ctx context.Context, ids []string) (map[string][]*cashierv1.TimelineStep, error) {
	rows, err := s.q.ListSteps(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string][]*cashierv1.TimelineStep{}
	for _, r := range rows {
		out[r.PaymentID] = append(out[r.PaymentID], &cashierv1.TimelineStep{State: r.State, Reason: r.Reason, NextStep: r.NextStep, At: timestamppb.New(r.At)})
	}
	return out, nil
}

// showDeposits are deposits with their timelines.
func (s *Server) showDeposits(ctx context.Context, rows ...db.Deposit) ([]*cashierv1.Deposit, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.DepositID
	}
	steps, err := s.timelines(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*cashierv1.Deposit, len(rows))
	for i, r := range rows {
		out[i] = depositOf(r)
		out[i].Timeline = steps[r.DepositID]
	}
	return out, nil
}

// showWithdrawals are withdrawals with their parts, approvals and timelines.
func (s *Server) showWithdrawals(ctx context.Context, rows ...db.Withdrawal) ([]*cashierv1.Withdrawal, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.WithdrawalID
	}
	steps, err := s.timelines(ctx, ids)
	if err != nil {
		return nil, err
	}
	partRows, err := s.q.ListPartsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	approvalRows, err := s.q.ListApprovals(ctx, ids)
	if err != nil {
		return nil, err
	}
	parts, approvals := map[string][]db.WithdrawalPart{}, map[string][]db.Approval{}
	for _, p := range partRows {
		parts[p.WithdrawalID] = append(parts[p.WithdrawalID], p)
	}
	for _, a := range approvalRows {
		approvals[a.WithdrawalID] = append(approvals[a.WithdrawalID], a)
	}
	out := make([]*cashierv1.Withdrawal, len(rows))
	for i, r := range rows {
		out[i] = s.withdrawalOf(r, parts[r.WithdrawalID], approvals[r.WithdrawalID])
		out[i].Timeline = steps[r.WithdrawalID]
	}
	return out, nil
}
