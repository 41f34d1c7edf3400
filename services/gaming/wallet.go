package gaming

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// moved is what the wallet did.
type moved struct {
	holdID  string
	balance int64 // available cash after it, minor units
}

// ask has the wallet do what a transaction is for. It may be called any number of times for one transaction: the key and the content
// are always the same, so the wallet does it once. Errors are refusals (see refusal) or mean that the outcome is not known.
func (s *Server) ask(ctx context.Context, t db.ProviderTx, b db.Bet) (moved, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	id := requestID(t.Kind, t.IntegrationID, t.ProviderTxID)
	ref := &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: b.BetID, RoundId: b.RoundID,
		ProviderTxId: walletTxRef(t.ProviderTxID), GameId: b.GameID,
	}
	amount := money.Amount{Minor: t.AmountMinor, Currency: t.Currency}
	switch t.Action {
	case actionHold:
		r, err := s.wallet.PlaceHold(ctx, &walletv1.PlaceHoldRequest{RequestId: id, PlayerId: t.PlayerID, Amount: amount.Proto(), Reference: ref})
		return answered(r.GetHoldId(), r.GetBalanceAfter(), err)
	case actionSettle:
		r, err := s.wallet.SettleHold(ctx, &walletv1.SettleHoldRequest{
			RequestId: id, PlayerId: t.PlayerID, HoldId: b.HoldID, Payout: amount.Proto(), Provider: t.IntegrationID, Reference: ref,
		})
		return answered(b.HoldID, r.GetBalanceAfter(), err)
	case actionRelease:
		r, err := s.wallet.ReleaseHold(ctx, &walletv1.ReleaseHoldRequest{RequestId: id, PlayerId: t.PlayerID, HoldId: b.HoldID, Reference: ref})
		return answered(b.HoldID, r.GetBalanceAfter(), err)
	case actionCredit:
		entry := walletv1.EntryType_ENTRY_TYPE_PAYOUT
		if t.Kind == kindCancel {
			entry = walletv1.EntryType_ENTRY_TYPE_TRANSFER
		}
		r, err := s.wallet.Credit(ctx, &walletv1.CreditRequest{
			RequestId: id, PlayerId: t.PlayerID, Amount: amount.Proto(), Provider: t.IntegrationID, EntryType: entry, Reference: ref,
		})
		return answered("", r.GetBalanceAfter(), err)
	case actionDebit:
		r, err := s.wallet.Debit(ctx, &walletv1.DebitRequest{
			RequestId: id, PlayerId: t.PlayerID, Amount: amount.Proto(), Counterparty: "house:" + t.IntegrationID, Reference: ref,
		})
		return answered("", r.GetBalanceAfter(), err)
	}
	return s.balance(ctx, t.PlayerID, t.Currency)
}

// settleLost has the wallet take a stake whose round ended without a result.
func (s *Server) settleLost(ctx context.Context, b db.Bet) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	_, err := s.wallet.SettleHold(ctx, &walletv1.SettleHoldRequest{
		RequestId: requestID(claimClose, b.IntegrationID, b.ProviderTxID), PlayerId: b.PlayerID, HoldId: b.HoldID,
		Payout: money.Amount{Currency: b.Currency}.Proto(), Provider: b.IntegrationID, Reference: referenceOf(b),
	})
	return walletError(err)
}

// undoHold has the wallet give back a stake whose bet was cancelled while it was on its way.
func (s *Server) undoHold(ctx context.Context, b db.Bet, holdID string) (moved, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.ReleaseHold(ctx, &walletv1.ReleaseHoldRequest{
		RequestId: requestID("undo", b.IntegrationID, b.ProviderTxID), PlayerId: b.PlayerID, HoldId: holdID, Reference: referenceOf(b),
	})
	return answered(holdID, r.GetBalanceAfter(), err)
}

// findHold asks the wallet whether a bet's stake was put on hold. An empty hold id without an error means that it was not.
func (s *Server) findHold(ctx context.Context, b db.Bet) (moved, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.FindOperation(ctx, &walletv1.FindOperationRequest{RequestId: requestID(kindBet, b.IntegrationID, b.ProviderTxID)})
	if errs.Is(err, walletv1.ErrorReason_ERROR_REASON_OPERATION_NOT_FOUND) {
		return moved{}, nil
	}
	return answered(r.GetHoldId(), r.GetOperation().GetBalanceAfter(), err)
}

// balance reads a player's available cash.
func (s *Server) balance(ctx context.Context, playerID, currency string) (moved, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	r, err := s.wallet.GetBalance(ctx, &walletv1.GetBalanceRequest{PlayerId: playerID, Currency: currency})
	return answered("", r.GetBalance(), err)
}

func referenceOf(b db.Bet) *walletv1.Reference {
	return &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: b.BetID, RoundId: b.RoundID,
		ProviderTxId: walletTxRef(b.ProviderTxID), GameId: b.GameID,
	}
}

func answered(holdID string, after *walletv1.Balance, err error) (moved, error) {
	if err != nil {
		return moved{}, walletError(err)
	}
	a, err := money.FromProto(after.GetAvailable())
	if err != nil {
		return moved{}, errWalletUnavailable(err)
	}
	return moved{holdID: holdID, balance: a.Minor}, nil
}

// walletError is the wallet's refusal in gaming's words. What is not a refusal means that the outcome is not known.
func walletError(err error) error {
	if err == nil {
		return nil
	}
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
	case status.Code(err) == codes.FailedPrecondition && errs.ReasonOf(err) != "" && !errs.Is(err, walletv1.ErrorReason_ERROR_REASON_HOLD_CLOSED):
		return errPlayerBlocked(errs.ReasonOf(err)) // a rule in the ledger's commit: a limit, an exclusion
	}
	return errWalletUnavailable(err)
}

// refusal returns the reason by which the wallet said no for good; empty when the outcome is open. Rules about what a player may do
// end a stake only: winnings and cancellations are never lost to one, but asked for again.
func refusal(kind string, err error) string {
	for _, r := range []gamingv1.ErrorReason{
		gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED,
	} {
		if errs.Is(err, r) && (kind == kindBet || r != gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED) {
			return errs.ReasonOf(err)
		}
	}
	return ""
}
