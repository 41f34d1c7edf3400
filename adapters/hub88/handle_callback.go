package hub88

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// answer is the body of every response. Errors carry status and request_uuid alone, but for a lack of money, where Hub88 asks for the
// balance (providers.md 2.3).
type answer struct {
	User         string `json:"user,omitempty"`
	Status       string `json:"status"`
	RequestUUID  string `json:"request_uuid,omitempty"`
	Country      string `json:"country,omitempty"`
	SubPartnerID string `json:"sub_partner_id,omitempty"`
	Currency     string `json:"currency,omitempty"`
	Balance      *int64 `json:"balance,omitempty"`
}

// callback is a verified and parsed request.
type callback struct {
	in  *integration
	doc document
}

// handler handles one path. It answers everything but request_uuid.
type handler func(s *Server, ctx context.Context, c callback) answer

var paths = map[string]handler{
	"/user/info":            (*Server).userInfo,
	"/user/balance":         (*Server).userBalance,
	"/transaction/bet":      (*Server).bet,
	"/transaction/win":      (*Server).win,
	"/transaction/rollback": (*Server).rollback,
}

// HandleCallback verifies the signature over the body as it came, before anything is read from it, and answers in the protocol: always
// HTTP 200, but for a wrong signature (configurable), a path or an integration that does not exist, and a wrong method.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	code, a := s.handle(ctx, req)
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	headers := []*adapterv1.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Cache-Control", Value: "no-store"}}
	if code == http.StatusMethodNotAllowed {
		headers = append(headers, &adapterv1.Header{Name: "Allow", Value: http.MethodPost})
	}
	return &adapterv1.HandleCallbackResponse{Status: int32(code), Headers: headers, Body: body}, nil
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest) (int, answer) {
	in, err := s.integrations.get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return http.StatusNotFound, answer{Status: statusInvalidPartner}
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return http.StatusOK, answer{Status: statusUnknown}
	}
	handle, known := paths[req.GetPath()]
	switch {
	case !known:
		return http.StatusNotFound, answer{Status: statusUnknown}
	case req.GetMethod() != http.MethodPost:
		return http.StatusMethodNotAllowed, answer{Status: statusUnknown}
	case len(req.GetBody()) > maxBody:
		return http.StatusOK, answer{Status: statusWrongSyntax}
	}
	verified := verify(in.providerKey, req.GetBody(), signatureOf(req.GetHeaders()))
	doc, err := parse(req.GetBody())
	uuid := echo(doc)
	switch {
	case !verified:
		s.log.WarnContext(ctx, "callback with a wrong signature", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return in.signatureStatus, answer{Status: statusInvalidSignature, RequestUUID: uuid}
	case !in.enabled:
		return http.StatusOK, answer{Status: statusInvalidPartner, RequestUUID: uuid}
	case err != nil:
		return http.StatusOK, answer{Status: statusWrongSyntax}
	}
	if given, sent := doc[settingSubPartner]; sent && given != nil && in.subPartner != "" && given != in.subPartner {
		return http.StatusOK, answer{Status: statusInvalidPartner, RequestUUID: uuid}
	}
	a := handle(s, ctx, callback{in: in, doc: doc})
	a.RequestUUID = uuid
	return http.StatusOK, a
}

// signatureOf is the signature header's value; empty when there is none or more than one, so that nobody can choose which one counts.
func signatureOf(headers []*adapterv1.Header) string {
	var found []string
	for _, h := range headers {
		if strings.EqualFold(h.GetName(), signatureHeader) {
			found = append(found, h.GetValue())
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// echo is the request_uuid to answer with, as far as there is one that can be repeated.
func echo(doc document) string {
	s, ok := doc["request_uuid"].(string)
	if !ok || len(s) > maxText || !printable(s) {
		return ""
	}
	return s
}
