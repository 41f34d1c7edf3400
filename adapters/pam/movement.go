package pam

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Types of transactions (providers.md 1.3).
const (
	typeWithdraw      = "WITHDRAW"
	typeDeposit       = "DEPOSIT"
	typeCancel        = "CANCEL"
	typePromoWithdraw = "PROMOWITHDRAW"
	typePromoDeposit  = "PROMODEPOSIT"
	typePromoCancel   = "PROMOCANCEL"
)

// maxID is the protocol's bound of ids of transactions, bets, games and rounds, in characters.
const maxID = 40

// currencyForm is the protocol's form of a currency.
var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// promoTypes are the types of promotions that the protocol has (providers.md 1.3).
var promoTypes = []string{
	"PROMOBONUS", "PROMOTOURNAMENT", "PROMOFROMGAME", "PROMOCAP", "PROMOLIMIT", "PROMOMONEYREWARD", "FREEROUNDS", "FREESPINS",
}

// movement is the body of addTransaction.
type movement struct {
	kind, currency           string
	id, betRef, game, round  string
	at                       time.Time // at the provider
	cash, bonus, promo       money.Amount
	gameOver                 bool
	promoType, promoCampaign string // of the first promotion
	jackpot                  money.Amount
}

// promotional tells whether the type is one of the three that are not about a player's own bet.
func (m movement) promotional() bool {
	return m.kind == typePromoWithdraw || m.kind == typePromoDeposit || m.kind == typePromoCancel
}

// stakes tells whether the transaction takes money.
func (m movement) stakes() bool { return m.kind == typeWithdraw || m.kind == typePromoWithdraw }

// cancels tells whether the transaction takes another one back.
func (m movement) cancels() bool { return m.kind == typeCancel || m.kind == typePromoCancel }

// free tells whether the transaction is about free rounds.
func (m movement) free() bool { return m.promoType == "FREEROUNDS" || m.promoType == "FREESPINS" }

// total is what the player gets. Errors: an overflow.
func (m movement) total() (money.Amount, error) {
	sum, err := m.cash.Add(m.bonus)
	if err == nil {
		sum, err = sum.Add(m.promo)
	}
	if err != nil {
		return sum, malformed("the amounts are too large")
	}
	return sum, nil
}

// readMovement reads a body strictly: unknown fields are ignored, wrong types refused. Errors: refusals.
func readMovement(provider string, body []byte) (movement, error) {
	doc, err := adapter.Parse(body)
	if err != nil {
		return movement{}, malformed("the body is not one JSON object in UTF-8")
	}
	f := adapter.Read(doc)
	m := movement{
		kind: f.Text("transactionType"), currency: f.Text("currency"), id: f.TextUpTo("providerTransactionId", maxID), betRef: optionalID(f, "providerBetRef"),
		game: optionalID(f, "providerGameId"), round: optionalID(f, "providerRoundId"), gameOver: f.OptionalFlag("isGameOver"),
	}
	if p := f.Text("provider"); word(p) != word(provider) {
		f.Fail("provider", adapter.WrongType)
	}
	if at := f.Text("transactionDateTime"); at != "" {
		if m.at, err = time.Parse(time.RFC3339, at); err != nil {
			f.Fail("transactionDateTime", adapter.WrongType)
		}
	}
	f.OptionalText("betCode")
	f.Objects("roundTransactions")
	cash, bonus, promo := f.Number("cashAmount"), f.Number("bonusAmount"), f.Number("promoAmount")
	parts, jackpots := m.readExtras(f)
	switch m.kind {
	case typeWithdraw, typeDeposit, typeCancel, typePromoWithdraw, typePromoDeposit, typePromoCancel:
	default:
		f.Fail("transactionType", adapter.WrongType)
	}
	if _, kept := money.Exponent(m.currency); !kept && !currencyForm.MatchString(m.currency) { // the platform keeps some that have four letters
		f.Fail("currency", adapter.WrongType)
	}
	if p, at := f.Problem(); p != adapter.Fine {
		return m, malformed("the field " + at + " is missing or malformed")
	}
	for amount, text := range map[*money.Amount]string{&m.cash: cash, &m.bonus: bonus, &m.promo: promo} {
		if *amount, err = amountOf(text, m.currency); err == nil && tooFine(*amount) {
			err = errInexact
		}
		switch {
		case m.cancels() && errors.Is(err, errInexact):
			*amount = money.Amount{Currency: m.currency} // the bet's own amounts go back, whatever these are (providers.md 1.5.6)
		case err != nil:
			return m, err
		}
	}
	for _, text := range append(parts, jackpots...) {
		if strings.HasPrefix(text, "-") {
			return m, refuse(codeNegative, "an amount is negative")
		}
	}
	m.addJackpots(jackpots)
	return m, nil
}

// readExtras reads what comes with promotions, jackpots and tips: the first promotion, the amounts of the jackpots, and amounts that move nothing.
func (m *movement) readExtras(f adapter.Fields) (parts, jackpots []string) {
	part := func(of adapter.Fields, names ...string) {
		for _, name := range names {
			if of.Has(name) {
				parts = append(parts, of.Number(name))
			}
		}
	}
	part(f.OptionalObject("tip"), "tipAmount")
	for i, p := range f.Objects("promos") {
		kind, code, ref := p.OptionalText("promoType"), p.OptionalText("promoCode"), p.OptionalText("promoReference")
		for _, name := range []string{"promoName", "promoStatus", "promoConfigRef", "promoAwardRef", "currency"} {
			p.FreeText(name)
		}
		if kind != "" && m.stakes() && !slices.Contains(promoTypes, kind) { // what pays is not refused for a word
			p.Fail("promoType", adapter.WrongType)
		}
		part(p, "promoAmount", "promoAmountTotal")
		if i == 0 {
			m.promoType, m.promoCampaign = kind, code
			if code == "" {
				m.promoCampaign = ref
			}
		}
	}
	for _, j := range f.Objects("jackpots") {
		for _, name := range []string{"jackpotId", "jackpotReference"} {
			j.FreeText(name)
		}
		for _, b := range j.Objects("jackpotBuckets") {
			part(b, "bucketAmount")
		}
		if j.Has("jackpotAmount") {
			jackpots = append(jackpots, j.Number("jackpotAmount"))
		}
	}
	return parts, jackpots
}

// addJackpots sums the jackpots, which are a part of the amounts. A contribution may be finer than the currency; what is no amount of it is not counted.
func (m *movement) addJackpots(amounts []string) {
	m.jackpot = money.Amount{Currency: m.currency}
	for _, text := range amounts {
		if a, err := amountOf(text, m.currency); err == nil {
			if sum, err := m.jackpot.Add(a); err == nil {
				m.jackpot = sum
			}
		}
	}
}

// amountOf reads an amount exactly: what the currency cannot hold is refused, never rounded. Errors: refusals.
func amountOf(text, currency string) (money.Amount, error) {
	a, err := adapter.Decimal(text, currency)
	switch {
	case errors.Is(err, adapter.ErrCurrency):
		return a, refuse(codeCurrency, "the currency is not the session's")
	case errors.Is(err, adapter.ErrNegative):
		return a, refuse(codeNegative, "an amount is negative")
	case err != nil:
		return a, errInexact
	}
	return a, nil
}

// tooFine tells whether an amount has more decimals than the protocol's (providers.md 1.3); some currencies have.
func tooFine(a money.Amount) bool {
	decimals, _ := money.Exponent(a.Currency)
	unit := int64(1)
	for range decimals - maxDecimals {
		unit *= 10
	}
	return a.Minor%unit != 0
}

// errInexact is an amount that the currency or the protocol cannot hold.
var errInexact = malformed("an amount is not one of the currency")

// optionalID is an id that may be absent or empty.
func optionalID(f adapter.Fields, name string) string {
	id := f.OptionalText(name)
	if utf8.RuneCountInString(id) > maxID {
		f.Fail(name, adapter.WrongType)
	}
	return id
}
