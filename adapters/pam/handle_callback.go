package pam

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Headers and the parameter of every call (providers.md 1.1).
const (
	headerToken       = "X-Player-Token"
	headerCorrelation = "X-Correlation-ID"
	paramProvider     = "provider"
)

// call is a request whose sender is known to be the aggregator.
type call struct {
	in       *integration
	provider string
	token    string
	player   string // of the path; empty when the path names none
	item     string // what the path names below the player
	query    url.Values
	body     []byte
}

// recon tells whether the call presents a reconciliation token instead of a session's.
func (c call) recon() bool { return c.in.recon(c.provider).Equal(c.token) }

// caller is whom the call is about.
func (c call) caller() *gamingv1.Caller {
	if c.recon() {
		return &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: c.player, Reconciliation: true}
	}
	return &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: c.player, SessionToken: c.token}
}

// operation answers one operation, or says why not. An answer beside an error is what goes with the refusal.
type operation func(s *Server, ctx context.Context, c call) (answer, error)

// route finds the operation of a path. Which method a path takes is answered when another one came.
func route(path string) (ops map[string]operation, player, item string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, p := range parts {
		text, err := url.PathUnescape(p)
		if err != nil || text == "" {
			return nil, "", ""
		}
		parts[i] = text
	}
	switch {
	case parts[0] != "players" || len(parts) < 2:
		return nil, "", ""
	case len(parts) == 2 && parts[1] == "session":
		return map[string]operation{http.MethodGet: (*Server).getSession, http.MethodPut: (*Server).refreshSession}, "", ""
	case len(parts) == 3 && parts[2] == "balance":
		return map[string]operation{http.MethodGet: (*Server).getBalance}, parts[1], ""
	case len(parts) == 3 && parts[2] == "transactions":
		return map[string]operation{http.MethodGet: (*Server).getTransactions, http.MethodPost: (*Server).addTransaction}, parts[1], ""
	case len(parts) == 4 && parts[2] == "gamerounds":
		return map[string]operation{http.MethodGet: (*Server).getGameRound}, parts[1], parts[3]
	}
	return nil, "", ""
}

// HandleCallback checks the aggregator's token before anything else of the request has a meaning and answers in the protocol: HTTP 200 for
// business, 401 for a token, 400 for what is malformed.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	a, err := s.handle(ctx, req)
	status, words, failed := http.StatusOK, "", false
	a.Status = statusOK
	if err != nil {
		r := refusalOf(err)
		status, a.Status, a.Error = r.http, statusError, &problem{Code: r.code, Message: r.message}
		words, failed = r.code, r.code == codeUndefined && r.http == http.StatusOK
		if failed {
			s.log.WarnContext(ctx, "a callback was answered with an error of ours", "integration_id", req.GetIntegrationId(), "path", req.GetPath(), "err", err)
		}
	}
	resp, err := adapter.Answer(status, a, words, failed)
	if err != nil {
		return nil, err
	}
	if id := adapter.Header(req.GetHeaders(), headerCorrelation); id != "" && len(id) <= adapter.MaxText && adapter.Printable(id) {
		resp.Headers = append(resp.Headers, &adapterv1.Header{Name: headerCorrelation, Value: id})
	}
	return resp, nil
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest) (answer, error) {
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return answer{}, &refusal{http.StatusNotFound, codeUndefined, "there is no such integration"}
	case err != nil:
		return answer{}, err
	}
	scheme, token, _ := strings.Cut(adapter.Header(req.GetHeaders(), "Authorization"), " ")
	if !in.open && !(strings.EqualFold(scheme, "Bearer") && in.apiToken.Equal(token)) {
		s.log.WarnContext(ctx, "callback with a wrong API token", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return answer{}, &refusal{http.StatusUnauthorized, codeAPIToken, "wrong API token"}
	}
	ops, player, item := route(req.GetPath())
	op := ops[req.GetMethod()]
	switch {
	case ops == nil:
		return answer{}, &refusal{http.StatusNotFound, codeUndefined, "there is no such path"}
	case op == nil:
		return answer{}, &refusal{http.StatusMethodNotAllowed, codeUndefined, "the path takes another method"}
	}
	c := call{in: in, player: player, item: item, body: req.GetBody()}
	if err = c.read(req); err != nil {
		return answer{}, err
	}
	switch {
	case !enabled && req.GetMethod() != http.MethodPost:
		return answer{}, errSwitchedOff
	case !enabled:
		return s.addWhileOff(ctx, c)
	}
	return op(s, ctx, c)
}

// read takes what every call carries: the provider, the session's token, an id for both sides' logs.
func (c *call) read(req *adapterv1.HandleCallbackRequest) (err error) {
	c.query, err = url.ParseQuery(req.GetRawQuery())
	switch values := c.query[paramProvider]; {
	case err != nil:
		return malformed("the query is malformed")
	case len(values) == 0 || values[0] == "":
		return &refusal{http.StatusBadRequest, codeMissingProvider, "the parameter provider is missing"}
	case len(values) > 1 || !good(values[0], maxProvider) || word(values[0]) == "":
		return malformed("the parameter provider is malformed")
	default:
		c.provider = values[0]
	}
	c.token = adapter.Header(req.GetHeaders(), headerToken)
	switch {
	case !good(c.token, adapter.MaxText):
		return malformed("the header " + headerToken + " is missing or malformed")
	case !good(adapter.Header(req.GetHeaders(), headerCorrelation), adapter.MaxText):
		return malformed("the header " + headerCorrelation + " is missing or malformed")
	case c.player != "" && !good(c.player, adapter.MaxText) || c.item != "" && !good(c.item, adapter.MaxText):
		return malformed("the path is malformed")
	case len(c.player) > maxPlayer:
		return refuse(codePlayerNotFound, "there is no such player")
	}
	return nil
}

// Bounds: ids of transactions and rounds have at most 40 characters by the protocol; together with the provider they must fit gaming's ids.
const (
	maxProvider = 64
	maxPlayer   = 64
)

func good(text string, limit int) bool {
	return text != "" && utf8.RuneCountInString(text) <= limit && adapter.Printable(text)
}

// errNoSession is the answer to a token that is none of the player's at this provider.
var errNoSession = error(&refusal{http.StatusUnauthorized, codeSessionNotFound, "there is no such session"})

// authenticate finds the session of the call. over: a session that is over is good enough, because results come after it; then who is nil when
// nothing is known of it any more but that it was there. Sessions are bound to the provider that they were opened for.
func (s *Server) authenticate(ctx context.Context, c call, over bool) (*gamingv1.AuthenticateResponse, error) {
	if c.recon() {
		if !over {
			return nil, errNoSession
		}
		return s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller()}) // the player must have played here
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller()})
	told := errs.Metadata(err)
	if !c.in.opens(c.provider, cmp.Or(who.GetProvider(), told["provider"]), cmp.Or(who.GetGameCode(), told["game_code"])) {
		return nil, errNoSession
	}
	switch {
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED) && over:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return who, nil
}
