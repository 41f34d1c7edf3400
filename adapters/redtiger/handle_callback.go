package redtiger

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// call is an authentic and parsed request.
type call struct {
	in       *integration
	fields   adapter.Fields
	token    string
	user     string
	currency string
	casino   string // as the request names it; empty when it does not
	recon    bool   // the token is the reconciliation token
	result   bool   // what was won or is to be given back: tokens that are over pass
	promo    bool   // a promotion's
	stakes   bool   // takes a stake
}

// operation handles one path of the protocol. Its answer is a success or a *failure.
type operation func(s *Server, ctx context.Context, c call) (any, *failure)

var operations = map[string]operation{
	"auth":         (*Server).auth,
	"stake":        (*Server).stake,
	"payout":       (*Server).payout,
	"refund":       (*Server).refund,
	"promo/buyin":  (*Server).promoBuyin,
	"promo/settle": (*Server).promoSettle,
	"promo/refund": (*Server).promoRefund,
}

// HandleCallback checks the API key before anything else that the request says and answers in the protocol: HTTP 200 for success, error_status
// for refusals, 401 for a wrong key, 404 for a path or an integration that does not exist, 405 for another method.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	status, body := s.handle(ctx, req)
	words, failed := "", false
	if f, refused := body.(*failure); refused {
		words, failed = fmt.Sprintf("%d %s", f.Error.Code, f.Error.Message), f.Error.Code == codeInternal
	}
	res, err := adapter.Answer(status, body, words, failed)
	if err == nil && status == http.StatusMethodNotAllowed {
		res.Headers = append(res.Headers, &adapterv1.Header{Name: "Allow", Value: http.MethodPost})
	}
	return res, err
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest) (int, any) {
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return http.StatusNotFound, refused(codeAPIKey)
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return http.StatusBadRequest, refused(codeInternal)
	case !in.authentic(adapter.Header(req.GetHeaders(), "Authorization")):
		s.log.WarnContext(ctx, "callback with a wrong key", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return http.StatusUnauthorized, refused(codeAPIKey)
	}
	name := operationOf(req.GetPath())
	handle, known := operations[name]
	switch {
	case !known:
		return http.StatusNotFound, refused(codeGeneric)
	case req.GetMethod() != http.MethodPost:
		return http.StatusMethodNotAllowed, refused(codeGeneric)
	}
	doc, err := adapter.Parse(req.GetBody())
	c := call{in: in, fields: adapter.Read(doc)}
	switch {
	case !enabled && err != nil:
		return in.errorStatus, refused(codeMaintenance)
	case err != nil:
		return in.errorStatus, refused(codeInput)
	case !enabled:
		if failed := s.switchedOff(ctx, name, c); failed != nil {
			return in.errorStatus, failed
		}
	}
	body, failed := handle(s, ctx, c)
	if failed != nil {
		return in.errorStatus, failed
	}
	return http.StatusOK, body
}

// switchedOff refuses a request while the integration is off, unless it repeats one whose stake was taken: the provider would write the stake off.
func (s *Server) switchedOff(ctx context.Context, name string, c call) *failure {
	if name == "stake" || name == "promo/buyin" {
		c.stakes, c.promo = true, name == "promo/buyin"
		if t, failed := c.read("stake", !c.promo, true); failed == nil {
			taken, err := adapter.Taken(ctx, s.gaming, c.caller(), t.key(c))
			switch {
			case err != nil:
				return s.refuse(ctx, c, err)
			case taken:
				return nil
			}
		}
	}
	return refused(codeMaintenance)
}

// authentic compares the Authorization header: "Basic <key>" with the key as it is, or the bare key.
func (i *integration) authentic(header string) bool {
	bare := i.apiKey.Equal(header)
	const scheme = "basic "
	if len(header) >= len(scheme) && strings.EqualFold(header[:len(scheme)], scheme) {
		header = header[len(scheme):]
	}
	return i.apiKey.Equal(header) || bare
}

// operationOf is the last part of the path, or its last two for promotions: the base that the provider was given may have parts of its own.
func operationOf(path string) string {
	rest, last := cutLast(path)
	if _, before := cutLast(rest); before == "promo" {
		return "promo/" + last
	}
	return last
}

func cutLast(path string) (rest, last string) {
	at := strings.LastIndexByte(path, '/')
	return path[:max(at, 0)], path[at+1:]
}
