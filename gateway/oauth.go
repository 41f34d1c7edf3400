package gateway

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// oauth serves the client credentials grant in the form that RFC 6749 section 4.4 and its error answers in section 5.2 demand.
type oauth struct {
	ids identityv1.IdentityServiceClient
}

func (o *oauth) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", "the body must be a form")
		return
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "only client_credentials")
		return
	}
	q := &identityv1.IssueClientTokenRequest{ClientId: r.PostForm.Get("client_id"), ClientSecret: r.PostForm.Get("client_secret"), Scopes: strings.Fields(r.PostForm.Get("scope"))}
	if id, secret, ok := r.BasicAuth(); ok {
		if q.ClientId != "" || q.ClientSecret != "" {
			oauthError(w, http.StatusBadRequest, "invalid_request", "two ways of client authentication")
			return
		}
		if q.ClientId, err = url.QueryUnescape(id); err == nil {
			q.ClientSecret, err = url.QueryUnescape(secret)
		}
		if err != nil {
			oauthError(w, http.StatusBadRequest, "invalid_request", "the credentials are not form-encoded")
			return
		}
	}
	ctx := metadata.AppendToOutgoingContext(r.Context(), rpc.HeaderRequestID, requestID(r.Context()))
	res, err := o.ids.IssueClientToken(ctx, q)
	switch status.Code(err) {
	case codes.OK:
		w.Header().Set("Pragma", "no-cache")
		writeJSON(w, http.StatusOK, map[string]any{"access_token": res.GetAccessToken(), "token_type": "Bearer", "expires_in": res.GetExpiresIn(), "scope": strings.Join(res.GetScopes(), " ")})
	case codes.Unauthenticated, codes.InvalidArgument:
		w.Header().Set("WWW-Authenticate", `Basic realm="pitboss"`)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret")
	case codes.PermissionDenied:
		oauthError(w, http.StatusBadRequest, "invalid_scope", "the client may not have this scope")
	default:
		writeStatus(w, status.Convert(err))
	}
}

func oauthError(w http.ResponseWriter, code int, kind, description string) {
	writeJSON(w, code, map[string]string{"error": kind, "error_description": description})
}
