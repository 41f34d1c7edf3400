package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestRejectAdjustment(t *testing.T) {
	f := startWallet(t)
	player, rejects := f.player("10.00"), f.finance("opr_rejects")
	id := f.requested(f.adjustment(player, "5.00"))
	req := &walletv1.RejectAdjustmentRequest{AdjustmentId: id, Note: "no proof"}
	reject := func(c walletv1.WalletServiceClient) error { _, err := c.RejectAdjustment(t.Context(), req); return err }
	f.deniedTo(reject, noLedgerPeople(player)...)
	type request = *walletv1.RejectAdjustmentRequest
	refuses(f, rejects, walletv1.WalletServiceClient.RejectAdjustment, req,
		bad[request]{"VALIDATION", func(r request) { r.AdjustmentId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.Note = "" }},
		bad[request]{"ADJUSTMENT_NOT_FOUND", func(r request) { r.AdjustmentId = "adj_none" }},
	)

	first, err := rejects.RejectAdjustment(t.Context(), req)
	require.NoError(t, err)
	a := first.GetAdjustment()
	require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_REJECTED, a.GetState())
	require.Equal(t, []string{"opr_rejects", "no proof", ""}, []string{a.GetDecidedBy(), a.GetNote(), a.GetOperationId()})
	before := f.footprint()
	again, err := rejects.RejectAdjustment(t.Context(), req)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Equal(t, before, f.footprint())
	f.refused("ADJUSTMENT_DECIDED", func() error { return reject(f.finance("opr_third")) })
	for _, person := range []string{"opr_rejects", "opr_third", "opr_asks"} {
		f.refused("ADJUSTMENT_DECIDED", func() error {
			_, err := f.finance(person).ApproveAdjustment(t.Context(), &walletv1.ApproveAdjustmentRequest{AdjustmentId: id})
			require.Equal(t, "REJECTED", errs.Metadata(err)["state"])
			return err
		})
	}
	require.Equal(t, "10.00 0.00 v1", f.balance(player))
}

// Who asked for it takes it back; what is in the ledger is not rejected any more.
func TestRejectAdjustment_ByWhoAskedAndTooLate(t *testing.T) {
	f := startWallet(t)
	player, asks := f.player("10.00"), f.finance("opr_asks")
	r, err := asks.RejectAdjustment(t.Context(), &walletv1.RejectAdjustmentRequest{AdjustmentId: f.requested(f.adjustment(player, "5.00")), Note: "wrong player"})
	require.NoError(t, err)
	require.Equal(t, "opr_asks", r.GetAdjustment().GetDecidedBy())

	posted := f.requested(f.adjustment(player, "5.00"))
	approves := f.finance("opr_approves")
	_, err = approves.ApproveAdjustment(t.Context(), &walletv1.ApproveAdjustmentRequest{AdjustmentId: posted})
	require.NoError(t, err)
	f.refused("ADJUSTMENT_DECIDED", func() error {
		_, err := approves.RejectAdjustment(t.Context(), &walletv1.RejectAdjustmentRequest{AdjustmentId: posted, Note: "late"})
		return err
	})
}
