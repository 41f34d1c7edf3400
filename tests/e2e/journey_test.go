package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestJourney_RestartLosesNothing is what a newcomer does: up, a whole journey, the events of its steps, stop, start, and everything is there.
func TestJourney_RestartLosesNothing(t *testing.T) {
	p := newPlatform(t)
	p.start()
	out, err := p.journey()
	require.NoError(t, err, out)
	t.Log("\n" + out)
	for _, entry := range []string{"DEPOSIT", "HOLD", "SETTLE_DEBIT", "PAYOUT", "WITHDRAWAL_HOLD", "WITHDRAWAL"} {
		require.Contains(t, out, " "+entry+" ", "the statement shows each kind of entry")
	}
	require.Contains(t, out, "EUR sums to 0")

	events, err := p.run("events", "tail", "--since", "1h", "--for", "3s")
	require.NoError(t, err, events)
	seen := map[string]int{}
	for line := range strings.SplitSeq(strings.TrimSpace(events), "\n") {
		var e struct{ Event, V, ID, TS string }
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		require.NotEmpty(t, e.ID)
		require.Equal(t, "1", e.V)
		seen[e.Event]++
	}
	for _, name := range []string{"player.registered", "session.started", "payment.intent", "cashier.webhook.received", "payment.succeeded", "wallet.credited", "game_session.started",
		"bet.placed", "wallet.hold", "wallet.settled", "round.settled", "payout.requested", "payout.approved", "payout.paid", "wallet.debited", "notification.sent", "integration.changed",
		"cashier.audited", "identity.audited", "wallet.audited"} {
		require.NotZero(t, seen[name], "%s is on the bus; seen: %v", name, seen)
	}

	before := p.verify()
	admin, err := os.Stat(filepath.Join(p.home, "operator.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), admin.Mode().Perm())
	p.stop()
	p.start()
	require.Equal(t, before, p.verify(), "a restart loses and invents nothing")
	out, err = p.journey()
	require.NoError(t, err, "a second journey on the restarted platform: %s", out)
}

// TestJourney_SurvivesKill pulls the plug at seven places of one journey, each time while the next step is under way; the journey's own
// retries complete it and the books are right.
func TestJourney_SurvivesKill(t *testing.T) {
	p := newPlatform(t)
	p.start()
	// Where to pull the plug, and how long after the step was done: into the middle of what follows.
	kills := map[string]time.Duration{
		"register": 0, "set up TOTP": 10 * time.Millisecond, "open a deposit": 0, "pay at": 0, "launch the game": 300 * time.Millisecond,
		"withdraw": 5 * time.Millisecond, "second operator": 0,
	}
	lines, wait := p.journeyLines("--rounds", "40", "--patience", "90s")
	var out strings.Builder
	killed := 0
	for line := range lines {
		out.WriteString(line + "\n")
		for step, after := range kills {
			if strings.HasPrefix(line, "ok    "+step) {
				<-time.After(after)
				p.kill()
				p.start()
				killed++
			}
		}
	}
	require.NoError(t, wait(), out.String())
	t.Log("\n" + out.String())
	require.Equal(t, len(kills), killed)
	require.NotContains(t, out.String(), ", 0 requests had to be repeated")
	p.verify()
}

// TestUp_SecondOnTheSameHome and a port that is taken are answered clearly and harm nothing.
func TestUp_RefusesClearly(t *testing.T) {
	p := shared(t)
	out, err := p.run("up")
	require.Error(t, err)
	require.Contains(t, out, "another pitboss (process ")

	other := newPlatform(t)
	other.env = append(other.env, "PITBOSS_HTTP_ADDR="+strings.TrimPrefix(p.gateway, "http://"))
	out, err = other.run("up")
	require.Error(t, err)
	require.Contains(t, out, "is in use by another program")
	require.Contains(t, out, "PITBOSS_HTTP_ADDR")

	status, _, _ := p.request(http.MethodGet, p.gateway+"/readyz", nil, nil)
	require.Equal(t, http.StatusOK, status)
}

// TestCallbacks_RubbishMovesNothing throws what the internet throws at a callback address.
func TestCallbacks_RubbishMovesNothing(t *testing.T) {
	p := shared(t)
	before := p.verify()
	bet := p.gateway + "/callbacks/sandbox-games/transaction/bet"
	body := `{"user":"ply_x","token":"abc","transaction_uuid":"1","supplier_transaction_id":"1","round":"1","round_closed":false,"request_uuid":"r","game_code":"pbs_goldenvault","currency":"EUR","amount":100000}`
	header := func(signature string) http.Header {
		h := http.Header{"Content-Type": {"application/json"}}
		if signature != "" {
			h.Set("X-Hub88-Signature", signature)
		}
		return h
	}
	for name, h := range map[string]http.Header{"no signature": header(""), "not base64": header("%%%"), "wrong signature": header(strings.Repeat("A", 342) + "==")} {
		status, _, answer := p.request(http.MethodPost, bet, strings.NewReader(body), h)
		require.Equal(t, http.StatusOK, status, name)
		require.Contains(t, answer, "RS_ERROR_INVALID_SIGNATURE", name)
	}
	status, _, answer := p.request(http.MethodPost, bet, bytes.NewReader(bytes.Repeat([]byte("x"), 10<<20)), header("AAAA"))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, "RS_ERROR_")
	status, _, answer = p.request(http.MethodPost, p.gateway+"/callbacks/sandbox-payments/webhook", strings.NewReader(`{"id":"evt_1","type":"payment_intent.succeeded"}`), http.Header{"Stripe-Signature": {"t=1,v1=00"}})
	require.Equal(t, http.StatusBadRequest, status, answer)
	status, _, _ = p.request(http.MethodPost, p.gateway+"/callbacks/nobody/transaction/bet", strings.NewReader(body), header("AAAA"))
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, before, p.verify(), "nothing moved")
	status, _, _ = p.request(http.MethodGet, p.gateway+"/readyz", nil, nil)
	require.Equal(t, http.StatusOK, status, "nothing crashed")
}

// TestMetrics_AreNotPublic keeps what only operators may see off the public port.
func TestMetrics_AreNotPublic(t *testing.T) {
	p := shared(t)
	status, _, _ := p.request(http.MethodGet, p.gateway+"/metrics", nil, nil)
	require.Equal(t, http.StatusNotFound, status)
	var addresses struct{ Admin string }
	b, err := os.ReadFile(filepath.Join(p.home, "addresses.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &addresses))
	status, _, metrics := p.request(http.MethodGet, addresses.Admin+"/metrics", nil, nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, metrics, "go_goroutines")
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/openapi.json": 200, "/docs": 200, "/": 200, "/.well-known/jwks.json": 200, "/v1/wallet/balances": 401} {
		status, _, _ := p.request(http.MethodGet, p.gateway+path, nil, nil)
		require.Equal(t, want, status, path)
	}
}
