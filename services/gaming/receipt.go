package gaming

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// fundsOf shows a player's money.
func fundsOf(m moved, currency string) *gamingv1.Funds {
	return &gamingv1.Funds{
		Cash:  money.Amount{Minor: m.cash, Currency: currency}.Proto(),
		Bonus: money.Amount{Minor: m.bonus, Currency: currency}.Proto(),
	}
}

// receipt says what a decided transaction did. current are the funds of now, nil when they are those of then.
func receipt(t db.ProviderTx, replayed bool, current *gamingv1.Funds) *gamingv1.Receipt {
	r := &gamingv1.Receipt{
		TransactionId: transactionID(t.IntegrationID, t.Kind, t.ProviderTxID), PlayerId: t.PlayerID, Replayed: replayed,
		ProcessedAt: timestamppb.New(t.CreatedAt),
	}
	if t.PlayerID == "" || t.Currency == "" {
		return r
	}
	r.Funds = fundsOf(moved{cash: t.BalanceMinor, bonus: t.BonusMinor}, t.Currency)
	r.Current = r.Funds
	if current != nil {
		r.Current = current
	}
	return r
}

// answer is the receipt of a call of one transaction, or the error by which it was refused. The funds of now are read when it is a repetition.
func (s *Server) answer(ctx context.Context, out outcome) (*gamingv1.Receipt, db.ProviderTx, error) {
	t, replayed := out.txs[0], out.replayed[0]
	if t.State == txRefused {
		return nil, t, refusedBefore(t)
	}
	var current *gamingv1.Funds
	if replayed && t.PlayerID != "" && t.Currency != "" {
		m, err := s.funds(ctx, t.PlayerID, t.Currency)
		if err != nil {
			return nil, t, err
		}
		current = fundsOf(m, t.Currency)
	}
	return receipt(t, replayed, current), t, nil
}
