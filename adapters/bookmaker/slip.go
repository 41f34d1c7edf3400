package bookmaker

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"net/http"
	"slices"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Bounds of a slip. A bet's id is part of ids that gaming keeps, and a round's is part of nothing.
const (
	maxBetID = 200
	maxLegs  = 50
	maxOdds  = 1_000_000
)

// slip is what every call about a bet says.
type slip struct {
	betID, player string
	amount        string // as written; its currency is found later
	currency      string // empty: the partner does not say
}

// slip reads the fields that every call about a bet has.
func (c callback) slip() (slip, *refusal) {
	partner := c.Text("partner_id")
	x := slip{betID: c.TextUpTo("bet_id", maxBetID), player: c.TextUpTo("partner_player_id", 64), amount: c.Number("amount"), currency: c.OptionalText("currency")}
	if refused := invalidField(c.Fields); refused != nil {
		return x, refused
	}
	if !c.in.partnerID.Takes(partner) {
		return x, fault(http.StatusForbidden, "unknown_partner", "The partner_id is not that of the integration")
	}
	return x, nil
}

// caller names the player; the contract has no session token.
func (c callback) caller(player string) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: player, Tokenless: true}
}

// staker is the caller of a stake: the player in the session of the stake's currency.
func (c callback) staker(b db.PutBetParams) *gamingv1.Caller {
	caller := c.caller(b.PlayerID)
	caller.Currency = b.Currency
	return caller
}

// stake reads the amount in the player's currency: the call's own, else that of the session in which the player bets, else the integration's.
func (s *Server) stake(ctx context.Context, c callback, x slip) (money.Amount, *refusal) {
	currency := x.currency
	if currency == "" {
		own, refused := s.playersCurrency(ctx, c, x.player)
		if refused != nil {
			return money.Amount{}, refused
		}
		currency = cmp.Or(own, c.in.currency)
	}
	a, refused := amountIn(c.Fields, "amount", x.amount, currency)
	if refused == nil && a.Sign() == 0 {
		c.Fail("amount", adapter.WrongType)
		refused = invalidField(c.Fields)
	}
	return a, refused
}

// playersCurrency is that of the player's session; empty of one who never opened the sportsbook.
func (s *Server) playersCurrency(ctx context.Context, c callback, player string) (string, *refusal) {
	a, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller(player)})
	if err != nil {
		return "", s.refusalOf(ctx, c, err)
	}
	return a.GetCurrency(), nil
}

// amountIn reads an amount exactly.
func amountIn(f adapter.Fields, name, text, currency string) (money.Amount, *refusal) {
	a, err := adapter.Decimal(text, currency)
	switch {
	case errors.Is(err, adapter.ErrCurrency):
		r := reasons["UNKNOWN_CURRENCY"]
		return a, &r
	case err != nil:
		f.Fail(name, adapter.WrongType)
		return a, invalidField(f)
	}
	return a, nil
}

// legs are the rounds that decide a bet, and with one leg what wins it.
type legs struct {
	rounds          []string
	selection, odds string
	all             []leg
}

// legs reads the optional part of block_funds: round_id, selection and odds of a single bet, or a list of legs with the same fields. A leg that names no round is
// of the bet's own.
func (c callback) legs() (legs, *refusal) {
	list, own := c.Objects("legs"), c.OptionalText("round_id")
	if list == nil {
		list = []adapter.Fields{c.Fields}
	}
	var l legs
	for i, f := range list {
		round, selection, odds, price := cmp.Or(f.OptionalText("round_id"), own), f.OptionalText("selection"), "", ""
		if f.Has("odds") {
			odds = f.NumberOrText("odds")
			if x, ok := readOdds(odds); ok {
				price = x.RatString()
			} else {
				f.Fail("odds", adapter.WrongType)
			}
		}
		if i >= maxLegs {
			f.Fail("round_id", adapter.WrongType)
			break
		}
		if round != "" && !slices.Contains(l.rounds, round) {
			l.rounds = append(l.rounds, round)
		}
		l.all = append(l.all, leg{round: round, selection: selection, odds: price})
		if len(list) == 1 {
			l.selection, l.odds = selection, odds
		}
	}
	return l, invalidField(c.Fields)
}

// readOdds reads decimal odds: what a stake of one pays, stake included.
func readOdds(text string) (*big.Rat, bool) {
	if len(text) == 0 || len(text) > 20 {
		return nil, false
	}
	for _, r := range text {
		if r != '.' && (r < '0' || r > '9') {
			return nil, false
		}
	}
	odds, ok := new(big.Rat).SetString(text)
	if !ok || odds.Cmp(big.NewRat(1, 1)) < 0 || odds.Cmp(big.NewRat(maxOdds, 1)) > 0 {
		return nil, false
	}
	return odds, true
}

// priced is what a stake pays at odds, in whole minor units; a fraction of one stays with the house.
func priced(stakeMinor int64, odds *big.Rat) (int64, bool) {
	product := new(big.Rat).Mul(new(big.Rat).SetInt64(stakeMinor), odds)
	whole := new(big.Int).Quo(product.Num(), product.Denom())
	return whole.Int64(), whole.IsInt64()
}
