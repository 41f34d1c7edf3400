package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// CancelPartnerBet takes a partner's own bet back before its result. Idempotent by (partner, integration of the game, request_id); a bet that is taken back stays so.
// Errors: see the proto.
func (s *Server) CancelPartnerBet(ctx context.Context, req *gamingv1.CancelPartnerBetRequest) (*gamingv1.CancelPartnerBetResponse, error) {
	partner, key, err := partnerKey(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	b, err := s.partnersBet(ctx, partner, req.GetBetId())
	if err != nil {
		return nil, err
	}
	r, err := s.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: partnerCaller(b.IntegrationID, b.PlayerID), ProviderTxId: partnerTx(partner, key), ReferenceProviderTxId: b.ProviderTxID,
		ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RefuseUnknown: true, RefuseSettled: true,
	})
	if err != nil {
		return nil, err
	}
	return &gamingv1.CancelPartnerBetResponse{BetId: b.BetID, Status: partnerVoided, BalanceAfter: r.GetReceipt().GetCurrent().GetCash().GetAmount()}, nil
}
