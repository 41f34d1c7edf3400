package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	retryIt  = gamingv1.TransferResolution_TRANSFER_RESOLUTION_RETRY
	appliedX = gamingv1.TransferResolution_TRANSFER_RESOLUTION_APPLIED
	refusedX = gamingv1.TransferResolution_TRANSFER_RESOLUTION_REFUSED
)

// silent is a bank that does not answer about transfers for the rest of a test.
func (b *bank) silent(when string) {
	b.set(func() {
		b.fail = map[string][]string{}
		for range 1000 {
			b.fail["TransferFunds"] = append(b.fail["TransferFunds"], when)
			b.fail["GetFundsTransfer"] = append(b.fail["GetFundsTransfer"], beforeIt)
		}
	})
}

func (c *casino) resolveTransfer(id string, how gamingv1.TransferResolution) (*gamingv1.ProviderTransfer, error) {
	r, err := gamingv1.NewGamingServiceClient(c.As(testkit.OperatorNamed("opr_staff", "finance").Fresh())).ResolveProviderTransfer(c.t.Context(),
		&gamingv1.ResolveProviderTransferRequest{TransferId: id, Resolution: how, Reason: "as the provider wrote"})
	return r.GetTransfer(), err
}

func TestResolveProviderTransfer(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	c.out.bank.silent(beforeIt)
	a, b, d := s.to("10.00"), s.to("20.00"), s.to("5.00")
	for _, x := range []*gamingv1.ProviderTransfer{a, b, d} {
		require.Equal(t, "UNKNOWN", state(x))
	}
	s.cash("65.00", "0.00")

	x, err := c.resolveTransfer(a.GetTransferId(), refusedX)
	require.NoError(t, err)
	require.Equal(t, []string{"FAILED", "OPERATOR_RESOLVED", "opr_staff", "as the provider wrote"}, []string{state(x), x.GetFailure(), x.GetResolvedBy(), x.GetResolution()})
	s.cash("75.00", "0.00")
	again, err := c.resolveTransfer(a.GetTransferId(), refusedX)
	require.NoError(t, err, "as it ended")
	require.Equal(t, x.GetFinishedAt().AsTime(), again.GetFinishedAt().AsTime())
	s.cash("75.00", "0.00")
	_, err = c.resolveTransfer(a.GetTransferId(), appliedX)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_TRANSFER_FINISHED)

	x, err = c.resolveTransfer(b.GetTransferId(), appliedX)
	require.NoError(t, err)
	require.Equal(t, "CONFIRMED", state(x))
	s.cash("75.00", "0.00")

	x, err = c.resolveTransfer(d.GetTransferId(), retryIt)
	require.NoError(t, err)
	require.Equal(t, "UNKNOWN", state(x), "it still does not answer")
	c.out.bank.set(func() { c.out.bank.fail = nil })
	x, err = c.resolveTransfer(d.GetTransferId(), retryIt)
	require.NoError(t, err)
	require.Equal(t, "CONFIRMED", state(x))
	s.there("5.00")

	_, err = c.resolveTransfer("ptr_none", retryIt)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_TRANSFER_NOT_FOUND)
	c.exec("UPDATE provider_transfer SET state = 1, outcome = 0, finished_at = NULL, next_at = now() + interval '100 years' WHERE transfer_id = $1", d.GetTransferId())
	_, err = c.resolveTransfer(d.GetTransferId(), refusedX)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_TRANSFER_NOT_SENT)
	x, err = c.resolveTransfer(d.GetTransferId(), retryIt)
	require.NoError(t, err)
	require.Equal(t, "CONFIRMED", state(x))
	c.verify()
}

func TestResolveProviderTransfer_Denied(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	req := &gamingv1.ResolveProviderTransferRequest{TransferId: s.to("1.00").GetTransferId(), Resolution: refusedX, Reason: "because"}
	for _, who := range []testkit.Caller{testkit.Operator("support").Fresh(), testkit.Player(s.id), testkit.Peer("transfer")} {
		_, err := gamingv1.NewGamingServiceClient(c.As(who)).ResolveProviderTransfer(t.Context(), req)
		denied(t, err)
	}
	_, err := gamingv1.NewGamingServiceClient(c.As(testkit.Operator("finance").Stale())).ResolveProviderTransfer(t.Context(), req)
	require.Equal(t, "STEP_UP_REQUIRED", errs.ReasonOf(err))
	for _, bad := range []*gamingv1.ResolveProviderTransferRequest{
		{TransferId: "x", Resolution: refusedX}, {TransferId: "x", Reason: "because"}, {Resolution: refusedX, Reason: "because"},
	} {
		_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Operator("finance").Fresh())).ResolveProviderTransfer(t.Context(), bad)
		require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	}
}

// TestHandOver: a transfer that its provider does not tell about for a day is an operator's, told once, and asked for all the same.
func TestHandOver(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	c.out.bank.silent(afterIt)
	lost := s.to("10.00")
	require.Equal(t, "UNKNOWN", state(lost))
	c.Clock.Advance(25 * time.Hour)
	eventually(t, "it is handed over", func() bool { return s.list()[0].GetHandedOverAt() != nil })
	r, err := c.staff("support").SearchProviderTransfers(t.Context(), &gamingv1.SearchProviderTransfersRequest{HandedOver: true})
	require.NoError(t, err)
	require.Len(t, r.GetTransfers(), 1)
	c.Events("provider_transfer.handed_over.v1", 1)
	c.out.bank.set(func() { c.out.bank.fail = nil })
	require.Equal(t, "CONFIRMED", state(s.settles()[0]), "its provider told in the end")
	require.Len(t, c.Published("provider_transfer.handed_over.v1"), 1)
	s.cash("90.00", "0.00")
	s.there("10.00")
}
