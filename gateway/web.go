package gateway

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// webFiles holds the exported web app in web/app when the binary was built after `make web`, and nothing of it otherwise.
//
//go:embed all:web
var webFiles embed.FS

const (
	// immutable is for files whose name holds a hash of their content.
	immutable = "public, max-age=31536000, immutable"
	// permissions is what a page of ours never asks a device for, so that no script in it can.
	permissions = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), browsing-topics=()"
)

// webFile is one file of the app with the forms in which it can be sent.
type webFile struct {
	media, etag, cache string
	policy             string // Content-Security-Policy; pages only
	body, gzip, brotli []byte
}

// webApp is the app by path. A nil app serves nothing.
type webApp struct {
	files   map[string]*webFile
	missing *webFile // the page for addresses that do not exist
}

// newWebApp reads an export of the app; nil when there is none. Sources are what pages may frame and connect to besides their own host.
func newWebApp(root fs.FS, sources webSources) (*webApp, error) {
	if _, err := fs.Stat(root, "index.html"); err != nil {
		return nil, nil // a binary without the app is a good one
	}
	app := &webApp{files: map[string]*webFile{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".br" || path.Ext(name) == ".gz" {
			return err
		}
		f, err := readWebFile(root, name, sources)
		if err != nil {
			return err
		}
		for _, p := range webPaths(name) {
			app.files[p] = f
		}
		return nil
	})
	app.missing = app.files["/404/"]
	return app, err
}

// web is the embedded app for this gateway; nil when the binary was built without it.
func (e *edge) web() (*webApp, error) {
	root, err := fs.Sub(webFiles, "web/app")
	if err != nil {
		return nil, err
	}
	sources, err := e.webSources()
	if err != nil {
		return nil, err
	}
	return newWebApp(root, sources)
}

// webSources reads which games may be framed from the configuration.
func (e *edge) webSources() (webSources, error) {
	out := webSources{frames: []string{"'self'"}, connect: "ws://" + e.public.Host}
	secure := e.public.Scheme == "https"
	if secure {
		out.connect = "wss://" + e.public.Host
	}
	for _, host := range e.cfg.GameHosts {
		u, err := url.Parse(host)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || strings.ContainsAny(host, ";, '\"") {
			return out, fmt.Errorf("PITBOSS_GATEWAY_GAME_HOSTS: %q is not an origin like https://games.example.com", host)
		}
		out.frames = append(out.frames, host)
	}
	if len(e.cfg.GameHosts) == 0 && !secure {
		out.frames = append(out.frames, "http://127.0.0.1:*", "http://localhost:*")
	}
	return out, nil
}

// nothing answers an address of the app with another method with those that there are, and every other one with 404.
func (g *router) nothing(w http.ResponseWriter, r *http.Request) {
	if g.web != nil && g.web.files[r.URL.Path] != nil {
		notAllowed(w, "GET, HEAD")
		return
	}
	notFound(w)
}

// webPaths are the addresses of a file. A page answers with and without the slash at its end, for providers return people to one as they like.
func webPaths(name string) []string {
	switch dir := strings.TrimSuffix(name, "index.html"); {
	case name == "index.html":
		return []string{"/"}
	case dir != name:
		return []string{"/" + dir, "/" + strings.TrimSuffix(dir, "/")}
	case path.Ext(name) == ".html":
		return nil
	default:
		return []string{"/" + name}
	}
}

func readWebFile(root fs.FS, name string, sources webSources) (*webFile, error) {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	f := &webFile{body: body, etag: hex.EncodeToString(sum[:16]), cache: "no-cache", media: webMedia(name)}
	if strings.HasPrefix(name, "_next/static/") {
		f.cache = immutable
	}
	if path.Ext(name) == ".html" {
		f.policy = sources.policy(body)
	}
	// What was not compressed when the app was packed is sent as it is.
	f.gzip, _ = fs.ReadFile(root, name+".gz")
	f.brotli, _ = fs.ReadFile(root, name+".br")
	return f, nil
}

// webMedia does not ask the machine's own list of types, which may say anything.
func webMedia(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".json", ".html", ".css", ".png", ".ico", ".woff2":
		return mime.TypeByExtension(ext)
	default:
		return "application/octet-stream"
	}
}

// webSources are the hosts that a page may use besides its own.
type webSources struct {
	frames  []string // pages of games
	connect string   // live updates
}

var inlineScript = regexp.MustCompile(`(?s)<script(?:\s[^>]*)?>(.*?)</script>`)

// policy allows the scripts of one page by their hashes and no other inline script, so that a script that somebody smuggles into a page does not run.
// Styles come from our files alone.
func (s webSources) policy(page []byte) string {
	scripts := []string{"'self'"}
	for _, m := range inlineScript.FindAllSubmatch(page, -1) {
		if len(m[1]) == 0 {
			continue // it has a source
		}
		sum := sha256.Sum256(m[1])
		if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !slices.Contains(scripts, hash) {
			scripts = append(scripts, hash)
		}
	}
	return "default-src 'none'; script-src " + strings.Join(scripts, " ") +
		"; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' " + s.connect +
		"; frame-src " + strings.Join(s.frames, " ") +
		"; manifest-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}

// find answers the file at a path, and the page that says that there is none for a browser that asks for a page.
func (a *webApp) find(r *http.Request) (*webFile, int) {
	if a == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, 0
	}
	if f := a.files[r.URL.Path]; f != nil {
		return f, http.StatusOK
	}
	if a.missing != nil && strings.Contains(r.Header.Get("Accept"), "text/html") {
		return a.missing, http.StatusNotFound
	}
	return nil, 0
}

// serve answers with a file in the best form that the browser takes.
func (f *webFile) serve(w http.ResponseWriter, r *http.Request, code int) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", f.cache)
	if f.policy != "" {
		h.Set("Content-Security-Policy", f.policy)
		h.Set("Permissions-Policy", permissions)
	}
	body, etag := f.body, f.etag
	if f.gzip != nil || f.brotli != nil {
		h.Set("Vary", "Accept-Encoding")
		switch accepts := r.Header.Get("Accept-Encoding"); {
		case f.brotli != nil && takes(accepts, "br"):
			body, etag = f.brotli, etag+"-br"
			h.Set("Content-Encoding", "br")
		case f.gzip != nil && takes(accepts, "gzip"):
			body, etag = f.gzip, etag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
	}
	if code != http.StatusOK {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(code)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body)
		}
		return
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takes tells whether an Accept-Encoding names an encoding and does not rule it out.
func takes(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
			return strings.Trim(q, "0.") != "" || q == ""
		}
	}
	return false
}
