package stripe

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// pageGrace is added to the time a page lives. Stripe takes at least 30 minutes, counted by its own clock when the request arrives, and the
// time must be the same in every repetition of the request, so a later repetition needs room.
const pageGrace = 5 * time.Minute

// CreatePayment opens a Checkout page. The payment is known by the session's id; our reference is in the session and, through it, in the
// payment intent that Stripe makes at the payer's first try.
func (s *Server) CreatePayment(ctx context.Context, req *adapterv1.CreatePaymentRequest) (*adapterv1.CreatePaymentResponse, error) {
	account, err := s.integrations.active(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	amount, ok := stripeAmount(req.GetAmount())
	if !ok {
		return nil, errProviderRefused("currency_not_supported", "Stripe cannot take this amount exactly")
	}
	description := req.GetDescription()
	if description == "" {
		description = "Payment"
	}
	form := url.Values{
		"mode":                                   {"payment"},
		"success_url":                            {req.GetSuccessUrl()},
		"cancel_url":                             {req.GetCancelUrl()},
		"client_reference_id":                    {req.GetOurRef()},
		"metadata[our_ref]":                      {req.GetOurRef()},
		"line_items[0][quantity]":                {"1"},
		"line_items[0][price_data][currency]":    {strings.ToLower(req.GetAmount().GetCurrency())},
		"line_items[0][price_data][unit_amount]": {strconv.FormatInt(amount, 10)},
		"line_items[0][price_data][product_data][name]": {description},
		"payment_intent_data[metadata][our_ref]":        {req.GetOurRef()},
	}
	if req.GetExpiresAt() != nil {
		form.Set("expires_at", strconv.FormatInt(req.GetExpiresAt().AsTime().Add(pageGrace).Unix(), 10))
	}
	o, err := s.http.post(ctx, account, "/v1/checkout/sessions", req.GetIdempotencyKey(), form)
	if err != nil {
		return nil, err
	}
	if o.Object != "checkout.session" || o.URL == "" {
		return nil, errProviderProtocol("no page in the answer")
	}
	return &adapterv1.CreatePaymentResponse{ProviderRef: o.ID, RedirectUrl: o.URL}, nil
}
