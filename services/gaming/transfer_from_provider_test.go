package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestTransferFromProvider(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("50.00")
	s.plays("b1", "10.00", "35.00", c.Clock.Now()) // 75.00 there
	part := s.from("20.00")
	require.Equal(t, "CONFIRMED", state(part))
	s.cash("70.00", "0.00")

	req := s.everything("all")
	first, err := s.as(s.id).TransferFromProvider(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []any{"CONFIRMED", "55.00", true}, []any{state(first.GetTransfer()), first.GetTransfer().GetAmount().GetAmount(), first.GetTransfer().GetEverything()})
	s.cash("125.00", "0.00")
	s.there("0.00")
	again, err := s.as(s.id).TransferFromProvider(t.Context(), req)
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.True(t, proto.Equal(first.GetTransfer(), again.GetTransfer()))
	other := proto.CloneOf(req)
	other.What = &gamingv1.TransferFromProviderRequest_Amount{Amount: eur("55.00")}
	_, err = s.as(s.id).TransferFromProvider(t.Context(), other)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)

	empty, err := s.as(s.id).TransferFromProvider(t.Context(), s.everything("nothing"))
	require.NoError(t, err)
	require.Equal(t, []string{"CONFIRMED", "0.00"}, []string{state(empty.GetTransfer()), empty.GetTransfer().GetAmount().GetAmount()})
	much := s.from("0.01")
	require.Equal(t, []string{"FAILED", "INSUFFICIENT_FUNDS"}, []string{state(much), much.GetFailure()}, "the provider's word")
	s.cash("125.00", "0.00")

	_, err = s.as(s.id).TransferFromProvider(t.Context(), &gamingv1.TransferFromProviderRequest{IntegrationId: purse, RequestId: "none"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err), "an amount or everything")
	_, err = s.as(s.id).TransferFromProvider(t.Context(), &gamingv1.TransferFromProviderRequest{
		IntegrationId: purse, RequestId: "x", What: &gamingv1.TransferFromProviderRequest_EverythingIn{EverythingIn: "XXX"},
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY)
	_, err = s.as(s.id).TransferFromProvider(t.Context(), &gamingv1.TransferFromProviderRequest{
		IntegrationId: integration, RequestId: "x", What: &gamingv1.TransferFromProviderRequest_EverythingIn{EverythingIn: "EUR"},
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET)
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Operator("admin"))).TransferFromProvider(t.Context(), req)
	denied(t, err)
	c.verify()
}
