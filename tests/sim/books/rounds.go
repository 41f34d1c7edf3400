package books

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// Requests of several operations.

// step adds an operation to a round of one player. A hold's is about one that an earlier step placed.
func (i *Intent) step(r *rand.Rand, op *Operation, opener *Intent) *Intent {
	s := &Intent{Op: op, Key: fmt.Sprintf("%s/%d", i.Key, len(i.Steps)), Account: i.Account, Opener: opener}
	op.Draw(r, s, nil)
	i.Steps = append(i.Steps, s)
	return s
}

// drawRound is what gaming posts at once: bets and their results, in one of several forms.
func drawRound(r *rand.Rand, i *Intent, _ []Account) {
	switch r.IntN(5) {
	case 0: // a bet and its result
		i.step(r, settleOp, i.step(r, placeOp, nil))
	case 1: // several bets of a round, one of them void
		var bets []*Intent
		for range 2 + r.IntN(3) {
			bets = append(bets, i.step(r, placeOp, nil))
		}
		for n, bet := range bets {
			if n == 0 {
				i.step(r, releaseOp, bet)
				continue
			}
			i.step(r, settleOp, bet)
		}
	case 2: // a bet with a result in parts
		bet := i.step(r, placeOp, nil)
		bet.Amount = 3 + r.Int64N(2_000)
		for range 2 {
			s := i.step(r, settleOp, bet)
			s.Part = r.Int64N(bet.Amount / 3)
		}
		i.step(r, settleOp, bet).Part = All
	case 3: // plays, and late winnings of the first one
		bet := i.step(r, playOp, nil)
		i.step(r, playOp, nil)
		i.step(r, lateCreditOp, bet)
		i.step(r, creditOp, nil)
	case 4: // a play whose result was wrong, and something else
		bet := i.step(r, playOp, nil)
		i.step(r, correctOp, bet)
		i.step(r, houseDebitOp, nil)
	}
}

// exchanged is an amount in another currency by a rate, rounded down or half to even.
func exchanged(n int64, from, into string, rate string, down bool) int64 {
	x, ok := new(big.Rat).SetString(rate)
	if !ok {
		panic("books: the rate " + rate)
	}
	x.Mul(x, big.NewRat(n, 1))
	for range decimals(from) {
		x.Mul(x, big.NewRat(1, 10))
	}
	for range decimals(into) {
		x.Mul(x, big.NewRat(10, 1))
	}
	whole, rest := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	twice := new(big.Int).Lsh(rest, 1).Cmp(x.Denom())
	if !down && (twice > 0 || twice == 0 && whole.Bit(0) == 1) {
		whole.Add(whole, big.NewInt(1))
	}
	return whole.Int64()
}

// decimals are those of the currencies that are played in.
func decimals(currency string) int { return map[string]int{"EUR": 2, "JPY": 0}[currency] }

// drawExchange changes cash of one currency into the player's other one.
func drawExchange(r *rand.Rand, i *Intent, cast []Account) {
	into := i.Account
	for _, a := range cast {
		if a.Player == i.Player && a.Currency != i.Currency {
			into = a
		}
	}
	rates := map[string][]string{"EUR": {"161.375", "163", "0.5"}, "JPY": {"0.0062", "0.00615", "0.015"}}[i.Currency]
	i.Rate = rates[r.IntN(len(rates))]
	if into == i.Account { // who has one currency alone changes nothing: the request is refused
		into.Currency = map[string]string{"EUR": "JPY", "JPY": "EUR"}[i.Currency]
	}
	for got := int64(0); got == 0; {
		i.Amount = 1 + r.Int64N(3_000)
		got = exchanged(i.Amount, i.Currency, into.Currency, i.Rate, r.IntN(2) == 0)
		i.Steps = []*Intent{
			{Op: fxOut, Key: i.Key, Account: i.Account, Amount: i.Amount},
			{Op: fxIn, Key: i.Key, Account: into, Amount: got, caller: "cashier#2"},
		}
	}
}

// drawSettlementOfPartner is a partner's round: what several players get and give.
func drawSettlementOfPartner(r *rand.Rand, i *Intent, cast []Account) {
	players := append([]Account{i.Account}, cast...)
	for n := range 1 + r.IntN(5) {
		a := players[0]
		if n > 0 {
			a = players[r.IntN(len(players))]
		}
		s := &Intent{Op: partnerPays, Key: i.Key, Account: a, Amount: 1 + r.Int64N(1_500), caller: partnerCaller(n)}
		if r.IntN(2) == 0 {
			s.Op = partnerTakes
		}
		i.Steps = append(i.Steps, s)
	}
}

// partnerCaller is the caller of the operations of a partner's request.
func partnerCaller(n int) string {
	if n == 0 {
		return "partner:" + partner
	}
	return fmt.Sprintf("partner:%s#%d", partner, n+1)
}

// Accounts are the accounts that a request concerns.
func (i *Intent) Accounts() []Account {
	var out []Account
	for _, leaf := range i.Leaves() {
		if !slices.Contains(out, leaf.Account) {
			out = append(out, leaf.Account)
		}
	}
	return out
}

// Grants tells for which of its operations a grant has to be chosen.
func (i *Intent) Grants() []*Intent {
	var out []*Intent
	for _, leaf := range i.Leaves() {
		if leaf.Op.Granted || leaf.Policy > walletv1.FundingPolicy_FUNDING_POLICY_CASH_ONLY {
			out = append(out, leaf)
		}
	}
	return out
}
