package redtiger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/redtiger"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	apiKey     = "the-api-key=="
	reconToken = "reconciliation-token-of-forty-characters"
)

// casino is the adapter as the provider calls it.
type casino struct {
	*adaptertest.Table
	t           *testing.T
	token, user string
}

func open(t *testing.T, settings map[string]string) *casino {
	t.Helper()
	x := adaptertest.Open(t, redtiger.Service(), adaptertest.Options{
		Settings: settings, Secrets: map[string]string{"api_key": apiKey, "recon_token": reconToken}, Games: []string{"fish", "laundry"},
	})
	t.Cleanup(func() { intact(t, x) })
	return &casino{Table: x, t: t, token: x.Token, user: x.Player}
}

// intact proves the ledger after a test.
func intact(t *testing.T, x *adaptertest.Table) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	v, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Operator("admin"))).VerifyLedger(ctx, &walletv1.VerifyLedgerRequest{})
	require.NoError(t, err)
	require.True(t, v.GetOk(), "%v", v.GetViolations())
}

// as is the same casino with another token and user in the requests.
func (c *casino) as(token, user string) *casino {
	return &casino{Table: c.Table, t: c.t, token: token, user: user}
}

// catalog is the adapter as the catalogue calls it.
func (c *casino) catalog() adapterv1.GameProviderServiceClient {
	return adapterv1.NewGameProviderServiceClient(c.As(testkit.Peer("catalog")))
}

func request(path, body string) *adapterv1.HandleCallbackRequest {
	return &adapterv1.HandleCallbackRequest{
		Path: "/" + path, Headers: []*adapterv1.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Authorization", Value: "Basic " + apiKey}}, Body: []byte(body),
	}
}

// post sends a body and answers the body of a success, or "status body" of anything else.
func (c *casino) post(path, body string) string {
	c.t.Helper()
	code, answer := c.Send(request(path, body))
	if code == 200 {
		return answer
	}
	return fmt.Sprintf("%d %s", code, answer)
}

func (c *casino) auth() string {
	c.t.Helper()
	return c.post("auth", fmt.Sprintf(`{"token":"%s","userId":"%s","casino":"c1","currency":"EUR","ip":"192.0.2.1","channel":"I","affiliate":"","extras":{}}`, c.token, c.user))
}

func (c *casino) body(field, id, round, amount string, ends bool) string {
	extra := `"details":{"game":"` + amount + `","jackpot":"0.000000"}`
	if field == "payout" {
		extra += `,"sources":{"lines":"` + amount + `","features":"0.00","jackpot":{}}`
	}
	return fmt.Sprintf(`{"token":"%s","userId":"%s","casino":"c1","currency":"EUR","ip":"192.0.2.1","transaction":{"id":"%s","%s":"%s","%sPromo":"0.00",%s},`+
		`"game":{"type":"slot","key":"fish","version":"1.0"},"round":{"id":"%s","starts":true,"ends":%t},"promo":{"type":"","instanceCode":"","instanceId":"","campaignCode":"","campaignId":""},"retry":false}`,
		c.token, c.user, id, field, amount, field, extra, round, ends)
}

func (c *casino) stake(id, round, amount string) string {
	c.t.Helper()
	return c.post("stake", c.body("stake", id, round, amount, false))
}

func (c *casino) payout(id, round, amount string, ends bool) string {
	c.t.Helper()
	return c.post("payout", c.body("payout", id, round, amount, ends))
}

func (c *casino) refund(id, round, amount string) string {
	c.t.Helper()
	return c.post("refund", c.body("stake", id, round, amount, false))
}

// id is our id of a transaction in an answer.
func id(t *testing.T, answer string) string {
	t.Helper()
	var a struct {
		Result struct {
			ID string `json:"id"`
		} `json:"result"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &a), answer)
	require.Regexp(t, `^ptx_[0-9A-Za-z]{1,28}$`, a.Result.ID, answer)
	return a.Result.ID
}

// moved asserts the answer to a stake, a payout or a refund, byte for byte, and gives its id.
func (c *casino) moved(answer, field, amount, balance string, message ...any) string {
	c.t.Helper()
	want := fmt.Sprintf(`{"success":true,"result":{"token":"%s","currency":"EUR","id":"%s","%s":{"cash":"%s","bonus":"0.00"},"balance":{"cash":"%s","bonus":"0.00"}}}`,
		c.token, id(c.t, answer), field, amount, balance)
	if field == "refund" {
		want = fmt.Sprintf(`{"success":true,"result":{"token":"%s","id":"%s","stake":{"cash":"%s","bonus":"0.00"}},"balance":{"cash":"%s","bonus":"0.00"},"currency":"EUR"}`,
			c.token, id(c.t, answer), amount, balance)
	}
	require.Equal(c.t, want, answer, message...)
	return id(c.t, answer)
}

var words = map[int]string{
	100: "API authentication error", 200: "Invalid input", 201: "Generic error", 301: "Not authorized", 303: "User is banned", 304: "Insufficient funds",
	305: "Invalid currency", 306: "Limit reached", 400: "Transaction not found", 401: "Duplicate transaction", 500: "Internal error", 501: "Under maintenance",
}

// fails is a refusal.
func fails(code int) string { return "400 " + failure(code) }

func failure(code int) string {
	return fmt.Sprintf(`{"success":false,"error":{"code":%d,"message":"%s"}}`, code, words[code])
}

// edit changes a body at a path such as "transaction.stake"; an empty value removes the field.
func edit(t *testing.T, body, path, value string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body), &fields))
	name, rest, nested := strings.Cut(path, ".")
	fields = maps.Clone(fields)
	switch {
	case nested:
		fields[name] = json.RawMessage(edit(t, string(fields[name]), rest, value))
	case value == "":
		delete(fields, name)
	default:
		fields[name] = json.RawMessage(value)
	}
	b, err := json.Marshal(fields)
	require.NoError(t, err)
	return string(b)
}
