package a8r_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/a8r"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const authToken = "a-secret-of-the-aggregator"

// table is the adapter with everything behind it, and a player with 100.00 EUR.
type table struct {
	*adaptertest.Table
	t *testing.T
}

func open(t *testing.T, settings map[string]string) *table {
	t.Helper()
	return &table{t: t, Table: adaptertest.Open(t, a8r.Service(), adaptertest.Options{
		Settings: settings, Secrets: map[string]string{"auth_token": authToken}, Games: []string{"one:slot", "one:dice"},
	})}
}

// request is a signed one; $P stands for the player.
func (x *table) request(method, body string) *adapterv1.HandleCallbackRequest {
	raw := []byte(strings.ReplaceAll(body, "$P", x.Player))
	return &adapterv1.HandleCallbackRequest{Path: "/v2/a8r_casino." + method, Body: raw, Headers: []*adapterv1.Header{
		{Name: "content-type", Value: "application/json"}, {Name: "x-request-sign", Value: adapter.SignHMAC(authToken, raw)},
	}}
}

var variable = regexp.MustCompile(`"(id_casino|round_id_casino)":"(?:ptx|rnd)_[^"]+"|"(processed_at)":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`)

// call answers status and body; our ids and times, whose form is checked, are replaced by "*".
func (x *table) call(method, body string) (int, string) {
	x.t.Helper()
	status, answer := x.Send(x.request(method, body))
	return status, variable.ReplaceAllString(answer, `"$1$2":"*"`)
}

// is asserts a whole answer.
func (x *table) is(wantStatus int, want, method, body string) {
	x.t.Helper()
	status, answer := x.call(method, body)
	require.Equal(x.t, fmt.Sprintf("%d %s", wantStatus, want), fmt.Sprintf("%d %s", status, answer), body)
}

// betWin is a BetWin's body.
func betWin(round string, finished bool, transactions ...string) string {
	return fmt.Sprintf(`{"player_id":"$P","currency":"EUR","game_id":"one:slot","provider":"one","round_id":%q,"finished":%t,"transactions":[%s]}`, round, finished, strings.Join(transactions, ","))
}

func bet(id, amount string) string {
	return fmt.Sprintf(`{"id":%q,"type":"bet","amount":%q}`, id, amount)
}

func win(id, amount string) string {
	return fmt.Sprintf(`{"id":%q,"type":"win","amount":%q}`, id, amount)
}

// back is a Rollback's body.
func back(round string, pairs ...string) string {
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, fmt.Sprintf(`{"id":%q,"original_id":%q}`, pairs[i], pairs[i+1]))
	}
	return fmt.Sprintf(`{"player_id":"$P","currency":"EUR","game_id":"one:slot","provider":"one","round_id":%q,"finished":false,"transactions":[%s]}`, round, strings.Join(list, ","))
}

// taken is the answer of a round's call.
func taken(balance string, ids ...string) string { return takenIn("*", balance, ids...) }

func takenIn(round, balance string, ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, fmt.Sprintf(`{"id":%q,"id_casino":"*","bonus_amount":"0","processed_at":"*"}`, id))
	}
	return fmt.Sprintf(`{"balance":%q,"round_id_casino":%q,"transactions":[%s]}`, balance, round, strings.Join(list, ","))
}

// twirp is an error.
func twirp(code, apiCode, message string) string {
	return fmt.Sprintf(`{"code":%q,"msg":%q,"meta":{"api_code":%q,"api_message":%q}}`, code, message, apiCode, message)
}

func invalid(message string) string { return twirp("invalid_argument", "400", message) }

func (x *table) verify() {
	x.t.Helper()
	v, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Operator("finance"))).VerifyLedger(x.t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(x.t, err)
	require.True(x.t, v.GetOk(), "%v", v.GetViolations())
}

// changed is a body with a field of the top level replaced; null removes it.
func changed(t *testing.T, body, field, value string) string {
	t.Helper()
	fields := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal([]byte(body), &fields))
	fields[field] = json.RawMessage(value)
	if value == "" {
		delete(fields, field)
	}
	b, err := json.Marshal(fields)
	require.NoError(t, err)
	return string(b)
}
