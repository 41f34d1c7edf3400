package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestApproveAdjustment(t *testing.T) {
	f := startWallet(t)
	player, asks, approves := f.player("10.00"), f.finance("opr_asks"), f.finance("opr_approves")
	id := f.requested(f.adjustment(player, "5.00"))
	req := &walletv1.ApproveAdjustmentRequest{AdjustmentId: id, Note: "seen the mail"}
	approve := func(c walletv1.WalletServiceClient) error {
		_, err := c.ApproveAdjustment(t.Context(), req)
		return err
	}
	f.deniedTo(approve, noLedgerPeople(player)...)
	f.refused("STEP_UP_REQUIRED", func() error { return approve(f.as(testkit.OperatorNamed("opr_approves", "finance").Stale())) })
	f.refused("SECOND_PERSON_NEEDED", func() error { return approve(asks) })
	f.refused("SECOND_PERSON_NEEDED", func() error { return approve(f.as(testkit.OperatorNamed("opr_asks", "admin"))) })
	type request = *walletv1.ApproveAdjustmentRequest
	refuses(f, approves, walletv1.WalletServiceClient.ApproveAdjustment, req,
		bad[request]{"VALIDATION", func(r request) { r.AdjustmentId = "" }},
		bad[request]{"ADJUSTMENT_NOT_FOUND", func(r request) { r.AdjustmentId = "adj_none" }},
	)

	first, err := approves.ApproveAdjustment(t.Context(), req)
	require.NoError(t, err)
	a := first.GetAdjustment()
	require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_POSTED, a.GetState())
	require.Equal(t, []string{"opr_asks", "opr_approves", "seen the mail", ""}, []string{a.GetRequestedBy(), a.GetDecidedBy(), a.GetNote(), a.GetRefusal()})
	require.NotNil(t, a.GetDecidedAt())
	require.Equal(t, "15.00 0.00 v2", f.balance(player))
	require.Equal(t, []string{"ADJUSTMENT ADJUSTMENT -5.00", "ADJUSTMENT CASH 5.00"}, f.entries(a.GetOperationId()))
	told := f.operation(a.GetOperationId()).GetDetail().GetAdjustment()
	require.Equal(t, []string{id, "goodwill", "opr_asks", "opr_approves"},
		[]string{told.GetAdjustmentId(), told.GetReason(), told.GetRequestedBy(), told.GetApprovedBy()})
	event := lastEvent(f, "wallet.credited.v1", 2, a.GetOperationId(), &walletv1.FundsCredited{})
	require.Equal(t, id, event.GetReference().GetSourceId())

	before := f.footprint()
	again, err := approves.ApproveAdjustment(t.Context(), req)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Equal(t, before, f.footprint())
	f.refused("ADJUSTMENT_DECIDED", func() error { return approve(f.finance("opr_third")) })
	f.refused("ADJUSTMENT_DECIDED", func() error { return approve(asks) })
}

// Each target and source, in both directions: what moves, and what the event is called.
func TestApproveAdjustment_TargetsAndSources(t *testing.T) {
	f := startWallet(t)
	approves := f.finance("opr_approves")
	cash, debt := walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_CASH, walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_DEBT
	adjustment, chargeback := walletv1.AdjustmentSource_ADJUSTMENT_SOURCE_ADJUSTMENT, walletv1.AdjustmentSource_ADJUSTMENT_SOURCE_CHARGEBACK
	for _, tc := range []struct {
		amount  string
		target  walletv1.AdjustmentTarget
		source  walletv1.AdjustmentSource
		balance string
		entries []string
	}{
		{"-4.00", cash, adjustment, "6.00 0.00 owes20.00 v4", []string{"ADJUSTMENT CASH -4.00", "ADJUSTMENT ADJUSTMENT 4.00"}},
		{"20.00", debt, chargeback, "10.00 0.00 v4", []string{"ADJUSTMENT CHARGEBACK -20.00", "ADJUSTMENT RECEIVABLE 20.00"}},
		{"5.00", debt, adjustment, "10.00 0.00 owes15.00 v4", []string{"ADJUSTMENT ADJUSTMENT -5.00", "ADJUSTMENT RECEIVABLE 5.00"}},
		{"-5.00", debt, adjustment, "10.00 0.00 owes25.00 v4", []string{"ADJUSTMENT RECEIVABLE -5.00", "ADJUSTMENT ADJUSTMENT 5.00"}},
	} {
		player := f.player("5.00")
		f.chargeback(player, "25.00")
		_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("10.00"), Psp: "stripe", Reference: depositRef("dep_2"),
		})
		require.NoError(t, err)
		req := f.adjustment(player, tc.amount)
		req.Target, req.Source = tc.target, tc.source
		r, err := approves.ApproveAdjustment(t.Context(), &walletv1.ApproveAdjustmentRequest{AdjustmentId: f.requested(req)})
		require.NoError(t, err)
		require.Equal(t, tc.balance, f.balance(player))
		require.Equal(t, tc.entries, f.entries(r.GetAdjustment().GetOperationId()))
	}
}

// What the ledger refuses ends the adjustment, with the reason, and moves nothing; it is not tried again.
func TestApproveAdjustment_RefusedByTheLedger(t *testing.T) {
	f := startWallet(t)
	player, approves := f.player("10.00"), f.finance("opr_approves")
	written := f.adjustment(player, "1.00")
	written.Target = walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_DEBT
	for reason, req := range map[string]*walletv1.RequestAdjustmentRequest{
		"INSUFFICIENT_FUNDS": f.adjustment(player, "-10.01"),
		"NOTHING_OWED":       written,
		"AMOUNT_OVERFLOW":    f.adjustment(player, "92233720368547758.07"),
	} {
		id := f.requested(req)
		for range 2 {
			r, err := approves.ApproveAdjustment(t.Context(), &walletv1.ApproveAdjustmentRequest{AdjustmentId: id})
			require.NoError(t, err)
			require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED, r.GetAdjustment().GetState())
			require.Equal(t, reason, r.GetAdjustment().GetRefusal())
			require.Empty(t, r.GetAdjustment().GetOperationId())
		}
		f.refused("ADJUSTMENT_DECIDED", func() error {
			_, err := f.finance("opr_asks").RejectAdjustment(t.Context(), &walletv1.RejectAdjustmentRequest{AdjustmentId: id, Note: "late"})
			return err
		})
	}
	require.Equal(t, "10.00 0.00 v1", f.balance(player))
}

// The process may end between the approval and the posting, and between the posting and its note: the next one posts it, and nothing twice.
func TestApproveAdjustment_CrashInBetween(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	id := f.requested(f.adjustment(player, "5.00"))
	lost := func(columns string) {
		_, err := f.h.DB.Exec(t.Context(), "UPDATE adjustment SET state = 2, decided_by = 'opr_approves', decided_at = requested_at"+columns+" WHERE id = $1", id)
		require.NoError(t, err)
	}
	next := New(f.h.DB, Config{Workers: 1, MaxBatch: 8, QueueLen: 8}, f.h.Clock.Now)
	defer next.Close()
	for _, columns := range []string{"", ", operation_id = ''"} {
		lost(columns)
		require.NoError(t, next.postApproved(t.Context()))
		require.NoError(t, next.postApproved(t.Context()))
		r, err := f.finance("opr_approves").ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{PlayerId: player})
		require.NoError(t, err)
		require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_POSTED, r.GetAdjustments()[0].GetState())
		require.Equal(t, []string{"ADJUSTMENT ADJUSTMENT -5.00", "ADJUSTMENT CASH 5.00"}, f.entries(r.GetAdjustments()[0].GetOperationId()))
		require.Equal(t, "15.00 0.00 v2", f.balance(player))
	}
	// Who approved it and got no answer asks again, and is answered.
	lost(", operation_id = ''")
	r, err := f.finance("opr_approves").ApproveAdjustment(t.Context(), &walletv1.ApproveAdjustmentRequest{AdjustmentId: id})
	require.NoError(t, err)
	require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_POSTED, r.GetAdjustment().GetState())
	require.Equal(t, "15.00 0.00 v2", f.balance(player))
}

// Two processes that read the same approval do not come to two ends of it: what one found refused, the other does not post, although the cash has come in between.
func TestApproveAdjustment_TwoProcesses(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	id := f.requested(f.adjustment(player, "-15.00"))
	_, err := f.h.DB.Exec(t.Context(), "UPDATE adjustment SET state = 2, decided_by = 'opr_approves', decided_at = requested_at WHERE id = $1", id)
	require.NoError(t, err)
	next := New(f.h.DB, Config{Workers: 1, MaxBatch: 8, QueueLen: 8}, f.h.Clock.Now)
	defer next.Close()
	waiting, err := next.queries.ApprovedAdjustments(t.Context())
	require.NoError(t, err)
	require.NoError(t, next.postApproved(t.Context()))
	_, err = f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{RequestId: f.request(), PlayerId: player, Amount: eur("10.00"), Psp: "stripe", Reference: betRef("dep")})
	require.NoError(t, err)
	for _, a := range waiting {
		require.NoError(t, next.postAdjustment(t.Context(), a.ID))
	}
	r, err := f.finance("opr_approves").ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{PlayerId: player})
	require.NoError(t, err)
	require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED, r.GetAdjustments()[0].GetState())
	require.Equal(t, "20.00 0.00 v2", f.balance(player))
}
