package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// TestPartner_WalletContract sends the requests of the partners' wallet interface over HTTP and compares whole answers.
func TestPartner_WalletContract(t *testing.T) {
	p := shared(t)
	wallet := walletv1.NewWalletServiceClient(p.dial("wallet", "cashier"))
	token := p.partnerToken("wallet")
	ann, bob := ids.New("ply"), ids.New("ply")
	for _, player := range []string{ann, bob} {
		_, err := wallet.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: "deposit " + player, PlayerId: player, Amount: &commonv1.Money{Amount: "100.00", Currency: "EUR"}, Psp: "stripe",
			Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: "dep_1"},
		})
		require.NoError(t, err)
	}
	send := func(path, key, body string) (int, map[string]any) {
		h := http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
		if key != "" {
			h.Set("X-Idempotency-Key", key)
		}
		code, _, text := p.request("POST", p.gateway+path, strings.NewReader(body), h)
		var answer map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &answer), text)
		return code, answer
	}

	debit := `{"requestId":"d-1","playerId":"` + ann + `","amount":{"amount":"10.00","currency":"EUR"},"roundId":"R-1"}`
	code, first := send("/wallet/debit", "", debit)
	require.Equal(t, 200, code, first)
	require.NotEmpty(t, first["operationId"])
	require.Equal(t, map[string]any{
		"operationId": first["operationId"], "playerId": ann, "amount": map[string]any{"amount": "10.00", "currency": "EUR"}, "balanceAfter": "90.00", "version": "2",
	}, first)
	code, again := send("/wallet/debit", "", debit)
	require.Equal(t, 409, code, again)
	require.Equal(t, "IDEMPOTENT_REPLAY", detail(t, again, "ErrorInfo")["reason"])
	result := detail(t, again, "DebitWalletResponse")
	delete(result, "@type")
	require.Equal(t, first, result, "the first result is in the body")
	code, other := send("/wallet/debit", "", strings.Replace(debit, "10.00", "11.00", 1))
	require.Equal(t, 422, code, other)
	require.Equal(t, "IDEMPOTENCY_CONFLICT", detail(t, other, "ErrorInfo")["reason"])

	settle := `{"roundId":"R-2025-10-17-evo-23","operations":[{"playerId":"` + ann + `","delta":"5.00","currency":"EUR"},{"playerId":"` + bob + `","delta":"-7.50","currency":"EUR"}]}`
	code, settled := send("/wallet/settle", "9a7f-2b1c", settle)
	require.Equal(t, 200, code, settled)
	operations := settled["operations"].([]any)
	require.Len(t, operations, 2)
	require.Equal(t, map[string]any{"roundId": "R-2025-10-17-evo-23", "operations": []any{
		map[string]any{"operationId": operations[0].(map[string]any)["operationId"], "playerId": ann, "delta": "5.00", "currency": "EUR", "balanceAfter": "95.00"},
		map[string]any{"operationId": operations[1].(map[string]any)["operationId"], "playerId": bob, "delta": "-7.50", "currency": "EUR", "balanceAfter": "92.50"},
	}}, settled)
	code, repeated := send("/wallet/settle", "9a7f-2b1c", settle)
	require.Equal(t, 200, code)
	require.Equal(t, settled, repeated)

	p.partnerRefusals(&token, send, wallet, ann, debit, settle)
}

// partnerRefusals sends what is refused, and shows that nothing of it was done.
func (p *platform) partnerRefusals(
	token *string, send func(path, key, body string) (int, map[string]any), wallet walletv1.WalletServiceClient, ann, debit, settle string,
) {
	t := p.t
	all := strings.Replace(settle, "-7.50", "-92.51", 1)
	code, refused := send("/wallet/settle", "9a7f-2b1d", all)
	require.Equal(t, 409, code, refused)
	info := detail(t, refused, "ErrorInfo")
	require.Equal(t, "INSUFFICIENT_FUNDS", info["reason"])
	require.Equal(t, "1", info["metadata"].(map[string]any)["operation"])
	code, _ = send("/wallet/settle", "", settle)
	require.Equal(t, 400, code, "a key is needed")
	got, err := wallet.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: ann, Currency: "EUR"})
	require.NoError(t, err)
	require.Equal(t, "95.00", got.GetBalance().GetAvailable().GetAmount(), "all or nothing")

	*token = p.partnerToken("reports")
	code, _ = send("/wallet/debit", "", strings.Replace(debit, "d-1", "d-2", 1))
	require.Equal(t, 403, code, "the scope decides")
	*token = "nonsense"
	code, _ = send("/wallet/debit", "", strings.Replace(debit, "d-1", "d-3", 1))
	require.Equal(t, 401, code)
}

// TestPartner_BetContract sends POST /bets/place over HTTP and compares the whole answer.
func TestPartner_BetContract(t *testing.T) {
	p := shared(t)
	token := p.partnerToken("bets")
	p.openSportsbook("own-games")
	games, err := catalogv1.NewCatalogServiceClient(p.dial("catalog", "operator")).ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: "own-games"})
	require.NoError(t, err)
	identity := identityv1.NewIdentityServiceClient(p.dial("identity", "operator"))
	made, err := identity.CreateTestPlayer(t.Context(), &identityv1.CreateTestPlayerRequest{RequestId: ids.New("req"), Country: "DE", Currency: "EUR"})
	require.NoError(t, err)
	_, err = identity.FundTestPlayer(t.Context(), &identityv1.FundTestPlayerRequest{
		RequestId: ids.New("req"), PlayerId: made.GetPlayerId(), Amount: &commonv1.Money{Amount: "255.30", Currency: "EUR"}, Direction: identityv1.TestFunding_TEST_FUNDING_IN,
	})
	require.NoError(t, err)
	place := func(body string) map[string]any {
		code, _, text := p.request("POST", p.gateway+"/bets/place", strings.NewReader(body), http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}})
		require.Equal(t, 200, code, text)
		var answer map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &answer), text)
		return answer
	}
	body := `{"requestId":"9a7f-1","playerId":"` + made.GetPlayerId() + `","wallet":"cash","roundId":"R-2025-10-17-19:20:05-PRAGM-Table12","gameId":"` + games.GetGames()[0].GetGameId() +
		`","selection":[{"market":"straight","value":"17"}],"stake":{"amount":"10.00","currency":"EUR"},"device":{"ip":"203.0.113.5","ua":"Mozilla/5.0"}}`
	_, err = walletv1.NewWalletServiceClient(p.dial("wallet", "operator")).SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: made.GetPlayerId(), Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR,
		Maximum: &commonv1.Money{Amount: "5000.00", Currency: "EUR"}, Reason: "the table's limit",
	})
	require.NoError(t, err)
	first := place(body)
	require.Regexp(t, "^bet_", first["betId"])
	require.Equal(t, map[string]any{
		"status": "ACCEPTED", "betId": first["betId"], "balanceAfter": "245.30", "hold": "10.00", "limits": map[string]any{"maxBet": "5000.00"},
	}, first, "these fields and no others")
	require.Equal(t, first, place(body), "repeated")
	refused := place(strings.NewReplacer("9a7f-1", "9a7f-2", "10.00", "245.31").Replace(body))
	require.Equal(t, map[string]any{
		"status": "REJECTED", "limits": map[string]any{"maxBet": "5000.00"}, "reason": "INSUFFICIENT_FUNDS", "rule": "INSUFFICIENT_FUNDS", "policyVer": "gaming/1",
		"remaining": "245.30",
	}, refused)
}

// detail is the detail of an error whose type ends with a name.
func detail(t *testing.T, status map[string]any, name string) map[string]any {
	t.Helper()
	for _, d := range status["details"].([]any) {
		if m := d.(map[string]any); strings.HasSuffix(m["@type"].(string), "."+name) {
			return m
		}
	}
	require.Fail(t, "no such detail", "%s in %v", name, status)
	return nil
}

// dial connects to a service of the platform with another identity's certificate, as what it runs on could.
func (p *platform) dial(service, as string) *grpc.ClientConn {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.home, "addresses.json"))
	require.NoError(p.t, err)
	var addresses map[string]any
	require.NoError(p.t, json.Unmarshal(text, &addresses))
	source, err := mtls.Open(filepath.Join(p.home, "certs", as), mtls.SourceOptions{})
	require.NoError(p.t, err)
	conn, err := rpc.ClientConn(addressOf(addresses, service), service, source, rpc.ClientOptions{})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { conn.Close() })
	return conn
}

// addressOf finds a service's address, however deep it stands.
func addressOf(m map[string]any, service string) string {
	for name, v := range m {
		switch v := v.(type) {
		case string:
			if name == service {
				return v
			}
		case map[string]any:
			if a := addressOf(v, service); a != "" {
				return a
			}
		}
	}
	return ""
}

// partnerToken makes a partner's API client with one scope and gets it an access token.
func (p *platform) partnerToken(scope string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	made, err := identityv1.NewIdentityServiceClient(p.dial("identity", "operator")).CreatePartnerClient(ctx, &identityv1.CreatePartnerClientRequest{
		Name: "partner " + ids.New("x"), Scopes: []string{scope},
	})
	require.NoError(p.t, err)
	form := "grant_type=client_credentials&scope=" + scope
	request, err := http.NewRequestWithContext(ctx, "POST", p.gateway+"/v1/oauth/token", strings.NewReader(form))
	require.NoError(p.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(made.GetClient().GetClientId(), made.GetClientSecret())
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer response.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(p.t, json.NewDecoder(response.Body).Decode(&token))
	require.NotEmpty(p.t, token.AccessToken, response.Status)
	return token.AccessToken
}
