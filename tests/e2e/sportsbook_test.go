package e2e_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// sportsbookSecret signs the bookmaker's calls.
const sportsbookSecret = "a-secret-of-both-sides"

// TestSportsbook_Contract sends the requests of the bookmaker interface over HTTP, each twice, and compares whole answers.
func TestSportsbook_Contract(t *testing.T) {
	p := shared(t)
	var user struct {
		ID int64 `json:"id"`
	}
	require.Less(t, p.post(p.sandbox+"/telegram/users", "", map[string]any{"first_name": "Bettina"}, &user), 300)
	player := p.whoami(p.telegramLogin(user.ID))
	wallet := walletv1.NewWalletServiceClient(p.dial("wallet", "cashier"))
	_, err := wallet.Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: "deposit " + player, PlayerId: player, Amount: &commonv1.Money{Amount: "300.00", Currency: "EUR"}, Psp: "stripe",
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: "dep_1"},
	})
	require.NoError(t, err)
	p.openSportsbook("odds-and-sons")
	cash := func(want string) {
		t.Helper()
		b, err := wallet.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
		require.NoError(t, err)
		require.Equal(t, want, b.GetBalance().GetAvailable().GetAmount())
	}
	twice := func(path, body, want, after string) {
		t.Helper()
		for range 2 {
			require.Equal(t, want, p.bookmaker("odds-and-sons", path, strings.ReplaceAll(body, "67890", player)))
			cash(after)
		}
	}

	bet := `{"partner_id":"12345","partner_player_id":"67890","amount":100,"bet_id":"abcde12345"}`
	twice("check_bet", bet, `200 {"status":"approved","message":"Stake is it possible","bet_id":"abcde12345"}`, "300.00")
	twice("block_funds", strings.Replace(bet, `}`, `,"round_id":"round123","selection":"7","odds":2}`, 1),
		`200 {"status":"blocked","message":"funds have been successfully blocked","bet_id":"abcde12345"}`, "200.00")
	twice("update_bet_status", strings.Replace(bet, `}`, `,"status":"win","payout":200}`, 1),
		`200 {"status":"updated","message":"The bet status has been successfully updated","bet_id":"abcde12345"}`, "400.00")
	twice("recalculate_bets", `{"round_id":"round123","correct_result":"5"}`, `200 {"status":"recalculated","message":"The bets have been recalculated for the round123"}`, "200.00")

	other := strings.Replace(bet, "abcde12345", "fghij67890", 1)
	other = strings.Replace(other, "67890\",\"amount", player+"\",\"amount", 1)
	for _, c := range []struct{ path, want, after string }{
		{"block_funds", `200 {"status":"blocked","message":"funds have been successfully blocked","bet_id":"fghij67890"}`, "100.00"},
		{"refund", `200 {"status":"refunded","message":"Funds have been refunded","bet_id":"fghij67890"}`, "200.00"},
	} {
		for range 2 {
			require.Equal(t, c.want, p.bookmaker("odds-and-sons", c.path, other))
			cash(c.after)
		}
	}
	require.Equal(t, `402 {"status":"rejected","code":"insufficient_funds","message":"The player's balance is less than the stake","bet_id":"much"}`,
		p.bookmaker("odds-and-sons", "check_bet", fmt.Sprintf(`{"partner_id":"12345","partner_player_id":%q,"amount":200.01,"bet_id":"much"}`, player)))
	code, _, text := p.request(http.MethodPost, p.gateway+"/callbacks/odds-and-sons/api/block_funds", strings.NewReader(bet), nil)
	require.Equal(t, `401 {"status":"error","code":"invalid_signature","message":"The signature is wrong"}`, fmt.Sprintf("%d %s", code, text))
}

// openSportsbook makes an integration of a bookmaker and publishes its game.
func (p *platform) openSportsbook(id string) {
	p.t.Helper()
	_, err := operationsv1.NewOperationsServiceClient(p.dial("operations", "operator")).CreateIntegration(p.t.Context(), &operationsv1.CreateIntegrationRequest{
		IntegrationId: id, Protocol: "bookmaker", Name: "Odds & Sons", Settings: map[string]string{"partner_id": "12345"}, Secrets: map[string]string{"signing_secret": sportsbookSecret},
	})
	require.NoError(p.t, err)
	catalog := catalogv1.NewCatalogServiceClient(p.dial("catalog", "operator"))
	_, err = catalog.SyncGames(p.t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: id})
	require.NoError(p.t, err)
	games, err := catalog.ListOperatorGames(p.t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: id})
	require.NoError(p.t, err)
	require.Len(p.t, games.GetGames(), 1)
	_, err = catalog.SetGamePublished(p.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: games.GetGames()[0].GetGameId(), Published: new(true)})
	require.NoError(p.t, err)
}

// bookmaker sends a signed call and answers status and body.
func (p *platform) bookmaker(integration, path, body string) string {
	p.t.Helper()
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	code, _, text := p.request(http.MethodPost, p.gateway+"/callbacks/"+integration+"/api/"+path, strings.NewReader(body), http.Header{
		"Content-Type": {"application/json"}, "X-Partner-Timestamp": {stamp}, "X-Partner-Signature": {adapter.SignHMAC(sportsbookSecret, []byte(stamp+"."+body))},
	})
	return fmt.Sprintf("%d %s", code, text)
}
