package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestSearchProviderTransfers(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s, other := c.saver("100.00"), c.saver("100.00")
	done := s.to("1.00").GetTransferId()
	c.out.bank.failing("TransferFunds", beforeIt, beforeIt, beforeIt, beforeIt)
	lost := other.to("2.00")
	require.Equal(t, "UNKNOWN", state(lost))
	search := func(r *gamingv1.SearchProviderTransfersRequest) (ids []string) {
		list, err := c.staff("support").SearchProviderTransfers(t.Context(), r)
		require.NoError(t, err)
		for _, x := range list.GetTransfers() {
			ids = append(ids, x.GetTransferId())
		}
		return ids
	}
	require.Len(t, search(&gamingv1.SearchProviderTransfersRequest{}), 2)
	require.Equal(t, []string{done}, search(&gamingv1.SearchProviderTransfersRequest{PlayerId: s.id}))
	require.Equal(t, []string{lost.GetTransferId()}, search(&gamingv1.SearchProviderTransfersRequest{State: gamingv1.TransferState_TRANSFER_STATE_UNKNOWN}))
	require.Empty(t, search(&gamingv1.SearchProviderTransfersRequest{IntegrationId: "other"}))
	require.Empty(t, search(&gamingv1.SearchProviderTransfersRequest{HandedOver: true}))
	_, err := c.staff("support").SearchProviderTransfers(t.Context(), &gamingv1.SearchProviderTransfersRequest{Page: &commonv1.PageRequest{Token: "x"}})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN)
	_, err = s.as(s.id).SearchProviderTransfers(t.Context(), &gamingv1.SearchProviderTransfersRequest{})
	denied(t, err)
}
