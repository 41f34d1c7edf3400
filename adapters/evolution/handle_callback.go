package evolution

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// answer is the body of every response; a method fills what it has.
type answer struct {
	Status string `json:"status"`
	Sid    string `json:"sid,omitempty"`
	// Balance and Bonus are JSON numbers with exactly six decimals, which no float is.
	Balance        json.RawMessage `json:"balance,omitempty"`
	Bonus          json.RawMessage `json:"bonus,omitempty"`
	UUID           string          `json:"uuid,omitempty"`
	Retransmission bool            `json:"retransmission,omitempty"`
}

// call is an authentic and parsed request.
type call struct {
	in     *integration
	method string
	fields adapter.Fields
	sid    string
	user   string
}

// method handles one method of the protocol. It answers everything but uuid.
type method struct {
	handle func(s *Server, ctx context.Context, c call) answer
	// result: what was won or is to be given back. The provider sends it again until it is taken.
	result bool
}

var methods = map[string]method{
	"check":        {handle: (*Server).check},
	"sid":          {handle: (*Server).openSession},
	"balance":      {handle: (*Server).balance},
	"debit":        {handle: (*Server).debit},
	"credit":       {handle: (*Server).credit, result: true},
	"cancel":       {handle: (*Server).cancel, result: true},
	"promo_payout": {handle: (*Server).promoPayout, result: true},
}

// HandleCallback checks the authToken before anything else that the request says and answers in the protocol: HTTP 200 for every status, but for a
// wrong token (auth_failure_status), a method or an integration that does not exist, and a wrong HTTP method. The uuid is repeated whatever happens, of a
// broken body as far as it can be read (providers.md 10.7).
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	doc, syntax := adapter.Parse(req.GetBody())
	code, a := s.handle(ctx, req, doc, syntax)
	if a.UUID = echo(doc); syntax != nil {
		a.UUID = adapter.Glimpse(req.GetBody(), "uuid")
	}
	words := a.Status
	if words == statusOK {
		words = ""
	}
	res, err := adapter.Answer(code, a, words, a.Status == statusTemporary)
	if err == nil && code == http.StatusMethodNotAllowed {
		res.Headers = append(res.Headers, &adapterv1.Header{Name: "Allow", Value: http.MethodPost})
	}
	return res, err
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest, doc adapter.Document, syntax error) (int, answer) {
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return http.StatusNotFound, answer{Status: statusInvalidToken}
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return http.StatusOK, temporary()
	case !in.authToken.Equal(authToken(req.GetRawQuery())):
		s.log.WarnContext(ctx, "callback with a wrong token", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return in.authStatus, answer{Status: statusInvalidToken}
	}
	name := methodOf(req.GetPath())
	m, known := methods[name]
	switch {
	case !known, name == "sid" && !in.test:
		return http.StatusNotFound, answer{Status: statusUnknown}
	case req.GetMethod() != http.MethodPost:
		return http.StatusMethodNotAllowed, answer{Status: statusUnknown}
	case !enabled && m.result:
		return http.StatusOK, temporary() // it is sent again, and taken once the integration is on again
	case !enabled && (syntax != nil || name != "debit"):
		return http.StatusOK, answer{Status: statusCloseSession}
	case !enabled:
		return http.StatusOK, s.switchedOff(ctx, call{in: in, method: name, fields: adapter.Read(doc)})
	case syntax != nil:
		return http.StatusOK, answer{Status: statusInvalidParameter}
	}
	return http.StatusOK, m.handle(s, ctx, call{in: in, method: name, fields: adapter.Read(doc)})
}

// switchedOff refuses a debit while the integration is off, unless it repeats one that was taken: the provider would take its bet for refused.
func (s *Server) switchedOff(ctx context.Context, c call) answer {
	b := c.readBet(true)
	if !c.fields.OK() {
		return answer{Status: statusCloseSession}
	}
	taken, err := adapter.Taken(ctx, s.gaming, c.caller(), b.ref)
	switch {
	case err != nil:
		return s.refuse(ctx, c, err)
	case taken:
		return s.debit(ctx, c)
	}
	return answer{Status: statusCloseSession}
}

// methodOf is the last part of the path: the base that the provider was given may have parts of its own.
func methodOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// authToken is the query's authToken; empty when there is none or more than one, so that nobody can choose which one counts.
func authToken(rawQuery string) string {
	q, err := url.ParseQuery(rawQuery)
	if err != nil || len(q["authToken"]) != 1 {
		return ""
	}
	return q["authToken"][0]
}

// echo is the uuid to answer with, as far as there is one that can be repeated.
func echo(doc adapter.Document) string {
	s, ok := doc["uuid"].(string)
	if !ok || len(s) > adapter.MaxText || !adapter.Printable(s) {
		return ""
	}
	return s
}
