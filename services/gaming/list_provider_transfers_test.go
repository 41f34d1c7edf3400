package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListProviderTransfers(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s, stranger := c.saver("100.00"), c.saver("5.00")
	var ids []string
	for range 3 {
		ids = append(ids, s.to("1.00").GetTransferId())
	}
	stranger.to("1.00")
	var got []string
	for page := ""; ; {
		r, err := s.as(s.id).ListProviderTransfers(t.Context(), &gamingv1.ListProviderTransfersRequest{Page: &commonv1.PageRequest{Size: 2, Token: page}})
		require.NoError(t, err)
		for _, x := range r.GetTransfers() {
			got = append(got, x.GetTransferId())
		}
		if page = r.GetPage().GetNextToken(); page == "" {
			break
		}
	}
	require.ElementsMatch(t, ids, got, "one's own, each once")
	r, err := s.as(s.id).ListProviderTransfers(t.Context(), &gamingv1.ListProviderTransfersRequest{State: gamingv1.TransferState_TRANSFER_STATE_FAILED})
	require.NoError(t, err)
	require.Empty(t, r.GetTransfers())
	_, err = s.as(s.id).ListProviderTransfers(t.Context(), &gamingv1.ListProviderTransfersRequest{Page: &commonv1.PageRequest{Token: "x"}})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN)
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Operator("admin"))).ListProviderTransfers(t.Context(), &gamingv1.ListProviderTransfersRequest{})
	denied(t, err)
}
