package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// FundTestPlayer moves test money: test_funding -> cash, or back. A real player is refused here too, whatever the caller says.
func (s *Server) FundTestPlayer(ctx context.Context, req *walletv1.FundTestPlayerRequest) (*walletv1.FundTestPlayerResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	if !ids.IsTestPlayer(req.GetPlayerId()) {
		return nil, testPlayerMoney(req.GetPlayerId())
	}
	kind := opTestFund
	if req.GetWithdraw() {
		kind = opTestDraw
	}
	r, err := s.submit(ctx, req, command{
		kind: kind, currency: amount.Currency, amount: amount.Minor, ref: referenceFrom(req.GetReference()),
		counterparty: systemAccount(kindTestFunding, "funding", req.GetPlayerId()),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.FundTestPlayerResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Replayed: r.replayed}, nil
}
