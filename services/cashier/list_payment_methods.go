package cashier

import (
	"context"
	"maps"
	"slices"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

// ListPaymentMethods answers every payment integration that is on, as a way in and as a source that money goes back to, and the bank.
func (s *Server) ListPaymentMethods(ctx context.Context, _ *cashierv1.ListPaymentMethodsRequest) (*cashierv1.ListPaymentMethodsResponse, error) {
	integrations, err := s.methods.Get(ctx, "")
	if err != nil {
		return nil, errUnavailable(err)
	}
	in, out := rangesOf(s.rules.deposits), rangesOf(s.rules.withdrawals)
	res := &cashierv1.ListPaymentMethodsResponse{}
	for _, i := range integrations {
		res.Methods = append(res.Methods,
			&cashierv1.PaymentMethod{MethodId: i.GetIntegrationId(), Name: i.GetName(), Deposits: true, Limits: in},
			&cashierv1.PaymentMethod{MethodId: "source:" + i.GetIntegrationId(), Name: i.GetName(), Withdrawals: true, Limits: out})
	}
	res.Methods = append(res.Methods, &cashierv1.PaymentMethod{MethodId: "bank", Name: "Bank transfer", Withdrawals: true, Limits: out})
	return res, nil
}

func rangesOf(limits map[string]amountRange) []*cashierv1.AmountRange {
	var out []*cashierv1.AmountRange
	for _, currency := range slices.Sorted(maps.Keys(limits)) {
		r := limits[currency]
		out = append(out, &cashierv1.AmountRange{Min: moneyOf(r.min, currency), Max: moneyOf(r.max, currency)})
	}
	return out
}
