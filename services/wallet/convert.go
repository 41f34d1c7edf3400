package wallet

import (
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
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
		gameID: r.GetGameId(), providerRoundID: r.GetProviderRoundId(),
	}
}

func (r reference) proto() *walletv1.Reference {
	return &walletv1.Reference{
		SourceKind: walletv1.SourceKind(r.sourceKind), SourceId: r.sourceID, RoundId: r.roundID, ProviderTxId: r.providerTxID, GameId: r.gameID,
		ProviderRoundId: r.providerRoundID,
	}
}

func moneyOf(minor int64, currency string) *commonv1.Money {
	return money.Amount{Minor: minor, Currency: currency}.Proto()
}

func balanceOf(player, currency string, b balances) *walletv1.Balance {
	out := &walletv1.Balance{
		PlayerId: player, Available: moneyOf(b.available, currency), Held: moneyOf(b.held, currency), Version: b.version,
		Bonus: present(b.bonus, currency), HeldBonus: present(b.heldBonus, currency), Owed: present(b.owed, currency),
	}
	return out
}

// present is an amount that is absent when it is zero.
func present(minor int64, currency string) *commonv1.Money {
	if minor == 0 {
		return nil
	}
	return moneyOf(minor, currency)
}

func (r result) balance() *walletv1.Balance { return balanceOf(r.player, r.currency, r.after) }

// proto is the detail for events and answers; nil when there is nothing to tell.
func (d *detail) proto(currency string) *walletv1.OperationDetail {
	if d == nil || d.empty() {
		return nil
	}
	p := &walletv1.OperationDetail{
		GrantId: d.grantID, AmountBonus: present(d.amountBonus, currency), PayoutBonus: present(d.payoutBonus, currency),
		Remaining: present(d.remaining, currency), OwedChange: present(d.owedChange, currency), CashChange: present(d.cashChange, currency),
		BonusChange: present(d.bonusChange, currency), Uncollected: present(d.uncoll, currency), Forfeited: present(d.forfeited, currency),
		Pool: present(d.pool, currency), Guard: d.guard,
	}
	for _, j := range d.jackpots {
		p.Jackpots = append(p.Jackpots, &walletv1.JackpotPart{JackpotId: j.jackpot, Amount: moneyOf(j.amount, currency)})
	}
	if x := d.conversion; x != nil {
		p.Conversion = &walletv1.ConversionDetail{
			Rate: x.rate, RateSource: x.source, QuotedAt: timestamppb.New(x.quotedAt), Rounding: x.rounding, From: moneyOf(x.from, x.fromCurrency),
			To: moneyOf(x.to, x.intoCurrency),
		}
	}
	if x := d.adjusted; x != nil {
		p.Adjustment = &walletv1.AdjustmentDetail{AdjustmentId: x.id, Reason: x.reason, RequestedBy: x.requestedBy, ApprovedBy: x.approvedBy}
	}
	return p
}

// detailOf reads a detail that an answer was kept with. What only auditors see is not needed for an answer.
func detailOf(p *walletv1.OperationDetail) *detail {
	minor := func(m *commonv1.Money) int64 {
		a, _ := money.FromProto(m) // absent is zero; what was written by proto can be read
		return a.Minor
	}
	var jackpots []jackpotPart
	for _, j := range p.GetJackpots() {
		jackpots = append(jackpots, jackpotPart{j.GetJackpotId(), minor(j.GetAmount())})
	}
	return &detail{
		grantID: p.GetGrantId(), amountBonus: minor(p.GetAmountBonus()), payoutBonus: minor(p.GetPayoutBonus()), remaining: minor(p.GetRemaining()),
		owedChange: minor(p.GetOwedChange()), cashChange: minor(p.GetCashChange()), bonusChange: minor(p.GetBonusChange()),
		uncoll: minor(p.GetUncollected()), forfeited: minor(p.GetForfeited()), pool: minor(p.GetPool()),
		jackpots: jackpots, guard: p.GetGuard(),
	}
}

// detailRow is what the operation's columns have no room for: the balances that most players do not have, and the detail. The operation has it in JSON for
// auditors, the key as bytes.
func detailRow(op *operation) (text string, raw []byte, err error) {
	d := op.detail.proto(op.currency)
	if d == nil && op.after.bonus == 0 && op.after.heldBonus == 0 && op.after.owed == 0 {
		return "", nil, nil
	}
	kept := &walletv1.StoredAnswer{BonusMinor: op.after.bonus, HeldBonusMinor: op.after.heldBonus, OwedMinor: op.after.owed, Detail: d}
	j, err := protojson.Marshal(kept)
	if err != nil {
		return "", nil, err
	}
	raw, err = proto.Marshal(kept)
	return string(j), raw, err
}

// resultOf is the first answer to a request, as its key has it.
func resultOf(k db.LoadKeysRow) result {
	r := result{
		operationID: k.OperationID, number: k.OperationNumber, at: k.CreatedAt, holdID: k.HoldID, currency: k.Currency,
		after: balances{available: k.AvailableMinor, held: k.HeldMinor, version: k.BalanceVersion},
	}
	var kept walletv1.StoredAnswer
	if len(k.Detail) > 0 && proto.Unmarshal(k.Detail, &kept) == nil {
		r.after.bonus, r.after.heldBonus, r.after.owed = kept.GetBonusMinor(), kept.GetHeldBonusMinor(), kept.GetOwedMinor()
		if kept.GetDetail() != nil {
			r.detail = detailOf(kept.GetDetail())
		}
	}
	return r
}

// eventOf is the one event of an operation. Its aggregate is the player's balance in one currency, its version the balance's.
func eventOf(op *operation) bus.Event {
	e := bus.Event{PlayerID: op.player, AggregateID: op.player + "/" + op.currency, Version: op.after.version, OccurredAt: op.at}
	c, ref, balance, detail := op.command, op.command.ref.proto(), op.balance(), op.detail.proto(op.currency)
	amount := op.amount
	if amount < 0 {
		amount = -amount
	}
	moved := moneyOf(amount, op.currency)
	switch c.kind {
	case opPlaceHold, opReserveWithdrawal:
		e.Subject = "wallet.hold.v1"
		e.Message = &walletv1.FundsHeld{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Amount: moved, Reference: ref, BalanceAfter: balance, Detail: detail,
		}
	case opReleaseHold, opCancelWithdrawal:
		e.Subject = "wallet.release.v1"
		e.Message = &walletv1.FundsReleased{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Amount: moved, Reference: ref, BalanceAfter: balance, Detail: detail,
		}
	case opSettleHold, opPlaceAndSettle:
		e.Subject = "wallet.settled.v1"
		e.Message = &walletv1.HoldSettled{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Stake: moved, Payout: moneyOf(c.payout, op.currency),
			Reference: ref, BalanceAfter: balance, Detail: detail,
		}
	case opGrantBonus, opConvertBonus, opForfeitBonus:
		e.Subject = "wallet.bonus_changed.v1"
		e.Message = &walletv1.BonusChanged{
			OperationId: op.operationID, PlayerId: op.player, Kind: string(c.kind), Amount: moved, Closed: c.closes, Reference: ref,
			BalanceAfter: balance, Detail: detail,
		}
	case opCorrectHold:
		e.Subject = "wallet.corrected.v1"
		e.Message = &walletv1.HoldCorrected{
			OperationId: op.operationID, HoldId: op.holdID, PlayerId: op.player, Payout: moneyOf(c.payout, op.currency), Void: c.void, Reference: ref,
			BalanceAfter: balance, Detail: detail,
		}
	case opCountPlay:
		e.Subject = "wallet.play_counted.v1"
		e.Message = &walletv1.PlayCounted{
			OperationId: op.operationID, PlayerId: op.player, Stake: moved, PlayedAt: timestamppb.New(c.playedAt), Reference: ref, BalanceAfter: balance, Detail: detail,
		}
	default:
		if credits(op) {
			e.Subject = "wallet.credited.v1"
			e.Message = &walletv1.FundsCredited{
				OperationId: op.operationID, PlayerId: op.player, Amount: moved, EntryType: typeOf(op), Reference: ref, BalanceAfter: balance, Detail: detail,
			}
			break
		}
		e.Subject = "wallet.debited.v1"
		e.Message = &walletv1.FundsDebited{
			OperationId: op.operationID, PlayerId: op.player, Amount: moved, EntryType: typeOf(op), Reference: ref, BalanceAfter: balance, Detail: detail,
		}
	}
	return e
}

// credits tells whether an operation gave the player something, debts included.
func credits(op *operation) bool {
	switch op.command.kind {
	case opDeposit, opCredit, opFXIn, opTransferIn, opPayJackpot, opReverseChargeback, opPartnerCredit, opTestFund:
		return true
	case opAdjust:
		return op.amount > 0
	}
	return false
}

// typeOf is the type of an operation whose entries all have the same one.
func typeOf(op *operation) walletv1.EntryType {
	return walletv1.EntryType(op.entries[0].typ)
}

func entryOf(r db.ListEntriesRow) *walletv1.Entry {
	return &walletv1.Entry{
		EntryId: r.Number, OperationId: r.OperationID, Type: walletv1.EntryType(r.Type), Account: walletv1.AccountKind(r.Kind),
		Amount: moneyOf(r.AmountMinor, r.Currency), BalanceAfter: moneyOf(r.BalanceAfterMinor, r.Currency),
		Reference: reference{r.SourceKind, r.SourceID, r.RoundID, r.ProviderTxID, r.GameID, ""}.proto(), CreatedAt: timestamppb.New(r.CreatedAt),
		GrantId: r.Pool,
	}
}

func operationOf(o db.Operation, entries []db.EntriesOfOperationRow) (*walletv1.Operation, error) {
	op := &walletv1.Operation{
		OperationId: o.ID, RequestId: o.RequestID, PlayerId: o.PlayerID, Kind: o.Kind,
		Reference:    reference{o.SourceKind, o.SourceID, o.RoundID, o.ProviderTxID, o.GameID, ""}.proto(),
		BalanceAfter: balanceOf(o.PlayerID, o.Currency, balances{available: o.AvailableMinor, held: o.HeldMinor, version: o.BalanceVersion}),
		CreatedAt:    timestamppb.New(o.CreatedAt),
	}
	if o.AmountMinor != nil {
		op.Amount = moneyOf(*o.AmountMinor, o.Currency)
	}
	if o.PayoutMinor != nil {
		op.Payout = present(*o.PayoutMinor, o.Currency)
	}
	if len(o.Detail) > 0 {
		var kept walletv1.StoredAnswer
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(o.Detail, &kept); err != nil {
			return nil, err
		}
		op.Detail = kept.GetDetail()
		b := op.GetBalanceAfter()
		b.Bonus, b.HeldBonus, b.Owed = present(kept.GetBonusMinor(), o.Currency), present(kept.GetHeldBonusMinor(), o.Currency), present(kept.GetOwedMinor(), o.Currency)
	}
	for _, e := range entries {
		op.Entries = append(op.Entries, entryOf(db.ListEntriesRow{
			Number: e.Number, CreatedAt: o.CreatedAt, Type: e.Type, AmountMinor: e.AmountMinor, BalanceAfterMinor: e.BalanceAfterMinor,
			Kind: e.Kind, Currency: e.Currency, Pool: e.Pool, OperationID: o.ID, SourceKind: o.SourceKind, SourceID: o.SourceID, RoundID: o.RoundID,
			ProviderTxID: o.ProviderTxID, GameID: o.GameID,
		}))
	}
	return op, nil
}
