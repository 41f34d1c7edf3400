package stripe

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPaymentOf(t *testing.T) {
	const intent = `{"id":"pi_1","object":"payment_intent","amount":1000,"amount_received":1000,"currency":"eur","metadata":{"our_ref":"dep_1"},`
	const session = `{"id":"cs_1","object":"checkout.session","amount_total":1000,"currency":"eur","client_reference_id":"dep_1",`
	for text, want := range map[string]string{
		intent + `"status":"requires_payment_method","last_payment_error":{"code":"card_declined","decline_code":"lost_card"}}`: "PENDING lost_card 10.00",
		intent + `"status":"processing"}`:                                            "PENDING  10.00",
		intent + `"status":"requires_capture"}`:                                      "PENDING  10.00",
		intent + `"status":"succeeded"}`:                                             "SUCCEEDED  10.00",
		intent + `"status":"canceled"}`:                                              "CANCELED  10.00",
		intent + `"status":"something_new"}`:                                         "UNSPECIFIED  10.00",
		session + `"status":"open","payment_status":"unpaid","payment_intent":null}`: "PENDING  10.00",
		session + `"status":"open","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"requires_payment_method"}}`:                                       "PENDING  10.00",
		session + `"status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"processing"}}`:                                                "PENDING  10.00",
		session + `"status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"code":"x"}}}`: "FAILED x 10.00",
		session + `"status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"canceled"}}`:                                                  "CANCELED  10.00",
		session + `"status":"complete","payment_status":"paid","payment_intent":{"id":"pi_1","status":"succeeded","amount_received":999}}`:                             "SUCCEEDED  9.99",
		session + `"status":"complete","payment_status":"paid","payment_intent":"pi_1"}`:                                                                               "SUCCEEDED  10.00",
		session + `"status":"expired","payment_status":"unpaid"}`:                                                                                                      "CANCELED  10.00",
		session + `"status":"novel"}`: "UNSPECIFIED  10.00",
	} {
		var o object
		require.NoError(t, json.Unmarshal([]byte(text), &o), text)
		p := o.payment()
		require.Equal(t, "dep_1", p.GetOurRef())
		require.Equal(t, want, p.GetStatus().String()[len("PAYMENT_STATUS_"):]+" "+p.GetFailureCode()+" "+p.GetAmount().GetAmount(), text)
	}
	for status, want := range map[string]string{"pending": "PENDING", "requires_action": "PENDING", "succeeded": "SUCCEEDED", "failed": "FAILED", "canceled": "CANCELED", "new": "UNSPECIFIED"} {
		o := object{ID: "re_1", Object: "refund", Status: status, Amount: 5, Currency: "eur"}
		require.Equal(t, "PAYMENT_STATUS_"+want, o.payment().GetStatus().String())
	}
}
