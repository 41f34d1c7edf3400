package wallet

import (
	"context"

	"github.com/shopspring/decimal"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// ConvertCurrency changes cash of one currency into cash of another: cash -> fx:<from>, fx:<to> -> cash, two operations that are committed together.
func (s *Server) ConvertCurrency(ctx context.Context, req *walletv1.ConvertCurrencyRequest) (*walletv1.ConvertCurrencyResponse, error) {
	from, err := positive(req.GetFrom())
	if err != nil {
		return nil, err
	}
	into, err := positive(req.GetTo())
	if err != nil {
		return nil, err
	}
	if from.Currency == into.Currency {
		return nil, currencyMismatch(from.Currency, into.Currency)
	}
	rounding, err := roundingOf(from, into, req.GetRate())
	if err != nil {
		return nil, err
	}
	x := &conversion{
		rate: req.GetRate(), source: req.GetRateSource(), rounding: rounding, quotedAt: req.GetQuotedAt().AsTime(), from: from.Minor, to: into.Minor,
		fromCurrency: from.Currency, intoCurrency: into.Currency,
	}
	leg := func(kind operationKind, a money.Amount) *command {
		return &command{
			kind: kind, player: req.GetPlayerId(), currency: a.Currency, amount: a.Minor, conversion: x, ref: referenceFrom(req.GetReference()),
			counterparty: systemAccount(kindFX, "fx:"+a.Currency, req.GetPlayerId()),
		}
	}
	r, err := s.submitAll(ctx, authn.From(ctx).Peer, req.GetRequestId(), req, leg(opFXOut, from), leg(opFXIn, into))
	if err != nil {
		return nil, err
	}
	return &walletv1.ConvertCurrencyResponse{
		OperationId: r[0].operationID, TargetOperationId: r[1].operationID, BalanceAfter: r[0].balance(), TargetBalanceAfter: r[1].balance(),
		Replayed: r[0].replayed,
	}, nil
}

// roundingOf finds out how an amount became the other by a rate: exactly, rounded half to even, or rounded down. Any other amount is refused: a ledger that
// keeps a rate keeps the one that was used.
func roundingOf(from, into money.Amount, rate string) (string, error) {
	r, err := decimal.NewFromString(rate)
	if err != nil || r.Sign() <= 0 {
		return "", rateMismatch(from, into, into, rate)
	}
	fromDecimals, _ := money.Exponent(from.Currency)
	intoDecimals, _ := money.Exponent(into.Currency)
	exact := decimal.New(from.Minor, -int32(fromDecimals)).Mul(r).Shift(int32(intoDecimals))
	got := decimal.NewFromInt(into.Minor)
	switch {
	case exact.Equal(got):
		return "EXACT", nil
	case exact.RoundBank(0).Equal(got):
		return "HALF_EVEN", nil
	case exact.Floor().Equal(got):
		return "DOWN", nil
	}
	expected := exact.RoundBank(0)
	if !expected.BigInt().IsInt64() {
		return "", amountOverflow(into.Currency)
	}
	return "", rateMismatch(from, into, money.Amount{Minor: expected.IntPart(), Currency: into.Currency}, rate)
}
