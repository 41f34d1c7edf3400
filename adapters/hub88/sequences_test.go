package hub88_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/hub88"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
)

// aggregator is the adapter in Hub88's own dialect, and a player with 100.00 EUR.
type aggregator struct {
	*adaptertest.Table
	t *testing.T
}

func openAggregator(t *testing.T) *aggregator {
	t.Helper()
	return &aggregator{t: t, Table: adaptertest.Open(t, hub88.Service(), adaptertest.Options{
		Settings: map[string]string{"provider_public_key_pem": spki(t, providerKey())}, Games: []string{"slot", "dice"},
	})}
}

// post delivers a signed body; more are replacements, old, new, old, new, that are made before $U and $T are filled in.
func (x *aggregator) post(path, body string, more ...string) string {
	x.t.Helper()
	raw := []byte(strings.NewReplacer("$U", x.Player, "$T", x.Token).Replace(strings.NewReplacer(more...).Replace(body)))
	status, answer := x.Send(&adapterv1.HandleCallbackRequest{
		Path: path, Body: raw, Headers: []*adapterv1.Header{{Name: "X-Hub88-Signature", Value: signed(x.t, providerKey(), raw)}},
	})
	require.Equal(x.t, 200, status, answer)
	return answer
}

func (x *aggregator) bet(id, round, amount string, more ...string) string {
	x.t.Helper()
	return x.post("/transaction/bet", fmt.Sprintf(betBody, id, round, "false", amount), more...)
}

func (x *aggregator) win(id, ref, round, amount string, more ...string) string {
	x.t.Helper()
	return x.post("/transaction/win", fmt.Sprintf(winBody, id, ref, round, "false", amount), more...)
}

func (x *aggregator) rollback(id, ref, round string, more ...string) string {
	x.t.Helper()
	return x.post("/transaction/rollback", fmt.Sprintf(rbkBody, id, ref, round, "false"), more...)
}

func (x *aggregator) ok(balance string) string {
	return `{"user":"` + x.Player + `","status":"RS_OK","request_uuid":"req-1","currency":"EUR","balance":` + balance + `}`
}

// TestForeignTokens: a token that is another player's than the one who is named is refused for results too; whether it is over is not asked there.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	x := openAggregator(t)
	other, foreign := x.NewPlayer("50.00", "EUR")
	require.Equal(t, x.ok("9000000"), x.bet("b1", "r1", "1000000"))
	for name, more := range map[string][]string{"another's token": {"$T", foreign}, "another's name": {"$U", other}} {
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.win("w1", "b1", "r1", "2000000", more...), name)
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.rollback("k1", "b1", "r1", more...), name)
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.rollback("k2", "never", "r1", more...), name)
	}
	both := []string{"$T", foreign, "$U", other}
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.win("w1", "b1", "r1", "2000000", both...), "a player who has no such bet")
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.rollback("k1", "b1", "r1", both...))
	x.Cash("90.00", "10.00")
	x.CashOf(other, "EUR", "50.00", "0.00")
	require.Equal(t, x.ok("8900000"), x.bet("never", "r2", "100000"), "a refused rollback is not remembered")
}
