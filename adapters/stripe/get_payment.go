package stripe

import (
	"context"
	"net/url"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Prefixes of Stripe's ids.
const (
	sessionPrefix = "cs_"
	intentPrefix  = "pi_"
	refundPrefix  = "re_"
	// Refunds of some older payment methods have another prefix.
	oldRefundPrefix = "pyr_"
)

// GetPayment reads a payment by its checkout session or its payment intent. It works for an integration that is switched off, so that
// payments under way can be settled.
func (s *Server) GetPayment(ctx context.Context, req *adapterv1.GetPaymentRequest) (*adapterv1.GetPaymentResponse, error) {
	account, err := s.integrations.get(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	o, err := s.readPayment(ctx, account, req.GetProviderRef())
	if err != nil {
		return nil, err
	}
	return &adapterv1.GetPaymentResponse{Payment: o.payment()}, nil
}

// readPayment reads a session or an intent with what it refers to.
func (s *Server) readPayment(ctx context.Context, a account, ref string) (*object, error) {
	path, kind, expand := "", "", ""
	switch {
	case !wellFormed(ref):
		return nil, errProviderRefused("resource_missing", "not an id of Stripe's")
	case strings.HasPrefix(ref, sessionPrefix):
		path, kind, expand = "/v1/checkout/sessions/", "checkout.session", "payment_intent.latest_charge"
	case strings.HasPrefix(ref, intentPrefix):
		path, kind, expand = "/v1/payment_intents/", "payment_intent", "latest_charge"
	default:
		return nil, errProviderRefused("resource_missing", "not an id of a payment")
	}
	o, err := s.http.get(ctx, a, path+ref, url.Values{"expand[]": {expand}})
	if err != nil {
		return nil, err
	}
	if o.Object != kind || o.ID != ref {
		return nil, errProviderProtocol("another object was answered")
	}
	return o, nil
}

// wellFormed keeps everything out of a path that is not an id.
func wellFormed(ref string) bool {
	return ref != "" && !strings.ContainsFunc(ref, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	})
}

// stripeAmount is an amount from the contract in Stripe's minor units.
func stripeAmount(m *commonv1.Money) (int64, bool) {
	a, err := money.FromProto(m)
	if err != nil {
		return 0, false
	}
	return toStripe(a)
}
