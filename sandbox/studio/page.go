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
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

//go:embed assets
var assets embed.FS

var (
	paytableTemplate = template.Must(template.ParseFS(assets, "assets/paytable.html"))
	roundTemplate    = template.Must(template.ParseFS(assets, "assets/round.html"))
)

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// gamePage is where the launch URL leads. The page itself is the same for every session and asks for the rest.
func (s *Studio) gamePage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	x, known := s.sessions[r.PathValue("session")]
	frame := "'self'"
	if known {
		frame += " " + origin(x.LobbyURL)
	}
	s.mu.Unlock()
	status := http.StatusOK
	if !known {
		status = http.StatusNotFound
	}
	page, err := assets.ReadFile("assets/game.html")
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
	var rnd round
	if found != nil {
		rnd = *found
	}
	s.mu.Unlock()
	if found == nil {
		http.NotFound(w, r)
		return
	}
	type shown struct {
		Title string
		Spin  spinView
		Rows  [slot.Rows][slot.Reels]slot.Symbol
	}
	view := s.view(rnd)
	var spins []shown
	if o := view.Outcome; o != nil {
		spins = append(spins, shown{"Paid spin", o.spinView, turned(o.Window)})
		for i, f := range o.FreeSpins {
			spins = append(spins, shown{fmt.Sprintf("Free spin %d", i+1), f, turned(f.Window)})
		}
	}
	s.render(w, roundTemplate, map[string]any{
		"Game": gameName, "Round": view, "Spins": spins, "Started": view.CreatedAt.Format(time.RFC3339),
	})
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

// paytable is what the paytable's page and JSON are made of.
type paytable struct {
	Game           string          `json:"game"`
	GameCode       string          `json:"game_code"`
	Lines          int             `json:"lines"`
	Pays           []payRow        `json:"line_pays"` // in line bets
	Scatters       []scatterRow    `json:"scatter_pays"`
	FreeSpins      int             `json:"free_spins"`
	FreeMultiplier int             `json:"free_spin_multiplier"`
	PayLines       []payLine       `json:"pay_lines"`
	Strips         [][]slot.Symbol `json:"reel_strips"`
}

type payRow struct {
	Symbol string `json:"symbol"`
	Three  int    `json:"3"`
	Four   int    `json:"4"`
	Five   int    `json:"5"`
}

type scatterRow struct {
	Count    int `json:"count"`
	LineBets int `json:"line_bets"`
	TotalBet int `json:"total_bets"`
}

type payLine struct {
	Line int   `json:"line"`
	Rows []int `json:"rows"` // per reel, 1 being the top
}

func makePaytable() paytable {
	p := paytable{
		Game: gameName, GameCode: GameCode, Lines: slot.Lines, FreeSpins: slot.FreeSpins, FreeMultiplier: slot.FreeMultiplier,
	}
	for symbol, pays := range slot.Pays {
		if pays[slot.Reels] > 0 {
			p.Pays = append(p.Pays, payRow{slot.Symbol(symbol).String(), pays[3], pays[4], pays[5]})
		}
	}
	for count, pay := range slot.ScatterPays {
		if pay > 0 {
			p.Scatters = append(p.Scatters, scatterRow{count, pay, pay / slot.Lines})
		}
	}
	for i, rows := range slot.PayLine {
		line := payLine{Line: i + 1}
		for _, row := range rows {
			line.Rows = append(line.Rows, row+1)
		}
		p.PayLines = append(p.PayLines, line)
	}
	for reel := range slot.Reels {
		p.Strips = append(p.Strips, slot.Strip(reel))
	}
	return p
}

func (s *Studio) paytableJSON(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, makePaytable())
}

func (s *Studio) paytablePage(w http.ResponseWriter, _ *http.Request) {
	f := slot.Published.Figures()
	percent := func(v float64) string { return fmt.Sprintf("%.4f %%", 100*v) }
	s.render(w, paytableTemplate, struct {
		paytable
		RTP, RTPLines, RTPScatters, RTPFreeSpins, HitFrequency, FreeSpinChance, StdDev, MaxWin string
		Combinations                                                                           int64
	}{
		makePaytable(), percent(f.RTP), percent(f.RTPLines), percent(f.RTPScatters), percent(f.RTPFreeSpins),
		percent(f.HitFrequency), percent(f.FreeSpinChance), fmt.Sprintf("%.4f", f.StdDev), fmt.Sprintf("%.1f", f.MaxWin),
		slot.Published.Combinations,
	})
}

// infoJSON is what a test laboratory's certificate would state, except that no laboratory has looked at it.
func (s *Studio) infoJSON(w http.ResponseWriter, _ *http.Request) {
	f := slot.Published.Figures()
	rules, err := json.Marshal(makePaytable())
	if err != nil {
		s.internal(w, "describe the game", err)
		return
	}
	sum := sha256.Sum256(rules)
	stakes := map[string]any{}
	for code, c := range currencies {
		levels := c.stakes()
		stakes[code] = map[string]string{"min": c.format(levels[0]), "max": c.format(levels[len(levels)-1])}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"game": gameName, "game_code": GameCode, "version": "1.0.0", "studio": productName,
		"laboratory_certified": false,
		"method":               "exact enumeration of all combinations of reel stops, repeated by the studio's own tests",
		"rules_sha256":         hex.EncodeToString(sum[:]),
		"rng":                  "operating system's cryptographic generator (crypto/rand), rejection sampling, drawn on the server",
		"combinations":         slot.Published.Combinations,
		"rtp":                  f.RTP,
		"rtp_lines":            f.RTPLines,
		"rtp_scatters":         f.RTPScatters,
		"rtp_free_spins":       f.RTPFreeSpins,
		"hit_frequency":        f.HitFrequency,
		"free_spin_frequency":  f.FreeSpinChance,
		"volatility_std_dev":   f.StdDev,
		"max_win_total_bets":   f.MaxWin,
		"autoplay":             false,
		"min_cycle_ms":         s.cfg.MinCycle.Milliseconds(),
		"stakes":               stakes,
	})
}

func (s *Studio) render(w http.ResponseWriter, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		s.internal(w, "render "+t.Name(), err)
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

// origin is the scheme and host that may show the game in a frame. It comes from a URL checked at launch; what could
// end the header's directive is left out.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
