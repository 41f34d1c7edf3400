package stripe

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// maxBody is the largest webhook; Stripe's are a few KiB.
const maxBody = 256 << 10

// HandleCallback takes a webhook: POST with a Stripe-Signature, to /webhook or to the integration's callback address itself. It is answered 200 only after the cashier has stored it, so Stripe
// repeats what was lost. Nothing is stored of what is not signed.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	switch {
	case req.GetPath() != "/webhook" && req.GetPath() != "" && req.GetPath() != "/":
		return answer(http.StatusNotFound, "unknown path"), nil
	case req.GetMethod() != http.MethodPost:
		res := answer(http.StatusMethodNotAllowed, "POST only")
		res.Headers = append(res.Headers, &adapterv1.Header{Name: "Allow", Value: http.MethodPost})
		return res, nil
	}
	account, err := s.integrations.get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return answer(http.StatusNotFound, "unknown integration"), nil
	case err != nil:
		s.log.Warn("webhook not checked", "integration", req.GetIntegrationId(), "error", err)
		return answer(http.StatusServiceUnavailable, "try again"), nil
	case len(req.GetBody()) > maxBody:
		return answer(http.StatusRequestEntityTooLarge, "body too large"), nil
	}
	header, one := signatureHeader(req.GetHeaders())
	if !one || !signed(header, req.GetBody(), account.webhookSecret, s.now()) {
		s.log.Warn("webhook with a bad signature", "integration", req.GetIntegrationId(), "ip", req.GetRemoteIp())
		return answer(http.StatusBadRequest, "signature does not verify"), nil
	}
	if !account.enabled {
		return answer(http.StatusServiceUnavailable, "switched off; try again"), nil
	}
	event, err := parseEvent(req.GetIntegrationId(), req.GetBody())
	if err != nil {
		return answer(http.StatusBadRequest, "not an event"), nil
	}
	if bytes.IndexByte(req.GetBody(), 0) >= 0 || bytes.Contains(req.GetBody(), []byte(`\u0000`)) {
		return answer(http.StatusBadRequest, "not an event"), nil // no repetition would make it storable
	}
	if _, err := s.cashier.RecordProviderEvent(ctx, event); err != nil {
		s.log.Warn("webhook not stored; Stripe will repeat it", "integration", req.GetIntegrationId(), "event", event.GetEventId(), "error", err)
		return answer(http.StatusServiceUnavailable, "try again"), nil
	}
	return answer(http.StatusOK, "received"), nil
}

// signatureHeader finds the one Stripe-Signature header; two would leave open which one was checked.
func signatureHeader(headers []*adapterv1.Header) (string, bool) {
	value, n := "", 0
	for _, h := range headers {
		if strings.EqualFold(h.GetName(), "Stripe-Signature") {
			value = h.GetValue()
			n++
		}
	}
	return value, n == 1
}

func answer(status int32, message string) *adapterv1.HandleCallbackResponse {
	return &adapterv1.HandleCallbackResponse{
		Status: status, Headers: []*adapterv1.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"message":"` + message + `"}`),
	}
}
