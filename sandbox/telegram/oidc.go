package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

// authLife is how long a consent page and then its code live.
const authLife = 10 * time.Minute

const maxRequests = 10_000

// authRequest is one visit to /auth, and after consent what its code stands for.
type authRequest struct {
	redirectURI string
	widget      bool // the login widget, which has nothing of what follows
	state       string
	nonce       string
	scopes      []string
	challenge   string
	until       time.Time
	userID      int64
}

func (t *Telegram) discovery(w http.ResponseWriter, _ *http.Request) {
	base := t.cfg.PublicURL
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                base,
		"authorization_endpoint":                base + "/auth",
		"token_endpoint":                        base + "/token",
		"jwks_uri":                              base + "/.well-known/jwks.json",
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		"code_challenge_methods_supported":      []string{"S256"},
		"scopes_supported":                      []string{"openid", "profile", "phone"},
		"claims_supported":                      []string{"iss", "aud", "sub", "iat", "exp", "nonce", "name", "preferred_username", "picture", "phone_number"},
	})
}

// authorize shows the page on which a sandbox user is picked and consents. Whoever asks for JSON gets the same as data:
// {"decide":"<URL to POST the form to>","users":[...]}.
func (t *Telegram) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("bot_id") {
		t.authorizeWidget(w, r)
		return
	}
	if q.Get("client_id") != t.secret.ClientID {
		t.problem(w, http.StatusBadRequest, "client_id is unknown")
		return
	}
	t.mu.Lock()
	allowed := slices.Contains(t.state.RedirectURIs, q.Get("redirect_uri"))
	t.mu.Unlock()
	if !allowed {
		t.problem(w, http.StatusBadRequest, "redirect_uri is not on the bot's list")
		return
	}
	a := &authRequest{
		redirectURI: q.Get("redirect_uri"), state: q.Get("state"), nonce: q.Get("nonce"),
		scopes: strings.Fields(q.Get("scope")), challenge: q.Get("code_challenge"), until: t.now().Add(authLife),
	}
	switch {
	case q.Get("response_type") != "code":
		a.back(w, r, url.Values{"error": {"unsupported_response_type"}})
	case !slices.Contains(a.scopes, "openid"):
		a.back(w, r, url.Values{"error": {"invalid_scope"}})
	case q.Get("code_challenge_method") != "S256" || len(a.challenge) != 43:
		a.back(w, r, url.Values{"error": {"invalid_request"}, "error_description": {"PKCE with S256 is required"}})
	case len(a.state) > 1024 || len(a.nonce) > 1024:
		a.back(w, r, url.Values{"error": {"invalid_request"}, "error_description": {"state or nonce is too long"}})
	default:
		t.askConsent(w, r, a)
	}
}

func (t *Telegram) askConsent(w http.ResponseWriter, r *http.Request, a *authRequest) {
	id := statedir.RandomToken()
	t.mu.Lock()
	t.dropOld(t.requests)
	t.requests[id] = a
	users := t.publicUsers()
	t.mu.Unlock()
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		writeJSON(w, http.StatusOK, map[string]any{"decide": t.cfg.PublicURL + "/auth/" + id, "users": users})
		return
	}
	u, _ := url.Parse(a.redirectURI) // it is on the list, which holds only what parses
	t.render(w, "auth.html", map[string]any{
		"Request": id, "Users": users, "Site": u.Host, "Bot": t.cfg.BotName,
		"Phone": slices.Contains(a.scopes, "phone"), "Base": t.cfg.PublicURL,
	})
}

// consent takes the page's form: action=deny, or user_id of a user that exists, or the fields of a new user. It sends
// the browser back to the client. A request is decided once.
func (t *Telegram) consent(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		t.problem(w, http.StatusBadRequest, "the form cannot be read")
		return
	}
	t.mu.Lock()
	a, ok := t.requests[r.PathValue("request")]
	delete(t.requests, r.PathValue("request"))
	t.mu.Unlock()
	if !ok || t.now().After(a.until) {
		t.problem(w, http.StatusNotFound, "this login is over; please start again")
		return
	}
	if r.PostForm.Get("action") == "deny" && a.widget {
		t.backFromWidget(w, r, a, 0)
		return
	}
	if r.PostForm.Get("action") == "deny" {
		a.back(w, r, url.Values{"error": {"access_denied"}})
		return
	}
	u, err := t.pick(r.PostForm)
	if err != nil {
		t.mu.Lock()
		t.requests[r.PathValue("request")] = a // the form may be sent again, corrected
		t.mu.Unlock()
		t.problem(w, http.StatusBadRequest, err.Error())
		return
	}
	if a.widget {
		t.backFromWidget(w, r, a, u.ID)
		return
	}
	code := statedir.RandomToken()
	t.mu.Lock()
	t.dropOld(t.codes)
	a.userID, a.until = u.ID, t.now().Add(authLife)
	t.codes[code] = a
	t.mu.Unlock()
	a.back(w, r, url.Values{"code": {code}})
}

// back sends the browser to the client with the answer and the state it gave.
func (a *authRequest) back(w http.ResponseWriter, r *http.Request, answer url.Values) {
	if a.state != "" {
		answer.Set("state", a.state)
	}
	to, _ := url.Parse(a.redirectURI) // it is on the list, which holds only what parses
	q := to.Query()
	for k, v := range answer {
		q[k] = v
	}
	to.RawQuery = q.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// token exchanges a code for an id_token. A code is used up by its first presentation, whatever comes of it.
func (t *Telegram) token(w http.ResponseWriter, r *http.Request) {
	plan := t.faults.Take("token")
	if plan.Delay > 0 && !wait(r.Context(), plan.Delay) {
		return
	}
	if id, secret, ok := r.BasicAuth(); !ok || !same(id, t.secret.ClientID) || !same(secret, t.secret.ClientSecret) {
		w.Header().Set("WWW-Authenticate", `Basic realm="telegram"`)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "client authentication failed")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be authorization_code")
		return
	}
	code := r.PostForm.Get("code")
	t.mu.Lock()
	a, ok := t.codes[code]
	delete(t.codes, code)
	var u *user
	if ok {
		if found := t.user(a.userID); found != nil {
			snapshot := *found
			u = &snapshot
		}
	}
	set := t.state.Settings
	t.mu.Unlock()
	if problem := a.check(r.PostForm, t.now()); !ok || u == nil || problem != "" {
		oauthError(w, http.StatusBadRequest, "invalid_grant", "the code is unknown, used or expired, or does not belong to this request: "+problem)
		return
	}
	if plan.Drop {
		panic(http.ErrAbortHandler) // closes the connection: the code is used and no answer comes
	}
	if plan.Has(NumericAud) {
		set.NumericAud = true
	}
	idToken, err := t.idToken(*u, a, set, plan)
	if err != nil {
		t.log.Error("id_token cannot be signed", "err", err)
		oauthError(w, http.StatusInternalServerError, "server_error", "try again")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": statedir.RandomToken(), "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "id_token": idToken,
	})
}

// check says why the code's request and the presentation do not belong together.
func (a *authRequest) check(form url.Values, now time.Time) string {
	if a == nil {
		return "unknown or used"
	}
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case now.After(a.until):
		return "expired"
	case form.Get("redirect_uri") != a.redirectURI:
		return "redirect_uri"
	case !same(base64.RawURLEncoding.EncodeToString(sum[:]), a.challenge):
		return "code_verifier"
	}
	return ""
}

// dropOld keeps the map bounded: what is over goes, and if that is not enough, everything. The caller has the lock.
func (t *Telegram) dropOld(m map[string]*authRequest) {
	for id, a := range m {
		if t.now().After(a.until) {
			delete(m, id)
		}
	}
	if len(m) >= maxRequests {
		clear(m)
	}
}

// pick finds the form's user or makes a new one.
func (t *Telegram) pick(form url.Values) (user, error) {
	if text := form.Get("user_id"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		t.mu.Lock()
		defer t.mu.Unlock()
		if u := t.user(id); err == nil && u != nil {
			return *u, nil
		}
		return user{}, errNoUser
	}
	return t.addUser(newUser{
		ID: form.Get("id"), FirstName: form.Get("first_name"), LastName: form.Get("last_name"),
		Username: form.Get("username"), Phone: form.Get("phone"),
	})
}

func oauthError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
