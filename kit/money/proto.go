package money

import (
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

// FromProto reads an amount from the wire, with the rules and errors of Parse. A missing message is ErrSyntax.
func FromProto(m *commonv1.Money) (Amount, error) {
	if m == nil {
		return Amount{}, ErrSyntax
	}
	return Parse(m.GetAmount(), m.GetCurrency())
}

// Proto is the amount as it goes over the wire.
func (a Amount) Proto() *commonv1.Money {
	return &commonv1.Money{Amount: a.String(), Currency: a.Currency}
}
