package psp

import (
	"strconv"
	"strings"
	"time"
)

// scenario is how a test card behaves. Rows keep its name, never the number it belongs to.
type scenario struct {
	code        string // error code of a decline, "" when the issuer agrees
	declineCode string
	message     string
	challenge   bool   // asks the payer for confirmation first
	settle      string // "" at once, "later" or "fail_later": the intent is processing meanwhile
	refund      string // "" succeeds, "pending" succeeds later, "fail_later" is taken back later
	dispute     bool   // a dispute is opened soon after the payment
}

const declined = "Your card was declined."

// scenarios by name; the numbers are Stripe's published test cards (docs.stripe.com/testing) unless said otherwise.
var scenarios = map[string]scenario{
	"success":               {},
	"generic_decline":       {code: "card_declined", declineCode: "generic_decline", message: declined},
	"insufficient_funds":    {code: "card_declined", declineCode: "insufficient_funds", message: "Your card has insufficient funds."},
	"lost_card":             {code: "card_declined", declineCode: "lost_card", message: declined},
	"stolen_card":           {code: "card_declined", declineCode: "stolen_card", message: declined},
	"fraudulent":            {code: "card_declined", declineCode: "fraudulent", message: declined},
	"expired_card":          {code: "expired_card", declineCode: "expired_card", message: "Your card has expired."},
	"incorrect_cvc":         {code: "incorrect_cvc", declineCode: "incorrect_cvc", message: "Your card's security code is incorrect."},
	"processing_error":      {code: "processing_error", declineCode: "processing_error", message: "An error occurred while processing your card. Try again in a little bit."},
	"challenge":             {challenge: true},
	"challenge_then_funds":  {challenge: true, code: "card_declined", declineCode: "insufficient_funds", message: "Your card has insufficient funds."},
	"settles_later":         {settle: "later"},
	"fails_later":           {settle: "fail_later", code: "card_declined", declineCode: "generic_decline", message: declined},
	"refund_pending":        {refund: "pending"},
	"refund_fails":          {refund: "fail_later"},
	"disputed":              {dispute: true},
	"live_card_in_testmode": {code: "card_declined", declineCode: "test_mode_live_card", message: "Your card was declined. Your request was in test mode, but used a non test card."},
}

// testCards maps a number to its scenario. 0077 and 0341 differ from Stripe's: there the first one skips the pending
// balance and the second one fails when charged again; here they settle late, and fail late.
var testCards = map[string]string{
	"4242424242424242": "success", "4000056655665556": "success", "5555555555554444": "success",
	"2223003122003222": "success", "5200828282828210": "success", "5105105105105100": "success",
	"378282246310005": "success", "371449635398431": "success", "6011111111111117": "success",
	"3056930009020004": "success", "3566002020360505": "success", "6200000000000005": "success",
	"4000000000000002": "generic_decline", "4000000000009995": "insufficient_funds",
	"4000000000009987": "lost_card", "4000000000009979": "stolen_card", "4100000000000019": "fraudulent",
	"4000000000000069": "expired_card", "4000000000000127": "incorrect_cvc", "4000000000000119": "processing_error",
	"4000002500003155": "challenge", "4000002760003184": "challenge", "4000008260003178": "challenge_then_funds",
	"4000000000000077": "settles_later", "4000000000000341": "fails_later",
	"4000000000007726": "refund_pending", "4000000000005126": "refund_fails", "4000000000000259": "disputed",
}

// testMethods are the payment method ids that stand for a test card in API calls.
var testMethods = map[string]string{
	"pm_card_visa":                                 "4242424242424242",
	"pm_card_mastercard":                           "5555555555554444",
	"pm_card_amex":                                 "378282246310005",
	"pm_card_visa_chargeDeclined":                  "4000000000000002",
	"pm_card_chargeDeclined":                       "4000000000000002",
	"pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
	"pm_card_chargeDeclinedInsufficientFunds":      "4000000000009995",
	"pm_card_authenticationRequired":               "4000002760003184",
	"pm_card_threeDSecure2Required":                "4000002760003184",
	"pm_card_bypassPending":                        "4000000000000077",
	"pm_card_pendingRefund":                        "4000000000007726",
	"pm_card_refundFail":                           "4000000000005126",
	"pm_card_createDispute":                        "4000000000000259",
}

// payment is a card as the engine sees it.
type payment struct {
	Card     cardDetails `json:"card"`
	Scenario string      `json:"scenario"`
	Name     string      `json:"name,omitempty"`
}

// cardForm is what the payer typed.
type cardForm struct{ Number, Expiry, CVC, Name string }

// cardError is a mistake in the form, found before the issuer is asked.
type cardError struct{ Field, Code, Message string }

// check validates the number (Luhn), expiry and security code as of now and says which scenario the card stands for.
func (f cardForm) check(now time.Time) (payment, *cardError) {
	number := strings.NewReplacer(" ", "", "-", "").Replace(f.Number)
	brand := brandOf(number)
	if brand == "" || !luhn(number) {
		return payment{}, &cardError{"card_number", "incorrect_number", "Your card number is incorrect."}
	}
	month, year, ok := parseExpiry(f.Expiry)
	if !ok {
		return payment{}, &cardError{"exp", "invalid_expiry_month", "Your card's expiration date is invalid."}
	}
	if year < now.Year() || year == now.Year() && month < int(now.Month()) || year > now.Year()+50 {
		return payment{}, &cardError{"exp", "invalid_expiry_year", "Your card's expiration year is in the past or too far away."}
	}
	want := 3
	if brand == "amex" {
		want = 4
	}
	if len(f.CVC) != want || !digits(f.CVC) {
		return payment{}, &cardError{"cvc", "invalid_cvc", "Your card's security code is invalid."}
	}
	return cardPayment(number, brand, month, year, f.Name), nil
}

// methodPayment resolves one of Stripe's test payment methods.
func methodPayment(id string, now time.Time) (payment, bool) {
	number, ok := testMethods[id]
	if !ok {
		return payment{}, false
	}
	return cardPayment(number, brandOf(number), int(now.Month()), now.Year()+1, ""), true
}

func cardPayment(number, brand string, month, year int, name string) payment {
	behaviour, ok := testCards[number]
	if !ok {
		behaviour = "live_card_in_testmode"
	}
	return payment{
		Card: cardDetails{Brand: brand, Country: "US", ExpMonth: month, ExpYear: year, Funding: "credit",
			Last4: number[len(number)-4:], Network: brand},
		Scenario: behaviour,
		Name:     name,
	}
}

// parseExpiry reads MM/YY, MM / YY, MM/YYYY and MMYY.
func parseExpiry(s string) (month, year int, ok bool) {
	s = strings.ReplaceAll(s, " ", "")
	mm, yy, found := strings.Cut(s, "/")
	if !found && len(s) == 4 {
		mm, yy = s[:2], s[2:]
	}
	if !digits(mm) || !digits(yy) || len(mm) > 2 || (len(yy) != 2 && len(yy) != 4) {
		return 0, 0, false
	}
	month, _ = strconv.Atoi(mm)
	year, _ = strconv.Atoi(yy)
	if len(yy) == 2 {
		year += 2000
	}
	return month, year, month >= 1 && month <= 12
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// luhn checks the number's last digit (ISO/IEC 7812-1).
func luhn(number string) bool {
	if !digits(number) {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// brandOf recognises the network by prefix and length, "" when unknown.
func brandOf(number string) string {
	if !digits(number) {
		return ""
	}
	n := len(number)
	has := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(number, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("4") && (n == 13 || n == 16 || n == 19):
		return "visa"
	case has("51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27") && n == 16:
		return "mastercard"
	case has("34", "37") && n == 15:
		return "amex"
	case has("6011", "65") && n == 16:
		return "discover"
	case has("30", "36", "38") && (n == 14 || n == 16):
		return "diners"
	case has("35") && n == 16:
		return "jcb"
	case has("62") && n >= 16 && n <= 19:
		return "unionpay"
	}
	return ""
}
