package wallet

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// MaxBody bounds what an operator sends.
const MaxBody = 64 << 10

// Reply writes a JSON answer.
func Reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}

// ReadBody reads an operator's body. It answers 413 itself when it is too long.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		Reply(w, http.StatusRequestEntityTooLarge, map[string]string{"error": "body too long"})
	}
	return raw, err
}

// Compact is a UUID without dashes, for protocols whose ids have 32 characters.
func Compact(id string) string { return strings.ReplaceAll(id, "-", "") }

// PathOf is a URL without its scheme and host.
func PathOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}
