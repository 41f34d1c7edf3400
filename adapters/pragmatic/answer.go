package pragmatic

import (
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// decimal is an amount as a JSON number of two decimals.
type decimal string

// MarshalJSON writes it without quotes.
func (d decimal) MarshalJSON() ([]byte, error) { return []byte(d), nil }

// answer is the body of every response; which parts a method has is in providers.md 4.3. A refusal has error and description alone.
type answer struct {
	UserID        string        `json:"userId,omitempty"`
	Token         string        `json:"token,omitempty"`
	Country       string        `json:"country,omitempty"`
	TransactionID string        `json:"transactionId,omitempty"`
	Currency      string        `json:"currency,omitempty"`
	Cash          decimal       `json:"cash,omitempty"`
	Bonus         decimal       `json:"bonus,omitempty"`
	UsedPromo     decimal       `json:"usedPromo,omitempty"`
	GamesBalances []gameBalance `json:"gamesBalances,omitempty"`
	Error         int           `json:"error"`
	Description   string        `json:"description"`
}

// gameBalance is what a player can play a game with.
type gameBalance struct {
	GameID string  `json:"gameID"`
	Cash   decimal `json:"cash"`
	Bonus  decimal `json:"bonus"`
}

func failed(code int) answer { return answer{Error: code, Description: descriptions[code]} }

// badParameter names the parameter, so that whoever integrates finds it.
func badParameter(name string) answer {
	return answer{Error: codeParameters, Description: descriptions[codeParameters] + ": " + name}
}

// withFunds is a success with what the player has. Errors: money that is none.
func withFunds(f *gamingv1.Funds) (answer, error) {
	cash, err := money.FromProto(f.GetCash())
	if err != nil {
		return answer{}, err
	}
	bonus, err := money.FromProto(f.GetBonus())
	if err != nil {
		return answer{}, err
	}
	a := failed(codeOK)
	a.Currency, a.Cash, a.Bonus = cash.Currency, decimal(adapter.Fixed(cash, 2)), decimal(adapter.Fixed(bonus, 2))
	return a, nil
}
