package bookmaker_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const secret = "a-secret-of-both-sides"

// table is the adapter with everything behind it, and a player with 100.00 EUR.
type table struct {
	*adaptertest.Table
	t *testing.T
}

func open(t *testing.T, settings map[string]string) *table {
	t.Helper()
	return &table{t: t, Table: adaptertest.Open(t, bookmaker.Service(), adaptertest.Options{
		Settings: settings, Secrets: map[string]string{"signing_secret": secret}, Games: []string{"sportsbook"},
		Vars: map[string]string{"PITBOSS_BOOKMAKER_REPRICE_EVERY": "20ms"},
	})}
}

// signed is a request of a moment; $P stands for the player.
func (x *table) signed(path, body string, unix int64) *adapterv1.HandleCallbackRequest {
	raw, stamp := strings.ReplaceAll(body, "$P", x.Player), strconv.FormatInt(unix, 10)
	return &adapterv1.HandleCallbackRequest{Path: "/api/" + path, Body: []byte(raw), Headers: []*adapterv1.Header{
		{Name: "Content-Type", Value: "application/json"}, {Name: "x-partner-timestamp", Value: stamp},
		{Name: "x-partner-signature", Value: adapter.SignHMAC(secret, []byte(stamp+"."+raw))},
	}}
}

func (x *table) call(path, body string) string {
	x.t.Helper()
	status, answer := x.Send(x.signed(path, body, x.Clock.Now().Unix()))
	return fmt.Sprintf("%d %s", status, answer)
}

// is asserts a whole answer.
func (x *table) is(want, path, body string) {
	x.t.Helper()
	require.Equal(x.t, want, x.call(path, body), "%s %s", path, body)
}

// bet is the body of a call about a bet; more are further fields.
func bet(id, amount string, more ...string) string {
	fields := append([]string{`"partner_id":"12345"`, `"partner_player_id":"$P"`, `"amount":` + amount, fmt.Sprintf(`"bet_id":%q`, id)}, more...)
	return "{" + strings.Join(fields, ",") + "}"
}

// result are the fields of update_bet_status.
func result(word, payout string) string {
	return fmt.Sprintf(`"status":%q,"payout":%s`, word, payout)
}

// on are the fields of a single bet that is priced here.
func on(round, selection, odds string) string {
	return fmt.Sprintf(`"round_id":%q,"selection":%q,"odds":%s`, round, selection, odds)
}

func approved(id string) string {
	return fmt.Sprintf(`200 {"status":"approved","message":"Stake is it possible","bet_id":%q}`, id)
}

func blocked(id string) string {
	return fmt.Sprintf(`200 {"status":"blocked","message":"funds have been successfully blocked","bet_id":%q}`, id)
}

func updated(id string) string {
	return fmt.Sprintf(`200 {"status":"updated","message":"The bet status has been successfully updated","bet_id":%q}`, id)
}

func refunded(id string) string {
	return fmt.Sprintf(`200 {"status":"refunded","message":"Funds have been refunded","bet_id":%q}`, id)
}

func recalculated(round string) string {
	return fmt.Sprintf(`200 {"status":"recalculated","message":"The bets have been recalculated for the %s"}`, round)
}

func correction(round, result string) string {
	return fmt.Sprintf(`{"round_id":%q,"correct_result":%q}`, round, result)
}

// no is a refusal of a call about a bet.
func no(status int, word, code, message, id string) string {
	text := fmt.Sprintf(`%d {"status":%q,"code":%q,"message":%q`, status, word, code, message)
	if id != "" {
		text += fmt.Sprintf(`,"bet_id":%q`, id)
	}
	return text + "}"
}

func (x *table) verify() {
	x.t.Helper()
	v, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Operator("finance"))).VerifyLedger(x.t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(x.t, err)
	require.True(x.t, v.GetOk(), "%v", v.GetViolations())
}

// changed is a body with a field replaced; an empty value removes it.
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
