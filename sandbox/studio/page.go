package studio

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

//go:embed assets
var assets embed.FS

var templates = template.Must(template.ParseFS(assets, "assets/paytable-*.html", "assets/round.html"))

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// gamePage is where the launch URL leads. The page itself is the same for every session of a game and asks for the rest.
func (s *Studio) gamePage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	x, known := s.sessions[r.PathValue("session")]
	frame := "'self'"
	kind := "slot"
	if known {
		frame += " " + origin(x.LobbyURL)
		if g, ok := gameOf(x.Game); ok {
			kind = g.about().Kind
		}
	}
	s.mu.Unlock()
	status := http.StatusOK
	if !known {
		status = http.StatusNotFound
	}
	page, err := assets.ReadFile("assets/" + kind + ".html")
	if err != nil {
		s.internal(w, "read the page", err)
		return
	}
	s.writePage(w, status, frame, page)
}

func (s *Studio) asset(w http.ResponseWriter, r *http.Request) { s.serveFile(w, r, "assets") }

func (s *Studio) symbol(w http.ResponseWriter, r *http.Request) { s.serveFile(w, r, "assets/symbols") }

// serveFile serves scripts, styles and images, but not the page templates.
func (s *Studio) serveFile(w http.ResponseWriter, r *http.Request, dir string) {
	name := r.PathValue("file")
	kind, ok := contentTypes[path.Ext(name)]
	content, err := assets.ReadFile(dir + "/" + name)
	if !ok || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(content) // the reader has gone away: nobody to tell
}

// roundPage shows a round to whoever has its link, see gameRound.
func (s *Studio) roundPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	found := s.rounds[s.byRef[r.PathValue("view")]]
	if found != nil && found.View != r.PathValue("view") {
		found = nil
	}
	if found == nil {
		s.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	view := s.view(found)
	data := map[string]any{"Round": view, "Started": view.CreatedAt.Format(time.RFC3339), "Game": view.GameCode}
	if g, ok := gameOf(found.Game); ok {
		data["Game"] = g.about().Name
	}
	s.mu.Unlock()
	switch o := view.Outcome.(type) {
	case *outcomeView:
		data["Spins"] = shownSpins(o)
	case rouletteView:
		data["Roulette"] = o
	case crashView:
		data["Crash"] = o
	case blackjackView:
		data["Blackjack"] = o
	}
	s.render(w, "round.html", data)
}

// shownSpin is one window on the round's page.
type shownSpin struct {
	Title string
	Spin  spinView
	Rows  [slot.Rows][slot.Reels]slot.Symbol
}

func shownSpins(o *outcomeView) []shownSpin {
	out := []shownSpin{{"Paid spin", o.spinView, turned(o.Window)}}
	for i, f := range o.FreeSpins {
		out = append(out, shownSpin{fmt.Sprintf("Free spin %d", i+1), f, turned(f.Window)})
	}
	return out
}

// turned makes rows of columns.
func turned(w slot.Window) (rows [slot.Rows][slot.Reels]slot.Symbol) {
	for reel := range w {
		for row := range w[reel] {
			rows[row][reel] = w[reel][row]
		}
	}
	return rows
}

// verifyPage recomputes rounds in the browser.
func (s *Studio) verifyPage(w http.ResponseWriter, _ *http.Request) {
	page, err := assets.ReadFile("assets/verify.html")
	if err != nil {
		s.internal(w, "read the page", err)
		return
	}
	s.writePage(w, http.StatusOK, "'self'", page)
}

func (s *Studio) paytablePage(w http.ResponseWriter, g game) {
	s.render(w, "paytable-"+g.about().Kind+".html", g.sheet())
}

// infoJSON is what a test laboratory's certificate would state, except that no laboratory has looked at it.
func (s *Studio) infoJSON(w http.ResponseWriter, g game) {
	a := g.about()
	rules, err := json.Marshal(g.paytable())
	if err != nil {
		s.internal(w, "describe the game", err)
		return
	}
	sum := sha256.Sum256(rules)
	info := map[string]any{
		"game": a.Name, "game_code": a.Code, "kind": a.Kind, "description": a.Description, "version": "1.0.0",
		"studio": "Pitboss Sandbox Studio", "laboratory_certified": false,
		"method":        a.Method,
		"rules_sha256":  hex.EncodeToString(sum[:]),
		"rng":           "HMAC-SHA256 stream of a server seed from the operating system's cryptographic generator, a client seed and a nonce; rejection sampling",
		"provably_fair": true,
		"rtp":           a.RTP,
		"autoplay":      false,
		"min_cycle_ms":  s.minCycle(a).Milliseconds(),
		"stakes":        stakeRanges(a.Stepped),
	}
	for k, v := range a.Figures {
		info[k] = v
	}
	writeJSON(w, http.StatusOK, info)
}

func (s *Studio) render(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		s.internal(w, "render "+name, err)
		return
	}
	s.writePage(w, http.StatusOK, "'self'", b.Bytes())
}

// writePage sends HTML that may load only the studio's own files and run no inline script.
func (s *Studio) writePage(w http.ResponseWriter, status int, frameAncestors string, page []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "+frameAncestors)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page) // the reader has gone away: nobody to tell
}
