package gateway

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/pitboss-gaming/pitboss/gen/openapi"
)

//go:embed assets
var assets embed.FS

// pagePolicy lets a page of ours load its own script and style and ask its own host, and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// document is a file that everybody may read. Browsers keep it and ask whether it is still the same.
type document struct {
	media, etag string
	page        bool
	body        []byte
}

// documents are the OpenAPI document, the page that shows it, and the page at the root, by path.
func documents() map[string]document {
	out := map[string]document{"/openapi.json": newDocument("application/json", openapi.Document)}
	for path, file := range map[string]struct{ name, media string }{
		"/":         {"index.html", "text/html; charset=utf-8"},
		"/docs":     {"docs.html", "text/html; charset=utf-8"},
		"/docs.js":  {"docs.js", "text/javascript; charset=utf-8"},
		"/docs.css": {"docs.css", "text/css; charset=utf-8"},
	} {
		b, err := assets.ReadFile("assets/" + file.name)
		if err != nil {
			panic(err) // the file is part of the binary or the binary is not built
		}
		d := newDocument(file.media, b)
		d.page = true
		out[path] = d
	}
	return out
}

func newDocument(media string, body []byte) document {
	sum := sha256.Sum256(body)
	return document{media: media, etag: `"` + hex.EncodeToString(sum[:16]) + `"`, body: body}
}

func (d document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notAllowed(w, "GET, HEAD")
		return
	}
	h := w.Header()
	h.Set("Content-Type", d.media)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", d.etag)
	if d.page {
		h.Set("Content-Security-Policy", pagePolicy)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body))
}
