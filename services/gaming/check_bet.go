package gaming

import (
	"context"
	"errors"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// CheckBet passes a stake through PlaceBet's gates and asks the ledger what it would say. Errors: see the proto.
func (s *Server) CheckBet(ctx context.Context, req *gamingv1.CheckBetRequest) (*gamingv1.CheckBetResponse, error) {
	b := staking{
		w: whoIs(req.GetCaller()), now: s.now(), gameCode: req.GetGameCode(), round: req.GetProviderRoundId(), fromBonus: req.GetFromBonus(),
	}
	var err error
	if b.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, err
	}
	b.game, b.gameErr = s.gameByCode(ctx, b.w.integrationID, b.gameCode)
	if err = s.passGate(ctx, &b); err != nil {
		return nil, err
	}
	if b.fromBonus {
		if b.grantID, err = s.grantFor(ctx, b.playerID, b.amount); err != nil {
			return nil, err
		}
	}
	return s.checkStake(ctx, &b)
}

// passGate decides about a stake as far as gaming does.
func (s *Server) passGate(ctx context.Context, b *staking) error {
	sit, err := batched(ctx, s.reads, needs{who: b.w, providerRounds: []string{b.round}})
	if err != nil {
		return err
	}
	player, sess, err := sit.staker(b.w)
	if err != nil {
		return err
	}
	b.playerID = player
	if err = b.gate(sit, player, sess); errors.Is(err, errStranger) {
		if b.identity, err = s.stranger(ctx, player); err == nil {
			err = b.gate(sit, player, sess)
		}
	}
	return err
}

// checkStake asks the wallet about a stake that gaming would take.
func (s *Server) checkStake(ctx context.Context, b *staking) (*gamingv1.CheckBetResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.CheckStake(ctx, &walletv1.CheckStakeRequest{
		PlayerId: b.playerID, Amount: b.amount.Proto(), Funding: walletOp{grantID: b.grantID}.funding(),
	})
	if err != nil {
		return nil, walletError(err)
	}
	if !r.GetAllowed() {
		refused := errs.New(walletv1.ErrorReason(walletv1.ErrorReason_value["ERROR_REASON_"+r.GetReason()]), "the ledger would refuse the stake")
		for key, value := range r.GetMetadata() {
			refused = refused.With(key, value)
		}
		return nil, with(walletError(refused), "max_stake", r.GetMaxStake().GetAmount())
	}
	m, err := movedOf("", r.GetBalance())
	if err != nil {
		return nil, errWalletUnavailable(err)
	}
	most, err := money.FromProto(r.GetMaxStake())
	if err != nil {
		return nil, errWalletUnavailable(err)
	}
	return &gamingv1.CheckBetResponse{PlayerId: b.playerID, MaxStake: most.Proto(), Funds: fundsOf(m, b.amount.Currency)}, nil
}
