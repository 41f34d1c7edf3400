package wallet

import (
	"context"
	"strings"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// SettleWallet settles a round of a partner: every operation or none. What it takes is a stake that no debit announced, so a player who may not play is not taken
// from, as in DebitWallet; what it gives always passes.
func (s *Server) SettleWallet(ctx context.Context, req *walletv1.SettleWalletRequest) (*walletv1.SettleWalletResponse, error) {
	key, err := partnerKey(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	partner := authn.From(ctx).ID
	commands, asked := make([]*command, len(req.GetOperations())), map[string]bool{}
	for i, d := range req.GetOperations() {
		kind, text := opPartnerCredit, d.GetDelta()
		if after, negative := strings.CutPrefix(text, "-"); negative {
			kind, text = opPartnerDebit, after
		}
		amount, err := positive(&commonv1.Money{Amount: text, Currency: d.GetCurrency()})
		if err != nil {
			return nil, atPosition(err, i)
		}
		if kind == opPartnerDebit && !asked[d.GetPlayerId()] {
			asked[d.GetPlayerId()] = true
			if err = s.mayStake(ctx, requestKey{caller: partnerCaller(partner), requestID: key}, d.GetPlayerId()); err != nil {
				return nil, atPosition(err, i)
			}
		}
		commands[i] = &command{
			kind: kind, player: d.GetPlayerId(), currency: amount.Currency, amount: amount.Minor, counterparty: house(partner, d.GetPlayerId()),
			ref: partnerRef(key, req.GetRoundId(), ""),
		}
	}
	all, err := s.submitAll(ctx, partnerCaller(partner), key, &walletv1.SettleWalletRequest{RoundId: req.GetRoundId(), Operations: req.GetOperations()}, commands...)
	if err != nil {
		return nil, err
	}
	out := &walletv1.SettleWalletResponse{RoundId: req.GetRoundId()}
	for i, r := range all {
		out.Operations = append(out.Operations, &walletv1.SettledDelta{
			OperationId: r.operationID, PlayerId: r.player, Delta: req.GetOperations()[i].GetDelta(), Currency: r.currency,
			BalanceAfter: money.Amount{Minor: r.after.available, Currency: r.currency}.String(),
		})
	}
	return out, nil
}
