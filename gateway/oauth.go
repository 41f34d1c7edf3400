package gateway

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// oauth serves the client credentials grant in the form that RFC 6749 section 4.4 and its error answers in section 5.2 demand.
type oauth struct {
	edge *edge
	ids  identityv1.IdentityServiceClient
}

func (o *oauth) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, fault := grant(r)
	if fault != nil {
		oauthError(w, http.StatusBadRequest, fault.kind, fault.why)
		return
	}
	ctx := metadata.NewOutgoingContext(r.Context(), o.edge.inward(r.Context(), r))
	res, err := o.ids.IssueClientToken(ctx, q)
	switch s := status.Convert(err); s.Code() {
	case codes.OK:
		w.Header().Set("Pragma", "no-cache")
		writeJSON(w, http.StatusOK, map[string]any{"access_token": res.GetAccessToken(), "token_type": "Bearer", "expires_in": res.GetExpiresIn(), "scope": strings.Join(res.GetScopes(), " ")})
	case codes.Unauthenticated, codes.InvalidArgument:
		w.Header().Set("WWW-Authenticate", `Basic realm="pitboss"`)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret")
	case codes.PermissionDenied:
		oauthError(w, http.StatusBadRequest, "invalid_scope", "the client may not have this scope")
	case codes.ResourceExhausted, codes.Unavailable, codes.DeadlineExceeded:
		w.Header().Set("Retry-After", "1")
		for _, d := range s.Details() {
			if retry, ok := d.(*errdetails.RetryInfo); ok {
				w.Header().Set("Retry-After", seconds(retry.GetRetryDelay().AsDuration()))
			}
		}
		oauthError(w, HTTPStatus(s.Code()), "temporarily_unavailable", "try again")
	default:
		o.edge.log.Error("client token failed", "request_id", requestID(r.Context()), "error", err)
		oauthError(w, http.StatusInternalServerError, "server_error", "internal error")
	}
}

type oauthFault struct{ kind, why string }

// grant reads the form. Credentials come in the body or by Basic authentication, never both and never in the address, which is logged
// everywhere on the way; no parameter comes twice.
func grant(r *http.Request) (*identityv1.IssueClientTokenRequest, *oauthFault) {
	invalid := func(why string) (*identityv1.IssueClientTokenRequest, *oauthFault) {
		return nil, &oauthFault{kind: "invalid_request", why: why}
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || r.URL.RawQuery != "" || r.ParseForm() != nil {
		return invalid("the parameters must be a form in the body")
	}
	for _, values := range r.PostForm {
		if len(values) > 1 {
			return invalid("a parameter is repeated")
		}
	}
	if kind := r.PostForm.Get("grant_type"); kind == "" {
		return invalid("grant_type is missing")
	} else if kind != "client_credentials" {
		return nil, &oauthFault{kind: "unsupported_grant_type", why: "only client_credentials"}
	}
	q := &identityv1.IssueClientTokenRequest{ClientId: r.PostForm.Get("client_id"), ClientSecret: r.PostForm.Get("client_secret"), Scopes: strings.Fields(r.PostForm.Get("scope"))}
	if id, secret, ok := r.BasicAuth(); ok {
		if q.GetClientSecret() != "" {
			return invalid("two ways of client authentication")
		}
		basic, idErr := url.QueryUnescape(id)
		if q.ClientId != "" && q.ClientId != basic {
			return invalid("two clients")
		}
		if q.ClientId = basic; idErr == nil {
			q.ClientSecret, err = url.QueryUnescape(secret)
		}
		if idErr != nil || err != nil {
			return invalid("the credentials are not form-encoded")
		}
	}
	return q, nil
}

func oauthError(w http.ResponseWriter, code int, kind, description string) {
	writeJSON(w, code, map[string]string{"error": kind, "error_description": description})
}
