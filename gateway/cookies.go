package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

const (
	// browserHeader marks a call of our own pages: its refresh token travels as a cookie that scripts cannot read. A form on a foreign
	// page cannot send it, and a foreign script cannot without a CORS permission that nobody gets.
	browserHeader = "X-Pitboss-Client"
	refreshPath   = "/v1/auth/refresh"
	logoutPath    = "/v1/auth/logout"
	// cookies outlive the session they belong to by nothing: the server decides, this only tidies the browser.
	refreshMaxAge = 12 * 60 * 60
	deviceMaxAge  = 400 * 24 * 60 * 60
)

var deviceForm = regexp.MustCompile(`^[A-Za-z0-9._-]{16,64}$`)

func isBrowser(r *http.Request) bool { return r.Header.Get(browserHeader) == "browser" }

// cookieName has the prefix that pins the cookie to this host over TLS; browsers refuse it without Secure, so plain loopback uses a plain name.
func (e *edge) cookieName(name string) string {
	if e.public.Scheme == "https" {
		return "__Host-pitboss-" + name
	}
	return "pitboss-" + name
}

func (e *edge) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: e.cookieName(name), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: e.public.Scheme == "https", SameSite: http.SameSiteStrictMode}
}

// deviceID is what the browser keeps to be recognised by; other clients may send their own. Over TLS only the pinned name counts, for the
// plain one can be set by any neighbouring host.
func (e *edge) deviceID(r *http.Request) string {
	if c, err := r.Cookie(e.cookieName("device")); err == nil && deviceForm.MatchString(c.Value) {
		return c.Value
	}
	if v := r.Header.Get("X-Pitboss-Device"); deviceForm.MatchString(v) {
		return v
	}
	return ""
}

type browserKey struct{}

// forgetRefused clears a refresh cookie that identity no longer takes.
func (e *edge) forgetRefused(w http.ResponseWriter, r *http.Request, err error) {
	if r.URL.Path == refreshPath && r.Context().Value(browserKey{}) != nil && status.Code(err) == codes.Unauthenticated {
		http.SetCookie(w, e.cookie("refresh", "", -1))
	}
}

// browsers lets browsers refresh and log out with the cookie, and gives each browser a device id.
func (e *edge) browsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isBrowser(r) {
			next.ServeHTTP(w, r)
			return
		}
		if e.deviceID(r) == "" {
			id := rand.Text()
			http.SetCookie(w, e.cookie("device", id, deviceMaxAge))
			r.Header.Set("X-Pitboss-Device", id)
		}
		switch r.URL.Path {
		case logoutPath:
			http.SetCookie(w, e.cookie("refresh", "", -1))
			w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
		case refreshPath:
			c, err := r.Cookie(e.cookieName("refresh"))
			if err != nil {
				break
			}
			body, err := withRefreshToken(r.Body, c.Value)
			if err != nil {
				refuse(w, codes.InvalidArgument, "MALFORMED", "the body is not a JSON object")
				return
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r = r.WithContext(context.WithValue(r.Context(), browserKey{}, true))
			e.refreshes.serve(w, r, body, e.cfg.RequestTimeout, next)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), browserKey{}, true)))
	})
}

// withRefreshToken puts the cookie's token into the body unless the body brings its own.
func withRefreshToken(body io.Reader, token string) ([]byte, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := json.Unmarshal(raw, &fields); err != nil {
			return nil, err
		}
	}
	if fields == nil {
		return nil, errors.New("not an object")
	}
	for _, name := range []string{"refreshToken", "refresh_token"} {
		if v := string(fields[name]); v != "" && v != `""` && v != "null" {
			return raw, nil
		}
		delete(fields, name)
	}
	fields["refreshToken"], err = json.Marshal(token)
	if err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// setCookies moves the refresh token of any answer that has tokens out of a browser's reach.
func (e *edge) setCookies(ctx context.Context, w http.ResponseWriter, m proto.Message) error {
	if ctx.Value(browserKey{}) == nil || m == nil {
		return nil
	}
	r := m.ProtoReflect()
	f := r.Descriptor().Fields().ByName("tokens")
	if f == nil || f.Kind() != protoreflect.MessageKind || !r.Has(f) {
		return nil
	}
	if t, ok := r.Get(f).Message().Interface().(*identityv1.Tokens); ok && t.GetRefreshToken() != "" {
		http.SetCookie(w, e.cookie("refresh", t.GetRefreshToken(), refreshMaxAge))
		t.RefreshToken = ""
	}
	return nil
}
