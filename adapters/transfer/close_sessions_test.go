package transfer_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

// TestCloseSessions: sessions that were opened until a moment take no spin any more, however often and with whatever loss it is asked for; a later one does.
func TestCloseSessions(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	_, err := x.bank.TransferFunds(t.Context(), x.order("ptr_1", "5.00", in))
	require.NoError(t, err)
	launch := func() string {
		r, err := x.Provider.CreateLaunchUrl(t.Context(), &adapterv1.CreateLaunchUrlRequest{
			IntegrationId: adaptertest.Licence, SessionToken: "0123456789", PlayerId: x.Player, GameCode: subwallet.GameCode, Currency: "EUR", Country: "DE", Language: "de",
		})
		require.NoError(t, err)
		return r.GetUrl()
	}
	spins := 0
	spin := func(url string) (int, string) {
		spins++
		return x.http(http.MethodPost, url+"/spin", fmt.Sprintf(`{"spin_id":"spin-%04d","bet":"0.10"}`, spins))
	}
	first, second := launch(), launch()
	code, body := spin(first)
	require.Equal(t, http.StatusOK, code, body)
	req := &adapterv1.CloseSessionsRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, OpenedUntil: timestamppb.New(time.Now().Add(-time.Hour))}
	r, err := x.bank.CloseSessions(t.Context(), req)
	require.NoError(t, err)
	require.Zero(t, r.GetClosed(), "none was open an hour ago")
	req.OpenedUntil = timestamppb.Now()
	require.NoError(t, x.studio.Faults().Set(0, fault.Rule{Operation: "transfer.close", Kind: subwallet.Unavailable, Count: 1}))
	_, err = x.bank.CloseSessions(t.Context(), req)
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE), "%v", err)
	code, _ = spin(second)
	require.Equal(t, http.StatusOK, code)
	r, err = x.bank.CloseSessions(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, 2, r.GetClosed())
	r, err = x.bank.CloseSessions(t.Context(), req)
	require.NoError(t, err)
	require.Zero(t, r.GetClosed())
	for _, url := range []string{first, second} {
		code, body = spin(url)
		require.Equal(t, http.StatusConflict, code)
		require.Contains(t, body, "session_closed")
	}

	code, body = spin(launch())
	require.Equal(t, http.StatusOK, code, body)

	_, err = x.bank.CloseSessions(t.Context(), &adapterv1.CloseSessionsRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	_, err = adapterv1.NewTransferWalletServiceClient(x.As(testkit.Peer("catalog"))).CloseSessions(t.Context(), req)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
