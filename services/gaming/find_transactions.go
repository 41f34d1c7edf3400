package gaming

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// mostTransactions are answered.
const mostTransactions = 200

// FindTransactions answers what came of a provider's transactions. Errors: PLAYER_MISMATCH, PLAYER_NOT_FOUND.
func (s *Server) FindTransactions(ctx context.Context, req *gamingv1.FindTransactionsRequest) (*gamingv1.FindTransactionsResponse, error) {
	w := whoIs(req.GetCaller())
	ids := []string{req.GetProviderTxId(), req.GetBetProviderTxId()}
	sit, err := batched(ctx, s.reads, needs{who: w, providerRounds: []string{req.GetProviderRoundId()}, txIDs: ids, betIDs: ids})
	if err != nil {
		return nil, err
	}
	player, sess, err := sit.player(w)
	if err != nil {
		return nil, err
	}
	if sess == nil && player != "" {
		if _, err = s.stranger(ctx, player); err != nil {
			return nil, err
		}
	}
	var bets []string
	found := map[txKey]db.ProviderTx{}
	add := func(t db.ProviderTx) {
		if player == "" || t.PlayerID == player {
			found[txKey{t.IntegrationID, t.Kind, t.ProviderTxID}] = t
		}
	}
	for _, t := range sit.txs {
		if t.ProviderTxID == req.GetProviderTxId() || t.ProviderTxID == req.GetBetProviderTxId() && t.Kind == kindBet {
			add(*t)
		}
	}
	if id := req.GetBetProviderTxId(); id != "" {
		for _, c := range sit.cancels[txRef{w.integrationID, id}] {
			add(*c)
		}
		if b := sit.bets[txRef{w.integrationID, id}]; b != nil {
			bets = append(bets, b.BetID)
		}
		named, err := s.q.BetsByReference(ctx, db.BetsByReferenceParams{IntegrationID: w.integrationID, ReferenceTxID: id, MaxRows: mostTransactions})
		if err != nil {
			return nil, err
		}
		for _, t := range named {
			if player == "" || t.PlayerID == player {
				bets = append(bets, t.BetID)
			}
		}
		prizes, err := s.q.PrizesByReference(ctx, db.PrizesByReferenceParams{IntegrationID: w.integrationID, ReferenceTxID: id, MaxRows: mostTransactions})
		if err != nil {
			return nil, err
		}
		for _, t := range prizes {
			add(t)
		}
	}
	if r := sit.round(w.integrationID, player, req.GetProviderRoundId()); r != nil {
		for _, b := range r.bets {
			bets = append(bets, b.BetID)
		}
	}
	if len(bets) > 0 {
		rows, err := s.q.TransactionsOfBets(ctx, db.TransactionsOfBetsParams{BetIds: bets, MaxRows: mostTransactions})
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			add(t)
		}
	}
	return &gamingv1.FindTransactionsResponse{Transactions: inOrder(found)}, nil
}

// inOrder are transactions, oldest first.
func inOrder(found map[txKey]db.ProviderTx) []*gamingv1.ProviderTransaction {
	rows := make([]db.ProviderTx, 0, len(found))
	for _, t := range found {
		rows = append(rows, t)
	}
	slices.SortFunc(rows, func(a, b db.ProviderTx) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.ProviderTxID, b.ProviderTxID))
	})
	rows = rows[:min(len(rows), mostTransactions)]
	out := make([]*gamingv1.ProviderTransaction, len(rows))
	for i, t := range rows {
		out[i] = &gamingv1.ProviderTransaction{
			TransactionId: transactionID(t.IntegrationID, t.Kind, t.ProviderTxID), Kind: kindProto(t.Kind), ProviderTxId: t.ProviderTxID,
			ReferenceProviderTxId: t.ReferenceTxID, ProviderRoundId: t.ProviderRoundID, GameCode: t.GameCode, RefuseReason: t.RefuseReason,
			CreatedAt: timestamppb.New(t.CreatedAt), RoundClosed: t.RoundClosed, Note: t.Note,
		}
		if t.Currency != "" {
			out[i].Amount = money.Amount{Minor: t.ReportedMinor, Currency: t.Currency}.Proto()
		}
	}
	return out
}

func kindProto(kind string) gamingv1.TransactionKind {
	for _, k := range []gamingv1.TransactionKind{1, 2, 3, 4, 5} {
		if kindOf(k) == kind {
			return k
		}
	}
	return gamingv1.TransactionKind_TRANSACTION_KIND_UNSPECIFIED
}
