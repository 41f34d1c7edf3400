package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

const purse = "purse-studio"

type providerTransfer struct {
	TransferID string `json:"transferId"`
	State      string `json:"state"`
	Cause      string `json:"cause"`
	Amount     struct {
		Amount string `json:"amount"`
	} `json:"amount"`
}

// TestTransferWallet is a player at a studio that keeps players' money: money goes there with the launch, is played with, goes there once more with the answer lost and the
// platform killed, and is back after the logout. Both sides' books agree, and so does the ledger.
func TestTransferWallet(t *testing.T) {
	p := newPlatform(t)
	p.env = append(p.env, "PITBOSS_GAMING_PLAY_EVERY=500ms", "PITBOSS_GAMING_RECONCILE_EVERY=200ms")
	p.start()
	began := time.Now().Add(-time.Minute)
	game := p.openPurse()
	var user struct {
		ID int64 `json:"id"`
	}
	require.Less(t, p.post(p.sandbox+"/telegram/users", "", map[string]any{"first_name": "Penelope"}, &user), 300)
	s := p.telegramLogin(user.ID)
	token, player := s.Tokens.AccessToken, p.whoami(s)
	_, err := walletv1.NewWalletServiceClient(p.dial("wallet", "cashier")).Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: "deposit " + player, PlayerId: player, Amount: &commonv1.Money{Amount: "100.00", Currency: "EUR"}, Psp: "stripe",
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: "dep_1"},
	})
	require.NoError(t, err)

	var launch struct {
		URL      string           `json:"url"`
		Transfer providerTransfer `json:"transfer"`
	}
	eur := func(amount string) map[string]string { return map[string]string{"amount": amount, "currency": "EUR"} }
	require.Equal(t, 200, p.post(p.gateway+"/v1/games/"+game+":launch", token, map[string]any{
		"currency": "EUR", "transfer": map[string]any{"requestId": "with-launch", "amount": eur("40.00")},
	}, &launch))
	require.Equal(t, []string{"TRANSFER_STATE_CONFIRMED", "TRANSFER_CAUSE_LAUNCH"}, []string{launch.Transfer.State, launch.Transfer.Cause})
	require.Equal(t, "60.00", p.cashOf(player))

	var spin struct {
		Balance string `json:"balance"`
	}
	for i := range 5 {
		require.Equal(t, 200, p.post(launch.URL+"/spin", "", map[string]any{"spin_id": fmt.Sprintf("spin-%04d", i), "bet": "1.00"}, &spin))
	}
	require.Equal(t, spin.Balance, p.purseOf(token))
	require.Eventually(t, func() bool { return p.importedBets(token) == 5 }, 30*time.Second, 100*time.Millisecond, "what was played is in the history")

	// The studio takes the money, its answer is lost, and the platform dies before it asks again.
	p.purseFaults(`{"rules":[{"operation":"transfer.apply","kind":"drop"},{"operation":"transfer.query","kind":"unavailable"}]}`)
	var more struct {
		Transfer providerTransfer `json:"transfer"`
		Replayed bool             `json:"replayed"`
	}
	request := map[string]any{"requestId": "more", "amount": eur("20.00")}
	require.Equal(t, 200, p.post(p.gateway+"/v1/provider-wallets/"+purse+":transferTo", token, request, &more))
	require.Equal(t, "TRANSFER_STATE_UNKNOWN", more.Transfer.State)
	require.Equal(t, "40.00", p.cashOf(player))
	p.kill()
	p.start()
	require.Eventually(t, func() bool {
		return p.post(p.gateway+"/v1/provider-wallets/"+purse+":transferTo", token, request, &more) == 200 && more.Replayed && more.Transfer.State == "TRANSFER_STATE_CONFIRMED"
	}, 60*time.Second, 200*time.Millisecond, "it comes to its end by itself")
	require.Equal(t, "40.00", p.cashOf(player))
	changed := map[string]any{"requestId": "more", "amount": eur("20.01")}
	var refusal reasoned
	require.Equal(t, 409, p.post(p.gateway+"/v1/provider-wallets/"+purse+":transferTo", token, changed, &refusal))
	require.Equal(t, "DUPLICATE_MISMATCH", refusal.Details[0].Reason)
	require.Equal(t, 409, p.post(p.gateway+"/v1/provider-wallets/"+purse+":transferTo", token, map[string]any{"requestId": "much", "amount": eur("40.01")}, &refusal))
	require.Equal(t, "INSUFFICIENT_FUNDS", refusal.Details[0].Reason)

	p.logoutBringsBack(token, player)
	p.purseClosed(launch.URL)
	p.pursesAgree(began)
	p.verify()
}

// logoutBringsBack logs the player out and waits until everything is cash again.
func (p *platform) logoutBringsBack(token, player string) {
	t := p.t
	there := p.purseOf(token)
	require.Less(t, p.post(p.gateway+"/v1/auth/logout", token, map[string]any{}, nil), 300)
	var back providerTransfer
	require.Eventually(t, func() bool {
		list, err := gamingv1.NewGamingServiceClient(p.dial("gaming", "operator")).SearchProviderTransfers(t.Context(), &gamingv1.SearchProviderTransfersRequest{PlayerId: player})
		require.NoError(t, err)
		newest := list.GetTransfers()[0]
		back = providerTransfer{State: newest.GetState().String(), Cause: newest.GetCause().String()}
		back.Amount.Amount = newest.GetAmount().GetAmount()
		return back.State == "TRANSFER_STATE_CONFIRMED" && newest.GetDirection() == gamingv1.TransferDirection_TRANSFER_DIRECTION_FROM_PROVIDER
	}, 60*time.Second, 200*time.Millisecond, "the logout brings everything back")
	require.Equal(t, []string{"TRANSFER_CAUSE_LOGOUT", there}, []string{back.Cause, back.Amount.Amount})
}

// purseClosed waits until a session at the studio takes no spin any more.
func (p *platform) purseClosed(session string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		var refused struct {
			Error string `json:"error"`
		}
		return p.post(session+"/spin", "", map[string]any{"spin_id": "spin-9999", "bet": "1.00"}, &refused) == 409 && refused.Error == "session_closed"
	}, 30*time.Second, 200*time.Millisecond, "and the session at the studio is closed")
}

// openPurse makes the studio and the platform know each other and shows the studio's game.
func (p *platform) openPurse() string {
	p.t.Helper()
	const secret = "a-secret-that-both-sides-know"
	status, _, body := p.request(http.MethodPut, p.sandbox+"/studio/transfer/admin/operators/casino", strings.NewReader(`{"signing_secret":"`+secret+`"}`), p.studioAdmin())
	require.Equal(p.t, 200, status, body)
	_, err := operationsv1.NewOperationsServiceClient(p.dial("operations", "operator")).CreateIntegration(p.t.Context(), &operationsv1.CreateIntegrationRequest{
		IntegrationId: purse, Protocol: "transfer", Name: "Purse Studio", Settings: map[string]string{"api_base_url": p.sandbox + "/studio/transfer/v1", "operator_id": "casino"},
		Secrets: map[string]string{"signing_secret": secret},
	})
	require.NoError(p.t, err)
	catalog := catalogv1.NewCatalogServiceClient(p.dial("catalog", "operator"))
	_, err = catalog.SyncGames(p.t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: purse})
	require.NoError(p.t, err)
	games, err := catalog.ListOperatorGames(p.t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: purse})
	require.NoError(p.t, err)
	require.Len(p.t, games.GetGames(), 1)
	_, err = catalog.SetGamePublished(p.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: games.GetGames()[0].GetGameId(), Published: new(true)})
	require.NoError(p.t, err)
	return games.GetGames()[0].GetGameId()
}

func (p *platform) studioAdmin() http.Header {
	p.t.Helper()
	token, err := os.ReadFile(filepath.Join(p.home, "sandbox", "studio", "admin-token"))
	require.NoError(p.t, err)
	return http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(token))}, "Content-Type": {"application/json"}}
}

// purseFaults sets the studio's faults.
func (p *platform) purseFaults(rules string) {
	p.t.Helper()
	status, _, text := p.request(http.MethodPut, p.sandbox+"/studio/faults", strings.NewReader(rules), p.studioAdmin())
	require.Equal(p.t, 200, status, text)
}

func (p *platform) cashOf(player string) string {
	p.t.Helper()
	b, err := walletv1.NewWalletServiceClient(p.dial("wallet", "cashier")).GetBalance(p.t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
	require.NoError(p.t, err)
	return b.GetBalance().GetAvailable().GetAmount()
}

// purseOf is what the studio says the player has there, over REST.
func (p *platform) purseOf(token string) string {
	p.t.Helper()
	var b struct {
		Balance struct {
			Amount string `json:"amount"`
		} `json:"balance"`
	}
	require.Equal(p.t, 200, p.get(p.gateway+"/v1/provider-wallets/"+purse+"/balance?currency=EUR", token, &b))
	return b.Balance.Amount
}

// importedBets counts the player's bets that were played there.
func (p *platform) importedBets(token string) (n int) {
	p.t.Helper()
	var list struct {
		Bets []struct {
			ProviderWallet bool `json:"providerWallet"`
		} `json:"bets"`
	}
	require.Equal(p.t, 200, p.get(p.gateway+"/v1/bets", token, &list))
	for _, b := range list.Bets {
		if b.ProviderWallet {
			n++
		}
	}
	return n
}

// pursesAgree reconciles and expects no finding.
func (p *platform) pursesAgree(from time.Time) {
	p.t.Helper()
	gaming := gamingv1.NewGamingServiceClient(p.dial("gaming", "operator"))
	r, err := gaming.StartReconciliation(p.t.Context(), &gamingv1.StartReconciliationRequest{IntegrationId: purse, From: timestamppb.New(from), Until: timestamppb.Now()})
	require.NoError(p.t, err)
	require.Eventually(p.t, func() bool {
		g, err := gaming.GetReconciliation(p.t.Context(), &gamingv1.GetReconciliationRequest{RunId: r.GetRun().GetRunId()})
		require.NoError(p.t, err)
		return g.GetRun().GetState() == gamingv1.ReconciliationState_RECONCILIATION_STATE_DONE
	}, 60*time.Second, 200*time.Millisecond)
	list, err := gaming.ListFindings(p.t.Context(), &gamingv1.ListFindingsRequest{IntegrationId: purse})
	require.NoError(p.t, err)
	require.Empty(p.t, list.GetFindings())
}
