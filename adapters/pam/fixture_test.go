package pam_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/pam"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	apiToken = "pam-api-token"
	recon    = "reconciliation-token-of-one"
)

// table is the adapter at work, with a player at a game.
type table struct {
	*adaptertest.Table
	t *testing.T
}

func open(t *testing.T) *table {
	t.Helper()
	return opened(t, nil, "slot", "other")
}

// opened is open with settings and other games.
func opened(t *testing.T, settings map[string]string, games ...string) *table {
	t.Helper()
	return &table{t: t, Table: adaptertest.Open(t, pam.Service(), adaptertest.Options{
		Settings: settings,
		Secrets:  map[string]string{"api_token": apiToken, "recon_token_one": recon}, Games: games,
	})}
}

// request is a call as the aggregator makes it; empty parts are the usual ones.
type request struct {
	method, path, query, token, body string
	headers                          map[string]string // instead of the usual ones
}

// raw delivers a request and answers status and body.
func (x *table) raw(q request) (int, string) {
	x.t.Helper()
	if q.query == "" {
		q.query = "provider=One"
	}
	if q.token == "" {
		q.token = x.Token
	}
	headers := map[string]string{"Authorization": "Bearer " + apiToken, "X-Player-Token": q.token, "X-Correlation-ID": "c-1"}
	maps.Copy(headers, q.headers)
	r := &adapterv1.HandleCallbackRequest{Method: q.method, Path: q.path, RawQuery: q.query, Body: []byte(q.body)}
	for name, v := range headers {
		if v != "" {
			r.Headers = append(r.Headers, &adapterv1.Header{Name: name, Value: v})
		}
	}
	return x.Send(r)
}

var ourID = regexp.MustCompile(`"transactionId":"(ptx_[0-9a-z]{26})"`)

// get reads and asserts the status.
func (x *table) get(status int, path string, q request) string {
	x.t.Helper()
	q.method, q.path = http.MethodGet, path
	code, body := x.raw(q)
	require.Equal(x.t, status, code, body)
	return body
}

// tx is the body of a transaction as the aggregator writes it, with changes: name, value, name, value; a value of nil removes.
func (x *table) tx(kind, id, betRef, round, cash string, changes ...any) string {
	x.t.Helper()
	doc := map[string]any{
		"currency": "EUR", "provider": "One", "transactionType": kind, "cashAmount": json.Number(cash), "bonusAmount": 0, "promoAmount": 0,
		"transactionDateTime": "2026-03-01T10:00:00Z", "providerTransactionId": id, "providerBetRef": betRef, "providerGameId": "slot", "providerRoundId": round,
		"isGameOver": false, "later": []int{1},
	}
	for i := 0; i < len(changes); i += 2 {
		doc[changes[i].(string)] = changes[i+1]
		if changes[i+1] == nil {
			delete(doc, changes[i].(string))
		}
	}
	for name, v := range doc {
		if v == "" {
			delete(doc, name)
		}
	}
	text, err := json.Marshal(doc)
	require.NoError(x.t, err)
	return string(text)
}

// post delivers a transaction with the player's token and answers the body of a 200, with our id, whose form is checked, written as "#".
func (x *table) post(body string) string {
	x.t.Helper()
	code, answer := x.raw(request{method: http.MethodPost, path: "/players/" + x.Player + "/transactions", body: body})
	require.Equal(x.t, 200, code, answer)
	return ourID.ReplaceAllString(answer, `"transactionId":"#"`)
}

// id delivers a transaction and answers our id of it.
func (x *table) id(body string) string {
	x.t.Helper()
	_, answer := x.raw(request{method: http.MethodPost, path: "/players/" + x.Player + "/transactions", body: body})
	m := ourID.FindStringSubmatch(answer)
	require.Len(x.t, m, 2, answer)
	return m[1]
}

func done(cash string) string {
	return `{"status":"OK","transactionResult":{"transactionId":"#","balance":{"cashAmount":` + cash + `,"bonusAmount":0.00,"promoAmount":0}}}`
}

// fails asserts a business refusal with its code and the balance that goes with it.
func (x *table) fails(code, cash, body string) {
	x.t.Helper()
	answer := x.post(body)
	require.Equal(x.t, code, codeOf(x.t, answer), answer)
	require.Contains(x.t, answer, `"transactionResult":{"balance":{"cashAmount":`+cash+`,"bonusAmount":0.00,"promoAmount":0}}}`)
}

// codeOf is the code of a refusal, whose form is checked.
func codeOf(t *testing.T, answer string) string {
	t.Helper()
	var a struct {
		Status string
		Error  struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &a), answer)
	require.Equal(t, "ERROR", a.Status, answer)
	require.NotEmpty(t, a.Error.Message)
	require.True(t, strings.HasPrefix(answer, `{"status":"ERROR","error":{"code":"`), answer)
	return a.Error.Code
}

func queryOf(pairs ...string) string {
	v := url.Values{"provider": {"One"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// intact proves the ledger after a test.
func (x *table) intact() {
	x.t.Helper()
	v, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Operator("finance"))).VerifyLedger(x.t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(x.t, err)
	require.True(x.t, v.GetOk(), "%v", v.GetViolations())
}

// lock locks the player, as identity tells everybody.
func (x *table) lock() {
	x.t.Helper()
	x.Lock(x.Player, true)
	x.Publish("player.updated.v1", x.Player, 2, &identityv1.PlayerUpdated{PlayerId: x.Player, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	require.Eventually(x.t, func() bool {
		blocked := false
		err := x.Databases["gaming"].Pool.QueryRow(x.t.Context(), "SELECT EXISTS (SELECT FROM player_block WHERE player_id = $1 AND blocked)", x.Player).Scan(&blocked)
		return err == nil && blocked
	}, 20*time.Second, 10*time.Millisecond)
}

// game is the code of the game that the player's session was opened for.
func (x *table) game() string {
	x.t.Helper()
	var code string
	require.NoError(x.t, x.Databases["gaming"].Pool.QueryRow(x.t.Context(), "SELECT game_code FROM game_session WHERE player_id = $1", x.Player).Scan(&code))
	return code
}

// limit keeps the player from staking more than an amount in a day.
func (x *table) limit(amount string) {
	x.t.Helper()
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("compliance"))).SetGuard(x.t.Context(), &walletv1.SetGuardRequest{
		PlayerId: x.Player, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "risk profile", Kind: walletv1.GuardKind_GUARD_KIND_STAKE,
		Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: &commonv1.Money{Amount: amount, Currency: "EUR"},
	})
	require.NoError(x.t, err)
}
