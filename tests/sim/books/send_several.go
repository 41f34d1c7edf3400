package books

import (
	"context"
	"fmt"
	"hash/crc32"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// onWire is a step as it is sent: the hold of an earlier step is named by its position.
func (i *Intent) onWire(all []*Intent) *Intent {
	for n, s := range all {
		if i.Opener == s {
			out := *i
			out.Hold = fmt.Sprintf("step:%d", n)
			return &out
		}
	}
	return i
}

func roundStep(i *Intent) *walletv1.RoundStep {
	switch i.Op.Kind {
	case "PLACE_HOLD":
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_PlaceHold{PlaceHold: placeRequest(i)}}
	case "SETTLE_HOLD":
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_SettleHold{SettleHold: settleRequest(i)}}
	case "RELEASE_HOLD":
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_ReleaseHold{ReleaseHold: releaseRequest(i)}}
	case "PLACE_AND_SETTLE":
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_PlaceAndSettle{PlaceAndSettle: playRequest(i)}}
	case "CREDIT":
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_Credit{Credit: creditRequest(i)}}
	case "DEBIT":
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_Debit{Debit: debitRequest(i, "house:"+provider)}}
	}
	return &walletv1.RoundStep{Step: &walletv1.RoundStep_CorrectHold{CorrectHold: correctRequest(i)}}
}

func sendRound(ctx context.Context, as Callers, i *Intent) ([]Answer, error) {
	req := &walletv1.PostRoundRequest{PlayerId: i.Player}
	for _, s := range i.Steps {
		req.Steps = append(req.Steps, roundStep(s.onWire(i.Steps)))
	}
	res, err := postRound(ctx, as(i.Op.Caller), i.Key, req)
	if err != nil {
		return nil, err
	}
	var out []Answer
	for _, r := range res.GetResults() {
		a, err := answerOf(r.GetOperationId(), r.GetBalanceAfter())
		if err != nil {
			return nil, err
		}
		a.Hold, a.Replayed, a.Via, a.Text = r.GetHoldId(), r.GetReplayed(), i.Op.Kind, text(r)
		out = append(out, a)
	}
	return out, nil
}

// postRound sends half of the requests as gaming does under load, with others: they are in the call twice, which must not do them twice, and the answers are the same
// whoever is told first.
func postRound(ctx context.Context, to walletv1.WalletServiceClient, key string, req *walletv1.PostRoundRequest) (*walletv1.PostRoundResponse, error) {
	if crc32.ChecksumIEEE([]byte(key))%2 == 0 {
		return to.PostRound(ctx, req)
	}
	res, err := to.PostRounds(ctx, &walletv1.PostRoundsRequest{Rounds: []*walletv1.PostRoundRequest{req, req}})
	if err != nil {
		return nil, err
	}
	if len(res.GetOutcomes()) != 2 {
		return nil, fmt.Errorf("two requests have %d outcomes", len(res.GetOutcomes()))
	}
	first, second := res.GetOutcomes()[0], res.GetOutcomes()[1]
	for n, r := range first.GetDone().GetResults() {
		if again := second.GetDone().GetResults(); second.GetError() == nil && again[n].GetOperationId() != r.GetOperationId() {
			return nil, fmt.Errorf("one request is operations %s and %s", r.GetOperationId(), again[n].GetOperationId())
		}
	}
	if first.GetDone() != nil {
		return first.GetDone(), nil
	}
	return nil, status.ErrorProto(first.GetError())
}

// quoted is when every rate was quoted.
var quoted = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func sendExchange(ctx context.Context, as Callers, i *Intent) ([]Answer, error) {
	out, in := i.Steps[0], i.Steps[1]
	res, err := as(i.Op.Caller).ConvertCurrency(ctx, &walletv1.ConvertCurrencyRequest{
		RequestId: i.Key, PlayerId: i.Player, From: out.money(out.Amount), To: in.money(in.Amount), Rate: i.Rate, RateSource: "test", QuotedAt: timestamppb.New(quoted),
		Reference: i.reference(byConversion),
	})
	if err != nil {
		return nil, err
	}
	first, err := answerOf(res.GetOperationId(), res.GetBalanceAfter())
	if err != nil {
		return nil, err
	}
	second, err := answerOf(res.GetTargetOperationId(), res.GetTargetBalanceAfter())
	for _, a := range []*Answer{&first, &second} {
		a.Replayed, a.Via, a.Text = res.GetReplayed(), i.Op.Kind, text(res)
	}
	return []Answer{first, second}, err
}

// cashOf is an answer that tells the cash alone.
func cashOf(operation, player, currency, cash string) (Answer, error) {
	n, err := money.Parse(cash, currency)
	return Answer{Operation: operation, Account: Account{player, currency}, Balance: Balance{Available: n.Minor}, Knows: KnowsCash}, err
}

// sendPartnerDebit takes a refused repetition for the repeated answer that it holds.
func sendPartnerDebit(ctx context.Context, as Callers, i *Intent) ([]Answer, error) {
	res, err := as(Partner).DebitWallet(ctx, &walletv1.DebitWalletRequest{
		RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), RoundId: "round " + i.Key,
	})
	replayed := errs.Is(err, walletv1.ErrorReason_ERROR_REASON_IDEMPOTENT_REPLAY)
	if replayed {
		if res, err = firstAnswer(err); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	a, err := cashOf(res.GetOperationId(), res.GetPlayerId(), res.GetAmount().GetCurrency(), res.GetBalanceAfter())
	a.Balance.Version, a.Knows, a.Replayed, a.Via, a.Text = res.GetVersion(), KnowsCashAndVersion, replayed, i.Op.Kind, text(res)
	return []Answer{a}, err
}

// firstAnswer is in the details of the refusal.
func firstAnswer(err error) (*walletv1.DebitWalletResponse, error) {
	st, received := status.FromError(err)
	if !received { // the wallet is in this process
		st = errs.ToStatus(err)
	}
	for _, d := range st.Details() {
		if res, ok := d.(*walletv1.DebitWalletResponse); ok {
			return res, nil
		}
	}
	return nil, fmt.Errorf("a repeated request is refused without the first answer: %w", err)
}

func sendSettlementOfPartner(ctx context.Context, as Callers, i *Intent) ([]Answer, error) {
	req := &walletv1.SettleWalletRequest{RequestId: i.Key, RoundId: "round " + i.Key}
	for _, s := range i.Steps {
		n := s.Amount
		if s.Op == partnerTakes {
			n = -n
		}
		req.Operations = append(req.Operations, &walletv1.WalletDelta{PlayerId: s.Player, Delta: money.Amount{Minor: n, Currency: s.Currency}.String(), Currency: s.Currency})
	}
	res, err := as(Partner).SettleWallet(ctx, req)
	if err != nil {
		return nil, err
	}
	var out []Answer
	for _, o := range res.GetOperations() {
		a, err := cashOf(o.GetOperationId(), o.GetPlayerId(), o.GetCurrency(), o.GetBalanceAfter())
		if err != nil {
			return nil, err
		}
		a.Via, a.Text = i.Op.Kind, text(res)
		out = append(out, a)
	}
	return out, nil
}

// sendAdjustment lets one person ask for it and another one approve it. The reason is the key, by which it is found in the ledger.
func sendAdjustment(ctx context.Context, as Callers, i *Intent) ([]Answer, error) {
	target := walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_CASH
	if i.Debt {
		target = walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_DEBT
	}
	asked, err := as(Staff).RequestAdjustment(ctx, &walletv1.RequestAdjustmentRequest{
		RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Target: target, Source: walletv1.AdjustmentSource_ADJUSTMENT_SOURCE_ADJUSTMENT, Reason: i.Key,
	})
	if err != nil {
		return nil, err
	}
	res, err := as(Second).ApproveAdjustment(ctx, &walletv1.ApproveAdjustmentRequest{AdjustmentId: asked.GetAdjustment().GetAdjustmentId()})
	if err != nil {
		return nil, err
	}
	switch a := res.GetAdjustment(); a.GetState() {
	case walletv1.AdjustmentState_ADJUSTMENT_STATE_POSTED:
		return []Answer{{Operation: a.GetOperationId(), Account: Account{a.GetPlayerId(), a.GetAmount().GetCurrency()}, Knows: KnowsNothing, Via: i.Op.Kind, Text: text(a)}}, nil
	case walletv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED:
		return nil, errs.New(walletv1.ErrorReason(walletv1.ErrorReason_value["ERROR_REASON_"+a.GetRefusal()]), "the ledger refused the adjustment")
	default:
		return nil, fmt.Errorf("adjustment %s is %s after it was approved", a.GetAdjustmentId(), a.GetState())
	}
}
