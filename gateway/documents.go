package gateway

import (
	"embed"
	"net/http"

	"github.com/pitboss-gaming/pitboss/gen/openapi"
)

//go:embed assets
var assets embed.FS

// pagePolicy lets a page of ours load its own script and style and ask its own host, and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// documents serves the OpenAPI document, the page that shows it, and the page at the root.
func documents(root *http.ServeMux, e *edge) {
	root.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(openapi.Document)
	})
	page := func(pattern, file, media string) {
		root.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			b, err := assets.ReadFile("assets/" + file)
			if err != nil {
				e.log.Error("asset is missing", "file", file, "error", err)
				http.Error(w, "not found", http.StatusNotFound)
				return
			}
			w.Header().Set("Content-Type", media)
			w.Header().Set("Content-Security-Policy", pagePolicy)
			_, _ = w.Write(b)
		})
	}
	page("GET /{$}", "index.html", "text/html; charset=utf-8")
	page("GET /docs", "docs.html", "text/html; charset=utf-8")
	page("GET /docs.js", "docs.js", "text/javascript; charset=utf-8")
	page("GET /docs.css", "docs.css", "text/css; charset=utf-8")
	root.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { routingError(r.Context(), nil, nil, w, r, http.StatusNotFound) })
}
