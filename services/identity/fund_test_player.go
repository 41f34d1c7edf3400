package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// FundTestPlayer lets the wallet move test money. Identity only says who is a test player, which never changes, so nothing can come between the check and
// the money. The wallet keeps the key, one name space for each operator. Errors: PLAYER_NOT_FOUND, NOT_A_TEST_PLAYER, AMOUNT_INVALID, INSUFFICIENT_FUNDS,
// IDEMPOTENCY_CONFLICT.
func (s *Server) FundTestPlayer(ctx context.Context, req *identityv1.FundTestPlayerRequest) (*identityv1.FundTestPlayerResponse, error) {
	p, err := s.q.GetPlayerStatus(ctx, req.GetPlayerId())
	if err != nil {
		return nil, notFound(err, errPlayerNotFound(req.GetPlayerId()))
	}
	if !p.Test {
		return nil, errNotATestPlayer(req.GetPlayerId())
	}
	r, err := s.wallet.FundTestPlayer(ctx, &walletv1.FundTestPlayerRequest{
		RequestId: authn.From(ctx).ID + "/" + req.GetRequestId(), PlayerId: req.GetPlayerId(), Amount: req.GetAmount(),
		Withdraw:  req.GetDirection() == identityv1.TestFunding_TEST_FUNDING_OUT,
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TEST, SourceId: req.GetRequestId()},
	})
	if err != nil {
		return nil, fundingRefused(req, err)
	}
	b := r.GetBalanceAfter()
	return &identityv1.FundTestPlayerResponse{
		OperationId: r.GetOperationId(), Available: b.GetAvailable(), Version: b.GetVersion(), Replayed: r.GetReplayed(),
	}, nil
}

// fundingRefused says the wallet's refusals in identity's words; other errors stay.
func fundingRefused(req *identityv1.FundTestPlayerRequest, err error) error {
	switch reason := errs.ReasonOf(err); reason {
	case "AMOUNT_SYNTAX", "AMOUNT_NOT_POSITIVE", "EXCESS_PRECISION", "UNKNOWN_CURRENCY", "AMOUNT_OVERFLOW":
		return errAmountInvalid(reason, err)
	case "INSUFFICIENT_FUNDS":
		return errInsufficientFunds(err)
	case "IDEMPOTENCY_CONFLICT":
		return errIdempotencyConflict(req.GetRequestId())
	}
	return err
}
