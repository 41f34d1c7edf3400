package psp

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// bench is a PSP behind a prefix, as the platform's starter mounts it, and a merchant's webhook receiver.
type bench struct {
	t    *testing.T
	dir  string
	psp  *PSP
	srv  *httptest.Server
	http *http.Client
	hook *receiver

	mu      sync.Mutex
	handler http.Handler
	ahead   time.Duration
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), hook: newReceiver(t)}
	b.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		h := b.handler
		b.mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	b.http = &http.Client{Timeout: patience, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	b.open()
	t.Cleanup(func() {
		b.close()
		b.http.CloseIdleConnections()
		b.srv.Close()
	})
	return b
}

func (b *bench) open() {
	p, err := New(Config{StateDir: b.dir, PublicURL: b.srv.URL + "/psp", Log: slog.New(slog.DiscardHandler),
		RetryBase: 20 * time.Millisecond, AsyncDelay: 50 * time.Millisecond, Clock: b.now})
	require.NoError(b.t, err)
	b.psp = p
	b.mu.Lock()
	b.handler = http.StripPrefix("/psp", p.Handler())
	b.mu.Unlock()
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead)
}

func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(b.t, b.psp.Close(ctx))
}

func (b *bench) restart() {
	b.close()
	b.open()
}

func (b *bench) subscribe() {
	b.t.Helper()
	require.NoError(b.t, b.psp.EnsureWebhook(b.hook.srv.URL, "*"))
}

// object is a decoded JSON answer.
type object map[string]any

func (o object) str(path ...string) string {
	var v any = map[string]any(o)
	for _, k := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[k]
	}
	s, _ := v.(string)
	return s
}

type reply struct {
	status int
	header http.Header
	raw    string
	object
}

// send makes a request with the API key. The body is form-encoded as written.
func (b *bench) send(method, path, body string, header ...string) reply {
	b.t.Helper()
	r, err := b.try(method, path, body, header...)
	require.NoError(b.t, err)
	return r
}

func (b *bench) try(method, path, body string, header ...string) (reply, error) {
	req, err := http.NewRequest(method, b.srv.URL+"/psp"+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+b.psp.APIKey())
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	out := reply{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		err = json.Unmarshal(raw, &out.object)
	}
	return out, err
}

func (b *bench) ok(method, path, body string, header ...string) reply {
	b.t.Helper()
	r := b.send(method, path, body, header...)
	require.Equal(b.t, http.StatusOK, r.status, r.raw)
	return r
}

// admin calls the administration with its token and a JSON body.
func (b *bench) admin(method, path, body string) reply {
	b.t.Helper()
	return b.send(method, "/admin"+path, body, "Authorization", "Bearer "+b.psp.AdminToken(), "Content-Type", "application/json")
}

const sessionForm = "mode=payment&success_url=https%3A%2F%2Fshop.example%2Fok%3Fs%3D%7BCHECKOUT_SESSION_ID%7D&cancel_url=https%3A%2F%2Fshop.example%2Fcancel" +
	"&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=2500&line_items[0][price_data][product_data][name]=Deposit" +
	"&line_items[0][quantity]=1&client_reference_id=dep_1&metadata[order]=7&payment_intent_data[metadata][deposit]=dep_1"

func (b *bench) session(extra string) reply {
	b.t.Helper()
	return b.ok("POST", "/v1/checkout/sessions", sessionForm+extra)
}

// pay posts the payment page's form the way a browser does.
func (b *bench) pay(pageURL, number string) reply {
	b.t.Helper()
	return b.submit(pageURL, url.Values{"card_number": {number}, "exp": {"12 / 39"}, "cvc": {"123"}, "name": {"A. Player"}})
}

func (b *bench) submit(pageURL string, form url.Values) reply {
	b.t.Helper()
	path, ok := strings.CutPrefix(pageURL, b.srv.URL+"/psp")
	require.True(b.t, ok, pageURL)
	return b.send("POST", path, form.Encode(), "Authorization", "")
}

// paidIntent makes a captured payment of 25.00 EUR with the card and returns its intent id.
func (b *bench) paidIntent(number string) string {
	b.t.Helper()
	s := b.session("")
	r := b.pay(s.str("url"), number)
	require.Equal(b.t, http.StatusSeeOther, r.status, r.raw)
	return b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("payment_intent")
}

// delivered is one webhook as the merchant got it.
type delivered struct {
	signature string
	body      []byte
	event     object
	kind      string
}

// receiver is the merchant's side: it keeps what arrives and answers as told.
type receiver struct {
	srv    *httptest.Server
	mu     sync.Mutex
	got    []delivered
	answer func(d delivered, n int) int // n: how many came before
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		d := delivered{signature: req.Header.Get("Stripe-Signature"), body: body}
		_ = json.Unmarshal(body, &d.event)
		d.kind = d.event.str("type")
		r.mu.Lock()
		status := http.StatusOK
		if r.answer != nil {
			status = r.answer(d, len(r.got))
		}
		r.got = append(r.got, d)
		r.mu.Unlock()
		w.WriteHeader(status)
	}))
	t.Cleanup(r.srv.Close)
	return r
}

func (r *receiver) answerWith(fn func(d delivered, n int) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = fn
}

func (r *receiver) all() []delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) kinds() []string {
	var out []string
	for _, d := range r.all() {
		out = append(out, d.kind)
	}
	return out
}

func (r *receiver) count(kind string) int {
	n := 0
	for _, k := range r.kinds() {
		if k == kind {
			n++
		}
	}
	return n
}

// wait polls until every kind has arrived.
func (r *receiver) wait(t *testing.T, kinds ...string) {
	t.Helper()
	eventually(t, func() bool {
		have := r.kinds()
		return !slices.ContainsFunc(kinds, func(k string) bool { return !slices.Contains(have, k) })
	})
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	require.Eventually(t, done, patience, 5*time.Millisecond)
}

func TestSecretsAreGeneratedOnceAndPrivate(t *testing.T) {
	b := start(t)
	key, hook, admin := b.psp.APIKey(), b.psp.WebhookSecret(), b.psp.AdminToken()
	require.True(t, strings.HasPrefix(key, "sk_test_"))
	require.True(t, strings.HasPrefix(hook, "whsec_"))
	b.restart()
	require.Equal(t, []string{key, hook, admin}, []string{b.psp.APIKey(), b.psp.WebhookSecret(), b.psp.AdminToken()})
	for _, name := range []string{"api-key", "webhook-secret", "admin-token", "journal.jsonl"} {
		info, err := os.Stat(filepath.Join(b.dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}

func TestStateSurvivesRestartAndACutOffLine(t *testing.T) {
	b := start(t)
	id := b.paidIntent("4242424242424242")
	before := b.ok("GET", "/v1/payment_intents/"+id, "").raw
	b.close()
	f, err := os.OpenFile(filepath.Join(b.dir, "journal.jsonl"), os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(`[{"k":"intent","id":"pi_half","d":{"wi`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	b.open()
	require.Equal(t, before, b.ok("GET", "/v1/payment_intents/"+id, "").raw)
	require.Equal(t, 404, b.send("GET", "/v1/payment_intents/pi_half", "").status)
}

func TestACorruptJournalIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "journal.jsonl"), []byte("not json\n"), 0o600))
	_, err := New(Config{StateDir: dir, PublicURL: "http://127.0.0.1:1/psp"})
	require.ErrorContains(t, err, "line 1")
}

func TestConfigIsChecked(t *testing.T) {
	_, err := New(Config{PublicURL: "http://127.0.0.1"})
	require.Error(t, err)
	_, err = New(Config{StateDir: t.TempDir(), PublicURL: "ftp://x"})
	require.Error(t, err)
}
