package psp

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// apiVersion is the version events are rendered in, and the default of requests without a Stripe-Version header.
const apiVersion = "2026-08-26.dahlia"

const maxAPIBody = 256 << 10

var versionFormat = regexp.MustCompile(`^20\d\d-\d\d-\d\d(\.[a-z]+)?$`)

// operation is one endpoint of the API. Its name is used in fault rules as "api.<name>".
type operation struct {
	name    string
	method  string
	pattern string // path with {id}
	fields  []field
	// check validates values beyond their shape; a refusal is not stored under the idempotency key.
	check func(c *call) *apiError
	// run does the work inside a store transaction (POST, DELETE) or under the lock (GET).
	run func(p *PSP, c *call) (any, error)
}

// call is one request on its way, also used without a request by timers and the payment page (then only now is set).
type call struct {
	params    params
	id        string // the path's {id}
	requestID string
	idemKey   string
	now       time.Time
}

// storedAnswer is the first outcome of an idempotency key.
type storedAnswer struct {
	Path        string    `json:"path"`
	Fingerprint string    `json:"fingerprint"`
	Status      int       `json:"status"`
	Body        []byte    `json:"body"`
	RequestID   string    `json:"request_id"`
	Created     time.Time `json:"created"`
}

type answer struct {
	status   int
	body     []byte
	replayed bool
	original string // request id of the first call, on a replay
}

func (p *PSP) routeAPI(mux *http.ServeMux) {
	for _, op := range operations() {
		mux.HandleFunc(op.method+" "+op.pattern, func(w http.ResponseWriter, r *http.Request) { p.serveAPI(w, r, op) })
	}
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		c := p.newCall(r)
		e := invalid("", "", "Unrecognized request URL (%s: %s).", r.Method, r.URL.Path)
		e.Status = http.StatusNotFound
		if denied := p.authenticate(r); denied != nil {
			e = denied
		}
		p.writeAnswer(w, r, c, renderError(e))
	})
}

// serveAPI is the way of every API request: key, parameters, idempotency, faults, work, answer.
func (p *PSP) serveAPI(w http.ResponseWriter, r *http.Request, op operation) {
	c := p.newCall(r)
	form, refusal := p.readRequest(w, r, op, c)
	if refusal != nil {
		p.writeAnswer(w, r, c, renderError(refusal))
		return
	}
	key := c.idemKey
	if key != "" {
		if !p.reserve(key) {
			p.writeAnswer(w, r, c, renderError(idempotencyError(http.StatusConflict, "invalid_request_error",
				"idempotency_key_in_use", "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): "+key)))
			return
		}
		defer p.unreserve(key)
	}
	plan := p.faults.Take("api." + op.name)
	if !p.pause(plan.Delay + plan.Hold) {
		panic(http.ErrAbortHandler)
	}
	if plan.Has(FaultFail) {
		p.writeAnswer(w, r, c, renderError(serverError()))
		return
	}
	if plan.Has(FaultFailStored) {
		op.run = func(*PSP, *call) (any, error) { return nil, serverError() }
	}
	print := fingerprint(r.Method, r.URL.Path, form)
	a := p.execute(op, c, r.URL.Path, print)
	for range plan.Sends - 1 {
		p.execute(op, c, r.URL.Path, print) // the network has repeated the request; its answer goes nowhere
	}
	if plan.Drop {
		panic(http.ErrAbortHandler) // the work is done and the connection breaks before the answer
	}
	p.writeAnswer(w, r, c, a)
}

func (p *PSP) newCall(r *http.Request) *call {
	c := &call{id: r.PathValue("id"), requestID: newID(p.cfg.Rand, "req_", 14), now: p.now()}
	if r.Method == http.MethodPost {
		c.idemKey = r.Header.Get("Idempotency-Key")
	}
	return c
}

// readRequest does everything that comes before an endpoint starts; its refusals are never stored.
func (p *PSP) readRequest(w http.ResponseWriter, r *http.Request, op operation, c *call) (url.Values, *apiError) {
	if e := p.authenticate(r); e != nil {
		return nil, e
	}
	if v := r.Header.Get("Stripe-Version"); v != "" && !versionFormat.MatchString(v) {
		return nil, invalid("", "", "Invalid Stripe API version: %s", v)
	}
	if len(c.idemKey) > 255 {
		return nil, idempotencyError(http.StatusBadRequest, "idempotency_error", "",
			"Idempotency keys must be at most 255 characters.")
	}
	form, e := readForm(w, r)
	if e != nil {
		return nil, e
	}
	fields := append([]field{{name: "expand[#]"}, {name: "expand[]"}}, op.fields...)
	if c.params, e = readParams(form, fields); e != nil {
		return nil, e
	}
	if op.check != nil {
		e = op.check(c)
	}
	return form, e
}

// readForm takes the parameters from the body of a POST and from the query of anything else.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *apiError) {
	if r.Method != http.MethodPost {
		return r.URL.Query(), nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAPIBody))
	if err != nil {
		e := invalid("", "", "The request body could not be read or is too large.")
		e.Status = http.StatusRequestEntityTooLarge
		return nil, e
	}
	if len(body) == 0 {
		return url.Values{}, nil
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, invalid("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalid("", "", "Invalid request (the body is not form-encoded).")
	}
	return form, nil
}

func (p *PSP) authenticate(r *http.Request) *apiError {
	key, _, basic := r.BasicAuth()
	if !basic {
		key, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	switch {
	case key == "":
		return unauthorized("You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	case subtle.ConstantTimeCompare([]byte(key), []byte(p.apiKey)) != 1:
		return unauthorized("Invalid API Key provided")
	}
	return nil
}

// execute runs the operation once, or replays the answer stored under its key. Effects, events and the stored answer
// are one transaction, so that a crash leaves all or nothing.
func (p *PSP) execute(op operation, c *call, path, print string) answer {
	var a answer
	work := func() error {
		if stored, ok := p.store.idempotency.get(c.idemKey); ok && c.idemKey != "" && c.now.Sub(stored.Created) <= idempotencyTTL {
			a = replay(stored, path, print)
			return nil
		}
		body, err := op.run(p, c)
		a = p.render(c, body, err)
		if c.idemKey != "" {
			p.store.idempotency.put(c.idemKey, storedAnswer{Path: path, Fingerprint: print, Status: a.status, Body: a.body,
				RequestID: c.requestID, Created: c.now})
		}
		return nil
	}
	var err error
	if op.method == http.MethodGet {
		p.store.view(func() { err = work() })
	} else {
		err = p.store.update(work)
	}
	if err != nil {
		p.cfg.Log.Error("psp transaction failed", "operation", op.name, "error", err)
		return renderError(serverError())
	}
	p.wake()
	return a
}

func replay(stored storedAnswer, path, print string) answer {
	switch {
	case stored.Path != path:
		return renderError(idempotencyError(http.StatusBadRequest, "idempotency_error", "",
			"Keys for idempotent requests can only be used for the same endpoint they were first used for ('"+path+"' vs '"+stored.Path+"'). Try using a key other than the one you sent if you meant to execute a different request."))
	case stored.Fingerprint != print:
		return renderError(idempotencyError(http.StatusBadRequest, "idempotency_error", "",
			"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than the one you sent if you meant to execute a different request."))
	}
	return answer{status: stored.Status, body: stored.Body, replayed: true, original: stored.RequestID}
}

// render encodes an outcome. A refusal without effects of its own undoes what was staged before it.
func (p *PSP) render(c *call, body any, err error) answer {
	if err != nil {
		var refusal *apiError
		if !errors.As(err, &refusal) {
			p.cfg.Log.Error("psp operation failed", "error", err)
			refusal = serverError()
		}
		if !refusal.Keep {
			p.store.discard()
		}
		return renderError(refusal)
	}
	expanded, refusal := p.expand(body, c.params.list("expand"))
	if refusal != nil {
		p.store.discard()
		return renderError(refusal)
	}
	return answer{status: http.StatusOK, body: encode(expanded)}
}

func renderError(e *apiError) answer {
	return answer{status: e.Status, body: encode(map[string]any{"error": e.Body})}
}

func encode(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("psp: encode answer: " + err.Error()) // plain structs always encode
	}
	return append(b, '\n')
}

func (p *PSP) writeAnswer(w http.ResponseWriter, r *http.Request, c *call, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Request-Id", c.requestID)
	version := r.Header.Get("Stripe-Version")
	if !versionFormat.MatchString(version) {
		version = apiVersion
	}
	h.Set("Stripe-Version", version)
	if c.idemKey != "" && len(c.idemKey) <= 255 {
		h.Set("Idempotency-Key", c.idemKey)
	}
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
		h.Set("Original-Request", a.original)
	}
	if a.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="Stripe"`)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the caller has gone away: nobody to tell
}

func fingerprint(method, path string, form url.Values) string {
	sum := sha256.Sum256([]byte(method + " " + path + "?" + form.Encode()))
	return hex.EncodeToString(sum[:])
}

// reserve marks a key as in use by a running request; false when it already is.
func (p *PSP) reserve(key string) bool {
	p.runningMu.Lock()
	defer p.runningMu.Unlock()
	if p.running[key] {
		return false
	}
	p.running[key] = true
	return true
}

func (p *PSP) unreserve(key string) {
	p.runningMu.Lock()
	defer p.runningMu.Unlock()
	delete(p.running, key)
}
