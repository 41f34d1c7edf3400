package hub88

import (
	"context"
	"net/http"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// answer is the body of every response. Errors carry status and request_uuid alone, but for a lack of money, where Hub88 asks for the
// balance and Caleta does not (providers.md 2.3).
type answer struct {
	http         int    // HTTP status; zero is 200
	failed       bool   // our side is the cause
	Token        string `json:"token,omitempty"`
	User         string `json:"user,omitempty"`
	Status       string `json:"status,omitempty"`
	RequestUUID  string `json:"request_uuid,omitempty"`
	Country      string `json:"country,omitempty"`
	SubPartnerID string `json:"sub_partner_id,omitempty"`
	Currency     string `json:"currency,omitempty"`
	Balance      *int64 `json:"balance,omitempty"`
}

// callback is a verified and parsed request.
type callback struct {
	in *integration
	adapter.Fields
}

// wrong is the status for what is wrong with the fields that were read; empty when all is well.
func (c callback) wrong() string {
	switch problem, _ := c.Problem(); problem {
	case adapter.Fine:
		return ""
	case adapter.Missing, adapter.Unfit:
		return statusWrongSyntax
	default:
		return statusWrongTypes
	}
}

// handler handles one path. It answers everything but request_uuid.
type handler func(s *Server, ctx context.Context, c callback) answer

// HandleCallback verifies the signature over the body as it came, before anything is read from it, and answers in the protocol: always
// HTTP 200, but for a wrong signature (configurable), a path or an integration that does not exist, a wrong method, and Caleta's check.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	a := s.handle(ctx, req)
	if a.http == 0 {
		a.http = http.StatusOK
	}
	if a.http == http.StatusOK && a.Status != "" && req.GetPath() == pathCheck {
		a.http = checkFailure(a.Status)
	}
	words := a.Status
	if words == statusOK {
		words = ""
	}
	resp, err := adapter.Answer(a.http, a, words, a.failed)
	if err == nil && a.http == http.StatusMethodNotAllowed {
		resp.Headers = append(resp.Headers, &adapterv1.Header{Name: "Allow", Value: http.MethodPost})
	}
	return resp, err
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest) answer {
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return answer{http: http.StatusNotFound, Status: statusInvalidPartner}
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return answer{Status: statusUnknown, failed: true}
	}
	handle, known := in.dialect.paths[req.GetPath()]
	switch {
	case !known:
		return answer{http: http.StatusNotFound, Status: statusUnknown}
	case req.GetMethod() != http.MethodPost:
		return answer{http: http.StatusMethodNotAllowed, Status: statusUnknown}
	}
	verified := verifyAny(in.providerKeys, req.GetBody(), adapter.Header(req.GetHeaders(), in.dialect.header))
	doc, err := adapter.Parse(req.GetBody())
	uuid := echo(doc)
	if err != nil {
		uuid = adapter.Glimpse(req.GetBody(), "request_uuid")
	}
	switch {
	case !verified:
		s.log.WarnContext(ctx, "callback with a wrong signature", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return answer{http: in.signatureStatus, Status: statusInvalidSignature, RequestUUID: uuid}
	case !enabled:
		return answer{Status: in.dialect.off, RequestUUID: uuid}
	case err != nil:
		return answer{Status: statusWrongSyntax, RequestUUID: uuid}
	}
	if given := doc[settingSubPartner]; given != nil {
		if name, _ := given.(string); !in.subPartner.Takes(name) {
			return answer{Status: statusInvalidPartner, RequestUUID: uuid}
		}
	}
	a := handle(s, ctx, callback{in: in, Fields: adapter.Read(doc)})
	a.RequestUUID = uuid
	return a
}

// echo is the request_uuid to answer with, as far as there is one that can be repeated.
func echo(doc adapter.Document) string {
	s, ok := doc["request_uuid"].(string)
	if !ok || len(s) > adapter.MaxText || !adapter.Printable(s) {
		return ""
	}
	return s
}
