package evolution_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/evolution"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	authToken = "s3cr&t of the casino"
	authQuery = "authToken=s3cr%26t+of+the+casino"
)

// wallet is the adapter as the provider calls it.
type wallet struct {
	*adaptertest.Table
	t *testing.T
	// sid and user of the requests.
	sid, user string
}

func open(t *testing.T, settings map[string]string) *wallet {
	t.Helper()
	x := adaptertest.Open(t, evolution.Service(), adaptertest.Options{
		Settings: settings, Secrets: map[string]string{"auth_token": authToken}, Games: []string{"lobby", "table-1", "table-2"},
	})
	t.Cleanup(func() { intact(t, x) })
	return &wallet{Table: x, t: t, sid: x.Token, user: x.Player}
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

// as is the same wallet with another sid and user in the requests.
func (w *wallet) as(sid, user string) *wallet {
	return &wallet{Table: w.Table, t: w.t, sid: sid, user: user}
}

// catalog is the adapter as the catalogue calls it.
func (w *wallet) catalog() adapterv1.GameProviderServiceClient {
	return adapterv1.NewGameProviderServiceClient(w.As(testkit.Peer("catalog")))
}

// raw sends a body to a method and answers status and body.
func (w *wallet) raw(method, body string) (int, string) {
	w.t.Helper()
	return w.Send(&adapterv1.HandleCallbackRequest{Path: "/" + method, RawQuery: authQuery, Body: []byte(body)})
}

// post is raw for what must be HTTP 200.
func (w *wallet) post(method, body string) string {
	w.t.Helper()
	code, answer := w.raw(method, body)
	require.Equal(w.t, 200, code, answer)
	return answer
}

func (w *wallet) check() string {
	return w.post("check", fmt.Sprintf(`{"sid":"%s","userId":"%s","channel":{"type":"P"},"uuid":"u-1"}`, w.sid, w.user))
}

func (w *wallet) balance() string {
	return w.post("balance", fmt.Sprintf(`{"sid":"%s","userId":"%s","currency":"EUR","game":null,"uuid":"u-1"}`, w.sid, w.user))
}

// bet is the body of a debit, a credit or a cancel.
func (w *wallet) bet(id, ref, game, amount string) string {
	return fmt.Sprintf(`{"sid":"%s","userId":"%s","currency":"EUR","game":{"id":"%s","type":"roulette","details":{"table":{"id":"table-1","vid":null}}},`+
		`"transaction":{"id":"%s","refId":"%s","amount":%s},"uuid":"u-1"}`, w.sid, w.user, game, id, ref, amount)
}

func (w *wallet) debit(id, ref, game, amount string) string {
	w.t.Helper()
	return w.post("debit", w.bet(id, ref, game, amount))
}

func (w *wallet) credit(id, ref, game, amount string) string {
	w.t.Helper()
	return w.post("credit", w.bet(id, ref, game, amount))
}

func (w *wallet) cancel(id, ref, game, amount string) string {
	w.t.Helper()
	return w.post("cancel", w.bet(id, ref, game, amount))
}

func (w *wallet) promoBody(kind, id, amount string) string {
	return fmt.Sprintf(`{"sid":"%s","userId":"%s","currency":"EUR","game":null,"promoTransaction":{"type":"%s","id":"%s","amount":%s,"voucherId":"v-1","remainingRounds":0},"uuid":"u-1"}`,
		w.sid, w.user, kind, id, amount)
}

func (w *wallet) promo(kind, id, amount string) string {
	w.t.Helper()
	return w.post("promo_payout", w.promoBody(kind, id, amount))
}

// knows tells whether the player has a round of that game.id.
func (w *wallet) knows(game string) bool {
	w.t.Helper()
	_, err := gamingv1.NewGamingServiceClient(w.To("gaming", testkit.Peer("evolution"))).FindRound(w.t.Context(), &gamingv1.FindRoundRequest{
		Caller: &gamingv1.Caller{IntegrationId: adaptertest.Licence, SessionToken: w.sid, PlayerId: w.user}, ProviderRoundId: game,
	})
	require.True(w.t, err == nil || errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND), "%v", err)
	return err == nil
}

// over tells whether the player sees the game as finished.
func (w *wallet) over(game string) bool {
	w.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(w.To("gaming", testkit.Peer("evolution"))).FindRound(w.t.Context(), &gamingv1.FindRoundRequest{
		Caller: &gamingv1.Caller{IntegrationId: adaptertest.Licence, SessionToken: w.sid, PlayerId: w.user}, ProviderRoundId: game,
	})
	require.NoError(w.t, err)
	seen, err := gamingv1.NewGamingServiceClient(w.To("gaming", testkit.Player(w.user))).GetRound(w.t.Context(), &gamingv1.GetRoundRequest{RoundId: r.GetRoundId()})
	require.NoError(w.t, err)
	return seen.GetRound().GetState() == gamingv1.RoundState_ROUND_STATE_SETTLED
}

func ok(balance string) string { return with("OK", balance) }

// with is an answer with a balance.
func with(status, balance string) string {
	return fmt.Sprintf(`{"status":"%s","balance":%s,"bonus":0.000000,"uuid":"u-1"}`, status, balance)
}

func fails(status string) string { return fmt.Sprintf(`{"status":"%s","uuid":"u-1"}`, status) }

// edit changes a body at a path such as "transaction.amount"; an empty value removes the field.
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
