package psp

import (
	"fmt"
	"net/http"
)

// errorBody is Stripe's error object, also kept as an intent's last_payment_error.
type errorBody struct {
	Type          string               `json:"type"`
	Code          string               `json:"code,omitempty"`
	DeclineCode   string               `json:"decline_code,omitempty"`
	Message       string               `json:"message"`
	Param         string               `json:"param,omitempty"`
	Charge        string               `json:"charge,omitempty"`
	DocURL        string               `json:"doc_url,omitempty"`
	PaymentIntent *paymentIntent       `json:"payment_intent,omitempty"`
	PaymentMethod *paymentMethodObject `json:"payment_method,omitempty"`
}

// apiError is a refusal with its HTTP status.
type apiError struct {
	Status int
	Body   errorBody
	// Keep says that the refusal has effects of its own, such as a failed charge.
	Keep bool
}

func (e *apiError) Error() string { return e.Body.Type + "/" + e.Body.Code + ": " + e.Body.Message }

func invalid(code, param, format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Body: errorBody{
		Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, args...)}}
}

func missing(kind, param, id string) *apiError {
	e := invalid("resource_missing", param, "No such %s: '%s'", kind, id)
	e.Status = http.StatusNotFound
	return e
}

func unauthorized(message string) *apiError {
	return &apiError{Status: http.StatusUnauthorized, Body: errorBody{Type: "invalid_request_error", Message: message}}
}

func idempotencyError(status int, kind, code, message string) *apiError {
	return &apiError{Status: status, Body: errorBody{Type: kind, Code: code, Message: message}}
}

func serverError() *apiError {
	return &apiError{Status: http.StatusInternalServerError, Body: errorBody{
		Type: "api_error", Message: "An unknown error occurred."}}
}

// declineError is the issuer's refusal of a card.
func declineError(s scenario, chargeID string) *apiError {
	return &apiError{Status: http.StatusPaymentRequired, Keep: true, Body: errorBody{
		Type: "card_error", Code: s.code, DeclineCode: s.declineCode, Message: s.message, Charge: chargeID,
		DocURL: "https://stripe.com/docs/error-codes/" + dashed(s.code)}}
}

func unexpectedState(intent paymentIntent, verb string) *apiError {
	e := invalid("payment_intent_unexpected_state", "", "You cannot %s this PaymentIntent because it has a status of %s.",
		verb, intent.Status)
	e.Body.PaymentIntent = &intent
	return e
}
