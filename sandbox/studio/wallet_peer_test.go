package studio

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/hub88"
)

// peer is an operator's wallet as the protocol describes it: signatures, idempotency by transaction_uuid, tombstones.
type peer struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PublicKey // the studio's

	mu      sync.Mutex
	balance int64
	done    map[string]string // transaction_uuid -> status
	amounts map[string]int64
	undone  map[string]bool
	calls   []call
	script  map[string][]string // path -> statuses answered first; "500", "hang", "garbage" and "" (normal) are special
}

type call struct {
	path string
	body map[string]any
}

func newPeer(t *testing.T) *peer {
	p := &peer{t: t, balance: 100_00000, done: map[string]string{}, amounts: map[string]int64{}, undone: map[string]bool{}, script: map[string][]string{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, "/callbacks/int_1")
	var body map[string]any
	p.mu.Lock()
	key := p.key
	p.mu.Unlock()
	if !hub88.Verify(key, raw, r.Header.Get("X-Hub88-Signature")) || json.Unmarshal(raw, &body) != nil {
		p.t.Errorf("%s came with a wrong signature or no JSON", path)
	}
	p.mu.Lock()
	p.calls = append(p.calls, call{path, body})
	status := ""
	if s := p.script[path]; len(s) > 0 {
		status, p.script[path] = s[0], s[1:]
	}
	answer := p.answer(path, body, status)
	p.mu.Unlock()
	switch status {
	case "hang":
		<-r.Context().Done()
	case "500":
		w.WriteHeader(http.StatusInternalServerError)
	case "garbage":
		_, _ = io.WriteString(w, "<html>")
	case "foreign":
		answer["request_uuid"] = "another"
		fallthrough
	default:
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// answer applies the call unless the script says an error; "lost" applies it and answers nothing usable.
func (p *peer) answer(path string, body map[string]any, status string) map[string]any {
	out := map[string]any{"request_uuid": body["request_uuid"], "status": status}
	if strings.HasPrefix(status, "RS_") || status == "500" || status == "hang" {
		return out
	}
	tx, _ := body["transaction_uuid"].(string)
	ref, _ := body["reference_transaction_uuid"].(string)
	amount, _ := body["amount"].(float64)
	if _, repeated := p.done[tx]; !repeated {
		p.done[tx] = "RS_OK"
		p.amounts[tx] = int64(amount)
		switch path {
		case "/transaction/bet":
			switch {
			case p.undone[tx]:
				p.done[tx] = "RS_ERROR_TRANSACTION_ROLLED_BACK"
			case p.balance < int64(amount):
				p.done[tx] = "RS_ERROR_NOT_ENOUGH_MONEY"
			default:
				p.balance -= int64(amount)
			}
		case "/transaction/win":
			p.balance += int64(amount)
		case "/transaction/rollback":
			if p.done[ref] == "RS_OK" {
				p.balance += p.amounts[ref]
			}
			p.undone[ref] = true
		}
	}
	out["status"], out["user"], out["currency"], out["balance"] = "RS_OK", "player-1", "EUR", p.balance
	if path != "/user/balance" && path != "/user/info" {
		out["status"] = p.done[tx]
	}
	return out
}

func (p *peer) says(path string, statuses ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script[path] = statuses
}

func (p *peer) paths() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		out = append(out, strings.TrimPrefix(c.path, "/transaction"))
	}
	return out
}

func (p *peer) bodies(path string) (out []map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.path == path {
			out = append(out, c.body)
		}
	}
	return out
}

// house is a studio on a real listener with one registered operator.
type house struct {
	t    *testing.T
	s    *Studio
	http *httptest.Server
	peer *peer
	key  *rsa.PrivateKey
	cfg  Config
}

func newHouse(t *testing.T, change ...func(*Config)) *house {
	h := &house{t: t, peer: newPeer(t), key: testKey(), cfg: Config{
		StateDir: t.TempDir(), BetTimeout: 300 * time.Millisecond, CallTimeout: 300 * time.Millisecond,
		RetryBase: 5 * time.Millisecond, RetryMax: 40 * time.Millisecond,
	}}
	for _, c := range change {
		c(&h.cfg)
	}
	h.open()
	t.Cleanup(func() { h.close() })
	h.register()
	return h
}

func (h *house) open() {
	var s *Studio
	h.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Handler().ServeHTTP(w, r) }))
	h.cfg.PublicURL = h.http.URL
	s, err := New(h.cfg)
	require.NoError(h.t, err)
	h.s = s
	h.peer.mu.Lock()
	h.peer.key = &s.key.PublicKey
	h.peer.mu.Unlock()
}

func (h *house) close() {
	h.http.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(h.t, h.s.Close(ctx))
}

func (h *house) operator() Operator {
	der, err := x509.MarshalPKIXPublicKey(&h.key.PublicKey)
	require.NoError(h.t, err)
	return Operator{ID: 7, WalletURL: h.peer.URL + "/callbacks/int_1/", PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

func (h *house) register() { require.NoError(h.t, h.s.RegisterOperator(h.operator())) }

// signed posts a launch call with the operator's signature.
func (h *house) signed(path string, body map[string]any) (int, map[string]any) {
	raw, err := json.Marshal(body)
	require.NoError(h.t, err)
	signature, err := hub88.Sign(h.key, raw)
	require.NoError(h.t, err)
	return h.do(http.MethodPost, path, raw, "X-Hub88-Signature", signature)
}

func (h *house) do(method, path string, body []byte, headers ...string) (int, map[string]any) {
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.http.URL+path, strings.NewReader(string(body)))
	require.NoError(h.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(h.t, err)
	defer res.Body.Close() //nolint:errcheck // only read from
	raw, err := io.ReadAll(res.Body)
	require.NoError(h.t, err)
	var out map[string]any
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") && len(raw) > 0 && raw[0] == '{' {
		require.NoError(h.t, json.Unmarshal(raw, &out))
	}
	if out == nil {
		out = map[string]any{"raw": string(raw), "csp": res.Header.Get("Content-Security-Policy")}
	}
	return res.StatusCode, out
}

func (h *house) admin(method, path, body string) (int, map[string]any) {
	return h.do(method, path, []byte(body), "Authorization", "Bearer "+h.s.AdminToken())
}

func launchBody() map[string]any {
	return map[string]any{
		"user": "player-1", "token": "token-0123456789", "operator_id": 7, "game_code": GameCode, "currency": "EUR",
		"country": "MT", "lang": "en", "platform": "GPL_DESKTOP", "ip": "192.0.2.1", "lobby_url": "https://casino.example/lobby",
		"sub_partner_id": nil, "meta": map[string]any{},
	}
}

// launch starts a session and returns the path of its API.
func (h *house) launch() string {
	code, out := h.signed("/operator/generic/v2/game/url", launchBody())
	require.Equal(h.t, http.StatusOK, code, out)
	require.Len(h.t, out, 1)
	id := strings.TrimPrefix(out["url"].(string), h.http.URL+"/game/")
	require.Len(h.t, id, 43)
	return "/play/" + id
}

func (h *house) spin(play, id, bet string) (int, map[string]any) {
	code, out := h.do(http.MethodPost, play+"/spin", []byte(`{"spin_id":"`+id+`","bet":"`+bet+`"}`))
	if r, ok := out["round"].(map[string]any); ok && code == http.StatusOK {
		return code, r
	}
	return code, out
}

// eventually waits until the spin's round has the status.
func (h *house) eventually(play, spinID, status string) map[string]any {
	var last map[string]any
	require.Eventually(h.t, func() bool {
		_, out := h.do(http.MethodGet, play+"/spins/"+spinID, nil)
		last, _ = out["round"].(map[string]any)
		return last["status"] == status
	}, 10*time.Second, 5*time.Millisecond, "round never became %s", status)
	return last
}
