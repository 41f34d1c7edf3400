package gaming

import (
	"context"
	"errors"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// step is an operation as the wallet is asked for it. The single RPC and the step of a round have the same key and content.
func (op walletOp) step(playerID, currency, provider string) *walletv1.RoundStep {
	amount := money.Amount{Minor: op.amount, Currency: currency}.Proto()
	ref := &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: op.ref.betID, RoundId: op.ref.roundID,
		ProviderTxId: walletTxRef(op.ref.providerTxID), GameId: op.ref.gameID,
	}
	switch op.action {
	case actionHold:
		ref.ProviderRoundId = roundRef(op.round)
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_PlaceHold{PlaceHold: &walletv1.PlaceHoldRequest{
			RequestId: op.key, PlayerId: playerID, Amount: amount, Reference: ref, Funding: op.funding(),
		}}}
	case actionSettle:
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_SettleHold{SettleHold: &walletv1.SettleHoldRequest{
			RequestId: op.key, PlayerId: playerID, HoldId: op.holdID, Payout: amount, Provider: provider, Reference: ref,
		}}}
	case actionPlay:
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_PlaceAndSettle{PlaceAndSettle: &walletv1.PlaceAndSettleRequest{
			RequestId: op.key, PlayerId: playerID, Stake: money.Amount{Currency: currency}.Proto(), Payout: amount, Provider: provider, Reference: ref,
		}}}
	case actionRelease:
		r := &walletv1.ReleaseHoldRequest{RequestId: op.key, PlayerId: playerID, HoldId: op.holdID, Reference: ref}
		if op.part {
			r.Amount = amount
		}
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_ReleaseHold{ReleaseHold: r}}
	case actionCredit:
		entry := walletv1.EntryType_ENTRY_TYPE_PAYOUT
		if op.prize {
			entry = walletv1.EntryType_ENTRY_TYPE_TRANSFER
		}
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_Credit{Credit: &walletv1.CreditRequest{
			RequestId: op.key, PlayerId: playerID, Amount: amount, Provider: provider, EntryType: entry, Reference: ref, HoldId: op.holdID,
		}}}
	case actionDebit:
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_Debit{Debit: &walletv1.DebitRequest{
			RequestId: op.key, PlayerId: playerID, Amount: amount, Counterparty: "house:" + provider, Reference: ref, IntoDebt: op.debt,
		}}}
	}
	return &walletv1.RoundStep{Step: &walletv1.RoundStep_CorrectHold{CorrectHold: &walletv1.CorrectHoldRequest{
		RequestId: op.key, PlayerId: playerID, HoldId: op.holdID, Payout: amount, Void: op.void, Provider: provider, Reference: ref, Basis: op.basis,
		RefuseDebt: !op.debt, AtMostPaid: op.atMost,
	}}}
}

func (op walletOp) funding() *walletv1.Funding {
	if op.grantID == "" {
		return nil
	}
	return &walletv1.Funding{
		Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, GrantId: op.grantID, Wins: walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS,
	}
}

// walletRefusal is what the wallet said about one operation of a request.
type walletRefusal struct {
	error        // in gaming's words
	at       int // position of the operation
	conflict bool
	stale    bool   // another operation took of a hold what this one counted on
	hold     string // hold whose state was another than it seemed
	state    string
}

func (e *walletRefusal) Unwrap() error { return e.error }

// post has the wallet carry out operations of one player, all or none. Errors: *walletRefusal, WALLET_UNAVAILABLE, OVERLOADED.
func (s *Server) post(ctx context.Context, playerID, currency, provider string, ops []walletOp) ([]moved, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	steps := make([]*walletv1.RoundStep, len(ops))
	for i, op := range ops {
		steps[i] = op.step(playerID, currency, provider)
	}
	r, err := s.postRound(ctx, &walletv1.PostRoundRequest{PlayerId: playerID, Steps: steps})
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_OVERLOADED) {
		return nil, err // it was not sent
	}
	if err != nil {
		return nil, postError(err)
	}
	out := make([]moved, len(ops))
	for i, x := range r.GetResults() {
		if out[i], err = movedOf(x.GetHoldId(), x.GetBalanceAfter()); err != nil {
			return nil, errWalletUnavailable(err)
		}
	}
	return out, nil
}

// postError is the wallet's answer in gaming's words. What is not a refusal means that the outcome is not known.
func postError(err error) error {
	m := errs.Metadata(err)
	r := &walletRefusal{error: walletError(err)}
	r.at, _ = strconv.Atoi(m["operation"]) // a request of one operation does not say
	switch {
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_CONFLICT):
		r.conflict = true
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_PART_TOO_LARGE):
		r.stale = true
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_HOLD_CLOSED):
		r.hold, r.state = m["hold_id"], m["state"]
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_HOLD_VOID):
		r.hold, r.state = m["hold_id"], "RELEASED"
	case errs.Is(r.error, gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE), errs.Is(r.error, gamingv1.ErrorReason_ERROR_REASON_OVERLOADED):
		return r.error
	}
	return r
}

// find asks the wallet what was done under a key; false when nothing was.
func (s *Server) find(ctx context.Context, key string) (moved, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.FindOperation(ctx, &walletv1.FindOperationRequest{RequestId: key})
	if errs.Is(err, walletv1.ErrorReason_ERROR_REASON_OPERATION_NOT_FOUND) {
		return moved{}, false, nil
	}
	if err != nil {
		return moved{}, false, walletError(err)
	}
	op := r.GetOperation()
	m, err := movedOf(r.GetHoldId(), op.GetBalanceAfter())
	if err != nil {
		return m, false, errWalletUnavailable(err)
	}
	m.kind, m.player, m.currency, m.ref = op.GetKind(), op.GetPlayerId(), op.GetBalanceAfter().GetAvailable().GetCurrency(), betRef{
		op.GetReference().GetSourceId(), op.GetReference().GetRoundId(), op.GetReference().GetProviderTxId(), op.GetReference().GetGameId(),
	}
	amount := op.GetAmount()
	if op.GetPayout() != nil || m.kind == "SETTLE_HOLD" || m.kind == "PLACE_AND_SETTLE" {
		amount = op.GetPayout()
	}
	if m.amount, err = minorOf(amount); err != nil {
		return m, false, errWalletUnavailable(err)
	}
	return m, true, nil
}

// funds reads a player's money.
func (s *Server) funds(ctx context.Context, playerID, currency string) (moved, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.GetBalance(ctx, &walletv1.GetBalanceRequest{PlayerId: playerID, Currency: currency})
	if err != nil {
		return moved{}, walletError(err)
	}
	m, err := movedOf("", r.GetBalance())
	if err != nil {
		return m, errWalletUnavailable(err)
	}
	return m, nil
}

// payDebt lets what the player is given pay what the player owes. It is tried once: what is not paid now is paid by the next winnings.
func (s *Server) payDebt(ctx context.Context, p plan, credited int64, m moved) moved {
	amount := min(credited, m.owed, m.cash)
	if amount <= 0 {
		return m
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	t := p.deeds[0].tx
	r, err := s.wallet.SettleDebt(ctx, &walletv1.SettleDebtRequest{
		RequestId: requestID("debt "+t.Kind, t.IntegrationID, t.ProviderTxID), PlayerId: p.playerID,
		Amount:    money.Amount{Minor: amount, Currency: p.currency}.Proto(),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: t.BetID, RoundId: t.RoundID, ProviderTxId: walletTxRef(t.ProviderTxID)},
	})
	if err == nil {
		var paid moved
		if paid, err = movedOf(m.holdID, r.GetBalanceAfter()); err == nil {
			return paid
		}
	}
	s.log.InfoContext(ctx, "a player's debt is not paid yet", "player_id", p.playerID, "err", err)
	return m
}

// grantFor chooses the grant whose bonus money pays a stake: the first one that has enough, else the one that has most.
func (s *Server) grantFor(ctx context.Context, playerID string, stake money.Amount) (string, error) {
	pools, err := s.bonusPools(ctx, playerID, stake.Currency)
	if err != nil {
		return "", err
	}
	grant, most := "", int64(-1)
	for _, p := range pools {
		if p.has >= stake.Minor {
			return p.grantID, nil
		}
		if p.has > most {
			grant, most = p.grantID, p.has
		}
	}
	if grant == "" {
		return "", errInsufficientFunds(money.Amount{Currency: stake.Currency}.String(), stake.Currency)
	}
	return grant, nil
}

// bonusPool is bonus money of one grant that can be staked. A stake is paid from one pool.
type bonusPool struct {
	grantID string
	has     int64
}

// bonusPools are a player's in a currency, in the wallet's order. Errors: WALLET_UNAVAILABLE.
func (s *Server) bonusPools(ctx context.Context, playerID, currency string) ([]bonusPool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.ListBonusPools(ctx, &walletv1.ListBonusPoolsRequest{PlayerId: playerID})
	if err != nil {
		return nil, walletError(err)
	}
	var pools []bonusPool
	for _, p := range r.GetPools() {
		if has, err := money.FromProto(p.GetAvailable()); err == nil && !p.GetClosed() && has.Currency == currency {
			pools = append(pools, bonusPool{p.GetGrantId(), has.Minor})
		}
	}
	return pools, nil
}

func movedOf(holdID string, after *walletv1.Balance) (m moved, err error) {
	m.holdID = holdID
	var wrong error
	m.cash, wrong = minorOf(after.GetAvailable())
	m.bonus, err = minorOf(after.GetBonus())
	wrong = errors.Join(wrong, err)
	m.owed, err = minorOf(after.GetOwed())
	return m, errors.Join(wrong, err)
}

// minorOf reads an amount that is zero when it is absent.
func minorOf(m *commonv1.Money) (int64, error) {
	if m == nil {
		return 0, nil
	}
	a, err := money.FromProto(m)
	return a.Minor, err
}

// walletError is the wallet's refusal in gaming's words. What is not a refusal means that the outcome is not known.
func walletError(err error) error {
	m := errs.Metadata(err)
	switch {
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS):
		return errInsufficientFunds(m["available"], m["currency"])
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY), errs.Is(err, walletv1.ErrorReason_ERROR_REASON_EXCESS_PRECISION),
		errs.Is(err, walletv1.ErrorReason_ERROR_REASON_AMOUNT_OVERFLOW), errs.Is(err, walletv1.ErrorReason_ERROR_REASON_AMOUNT_NOT_POSITIVE),
		errs.Is(err, walletv1.ErrorReason_ERROR_REASON_AMOUNT_SYNTAX):
		return errInvalidAmount(m["amount"], m["currency"])
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_OVERLOADED), status.Code(err) == codes.ResourceExhausted:
		return errOverloaded(err)
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_LIMIT_REACHED):
		return errLimitReached(m)
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_RESTRICTED):
		return errRestricted(m)
	case errs.Is(err, walletv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH):
		return errCurrencyMismatch(m["other_currency"], m["currency"])
	}
	return errWalletUnavailable(err)
}
