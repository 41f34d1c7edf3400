package stripe

import (
	"bytes"
	"encoding/json"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// ourRefKey is the metadata key that holds our reference.
const ourRefKey = "our_ref"

// object is what we read of Stripe's checkout sessions, payment intents, refunds, charges and disputes.
type object struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	Status            string            `json:"status"`
	Amount            int64             `json:"amount"`
	AmountReceived    int64             `json:"amount_received"`
	AmountTotal       int64             `json:"amount_total"`
	Currency          string            `json:"currency"`
	ClientReferenceID string            `json:"client_reference_id"`
	Metadata          map[string]string `json:"metadata"`
	PaymentStatus     string            `json:"payment_status"`
	PaymentIntent     ref               `json:"payment_intent"`
	LatestCharge      ref               `json:"latest_charge"`
	LastPaymentError  *failure          `json:"last_payment_error"`
	FailureReason     string            `json:"failure_reason"`
	URL               string            `json:"url"`
	Details           methodDetails     `json:"payment_method_details"`
}

type failure struct {
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code"`
	Type        string `json:"type"`
	Message     string `json:"message"`
}

type methodDetails struct {
	Type string `json:"type"`
	Card *struct {
		Brand string `json:"brand"`
		Last4 string `json:"last4"`
	} `json:"card"`
}

// ref is a reference that is an id, or the object itself where it was expanded, or null.
type ref struct {
	id  string
	obj *object
}

// UnmarshalJSON reads any of the three forms.
func (r *ref) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	switch {
	case bytes.Equal(b, []byte("null")):
		return nil
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, &r.id)
	}
	r.obj = &object{}
	if err := json.Unmarshal(b, r.obj); err != nil {
		return err
	}
	r.id = r.obj.ID
	return nil
}

func (f *failure) code() string {
	switch {
	case f == nil:
		return ""
	case f.DeclineCode != "":
		return f.DeclineCode
	case f.Code != "":
		return f.Code
	}
	return f.Type
}

// ourRef is our reference as the object carries it.
func (o *object) ourRef() string {
	if v := o.Metadata[ourRefKey]; v != "" {
		return v
	}
	return o.ClientReferenceID
}

// payment is the object as the contract tells it: a checkout session, a payment intent or a refund. Of anything else only the references.
func (o *object) payment() *adapterv1.ProviderPayment {
	switch o.Object {
	case "checkout.session":
		return o.session()
	case "payment_intent":
		return o.intent()
	case "refund":
		return o.fill(refundStatus(o.Status), o.Amount, o.FailureReason)
	}
	return &adapterv1.ProviderPayment{ProviderRef: o.PaymentIntent.id, OurRef: o.ourRef()}
}

// session tells a checkout session with its intent, where that is expanded. An open page is pending whatever tries have failed on it, because
// it still takes another. A page that was completed and whose payment then failed takes no more.
func (o *object) session() *adapterv1.ProviderPayment {
	status, code, instrument := adapterv1.PaymentStatus_PAYMENT_STATUS_PENDING, "", ""
	amount := o.AmountTotal
	intent := o.PaymentIntent.obj
	if intent != nil {
		code, instrument = intent.LastPaymentError.code(), intent.instrument()
	}
	switch {
	case o.PaymentStatus == "paid" || intent != nil && intent.Status == "succeeded":
		status, code = adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED, ""
		if intent != nil {
			amount = intent.AmountReceived
		}
	case o.Status == "expired":
		status = adapterv1.PaymentStatus_PAYMENT_STATUS_CANCELED
	case o.Status == "complete" && intent != nil && intent.Status == "canceled":
		status = adapterv1.PaymentStatus_PAYMENT_STATUS_CANCELED
	case o.Status == "complete" && intent != nil && intent.Status == "requires_payment_method":
		status = adapterv1.PaymentStatus_PAYMENT_STATUS_FAILED
	case o.Status != "open" && o.Status != "complete":
		status = adapterv1.PaymentStatus_PAYMENT_STATUS_UNSPECIFIED
	}
	p := o.fill(status, amount, code)
	p.Instrument = instrument
	return p
}

// intent tells a payment intent. A failed try leaves it open for another one, so it is pending.
func (o *object) intent() *adapterv1.ProviderPayment {
	status, amount := intentStatus(o.Status), o.Amount
	if status == adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED {
		amount = o.AmountReceived
	}
	code := ""
	if status != adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED {
		code = o.LastPaymentError.code()
	}
	p := o.fill(status, amount, code)
	p.Instrument = o.instrument()
	return p
}

func (o *object) fill(status adapterv1.PaymentStatus, amount int64, code string) *adapterv1.ProviderPayment {
	p := &adapterv1.ProviderPayment{ProviderRef: o.ID, OurRef: o.ourRef(), Status: status, FailureCode: code}
	if a, ok := fromStripe(amount, o.Currency); ok {
		p.Amount = a.Proto()
	}
	return p
}

// instrument names a card as receipts do.
func (o *object) instrument() string {
	c := o.LatestCharge.obj
	if c == nil || c.Details.Type == "" {
		return ""
	}
	if card := c.Details.Card; card != nil {
		return strings.TrimSpace(card.Brand + " **** " + card.Last4)
	}
	return c.Details.Type
}

// intentStatus maps PaymentIntent.status; one that is new to us is no status, on which nothing is decided.
func intentStatus(s string) adapterv1.PaymentStatus {
	switch s {
	case "requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_PENDING
	case "succeeded":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED
	case "canceled":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_CANCELED
	}
	return adapterv1.PaymentStatus_PAYMENT_STATUS_UNSPECIFIED
}

// refundStatus maps Refund.status.
func refundStatus(s string) adapterv1.PaymentStatus {
	switch s {
	case "pending", "requires_action":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_PENDING
	case "succeeded":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED
	case "failed":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_FAILED
	case "canceled":
		return adapterv1.PaymentStatus_PAYMENT_STATUS_CANCELED
	}
	return adapterv1.PaymentStatus_PAYMENT_STATUS_UNSPECIFIED
}
