package stripe

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// CreateRefund sends part of a payment back. The payment may be named by its checkout session or its payment intent.
func (s *Server) CreateRefund(ctx context.Context, req *adapterv1.CreateRefundRequest) (*adapterv1.CreateRefundResponse, error) {
	account, err := s.integrations.active(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	amount, ok := stripeAmount(req.GetAmount())
	if !ok {
		return nil, errProviderRefused("currency_not_supported", "Stripe cannot take this amount exactly")
	}
	intent := req.GetPaymentRef()
	if strings.HasPrefix(intent, sessionPrefix) {
		o, err := s.readPayment(ctx, account, intent)
		if err != nil {
			return nil, err
		}
		intent = o.PaymentIntent.id
	}
	if !strings.HasPrefix(intent, intentPrefix) || !wellFormed(intent) {
		return nil, errProviderRefused("resource_missing", "the payment was never made")
	}
	o, err := s.http.post(ctx, account, "/v1/refunds", req.GetIdempotencyKey(), url.Values{
		"payment_intent": {intent}, "amount": {strconv.FormatInt(amount, 10)}, "metadata[our_ref]": {req.GetOurRef()},
	})
	if err != nil {
		return nil, err
	}
	if o.Object != "refund" {
		return nil, errProviderProtocol("another object was answered")
	}
	return &adapterv1.CreateRefundResponse{Refund: o.payment()}, nil
}
