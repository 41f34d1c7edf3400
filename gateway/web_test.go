package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const (
	page   = `<html><script src="/_next/static/a.js" async=""></script><script>self.x=1</script><script id="r">self.y=2</script></html>`
	script = "console.log('a long enough script')"
)

func exported() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"index.html": file(page), "login/index.html": file(page), "bets/index.html": file(page), "login/index.txt": file("flight"), "404.html": file("missing"), "404/index.html": file("missing"),
		"_next/static/a.js": file(script), "_next/static/a.js.br": file("br"), "_next/static/a.js.gz": file("gz"), "icon.svg": file("<svg/>"),
	}
}

func serveWeb(t *testing.T, app *webApp, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	g := &router{documents: documents(), web: app}
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

func loadWeb(t *testing.T) *webApp {
	t.Helper()
	app, err := newWebApp(exported(), webSources{frames: []string{"'self'", "https://games.example.com"}, connect: "wss://casino.example.com"})
	require.NoError(t, err)
	return app
}

func TestWebPagesAllowTheirOwnScriptsAlone(t *testing.T) {
	t.Parallel()
	w := serveWeb(t, loadWeb(t), "GET", "/login/?next=%2F")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
	policy := w.Header().Get("Content-Security-Policy")
	for _, inline := range []string{"self.x=1", "self.y=2"} {
		sum := sha256.Sum256([]byte(inline))
		require.Contains(t, policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	scripts, _, _ := strings.Cut(policy[strings.Index(policy, "script-src"):], ";")
	require.NotContains(t, scripts, "unsafe")
	require.Equal(t, 2, strings.Count(scripts, "sha256-"), "a script with a source needs no hash")
	require.Contains(t, policy, "frame-src 'self' https://games.example.com;")
	require.Contains(t, policy, "connect-src 'self' wss://casino.example.com;")
	require.NotEmpty(t, w.Header().Get("Permissions-Policy"))
}

func TestWebAddresses(t *testing.T) {
	t.Parallel()
	app := loadWeb(t)
	for path, want := range map[string]string{
		"/": page, "/login": page, "/login/": page, "/bets/": page, "/login/index.txt": "flight", "/icon.svg": "<svg/>", "/_next/static/a.js": script, "/openapi.json": "",
	} {
		w := serveWeb(t, app, "GET", path)
		require.Equal(t, http.StatusOK, w.Code, path)
		if want != "" {
			require.Equal(t, want, w.Body.String(), path)
		}
	}
	for _, path := range []string{"/404.html", "/login/index.html", "/_next/static/a.js.br", "/_next", "/nothing"} {
		require.Equal(t, http.StatusNotFound, serveWeb(t, app, "GET", path).Code, path)
	}
	require.Equal(t, http.StatusMethodNotAllowed, serveWeb(t, app, "POST", "/login/").Code)
	missing := serveWeb(t, app, "GET", "/nothing", "Accept", "text/html,*/*")
	require.Equal(t, http.StatusNotFound, missing.Code)
	require.Equal(t, "missing", missing.Body.String())
	require.Equal(t, "no-store", missing.Header().Get("Cache-Control"))
}

func TestWebAssetsAreKeptAndCompressed(t *testing.T) {
	t.Parallel()
	app := loadWeb(t)
	for accepts, want := range map[string]string{
		"": script, "gzip": "gz", "gzip, deflate, br": "br", "br;q=0, gzip": "gz", "br;q=0.0": script, "identity": script, "BR; q=0.5": "br",
	} {
		w := serveWeb(t, app, "GET", "/_next/static/a.js", "Accept-Encoding", accepts)
		require.Equal(t, want, w.Body.String(), accepts)
		require.Equal(t, immutable, w.Header().Get("Cache-Control"))
		require.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
		require.Equal(t, "text/javascript; charset=utf-8", w.Header().Get("Content-Type"))
		again := serveWeb(t, app, "GET", "/_next/static/a.js", "Accept-Encoding", accepts, "If-None-Match", w.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, again.Code)
	}
}

func TestWithoutTheAppTheRootSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	app, err := newWebApp(fstest.MapFS{"README.md": {}}, webSources{})
	require.NoError(t, err)
	require.Nil(t, app)
	w := serveWeb(t, app, "GET", "/")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), "make web")
	require.Equal(t, http.StatusNotFound, serveWeb(t, app, "GET", "/login/", "Accept", "text/html").Code)
}

func TestWebFrames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		public string
		hosts  []string
		want   string // "" is refused
	}{
		{"http://127.0.0.1:8080", nil, "'self' http://127.0.0.1:* http://localhost:*"},
		{"https://casino.example.com", nil, "'self'"},
		{"https://casino.example.com", []string{"https://games.example.com"}, "'self' https://games.example.com"},
		{"http://127.0.0.1:8080", []string{"https://games.example.com"}, "'self' https://games.example.com"},
		{"https://casino.example.com", []string{"games.example.com"}, ""},
		{"https://casino.example.com", []string{"https://games.example.com/play"}, ""},
		{"https://casino.example.com", []string{"https://a.example.com;script-src"}, ""},
		{"https://casino.example.com", []string{"'unsafe-inline'"}, ""},
	} {
		public, err := url.Parse(c.public)
		require.NoError(t, err)
		sources, err := (&edge{public: public, cfg: Config{GameHosts: c.hosts}}).webSources()
		if c.want == "" {
			require.Error(t, err, c.hosts)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, strings.Join(sources.frames, " "))
	}
}
