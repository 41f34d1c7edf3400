package wallet

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

func referenceFrom(r *walletv1.Reference) reference {
	return reference{
		sourceKind: int16(r.GetSourceKind()), sourceID: r.GetSourceId(), roundID: r.GetRoundId(), providerTxID: r.GetProviderTxId(),
		gameID: r.GetGameId(),
	}
}

func (r reference) proto() *walletv1.Reference {
	return &walletv1.Reference{
		SourceKind: walletv1.SourceKind(r.sourceKind), SourceId: r.sourceID, RoundId: r.roundID, ProviderTxId: r.providerTxID, GameId: r.gameID,
	}
}

func moneyOf(minor int64, currency string) *commonv1.Money {
	return money.Amount{Minor: minor, Currency: currency}.Proto()
}

func balanceOf(player, currency string, available, held, version int64) *walletv1.Balance {
	return &walletv1.Balance{
		PlayerId: player, Available: moneyOf(available, currency), Held: moneyOf(held, currency), Version: version,
	}
}

func (r result) balance() *walletv1.Balance {
	return balanceOf(r.player, r.currency, r.available, r.held, r.version)
}

// eventOf is the one event of an operation. Its aggregate is the player's balance in one currency, its version the balance's.
func eventOf(op *operation) bus.Event {
	e := bus.Event{PlayerID: op.player, AggregateID: op.player + "/" + op.currency, Version: op.version, OccurredAt: op.at}
	c, ref, balance := op.command, op.command.ref.proto(), op.balance()
	amount := moneyOf(c.amount, op.currency)
	if op.closed != nil {
		amount = moneyOf(op.closed.amount, op.currency)
	}
	switch c.kind {
	case opPlaceHold, opReserveWithdrawal:
		e.Subject = "wallet.hold.v1"
		e.Message = &walletv1.FundsHeld{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Amount: amount, Reference: ref, BalanceAfter: balance,
		}
	case opReleaseHold, opCancelWithdrawal:
		e.Subject = "wallet.release.v1"
		e.Message = &walletv1.FundsReleased{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Amount: amount, Reference: ref, BalanceAfter: balance,
		}
	case opSettleHold, opPlaceAndSettle:
		e.Subject = "wallet.settled.v1"
		e.Message = &walletv1.HoldSettled{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Stake: amount, Payout: moneyOf(c.payout, op.currency),
			Reference: ref, BalanceAfter: balance,
		}
	case opDeposit, opCredit:
		e.Subject = "wallet.credited.v1"
		e.Message = &walletv1.FundsCredited{
			OperationId: op.operationID, PlayerId: op.player, Amount: amount, EntryType: typeOf(op), Reference: ref, BalanceAfter: balance,
		}
	case opCompleteWithdrawal, opDebit:
		e.Subject = "wallet.debited.v1"
		e.Message = &walletv1.FundsDebited{
			OperationId: op.operationID, PlayerId: op.player, Amount: amount, EntryType: typeOf(op), Reference: ref, BalanceAfter: balance,
		}
	}
	return e
}

// typeOf is the type of an operation whose entries all have the same one.
func typeOf(op *operation) walletv1.EntryType { return walletv1.EntryType(op.entries[0].typ) }

func entryOf(r db.ListEntriesRow) *walletv1.Entry {
	return &walletv1.Entry{
		EntryId: r.Number, OperationId: r.OperationID, Type: walletv1.EntryType(r.Type), Account: walletv1.AccountKind(r.Kind),
		Amount: moneyOf(r.AmountMinor, r.Currency), BalanceAfter: moneyOf(r.BalanceAfterMinor, r.Currency),
		Reference: reference{r.SourceKind, r.SourceID, r.RoundID, r.ProviderTxID, r.GameID}.proto(), CreatedAt: timestamppb.New(r.CreatedAt),
	}
}

func operationOf(o db.Operation, entries []db.EntriesOfOperationRow) *walletv1.Operation {
	op := &walletv1.Operation{
		OperationId: o.ID, RequestId: o.RequestID, PlayerId: o.PlayerID, Kind: o.Kind,
		Reference:    reference{o.SourceKind, o.SourceID, o.RoundID, o.ProviderTxID, o.GameID}.proto(),
		BalanceAfter: balanceOf(o.PlayerID, o.Currency, o.AvailableMinor, o.HeldMinor, o.BalanceVersion), CreatedAt: timestamppb.New(o.CreatedAt),
	}
	for _, e := range entries {
		op.Entries = append(op.Entries, entryOf(db.ListEntriesRow{
			Number: e.Number, CreatedAt: o.CreatedAt, Type: e.Type, AmountMinor: e.AmountMinor, BalanceAfterMinor: e.BalanceAfterMinor,
			Kind: e.Kind, Currency: e.Currency, OperationID: o.ID, SourceKind: o.SourceKind, SourceID: o.SourceID, RoundID: o.RoundID,
			ProviderTxID: o.ProviderTxID, GameID: o.GameID,
		}))
	}
	return op
}
