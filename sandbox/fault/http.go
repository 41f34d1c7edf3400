package fault

import (
	"encoding/json"
	"net/http"

	"github.com/pitboss-gaming/pitboss/sandbox/strictjson"
)

const maxBody = 64 << 10

// document is the body of GET and PUT.
type document struct {
	Seed  uint64 `json:"seed,omitempty"`
	Rules []Rule `json:"rules"`
}

// Handler serves the rules at whatever path it is mounted on:
//
//	GET     {"rules":[{"operation":"win","kind":"duplicate","count":1,"probability":1,"times":2,"struck":0}]}
//	PUT     the same document, with an optional "seed", replaces all rules; answers like GET
//	DELETE  removes all rules; answers 204
//
// A bad document answers 400 {"error":"..."} and changes nothing. The handler checks no credentials: the caller
// mounts it behind its own administrator's token.
func (in *Injector) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
			reply(w, http.StatusOK, document{Rules: in.Rules()})
		case http.MethodPut:
			in.put(w, r)
		case http.MethodDelete:
			_ = in.Set(0) // no rules are always valid
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", "GET, PUT, DELETE")
			reply(w, http.StatusMethodNotAllowed, map[string]string{"error": "use GET, PUT or DELETE"})
		}
	})
}

func (in *Injector) put(w http.ResponseWriter, r *http.Request) {
	var doc document
	err := strictjson.Decode(http.MaxBytesReader(w, r.Body, maxBody), &doc)
	if err == nil {
		err = in.Set(doc.Seed, doc.Rules...)
	}
	if err != nil {
		reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	reply(w, http.StatusOK, document{Rules: in.Rules()})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}
