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
	recon    bool // the token is the reconciliation token
	result   bool // what was won or is to be given back: tokens that are over pass
	promo    bool // a promotion's
	stakes   bool // takes a stake
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
	handle, known := operations[operationOf(req.GetPath())]
	switch {
	case !known:
		return http.StatusNotFound, refused(codeGeneric)
	case req.GetMethod() != http.MethodPost:
		return http.StatusMethodNotAllowed, refused(codeGeneric)
	case !enabled:
		return in.errorStatus, refused(codeMaintenance)
	}
	doc, err := adapter.Parse(req.GetBody())
	if err != nil {
		return in.errorStatus, refused(codeInput)
	}
	body, failed := handle(s, ctx, call{in: in, fields: adapter.Read(doc)})
	if failed != nil {
		return in.errorStatus, failed
	}
	return http.StatusOK, body
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
