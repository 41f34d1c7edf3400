package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const (
	maxBody = 1 << 20
	maxText = 4096 // UTF-16 code units
)

// apiError is a refusal in Telegram's words.
type apiError struct {
	code        int
	description string
	retryAfter  int
}

func (e *apiError) Error() string { return e.description }

func badRequest(format string, args ...any) error {
	return &apiError{code: http.StatusBadRequest, description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(text string) error {
	return &apiError{code: http.StatusForbidden, description: "Forbidden: " + text}
}

// params are a call's arguments, however they were sent: texts as they are, everything else as JSON.
type params map[string]string

// methods of the Bot API that exist here. Each is called with the lock held.
var methods = map[string]func(*Telegram, params) (any, error){
	"getme":               (*Telegram).getMe,
	"setwebhook":          (*Telegram).setWebhook,
	"deletewebhook":       (*Telegram).deleteWebhook,
	"getwebhookinfo":      (*Telegram).getWebhookInfo,
	"sendmessage":         (*Telegram).sendMessage,
	"editmessagetext":     (*Telegram).editMessageText,
	"answercallbackquery": (*Telegram).answerCallbackQuery,
}

// botAPI serves /bot<token>/<method>, GET or POST, arguments in the query, a form, a multipart form or JSON; method
// names ignore case. Every answer is {"ok":true,"result":...} or {"ok":false,"error_code":...,"description":...}.
func (t *Telegram) botAPI(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, name, found := strings.Cut(rest, "/")
	if !ok || !found {
		http.NotFound(w, r)
		return
	}
	plan := t.faults.Take("api")
	if plan.Delay > 0 && !wait(r.Context(), plan.Delay) {
		return
	}
	result, err := t.callMethod(r, w, token, name, plan.Has(TooManyRequests), plan.Has(ServerError))
	if plan.Drop {
		panic(http.ErrAbortHandler) // closes the connection: it was done and no answer comes
	}
	if err == nil {
		writeJSON(w, http.StatusOK, map[string]any{"ok": true, "result": result})
		return
	}
	e, isRefusal := err.(*apiError) //nolint:errorlint // made only in this package, never wrapped
	if !isRefusal {
		t.log.Error("bot API call failed", "method", name, "err", err)
		e = &apiError{code: http.StatusInternalServerError, description: "Internal Server Error"}
	}
	body := map[string]any{"ok": false, "error_code": e.code, "description": e.description}
	if e.retryAfter > 0 {
		body["parameters"] = map[string]int{"retry_after": e.retryAfter}
	}
	writeJSON(w, e.code, body)
}

func (t *Telegram) callMethod(r *http.Request, w http.ResponseWriter, token, name string, tooMany, broken bool) (any, error) {
	switch {
	case !same(token, t.secret.BotToken):
		return nil, &apiError{code: http.StatusUnauthorized, description: "Unauthorized"}
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return nil, &apiError{code: http.StatusMethodNotAllowed, description: "Method Not Allowed"}
	case tooMany:
		return nil, &apiError{code: http.StatusTooManyRequests, description: "Too Many Requests: retry after 1", retryAfter: 1}
	case broken:
		return nil, &apiError{code: http.StatusBadGateway, description: "Bad Gateway"}
	}
	method, ok := methods[strings.ToLower(name)]
	if !ok {
		return nil, &apiError{code: http.StatusNotFound, description: "Not Found"}
	}
	p, err := readParams(w, r)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return method(t, p)
}

func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	p := params{}
	for k, v := range r.URL.Query() {
		p[k] = v[0]
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		return p, p.readJSON(r.Body)
	case "multipart/form-data":
		// Clients send the header without a body when a call has no arguments; that is io.EOF.
		if err := r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, io.EOF) {
			return nil, badRequest("can't parse the form")
		}
	default:
		if err := r.ParseForm(); err != nil {
			return nil, badRequest("can't parse the form")
		}
	}
	for k, v := range r.PostForm {
		p[k] = v[0]
	}
	return p, nil
}

func (p params) readJSON(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return badRequest("can't read the body")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return badRequest("can't parse JSON object")
	}
	for k, v := range fields {
		var text string
		switch {
		case string(v) == "null":
		case json.Unmarshal(v, &text) == nil:
			p[k] = text
		default:
			p[k] = string(v)
		}
	}
	return nil
}

// wait sleeps unless ctx ends; then it is false.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}

// fail answers the sandbox's own JSON API.
func fail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}
