package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// stepHoldDecision gives the wallet's request its key when an operator closes a hold.
const stepHoldDecision = "hold decision"

// ResolveHold decides what becomes of an open hold that has no bet, or whose bet is over, and closes what was found about it. Every way goes by keys that follow from
// the hold or its transaction, so a repetition moves nothing. Errors: see the proto.
func (s *Server) ResolveHold(ctx context.Context, req *gamingv1.ResolveHoldRequest) (*gamingv1.ResolveHoldResponse, error) {
	holds, err := s.holdsByID(ctx, []string{req.GetHoldId()})
	if err != nil {
		return nil, walletError(err)
	}
	h := holds[req.GetHoldId()]
	if h.Hold == nil {
		return nil, errHoldNotFound(req.GetHoldId())
	}
	bets, err := s.betsNamed(ctx, []*walletv1.Hold{h.Hold})
	if err != nil {
		return nil, err
	}
	b, owned := bets[h.GetReference().GetSourceId()]
	owned = owned && b.HoldID == h.GetHoldId()
	resp := &gamingv1.ResolveHoldResponse{}
	switch {
	case owned && req.GetAction() == gamingv1.HoldAction_HOLD_ACTION_FOLLOW_BET:
		err = s.followBet(ctx, h, b)
	case owned && req.GetAction() == gamingv1.HoldAction_HOLD_ACTION_ATTACH: // it has its bet already
	case owned && !h.open() && h.GetState() == walletv1.HoldState_HOLD_STATE_RELEASED && b.State == betVoided: // given back before
	case owned:
		err = errHoldOwned(h.GetHoldId(), b.BetID, b.RoundID)
	case req.GetAction() == gamingv1.HoldAction_HOLD_ACTION_FOLLOW_BET:
		err = errHoldUnknownBet(h.GetHoldId(), "bet")
	case req.GetAction() == gamingv1.HoldAction_HOLD_ACTION_RELEASE:
		err = s.releaseOrphan(ctx, h, req)
	default:
		err = s.attach(ctx, h, req)
	}
	if err != nil {
		return nil, err
	}
	if owned || req.GetAction() == gamingv1.HoldAction_HOLD_ACTION_ATTACH {
		resp.BetId, resp.RoundId = h.GetReference().GetSourceId(), h.GetReference().GetRoundId()
	}
	resp.Finding, err = s.closeHoldFindings(ctx, req)
	return resp, err
}

// followBet closes a hold as its bet says.
func (s *Server) followBet(ctx context.Context, h holdBook, b db.Bet) error {
	if b.State == betAccepted {
		return errHoldOwned(h.GetHoldId(), b.BetID, b.RoundID)
	}
	if !h.open() {
		if compareHold(b, h) == nil {
			return nil // it was done before
		}
		return errHoldClosed(h.GetHoldId(), h.GetState().String()[len("HOLD_STATE_"):])
	}
	op := walletOp{action: actionSettle, key: requestID(stepHoldDecision, b.IntegrationID, b.ProviderTxID), amount: b.PayoutMinor, holdID: h.GetHoldId(), ref: refOf(b)}
	if b.State != betSettled && b.State != betCorrected {
		op.action, op.amount = actionRelease, 0
	}
	return s.decideHold(ctx, h, b.IntegrationID, op)
}

// releaseOrphan gives the stake of a hold without a bet back. When its transaction is known it is cancelled, so that a bet that comes late is refused.
func (s *Server) releaseOrphan(ctx context.Context, h holdBook, req *gamingv1.ResolveHoldRequest) error {
	if h.GetState() == walletv1.HoldState_HOLD_STATE_SETTLED {
		return errHoldClosed(h.GetHoldId(), "SETTLED")
	}
	o, err := s.originOf(ctx, h.Hold, req)
	if err == nil || o.providerTx != "" && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_HOLD_UNKNOWN_BET) { // a cancellation does without the round
		_, err = s.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
			Caller: &gamingv1.Caller{IntegrationId: o.integrationID, PlayerId: h.GetPlayerId(), Reconciliation: true}, ProviderRoundId: o.providerRound,
			ProviderTxId: stepHoldDecision + ":" + h.GetHoldId(), ReferenceProviderTxId: o.providerTx, ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET,
		})
		return err
	}
	if !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_HOLD_UNKNOWN_BET) {
		return err
	}
	return s.decideHold(ctx, h, "", walletOp{
		action: actionRelease, key: requestID(stepHoldDecision, "", h.GetHoldId()), holdID: h.GetHoldId(),
		ref: betRef{h.GetReference().GetSourceId(), h.GetReference().GetRoundId(), h.GetReference().GetProviderTxId(), h.GetReference().GetGameId()},
	})
}

// attach makes the bet of a hold anew.
func (s *Server) attach(ctx context.Context, h holdBook, req *gamingv1.ResolveHoldRequest) error {
	if !h.open() {
		return errHoldClosed(h.GetHoldId(), h.GetState().String()[len("HOLD_STATE_"):])
	}
	o, err := s.originOf(ctx, h.Hold, req)
	if err != nil {
		return err
	}
	return s.betFromHold(ctx, h, o)
}

// decideHold has the wallet close a hold.
func (s *Server) decideHold(ctx context.Context, h holdBook, provider string, op walletOp) error {
	_, err := s.post(context.WithoutCancel(ctx), h.GetPlayerId(), h.currency, provider, []walletOp{op})
	var refused *walletRefusal
	if errors.As(err, &refused) && refused.hold != "" {
		return errHoldClosed(h.GetHoldId(), refused.state)
	}
	return err
}

// closeHoldFindings closes what was found about a hold, and answers it; nil when nothing was.
func (s *Server) closeHoldFindings(ctx context.Context, req *gamingv1.ResolveHoldRequest) (*gamingv1.Finding, error) {
	err := s.q.ResolveHoldFindings(ctx, db.ResolveHoldFindingsParams{
		ResolvedBy: authn.From(ctx).ID, Resolution: req.GetReason(), Now: s.now(), HoldID: req.GetHoldId(),
	})
	if err != nil {
		return nil, err
	}
	f, err := s.q.HoldFinding(ctx, req.GetHoldId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return findingProto(f), nil
}
