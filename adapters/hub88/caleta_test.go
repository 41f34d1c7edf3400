package hub88_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pitboss-gaming/pitboss/adapters/hub88"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// The bodies are written as Caleta writes them.
const (
	caletaBet = `{"token":"$T","transaction_uuid":"%s","supplier_user":"su-1","round_closed":%s,"round":"%s","request_uuid":"req-1","is_free":%s,"game_code":"slot","game_id":7,"currency":"EUR","amount":%s,"bet":null,"reward_uuid":null,"campaign_uuid":null}`
	caletaWin = `{"token":"$T","transaction_uuid":"%s","supplier_user":"su-1","reference_transaction_uuid":"%s","round_closed":%s,"round":"%s","request_uuid":"req-1","is_free":false,"game_code":"slot","currency":"EUR","amount":%s}`
	caletaRbk = `{"token":"$T","transaction_uuid":"%s","reference_transaction_uuid":"%s","round_closed":false,"round":"%s","request_uuid":"req-1","game_code":"slot","user":"su-1"}`
)

// caleta is the adapter in Caleta's dialect, and a player with 100.00 EUR.
type caleta struct {
	*adaptertest.Table
	t *testing.T
}

func openCaleta(t *testing.T, settings map[string]string) *caleta {
	t.Helper()
	all := map[string]string{"dialect": "caleta", "provider_public_key_pem": spki(t, providerKey())}
	for name, value := range settings {
		all[name] = value
	}
	return &caleta{t: t, Table: adaptertest.Open(t, hub88.Service(), adaptertest.Options{Settings: all})}
}

func (x *caleta) request(path, body string) *adapterv1.HandleCallbackRequest {
	raw := []byte(strings.ReplaceAll(body, "$T", x.Token))
	return &adapterv1.HandleCallbackRequest{Path: "/wallet/" + path, Body: raw, Headers: []*adapterv1.Header{
		{Name: "x-auth-signature", Value: signed(x.t, providerKey(), raw)}, {Name: "X-Msg-Timestamp", Value: "2023-01-17 08:13:17.985795+00:00"},
	}}
}

func (x *caleta) is(want, path, body string) {
	x.t.Helper()
	status, answer := x.Send(x.request(path, body))
	require.Equal(x.t, "200 "+want, fmt.Sprintf("%d %s", status, answer), body)
}

func (x *caleta) bet(want, id, round, amount string) {
	x.t.Helper()
	x.is(want, "bet", fmt.Sprintf(caletaBet, id, "false", round, "false", amount))
}

func (x *caleta) free(want, id, round, amount string) {
	x.t.Helper()
	x.is(want, "bet", fmt.Sprintf(caletaBet, id, "false", round, "true", amount))
}

func (x *caleta) win(want, id, ref, round, closed, amount string) {
	x.t.Helper()
	x.is(want, "win", fmt.Sprintf(caletaWin, id, ref, closed, round, amount))
}

func (x *caleta) rollback(want, id, ref, round string) {
	x.t.Helper()
	x.is(want, "rollback", fmt.Sprintf(caletaRbk, id, ref, round))
}

func caletaOK(balance string) string {
	return `{"user":"su-1","status":"RS_OK","request_uuid":"req-1","currency":"EUR","balance":` + balance + `}`
}

func TestCaleta(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, nil)
	balance := `{"token":"$T","request_uuid":"req-1","supplier_user":"su-1","game_code":"slot","game_id":7}`
	x.is(caletaOK("10000000"), "balance", balance)
	for range 2 {
		x.bet(caletaOK("9000000"), "b1", "r1", "1000000")
	}
	for range 2 {
		x.win(caletaOK("9500000"), "w1", "b1", "r1", "false", "500000")
	}
	x.win(caletaOK("9600000"), "w1b", "b1", "r1", "true", "100000")
	x.win(fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), "w1c", "b1", "r1", "true", "100000") // the round is closed
	x.bet(fails("RS_ERROR_DUPLICATE_TRANSACTION"), "b1", "r1", "2000000")
	x.bet(fails("RS_ERROR_DUPLICATE_TRANSACTION"), "b1", "r2", "1000000")
	x.win(fails("RS_ERROR_DUPLICATE_TRANSACTION"), "w1", "b1", "r1", "false", "600000")
	x.win(fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), "w2", "never", "r1", "false", "100000")
	x.bet(fails("RS_ERROR_NOT_ENOUGH_MONEY"), "b2", "r2", "9600001000")

	// Rollbacks are of bets, and of one bet alone.
	x.bet(caletaOK("8600000"), "b3", "r3", "1000000")
	x.bet(caletaOK("7600000"), "b3b", "r3", "1000000")
	for _, id := range []string{"k3", "k3", "k3-other"} {
		x.rollback(caletaOK("8600000"), id, "b3", "r3")
	}
	x.win(fails("RS_ERROR_TRANSACTION_ROLLED_BACK"), "w3", "b3", "r3", "false", "100000")
	x.win(caletaOK("8800000"), "w3b", "b3b", "r3", "false", "200000")
	x.rollback(caletaOK("8800000"), "k3w", "w3b", "r3") // a win: nothing is taken back
	x.rollback(caletaOK("9800000"), "k3b", "b3b", "r3") // after its win: the stake alone
	x.rollback(caletaOK("9800000"), "k4", "b4", "r4")
	x.bet(fails("RS_ERROR_TRANSACTION_ROLLED_BACK"), "b4", "r4", "100000")
	x.win(fails("RS_ERROR_TRANSACTION_ROLLED_BACK"), "w4", "b4", "r4", "false", "100000") // the bet that never came was rolled back
	x.Cash("98.00", "0.00")

	for name, c := range map[string]struct{ old, new, status string }{
		"unknown token":    {"$T", "unknown-token", "RS_ERROR_INVALID_TOKEN"},
		"unknown game":     {`"slot"`, `"nope"`, "RS_ERROR_INVALID_GAME"},
		"other currency":   {`"EUR"`, `"USD"`, "RS_ERROR_WRONG_CURRENCY"},
		"unknown currency": {`"EUR"`, `"QQQ"`, "RS_ERROR_WRONG_CURRENCY"},
		"no supplier user": {`"supplier_user":"su-1",`, "", "RS_ERROR_WRONG_SYNTAX"},
		"game id as text":  {`"game_id":7`, `"game_id":"7"`, "RS_ERROR_WRONG_TYPES"},
		"amount as text":   {`"amount":100000`, `"amount":"100000"`, "RS_ERROR_WRONG_TYPES"},
		"negative":         {`"amount":100000`, `"amount":-1`, "RS_ERROR_WRONG_TYPES"},
	} {
		body := strings.Replace(fmt.Sprintf(caletaBet, "b5", "false", "r5", "false", "100000"), c.old, c.new, 1)
		status, answer := x.Send(x.request("bet", body))
		require.Equal(t, "200 "+fails(c.status), fmt.Sprintf("%d %s", status, answer), name)
	}
	jackpot := strings.Replace(fmt.Sprintf(caletaWin, "w6", "b6", "true", "r6", "300000"), `"amount"`, `"jackpot_win":%s,"amount"`, 1)
	x.bet(caletaOK("9700000"), "b6", "r6", "100000")
	x.is(fails("RS_ERROR_WRONG_TYPES"), "win", fmt.Sprintf(jackpot, "400000"))
	x.is(caletaOK("10000000"), "win", fmt.Sprintf(jackpot, "200000"))
	x.Cash("100.00", "0.00")

	r := x.request("balance", balance)
	r.Headers[0].Name = "X-Hub88-Signature"
	status, answer := x.Send(r)
	require.Equal(t, "200 "+fails("RS_ERROR_INVALID_SIGNATURE"), fmt.Sprintf("%d %s", status, answer))
	r = x.request("balance", balance)
	r.Path = "/user/balance"
	status, _ = x.Send(r)
	require.Equal(t, 404, status, "a path of the other dialect")
}

func TestCaletaCheck(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, nil)
	status, answer := x.Send(x.request("check", `{"token":"$T"}`))
	require.Equal(t, 200, status)
	var fresh struct {
		Token string `json:"token"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &fresh))
	require.Equal(t, `{"token":"`+fresh.Token+`"}`, answer)
	require.NotEqual(t, x.Token, fresh.Token)
	x.bet(fails("RS_ERROR_TOKEN_EXPIRED"), "b", "r", "100000")
	for body, want := range map[string]string{
		`{"token":"$T"}`: `401 {"status":"RS_ERROR_TOKEN_EXPIRED"}`, `{"token":"unknown"}`: `401 {"status":"RS_ERROR_INVALID_TOKEN"}`, `{}`: `400 {"status":"RS_ERROR_WRONG_SYNTAX"}`,
	} {
		status, answer = x.Send(x.request("check", body))
		require.Equal(t, want, fmt.Sprintf("%d %s", status, answer), body)
	}
	x.Token = fresh.Token
	x.bet(caletaOK("9900000"), "b", "r", "100000")

	// The answer has no status: whatever fails must not be HTTP 200.
	unsigned := x.request("check", `{"token":"$T"}`)
	unsigned.Headers = nil
	status, answer = x.Send(unsigned)
	require.Equal(t, `401 {"status":"RS_ERROR_INVALID_SIGNATURE"}`, fmt.Sprintf("%d %s", status, answer))
	status, answer = x.Send(x.request("check", `{"token":"$T"`))
	require.Equal(t, `400 {"status":"RS_ERROR_WRONG_SYNTAX"}`, fmt.Sprintf("%d %s", status, answer))
	x.Enable(false)
	require.Eventually(t, func() bool { // the integration is kept for a millisecond
		status, answer = x.Send(x.request("check", `{"token":"$T"}`))
		return fmt.Sprintf("%d %s", status, answer) == `503 {"status":"RS_ERROR_UNKNOWN"}`
	}, 5*time.Second, 5*time.Millisecond, "%d %s", status, answer)
}

func TestCaletaFreeBets(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, nil)
	x.free(fails("RS_ERROR_NOT_ENOUGH_MONEY"), "f0", "r0", "100000") // there is no promo balance
	x.free(caletaOK("10000000"), "f00", "r0", "0")                   // and nothing is not more
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("bonus"))).GrantBonus(t.Context(), &walletv1.GrantBonusRequest{
		RequestId: ids.New("req"), PlayerId: x.Player, GrantId: "gnt_1", Amount: &commonv1.Money{Amount: "5.00", Currency: "EUR"},
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BONUS, SourceId: "gnt_1"},
	})
	require.NoError(t, err)
	x.free(fails("RS_ERROR_NOT_ENOUGH_MONEY"), "f1", "r1", "500001000")
	x.free(caletaOK("10000000"), "f2", "r2", "300000") // the balance shown stays the cash
	x.free(fails("RS_ERROR_NOT_ENOUGH_MONEY"), "f3", "r3", "201000")
	x.rollback(caletaOK("10000000"), "k2", "f2", "r2")
	x.free(caletaOK("10000000"), "f4", "r4", "500000")
	x.Cash("100.00", "0.00")

	x.Configure(map[string]string{"dialect": "caleta", "provider_public_key_pem": spki(t, providerKey()), "free_bets": "face_value"}, nil)
	id := ""
	require.Eventually(t, func() bool { // the integration is kept for a millisecond
		id = ids.New("f")
		_, answer := x.Send(x.request("bet", fmt.Sprintf(caletaBet, id, "false", "r5", "true", "700000")))
		return answer == caletaOK("10000000")
	}, 5*time.Second, 5*time.Millisecond)
	x.win(caletaOK("10200000"), "w5", id, "r5", "true", "200000")
}

// TestPartnerInRotation: a call may name its partner as it was before, for as long as that is kept.
func TestPartnerInRotation(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, map[string]string{"sub_partner_id": "fresh", "sub_partner_id_previous": "brand"})
	for partner, want := range map[string]string{
		`"fresh"`: caletaOK("10000000"), `"brand"`: caletaOK("10000000"), `null`: caletaOK("10000000"), `"other"`: fails("RS_ERROR_INVALID_PARTNER"), `1`: fails("RS_ERROR_INVALID_PARTNER"),
	} {
		x.is(want, "balance", `{"token":"$T","request_uuid":"req-1","supplier_user":"su-1","game_code":"slot","sub_partner_id":`+partner+`}`)
	}
}

func TestLockedAndRotatedKeys(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, map[string]string{"provider_public_key_pem": spki(t, strangerKey()), "provider_public_key_pem_previous": spki(t, providerKey())})
	x.bet(caletaOK("9900000"), "b", "r", "100000")
	x.bet(caletaOK("9800000"), "b1", "r", "100000")
	body := fmt.Sprintf(caletaBet, "b2", "false", "r", "false", "100000")
	r := x.request("bet", body)
	r.Headers[0].Value = signed(t, strangerKey(), r.GetBody())
	status, answer := x.Send(r)
	require.Equal(t, "200 "+caletaOK("9700000"), fmt.Sprintf("%d %s", status, answer), "the new key")

	x.Publish("player.updated.v1", x.Player, 1, &identityv1.PlayerUpdated{PlayerId: x.Player, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	n := 0
	require.Eventually(t, func() bool {
		n++
		_, answer := x.Send(x.request("bet", fmt.Sprintf(caletaBet, fmt.Sprintf("l%d", n), "false", "r", "false", "0")))
		return answer == fails("RS_ERROR_USER_DISABLED")
	}, 15*time.Second, 20*time.Millisecond)
	x.win(caletaOK("9900000"), "w", "b", "r", "false", "200000")
	x.rollback(caletaOK("10000000"), "k", "b1", "r")
}

// freebets is the provider's freebet API.
type freebets struct {
	mu   sync.Mutex
	got  map[string]map[string]any
	list string
}

func (f *freebets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	got := map[string]any{}
	_ = json.Unmarshal(body, &got)
	f.got[r.URL.Path] = got
	switch r.URL.Path {
	case "/api/freebet/prepaids/list":
		_, _ = io.WriteString(w, f.list)
	case "/api/freebet/rewards/create":
		_, _ = io.WriteString(w, fmt.Sprintf(`{"reward_uuid":%q,"user":"u"}`, got["reward_uuid"]))
	case "/api/freebet/rewards/cancel":
		_, _ = io.WriteString(w, `{}`)
	default:
		http.NotFound(w, r)
	}
}

func TestFreeRounds(t *testing.T) {
	t.Parallel()
	f := &freebets{got: map[string]map[string]any{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	x := openCaleta(t, map[string]string{"api_base_url": server.URL, "operator_id": "pitboss"})
	grant := &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "frg_1", PlayerId: x.Player, GameCodes: []string{"dice", "slot"}, Rounds: 10, BetValue: &commonv1.Money{Amount: "0.20", Currency: "EUR"},
		StartsAt: timestamppb.New(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)), ExpiresAt: timestamppb.New(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)),
	}
	f.list = `[{"prepaid_uuid":"p1","game_code":"slot","currency":"EUR","bet_value":30000,"bet_count":10},{"prepaid_uuid":"p2","game_code":"slot","currency":"EUR","bet_value":20000,"bet_count":null}]`
	r, err := x.Provider.GrantFreeRounds(t.Context(), grant)
	require.NoError(t, err)
	require.Len(t, r.GetProviderRef(), 36)
	require.Equal(t, []string{"slot"}, r.GetGameCodes())
	again, err := x.Provider.GrantFreeRounds(t.Context(), grant)
	require.NoError(t, err)
	require.Equal(t, r.GetProviderRef(), again.GetProviderRef(), "the grant's id makes the reward's")
	require.Equal(t, map[string]any{
		"user": x.Player, "operator_id": "pitboss", "prepaid_uuid": "p2", "bet_value": 20000.0, "bet_count": 10.0, "start_time": "2030-01-01T00:00:00",
		"end_time": "2030-01-02T03:04:05", "game_code": "slot", "reward_uuid": r.GetProviderRef(),
	}, f.got["/api/freebet/rewards/create"])
	for _, ref := range []string{r.GetProviderRef(), ""} { // known, and lost
		_, err = x.Provider.CancelFreeRounds(t.Context(), &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "frg_1", ProviderRef: ref})
		require.NoError(t, err)
		require.Equal(t, map[string]any{"operator_id": "pitboss", "reward_uuid": r.GetProviderRef()}, f.got["/api/freebet/rewards/cancel"])
		delete(f.got, "/api/freebet/rewards/cancel")
	}

	none := adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED
	f.list = `[{"prepaid_uuid":"p1","game_code":"slot","currency":"EUR","bet_value":30000,"bet_count":10}]`
	_, err = x.Provider.GrantFreeRounds(t.Context(), grant)
	require.True(t, errs.Is(err, none), "%v", err)
	_, err = x.Provider.GetRoundStatus(t.Context(), &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: "p", RoundRef: "r"})
	require.True(t, errs.Is(err, none), "%v", err)
	_, err = x.Provider.ListRounds(t.Context(), &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.Now(), Until: timestamppb.Now()})
	require.True(t, errs.Is(err, none), "%v", err)
}

// TestEnteredGames: where the provider's API is not reached, the operator enters the games.
func TestEnteredGames(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, map[string]string{"games": "slot=Slot, dice"})
	list, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 2)
	require.Equal(t, []string{"slot", "Slot", "dice", "dice"}, []string{
		list.GetGames()[0].GetCode(), list.GetGames()[0].GetName(), list.GetGames()[1].GetCode(), list.GetGames()[1].GetName(),
	})
	require.True(t, list.GetGames()[0].GetEnabled())
}
