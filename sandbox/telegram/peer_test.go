package telegram

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

const redirectURI = "https://casino.example/login/telegram?x=1"

// sandbox is a stand-in on a real listener.
type sandbox struct {
	t    *testing.T
	tg   *Telegram
	http *httptest.Server
	cfg  Config
}

func newSandbox(t *testing.T) *sandbox {
	s := &sandbox{t: t, cfg: Config{
		StateDir: t.TempDir(), RedirectURIs: []string{redirectURI}, RetryBase: 5 * time.Millisecond, RetryMax: 20 * time.Millisecond,
		WebhookTimeout: 200 * time.Millisecond,
	}}
	s.open()
	t.Cleanup(s.close)
	return s
}

func (s *sandbox) open() {
	var tg *Telegram
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tg.Handler().ServeHTTP(w, r) }))
	s.cfg.PublicURL = s.http.URL
	tg, err := New(s.cfg)
	require.NoError(s.t, err)
	s.tg = tg
}

func (s *sandbox) close() {
	s.http.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(s.t, s.tg.Close(ctx))
}

// do sends a request without following redirects; an answer that is no JSON object is under "raw".
func (s *sandbox) do(method, path, body string, headers ...string) (*http.Response, map[string]any) {
	if !strings.HasPrefix(path, "http") {
		path = s.http.URL + path
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(s.t, err)
	defer res.Body.Close() //nolint:errcheck // only read from
	raw, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		out = map[string]any{"raw": string(raw)}
	}
	return res, out
}

func (s *sandbox) form(path string, fields url.Values, headers ...string) (*http.Response, map[string]any) {
	return s.do(http.MethodPost, path, fields.Encode(), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (s *sandbox) admin(method, path, body string) (*http.Response, map[string]any) {
	return s.do(method, path, body, "Authorization", "Bearer "+s.tg.AdminToken())
}

// api calls the Bot API with JSON.
func (s *sandbox) api(method, body string) map[string]any {
	res, out := s.do(http.MethodPost, "/bot"+s.tg.Credentials().BotToken+"/"+method, body, "Content-Type", "application/json")
	if out["ok"] == true {
		require.Equal(s.t, http.StatusOK, res.StatusCode)
	} else {
		require.EqualValues(s.t, res.StatusCode, out["error_code"], out)
	}
	return out
}

func (s *sandbox) newUser(name string) int64 {
	u, err := s.tg.addUser(newUser{FirstName: name, LastName: "Test & Co", Username: strings.ToLower(name) + "_sandbox"})
	require.NoError(s.t, err)
	return u.ID
}

// platform is the other end of the webhook.
type platform struct {
	*httptest.Server
	mu      sync.Mutex
	updates []map[string]any
	secrets []string
	script  []int // statuses answered first; 0 hangs
}

func newPlatform(t *testing.T) *platform {
	p := &platform{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u map[string]any
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			t.Error(err)
		}
		p.mu.Lock()
		p.updates = append(p.updates, u)
		p.secrets = append(p.secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		status := http.StatusOK
		if len(p.script) > 0 {
			status, p.script = p.script[0], p.script[1:]
		}
		p.mu.Unlock()
		if status == 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *platform) ids() (out []int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.updates {
		out = append(out, int64(u["update_id"].(float64)))
	}
	return out
}

func (p *platform) await(t *testing.T, n int) []map[string]any {
	require.Eventually(t, func() bool { return len(p.ids()) >= n }, 10*time.Second, 2*time.Millisecond, "fewer than %d updates", n)
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]map[string]any(nil), p.updates...)
}
