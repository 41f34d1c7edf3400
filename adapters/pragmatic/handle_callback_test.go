package pragmatic_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// intact proves the ledger after a test.
func (x *table) intact() {
	x.t.Helper()
	v, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Operator("finance"))).VerifyLedger(x.t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(x.t, err)
	require.True(x.t, v.GetOk(), "%v", v.GetViolations())
}

// TestHandleCallback: the gateway alone may call, and the answer is JSON that nobody keeps.
func TestHandleCallback(t *testing.T) {
	t.Parallel()
	x := open(t)
	req := &adapterv1.HandleCallbackRequest{
		IntegrationId: adaptertest.Licence, Method: "POST", Path: "/balance.html", Body: []byte(params{"userId", x.Player, "providerId", "pragmaticplay"}.body(key)),
	}
	resp, err := x.Callbacks.HandleCallback(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, `{"currency":"EUR","cash":100.00,"bonus":0.00,"error":0,"description":"Success"}`, string(resp.GetBody()))
	require.Equal(t, "application/json", adapter.Header(resp.GetHeaders(), "content-type"))
	require.Equal(t, "no-store", adapter.Header(resp.GetHeaders(), "cache-control"))
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).HandleCallback(t.Context(), req)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

func TestSession(t *testing.T) {
	t.Parallel()
	x := open(t)
	ok := `{"userId":"` + x.Player + `","token":"` + x.Token + `","country":"DE","currency":"EUR","cash":100.00,"bonus":0.00,"error":0,"description":"Success"}`
	for range 2 {
		require.Equal(t, ok, x.call("authenticate", params{"token", x.Token, "gameId", "any", "ipAddress", "192.0.2.1", "later", "ignored"}))
	}
	require.Equal(t, refused[4], x.call("authenticate", params{"token", "never-issued"}))
	funds := `{"currency":"EUR","cash":100.00,"bonus":0.00,"error":0,"description":"Success"}`
	require.Equal(t, funds, x.call("balance", params{"userId", x.Player}))
	require.Equal(t, funds, x.call("balance", params{"userId", x.Player, "token", x.Token}))
	require.Equal(t, refused[2], x.call("balance", params{"userId", ids.New("ply")}))
	other, foreign := x.NewPlayer("5.00", "EUR")
	require.Equal(t, refused[4], x.call("balance", params{"userId", x.Player, "token", foreign}))
	require.Equal(t, `{"gamesBalances":[{"gameID":"a","cash":5.00,"bonus":0.00},{"gameID":"b","cash":5.00,"bonus":0.00}],"error":0,"description":"Success"}`,
		x.call("GetBalancePerGame", params{"userId", other, "gameIdList", "a, b,"}))
	require.Equal(t, refused[2], x.call("GetBalancePerGame", params{"userId", ids.New("ply"), "gameIdList", "a"}))
	done := `{"error":0,"description":"Success"}`
	require.Equal(t, done, x.call("session/expired", params{"sessionId", "1", "playerId", x.Player}))
	require.Equal(t, done, x.call("roundDetails", params{"userId", x.Player, "roundId", "1", "smResult", "", "gameCategory", "slots", "betMultiplier", "1"}))
	require.Equal(t, refused[2], x.call("session/expired", params{"sessionId", "1", "playerId", "nobody"}))
	x.EndSessions(x.Player)
	require.Equal(t, refused[4], x.call("authenticate", params{"token", x.Token}))
	require.Equal(t, funds, x.call("balance", params{"userId", x.Player, "token", x.Token}), "a balance is shown after the session")
}

func TestRound(t *testing.T) {
	t.Parallel()
	x := open(t)
	first := x.id("bet", x.bet("b1", "1", "10.00"))
	for range 2 {
		require.Equal(t, staked("90.00"), x.call("bet", x.bet("b1", "1", "10.00").with("token", x.Token)))
	}
	x.Cash("90.00", "10.00")
	require.Equal(t, first, x.id("bet", x.bet("b1", "1", "10.00")))
	won := x.id("result", x.bet("w1", "1", "36.5"))
	require.NotEqual(t, first, won)
	for range 2 {
		require.Equal(t, moved("126.50"), x.call("result", x.bet("w1", "1", "36.50")))
	}
	x.Cash("126.50", "0.00")
	require.Len(t, x.Events("round.settled.v1", 1), 1, "the round is over until another bet comes")

	require.Equal(t, staked("125.50"), x.call("bet", x.bet("b2", "1", "1")), "a second bet in the round")
	require.Equal(t, staked("125.50"), x.call("bet", x.bet("b1", "1", "10.00")), "a repetition shows the balance of now")
	require.Equal(t, staked("125.50"), x.call("bet", x.bet("b1", "2", "99.00")), "a reference is the key whatever comes with it")
	require.Equal(t, first, x.id("bet", x.bet("b1", "2", "99.00")))
	require.Equal(t, moved("125.50"), x.call("result", x.bet("w2", "1", "0")))
	require.Equal(t, moved("125.50"), x.call("result", x.bet("w1", "1", "77")))
	require.Equal(t, moved("127.50"), x.call("result", x.bet("w3", "1", "2.00")), "a second win of the round")
	ended := `{"cash":127.50,"bonus":0.00,"error":0,"description":"Success"}`
	for range 2 {
		require.Equal(t, ended, x.call("endRound", x.endRound("1")))
	}
	require.Equal(t, ended, x.call("endRound", x.endRound("never-played")))
	require.Equal(t, refused[3], x.call("bet", x.bet("b3", "1", "1.00")), "the round is closed")
	require.Equal(t, moved("128.00"), x.call("result", x.bet("w4", "1", "0.5")), "a late win is paid")
	require.Equal(t, staked("127.00"), x.call("bet", x.bet("w1", "3", "1.00")), "a bet's reference is not a result's")
	require.Equal(t, ended[:8]+"127.00"+ended[14:], x.call("endRound", x.endRound("3")))
	x.Cash("127.00", "0.00")
	x.intact()
}

func TestRefund(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, staked("90.00"), x.call("bet", x.bet("b1", "1", "10.00")))
	require.Equal(t, staked("85.00"), x.call("bet", x.bet("b2", "1", "5.00")))
	id := x.id("refund", x.refund("b1"))
	require.Equal(t, refunded, x.call("refund", x.refund("b1").with("amount", "7.00").with("roundId", "9").with("gameId", "other")))
	require.Equal(t, id, x.id("refund", x.refund("b1")))
	x.Cash("95.00", "5.00")
	require.Equal(t, refused[120], x.call("bet", x.bet("b1", "1", "10.00")), "a bet after its refund")
	require.Equal(t, moved("105.00"), x.call("result", x.bet("w", "1", "10.00")), "the other bet of the round wins")
	require.Equal(t, refused[120], x.call("refund", x.refund("b2")), "a bet with a result is not taken back")
	x.Cash("105.00", "0.00")

	require.Equal(t, staked("104.00"), x.call("bet", x.bet("b3", "3", "1.00")))
	require.Equal(t, refunded, x.call("refund", x.refund("b3")))
	require.Equal(t, refused[120], x.call("result", x.bet("w3", "3", "4.00")), "a win of a refunded bet")

	for range 2 {
		require.Equal(t, refunded, x.call("refund", x.refund("b4")), "a bet that never came")
	}
	require.Equal(t, refused[120], x.call("bet", x.bet("b4", "4", "1.00")), "and is late")
	x.Cash("105.00", "0.00")

	require.Equal(t, refused[100], x.call("result", x.bet("w5", "5", "3.00")), "a result before its bet")
	require.Equal(t, staked("104.00"), x.call("bet", x.bet("b5", "5", "1.00")))
	require.Equal(t, moved("107.00"), x.call("result", x.bet("w5", "5", "3.00")), "comes again")

	require.Equal(t, staked("106.00"), x.call("bet", x.bet("b6", "6", "1.00")))
	other, _ := x.NewPlayer("5.00", "EUR")
	require.Equal(t, refused[2], x.call("refund", x.refund("b6").with("userId", other)))
	require.Equal(t, refused[2], x.call("refund", x.refund("b6").with("userId", ids.New("ply"))))
	x.Cash("106.00", "1.00")
	x.CashOf(other, "EUR", "5.00", "0.00")
	x.intact()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	x := open(t)
	other, foreign := x.NewPlayer("5.00", "EUR")
	abroad := x.LaunchAt(adaptertest.Other, x.Player, "EUR")
	good := x.bet("b", "1", "10.00")
	for name, c := range map[string]struct {
		p    params
		want string
	}{
		"funds":              {good.with("amount", "100.01"), refused[1]},
		"unknown game":       {good.with("gameId", "nope"), refused[8]},
		"unknown player":     {good.with("userId", ids.New("ply")), refused[2]},
		"no player's form":   {good.with("userId", "nobody"), refused[2]},
		"unknown token":      {good.with("token", "never-issued"), refused[4]},
		"foreign token":      {good.with("token", foreign), refused[4]},
		"token of elsewhere": {good.with("token", abroad), refused[4]},
		"foreign player":     {good.with("userId", other).with("token", x.Token), refused[4]},
		"huge":               {good.with("amount", "92233720368547758.07"), refused[1]},
	} {
		require.Equal(t, c.want, x.call("bet", c.p.with("reference", "b "+name)), name)
	}
	x.Cash("100.00", "0.00")
	require.Equal(t, staked("90.00"), x.call("bet", good))
	require.Equal(t, refused[2], x.call("result", x.bet("w", "1", "1.00").with("userId", ids.New("ply"))))
	require.Equal(t, refused[4], x.call("result", x.bet("w", "1", "1.00").with("token", foreign)))
	require.Equal(t, refused[100], x.call("result", x.bet("w", "1", "1.00").with("userId", other)), "no such round of this player")
	x.Cash("90.00", "10.00")
	require.Equal(t, refused[100], x.call("result", x.bet("w", "1", "1.00").with("gameId", "nope")), "no such round of that game")
	x.withdraw("vs20doghouse")
	require.Equal(t, refused[8], x.call("bet", x.bet("b gone", "1", "1.00")))
	require.Equal(t, moved("91.00"), x.call("result", x.bet("w", "1", "1.00").with("token", "gone")), "neither game nor token keep a win back")
	x.restore("vs20doghouse")

	x.EndSessions(x.Player)
	fresh := x.Launch(x.Player, "EUR")
	require.Equal(t, refused[4], x.call("bet", x.bet("b2", "2", "1.00").with("token", x.Token)))
	require.Equal(t, staked("91.00"), x.call("bet", good.with("token", x.Token)), "a repetition needs no session")
	require.Equal(t, staked("90.00"), x.call("bet", x.bet("b2", "2", "1.00")), "a bet without a token needs none")

	x.limit("1.00")
	require.Equal(t, refused[50], x.call("bet", x.bet("limited", "2", "1.00")))
	x.lock()
	require.Equal(t, refused[6], x.call("authenticate", params{"token", fresh}))
	require.Equal(t, refused[6], x.call("bet", x.bet("b3", "3", "1.00")))
	require.Equal(t, moved("92.00"), x.call("result", x.bet("w2", "2", "2.00")), "a locked player's win")
	require.Equal(t, refunded, x.call("refund", x.refund("b9")), "a locked player's refund")

	x.Enable(false)
	require.Equal(t, refused[3], x.call("bet", x.bet("b4", "4", "1.00")))
	require.Equal(t, staked("92.00"), x.call("bet", good), "a repetition of what was taken: the provider would write it off")
	require.Equal(t, staked("92.00"), x.call("bet", good.with("token", x.Token)))
	require.Equal(t, refused[3], x.call("bet", good.with("userId", other)), "not that player's")
	require.Equal(t, refused[3], x.call("bet", x.bet("b gone", "1", "1.00")), "a repetition of what was not")
	require.Equal(t, refused[3], x.call("bet", good.without("reference")))
	require.Equal(t, refused[100], x.call("result", x.bet("w4", "4", "1.00")))
	require.Equal(t, refused[130], x.call("endRound", x.endRound("4")))
	x.Enable(true)
	x.Cash("92.00", "0.00")
	x.CashOf(other, "EUR", "5.00", "0.00")
	x.intact()
}
