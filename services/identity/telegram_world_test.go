package identity

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	sandbox "github.com/pitboss-gaming/pitboss/sandbox/telegram"
)

const integrationID = "telegram-main"

// telegramWorld is identity with the sandbox's Telegram and an integration with it.
type telegramWorld struct {
	*world
	tg      *sandbox.Telegram
	base    string
	gateway *httptest.Server // in the gateway's place: passes callbacks on as they come
	mu      sync.Mutex
	answers []int32
}

func newTelegramWorld(t *testing.T) *telegramWorld {
	t.Helper()
	w := &telegramWorld{world: newWorld(t)}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.base = server.URL
	var err error
	w.tg, err = sandbox.New(sandbox.Config{
		StateDir: t.TempDir(), PublicURL: server.URL, Clock: w.Clock.Now, RedirectURIs: []string{"https://casino.test" + TelegramReturnPath},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.tg.Close(context.Background()) })
	handler = w.tg.Handler()
	w.gateway = httptest.NewServer(http.HandlerFunc(w.passOn))
	t.Cleanup(w.gateway.Close)
	w.integrate(true)
	return w
}

// integrate stores what CheckIntegration made of the sandbox's credentials, as operations would.
func (w *telegramWorld) integrate(enabled bool) *adapterv1.CheckIntegrationResponse {
	w.t.Helper()
	settings, secrets := w.settings()
	res, err := w.adapter(testkit.Peer("operations")).CheckIntegration(w.ctx(), &adapterv1.CheckIntegrationRequest{
		IntegrationId: integrationID, Settings: settings, Secrets: secrets,
	})
	require.NoError(w.t, err)
	w.ops.put(integrationID, res.GetSettings(), res.GetSecrets(), enabled)
	return res
}

func (w *telegramWorld) settings() (settings, secrets map[string]string) {
	c := w.tg.Credentials()
	return map[string]string{
			setBotUsername: c.BotUsername, setAPIBase: c.APIBaseURL, setDeepLinkBase: c.DeepLinkBase, setIssuer: c.Issuer,
			setClientID: c.ClientID, setEd25519: c.Ed25519PublicKey,
		}, map[string]string{
			secretBotToken: c.BotToken, secretClientSecret: c.ClientSecret, secretWebhook: "webhook-secret-of-the-test",
		}
}

// passOn is what the gateway does with a callback.
func (w *telegramWorld) passOn(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	req := &adapterv1.HandleCallbackRequest{
		IntegrationId: integrationID, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, "/callbacks/"+integrationID), Body: body,
	}
	for name, values := range r.Header {
		for _, v := range values {
			req.Headers = append(req.Headers, &adapterv1.Header{Name: name, Value: v})
		}
	}
	res, err := w.adapter(testkit.Peer("gateway")).HandleCallback(r.Context(), req)
	if err != nil {
		rw.WriteHeader(http.StatusBadGateway)
		return
	}
	w.mu.Lock()
	w.answers = append(w.answers, res.GetStatus())
	w.mu.Unlock()
	rw.WriteHeader(int(res.GetStatus()))
}

// listen points the bot's webhook at the test's gateway, because the platform's own address is nobody's here.
func (w *telegramWorld) listen() {
	w.t.Helper()
	w.api("setWebhook", url.Values{
		"url": {w.gateway.URL + "/callbacks/" + integrationID + webhookPath}, "secret_token": {"webhook-secret-of-the-test"},
	})
}

func (w *telegramWorld) api(method string, form url.Values) {
	w.t.Helper()
	c := w.tg.Credentials()
	res, err := http.PostForm(c.APIBaseURL+"/bot"+c.BotToken+"/"+method, form)
	require.NoError(w.t, err)
	defer res.Body.Close()
	require.Equal(w.t, http.StatusOK, res.StatusCode)
}

// post sends JSON to the sandbox as one of its users would.
func (w *telegramWorld) post(path string, in, out any) {
	w.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(w.t, err)
	req, err := http.NewRequestWithContext(w.ctx(), http.MethodPost, w.base+path, strings.NewReader(string(body)))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+w.tg.AdminToken())
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	require.Less(w.t, res.StatusCode, 300, "%s: %s", path, answer)
	if out != nil {
		require.NoError(w.t, json.Unmarshal(answer, out))
	}
}

func (w *telegramWorld) user(id int64) int64 {
	w.t.Helper()
	w.post("/users", map[string]any{"first_name": "Test", "id": strconv.FormatInt(id, 10)}, nil)
	return id
}

// chatMessage is a message in a sandbox user's chat with the bot.
type chatMessage struct {
	ID     int64           `json:"message_id"`
	Text   string          `json:"text"`
	Markup json.RawMessage `json:"reply_markup"`
}

func (w *telegramWorld) chat(user int64) []chatMessage {
	w.t.Helper()
	res, err := http.Get(w.base + "/chat/" + strconv.FormatInt(user, 10) + "/messages")
	require.NoError(w.t, err)
	defer res.Body.Close()
	var out struct {
		Messages []chatMessage `json:"messages"`
	}
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(&out))
	return out.Messages
}

// consent goes through Telegram's page as a user and answers the code and state that come back.
func (w *telegramWorld) consent(authorizationURL string, user int64) (code, state string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx(), http.MethodGet, authorizationURL, nil)
	require.NoError(w.t, err)
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	var page struct {
		Decide string `json:"decide"`
	}
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(&page))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	back, err := client.PostForm(page.Decide, url.Values{"user_id": {strconv.FormatInt(user, 10)}})
	require.NoError(w.t, err)
	defer back.Body.Close()
	to, err := back.Location()
	require.NoError(w.t, err)
	return to.Query().Get("code"), to.Query().Get("state")
}
