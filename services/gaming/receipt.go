package gaming

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// transactionID is our id of a provider's transaction. It is derived, so it is the same whenever the transaction is repeated.
func transactionID(integrationID, kind, providerTxID string) string {
	return ids.Derived("ptx", integrationID, kind, providerTxID)
}

// fundsOf shows a player's money.
func fundsOf(cash, bonus int64, currency string) *gamingv1.Funds {
	return &gamingv1.Funds{
		Cash:  money.Amount{Minor: cash, Currency: currency}.Proto(),
		Bonus: money.Amount{Minor: bonus, Currency: currency}.Proto(),
	}
}

// receipt says what a decided transaction did. The funds of now are read when it is a repetition.
func (s *Server) receipt(ctx context.Context, t db.ProviderTx, replayed bool) (*gamingv1.Receipt, error) {
	r := &gamingv1.Receipt{
		TransactionId: transactionID(t.IntegrationID, t.Kind, t.ProviderTxID), PlayerId: t.PlayerID, Replayed: replayed,
		ProcessedAt: timestamppb.New(t.CreatedAt),
	}
	if t.PlayerID == "" || t.Currency == "" {
		return r, nil
	}
	r.Funds = fundsOf(t.BalanceMinor, 0, t.Currency)
	r.Current = r.Funds
	if replayed {
		m, err := s.balance(ctx, t.PlayerID, t.Currency)
		if err != nil {
			return nil, err
		}
		r.Current = fundsOf(m.balance, 0, t.Currency)
	}
	return r, nil
}
