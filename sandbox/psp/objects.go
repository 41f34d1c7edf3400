package psp

import (
	"crypto/rand"
	"io"
	"math/big"
	"time"
)

// The structs below are Stripe's objects as they go over the wire (API version 2026-08-26.dahlia), with the fields a
// card payment fills. Fields of type any that are never set are there because Stripe always sends them as null.

type paymentIntent struct {
	ID                        string            `json:"id"`
	Object                    string            `json:"object"`
	Amount                    int64             `json:"amount"`
	AmountCapturable          int64             `json:"amount_capturable"`
	AmountReceived            int64             `json:"amount_received"`
	Application               any               `json:"application"`
	AutomaticPaymentMethods   *autoMethods      `json:"automatic_payment_methods"`
	CanceledAt                *int64            `json:"canceled_at"`
	CancellationReason        *string           `json:"cancellation_reason"`
	CaptureMethod             string            `json:"capture_method"`
	ClientSecret              string            `json:"client_secret"`
	ConfirmationMethod        string            `json:"confirmation_method"`
	Created                   int64             `json:"created"`
	Currency                  string            `json:"currency"`
	Customer                  any               `json:"customer"`
	Description               *string           `json:"description"`
	LastPaymentError          *errorBody        `json:"last_payment_error"`
	LatestCharge              *string           `json:"latest_charge"`
	Livemode                  bool              `json:"livemode"`
	Metadata                  map[string]string `json:"metadata"`
	NextAction                *nextAction       `json:"next_action"`
	OnBehalfOf                any               `json:"on_behalf_of"`
	PaymentMethod             *string           `json:"payment_method"`
	PaymentMethodOptions      map[string]any    `json:"payment_method_options"`
	PaymentMethodTypes        []string          `json:"payment_method_types"`
	Processing                any               `json:"processing"`
	ReceiptEmail              *string           `json:"receipt_email"`
	SetupFutureUsage          any               `json:"setup_future_usage"`
	Shipping                  any               `json:"shipping"`
	StatementDescriptor       any               `json:"statement_descriptor"`
	StatementDescriptorSuffix any               `json:"statement_descriptor_suffix"`
	Status                    string            `json:"status"`
	TransferData              any               `json:"transfer_data"`
	TransferGroup             any               `json:"transfer_group"`
}

type autoMethods struct {
	Enabled        bool   `json:"enabled"`
	AllowRedirects string `json:"allow_redirects"`
}

type nextAction struct {
	Type          string      `json:"type"`
	RedirectToURL *redirectTo `json:"redirect_to_url,omitempty"`
}

type redirectTo struct {
	ReturnURL *string `json:"return_url"`
	URL       string  `json:"url"`
}

type charge struct {
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	Amount               int64             `json:"amount"`
	AmountCaptured       int64             `json:"amount_captured"`
	AmountRefunded       int64             `json:"amount_refunded"`
	BalanceTransaction   *string           `json:"balance_transaction"`
	BillingDetails       billingDetails    `json:"billing_details"`
	Captured             bool              `json:"captured"`
	Created              int64             `json:"created"`
	Currency             string            `json:"currency"`
	Customer             any               `json:"customer"`
	Description          *string           `json:"description"`
	Disputed             bool              `json:"disputed"`
	FailureCode          *string           `json:"failure_code"`
	FailureMessage       *string           `json:"failure_message"`
	FraudDetails         map[string]string `json:"fraud_details"`
	Livemode             bool              `json:"livemode"`
	Metadata             map[string]string `json:"metadata"`
	Outcome              chargeOutcome     `json:"outcome"`
	Paid                 bool              `json:"paid"`
	PaymentIntent        string            `json:"payment_intent"`
	PaymentMethod        string            `json:"payment_method"`
	PaymentMethodDetails methodDetails     `json:"payment_method_details"`
	ReceiptURL           *string           `json:"receipt_url"`
	Refunded             bool              `json:"refunded"`
	Status               string            `json:"status"`
}

type billingDetails struct {
	Address map[string]any `json:"address"`
	Email   *string        `json:"email"`
	Name    *string        `json:"name"`
	Phone   *string        `json:"phone"`
}

type chargeOutcome struct {
	NetworkStatus string  `json:"network_status"`
	Reason        *string `json:"reason"`
	RiskLevel     string  `json:"risk_level"`
	SellerMessage string  `json:"seller_message"`
	Type          string  `json:"type"`
}

type methodDetails struct {
	Card cardDetails `json:"card"`
	Type string      `json:"type"`
}

// cardDetails is all that is ever kept of a card: the number itself is used for one call and forgotten.
type cardDetails struct {
	Brand        string         `json:"brand"`
	Checks       map[string]any `json:"checks,omitempty"`
	Country      string         `json:"country"`
	ExpMonth     int            `json:"exp_month"`
	ExpYear      int            `json:"exp_year"`
	Funding      string         `json:"funding"`
	Last4        string         `json:"last4"`
	Network      string         `json:"network,omitempty"`
	ThreeDSecure map[string]any `json:"three_d_secure,omitempty"`
}

type paymentMethodObject struct {
	ID             string         `json:"id"`
	Object         string         `json:"object"`
	BillingDetails billingDetails `json:"billing_details"`
	Card           cardDetails    `json:"card"`
	Created        int64          `json:"created"`
	Customer       any            `json:"customer"`
	Livemode       bool           `json:"livemode"`
	Type           string         `json:"type"`
}

type refundObject struct {
	ID                        string            `json:"id"`
	Object                    string            `json:"object"`
	Amount                    int64             `json:"amount"`
	BalanceTransaction        *string           `json:"balance_transaction"`
	Charge                    string            `json:"charge"`
	Created                   int64             `json:"created"`
	Currency                  string            `json:"currency"`
	DestinationDetails        map[string]any    `json:"destination_details"`
	FailureBalanceTransaction *string           `json:"failure_balance_transaction,omitempty"`
	FailureReason             *string           `json:"failure_reason,omitempty"`
	Metadata                  map[string]string `json:"metadata"`
	PaymentIntent             string            `json:"payment_intent"`
	PendingReason             *string           `json:"pending_reason,omitempty"`
	Reason                    *string           `json:"reason"`
	ReceiptNumber             any               `json:"receipt_number"`
	SourceTransferReversal    any               `json:"source_transfer_reversal"`
	Status                    string            `json:"status"`
	TransferReversal          any               `json:"transfer_reversal"`
}

type disputeObject struct {
	ID                       string            `json:"id"`
	Object                   string            `json:"object"`
	Amount                   int64             `json:"amount"`
	BalanceTransactions      []any             `json:"balance_transactions"`
	Charge                   string            `json:"charge"`
	Created                  int64             `json:"created"`
	Currency                 string            `json:"currency"`
	EnhancedEligibilityTypes []string          `json:"enhanced_eligibility_types"`
	Evidence                 map[string]any    `json:"evidence"`
	EvidenceDetails          evidenceDetails   `json:"evidence_details"`
	IsChargeRefundable       bool              `json:"is_charge_refundable"`
	Livemode                 bool              `json:"livemode"`
	Metadata                 map[string]string `json:"metadata"`
	PaymentIntent            string            `json:"payment_intent"`
	Reason                   string            `json:"reason"`
	Status                   string            `json:"status"`
}

type evidenceDetails struct {
	DueBy               int64          `json:"due_by"`
	EnhancedEligibility map[string]any `json:"enhanced_eligibility"`
	HasEvidence         bool           `json:"has_evidence"`
	PastDue             bool           `json:"past_due"`
	SubmissionCount     int            `json:"submission_count"`
}

type checkoutSession struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	AfterExpiration    any               `json:"after_expiration"`
	AmountSubtotal     int64             `json:"amount_subtotal"`
	AmountTotal        int64             `json:"amount_total"`
	AutomaticTax       map[string]any    `json:"automatic_tax"`
	CancelURL          *string           `json:"cancel_url"`
	ClientReferenceID  *string           `json:"client_reference_id"`
	ClientSecret       any               `json:"client_secret"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	CustomFields       []any             `json:"custom_fields"`
	CustomText         map[string]any    `json:"custom_text"`
	Customer           any               `json:"customer"`
	CustomerDetails    any               `json:"customer_details"`
	CustomerEmail      *string           `json:"customer_email"`
	ExpiresAt          int64             `json:"expires_at"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	Mode               string            `json:"mode"`
	PaymentIntent      *string           `json:"payment_intent"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	PaymentStatus      string            `json:"payment_status"`
	ShippingOptions    []any             `json:"shipping_options"`
	Status             string            `json:"status"`
	SuccessURL         string            `json:"success_url"`
	TotalDetails       map[string]int64  `json:"total_details"`
	UIMode             string            `json:"ui_mode"`
	URL                *string           `json:"url"`
}

type webhookEndpoint struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	APIVersion    *string           `json:"api_version"`
	Application   any               `json:"application"`
	Created       int64             `json:"created"`
	Description   *string           `json:"description"`
	EnabledEvents []string          `json:"enabled_events"`
	Livemode      bool              `json:"livemode"`
	Metadata      map[string]string `json:"metadata"`
	Secret        string            `json:"secret,omitempty"`
	Status        string            `json:"status"`
	URL           string            `json:"url"`
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newID returns prefix plus n letters and digits from random, the shape of Stripe's ids and secrets.
func newID(random io.Reader, prefix string, n int) string {
	out := make([]byte, n)
	limit := big.NewInt(int64(len(idAlphabet)))
	for i := range out {
		k, err := rand.Int(random, limit)
		if err != nil {
			panic("psp: no randomness: " + err.Error()) // crypto/rand never fails; a test's reader is long enough
		}
		out[i] = idAlphabet[k.Int64()]
	}
	return prefix + string(out)
}

func (p *PSP) id(prefix string) string { return newID(p.cfg.Rand, prefix, 24) }

func (p *PSP) now() time.Time { return p.cfg.Clock().UTC() }

func ptr[T any](v T) *T { return &v }

// optional turns an absent form value into null.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
