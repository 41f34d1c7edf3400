package pam

import (
	"encoding/json"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// answer is the body of every response: a status, what went wrong, and the entity of the operation.
type answer struct {
	Status       string         `json:"status"`
	Error        *problem       `json:"error,omitempty"`
	Session      *session       `json:"session,omitempty"`
	Balance      *balance       `json:"balance,omitempty"`
	Result       *result        `json:"transactionResult,omitempty"`
	Transactions *[]transaction `json:"transactions,omitempty"`
	Round        *gameRound     `json:"gameround,omitempty"`
}

type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type session struct {
	PlayerID string `json:"playerId"`
	Token    string `json:"token"`
	Currency string `json:"currency"`
	Country  string `json:"country"`
	Language string `json:"language"`
	GameID   string `json:"gameId,omitempty"`
}

// balance is what a player has. There is no promotional money apart from bonus money here.
type balance struct {
	Cash  json.Number `json:"cashAmount"`
	Bonus json.Number `json:"bonusAmount"`
	Promo json.Number `json:"promoAmount"`
}

// result is what a transaction did; a refused one has the balance alone.
type result struct {
	TransactionID string   `json:"transactionId,omitempty"`
	Balance       *balance `json:"balance,omitempty"`
}

// transaction is one of ours as the protocol writes it.
type transaction struct {
	Currency string      `json:"currency"`
	Provider string      `json:"provider"`
	Type     string      `json:"transactionType"`
	Cash     json.Number `json:"cashAmount"`
	Bonus    json.Number `json:"bonusAmount"`
	Promo    json.Number `json:"promoAmount"`
	At       string      `json:"transactionDateTime"`
	ID       string      `json:"providerTransactionId"`
	BetRef   string      `json:"providerBetRef,omitempty"`
	GameID   string      `json:"providerGameId,omitempty"`
	RoundID  string      `json:"providerRoundId,omitempty"`
	GameOver bool        `json:"isGameOver"`
}

type gameRound struct {
	GameID  string `json:"providerGameId"`
	RoundID string `json:"providerRoundId"`
	Start   string `json:"startTime"`
	End     string `json:"endTime,omitempty"`
}

const (
	statusOK    = "OK"
	statusError = "ERROR"

	// maxDecimals of an amount on the wire; what is finer is cut.
	maxDecimals = 6
)

// number writes an amount as a JSON number with the decimals of its currency, at most six.
func number(a money.Amount) json.Number {
	decimals, _ := money.Exponent(a.Currency)
	return json.Number(adapter.Fixed(a, min(decimals, maxDecimals)))
}

// balanceOf is what a player has as the protocol writes it. Errors: money that is none.
func balanceOf(f *gamingv1.Funds) (*balance, error) {
	cash, err := money.FromProto(f.GetCash())
	if err != nil {
		return nil, err
	}
	bonus, err := money.FromProto(f.GetBonus())
	if err != nil {
		return nil, err
	}
	return &balance{Cash: number(cash), Bonus: number(bonus), Promo: "0"}, nil
}
