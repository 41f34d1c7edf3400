package transfer_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/transfer"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
)

const (
	operatorID = "casino-7"
	secret     = "a-secret-that-both-sides-know"
)

// table is the adapter before the sandbox studio, which speaks the protocol over HTTP.
type table struct {
	*adaptertest.Table
	t      *testing.T
	studio *studio.Studio
	url    string
	bank   adapterv1.TransferWalletServiceClient
}

func open(t *testing.T, vars map[string]string) *table {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s, err := studio.New(studio.Config{StateDir: t.TempDir(), PublicURL: server.URL + "/studio"})
	require.NoError(t, err)
	handler = http.StripPrefix("/studio", s.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, s.Close(context.WithoutCancel(t.Context())))
	})
	x := &table{t: t, studio: s, url: server.URL + "/studio"}
	status, body := x.http(http.MethodPut, x.url+"/transfer/admin/operators/"+operatorID, `{"signing_secret":"`+secret+`"}`)
	require.Equal(t, http.StatusOK, status, body)
	x.Table = adaptertest.Open(t, transfer.Service(), adaptertest.Options{
		Settings: map[string]string{"api_base_url": x.url + "/transfer/v1/", "operator_id": operatorID}, Secrets: map[string]string{"signing_secret": secret}, Vars: vars,
	})
	x.bank = adapterv1.NewTransferWalletServiceClient(x.As(testkit.Peer("gaming")))
	return x
}

// http sends a request as the studio's administrator.
func (x *table) http(method, url, body string) (int, string) {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), method, url, strings.NewReader(body))
	require.NoError(x.t, err)
	req.Header.Set("Authorization", "Bearer "+x.studio.AdminToken())
	res, err := http.DefaultClient.Do(req)
	require.NoError(x.t, err)
	defer res.Body.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(res.Body)
	require.NoError(x.t, err)
	return res.StatusCode, string(text)
}

func eur(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "EUR"} }

func (x *table) order(id, amount string, way adapterv1.FundsDirection) *adapterv1.TransferFundsRequest {
	return &adapterv1.TransferFundsRequest{IntegrationId: adaptertest.Licence, TransferId: id, PlayerId: x.Player, Direction: way, Amount: eur(amount)}
}

// funds asserts what the player has at the studio.
func (x *table) funds(want string) {
	x.t.Helper()
	r, err := x.bank.GetFunds(x.t.Context(), &adapterv1.GetFundsRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, Currency: "EUR"})
	require.NoError(x.t, err)
	require.Equal(x.t, want, r.GetFunds().GetAmount())
}
