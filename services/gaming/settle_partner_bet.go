package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// SettlePartnerBet pays the result of a partner's own bet, once. Idempotent by (partner, integration of the game, request_id). Errors: see the proto.
func (s *Server) SettlePartnerBet(ctx context.Context, req *gamingv1.SettlePartnerBetRequest) (*gamingv1.SettlePartnerBetResponse, error) {
	partner, key, err := partnerKey(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	b, err := s.partnersBet(ctx, partner, req.GetBetId())
	if err != nil {
		return nil, err
	}
	r, err := s.q.GetRound(ctx, b.RoundID)
	if err != nil {
		return nil, err
	}
	settled, err := s.SettleBet(ctx, &gamingv1.SettleBetRequest{
		Caller: partnerCaller(b.IntegrationID, b.PlayerID), GameCode: b.GameCode, ProviderRoundId: r.ProviderRoundID, ProviderTxId: partnerTx(partner, key),
		BetProviderTxId: b.ProviderTxID, Amount: req.GetPayout(), RoundClosed: req.GetRoundClosed(), SingleResult: true, AnyGame: true,
	})
	if err != nil {
		return nil, err
	}
	return &gamingv1.SettlePartnerBetResponse{
		BetId: b.BetID, Status: partnerSettled, BalanceAfter: settled.GetReceipt().GetFunds().GetCash().GetAmount(),
	}, nil
}
