package books

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

func (i *Intent) money(minor int64) *commonv1.Money {
	return money.Amount{Minor: minor, Currency: i.Currency}.Proto()
}

// partMoney is a part, absent for all.
func (i *Intent) partMoney(minor int64) *commonv1.Money {
	if minor == All {
		return nil
	}
	return i.money(minor)
}

// reference is derived from the key, so that a repeated request is the same to the byte.
func (i *Intent) reference(kind walletv1.SourceKind) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: kind, SourceId: "of " + i.Key, RoundId: "round " + i.Key, ProviderTxId: i.Key}
}

const (
	bySource      = walletv1.SourceKind_SOURCE_KIND_BET
	byDeposit     = walletv1.SourceKind_SOURCE_KIND_DEPOSIT
	byWithdrawal  = walletv1.SourceKind_SOURCE_KIND_WITHDRAWAL
	byTransfer    = walletv1.SourceKind_SOURCE_KIND_TRANSFER
	byBonus       = walletv1.SourceKind_SOURCE_KIND_BONUS
	byConversion  = walletv1.SourceKind_SOURCE_KIND_CONVERSION
	byTestFunding = walletv1.SourceKind_SOURCE_KIND_TEST
)

func (i *Intent) funding() *walletv1.Funding {
	if i.Policy == 0 {
		return nil
	}
	return &walletv1.Funding{Policy: i.Policy, GrantId: i.Grant, Wins: i.Wins}
}

func (i *Intent) jackpots() []*walletv1.JackpotPart {
	if i.Jackpot == 0 {
		return nil
	}
	return []*walletv1.JackpotPart{{JackpotId: jackpot, Amount: i.money(i.Jackpot)}}
}

var (
	sendDeposit = sender(walletv1.WalletServiceClient.Deposit, func(i *Intent) *walletv1.DepositRequest {
		return &walletv1.DepositRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Psp: psp, Reference: i.reference(byDeposit)}
	})
	sendPlace   = sender(walletv1.WalletServiceClient.PlaceHold, placeRequest)
	sendSettle  = sender(walletv1.WalletServiceClient.SettleHold, settleRequest)
	sendRelease = sender(walletv1.WalletServiceClient.ReleaseHold, releaseRequest)
	sendPlay    = sender(walletv1.WalletServiceClient.PlaceAndSettle, playRequest)
	sendCredit  = sender(walletv1.WalletServiceClient.Credit, creditRequest)
	sendJackpot = sender(walletv1.WalletServiceClient.PayJackpot, func(i *Intent) *walletv1.PayJackpotRequest {
		return &walletv1.PayJackpotRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), JackpotId: jackpot, Reference: i.reference(bySource)}
	})
	sendTransferOut = sender(walletv1.WalletServiceClient.TransferOut, func(i *Intent) *walletv1.TransferOutRequest {
		return &walletv1.TransferOutRequest{
			RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Provider: provider, Reference: i.reference(byTransfer), ExpectedVersion: i.Version,
		}
	})
	sendTransferIn = sender(walletv1.WalletServiceClient.TransferIn, func(i *Intent) *walletv1.TransferInRequest {
		return &walletv1.TransferInRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Provider: provider, Reference: i.reference(byTransfer)}
	})
	sendPlayed = sender(walletv1.WalletServiceClient.CountPlay, func(i *Intent) *walletv1.CountPlayRequest {
		ahead := timestamppb.New(time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)) // counts as now, whenever it is decided
		return &walletv1.CountPlayRequest{RequestId: i.Key, PlayerId: i.Player, Stake: i.money(i.Amount), PlayedAt: ahead, Reference: i.reference(bySource)}
	})
	sendReserve = sender(walletv1.WalletServiceClient.ReserveWithdrawal, func(i *Intent) *walletv1.ReserveWithdrawalRequest {
		return &walletv1.ReserveWithdrawalRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Reference: i.reference(byWithdrawal)}
	})
	sendComplete = sender(walletv1.WalletServiceClient.CompleteWithdrawal, func(i *Intent) *walletv1.CompleteWithdrawalRequest {
		return &walletv1.CompleteWithdrawalRequest{RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Psp: psp}
	})
	sendCancel = sender(walletv1.WalletServiceClient.CancelWithdrawal, func(i *Intent) *walletv1.CancelWithdrawalRequest {
		return &walletv1.CancelWithdrawalRequest{RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold}
	})
	sendGrant = sender(walletv1.WalletServiceClient.GrantBonus, func(i *Intent) *walletv1.GrantBonusRequest {
		return &walletv1.GrantBonusRequest{RequestId: i.Key, PlayerId: i.Player, GrantId: i.Grant, Amount: i.money(i.Amount), Reference: i.reference(byBonus)}
	})
	sendConvertBonus = sender(walletv1.WalletServiceClient.ConvertBonus, func(i *Intent) *walletv1.ConvertBonusRequest {
		return &walletv1.ConvertBonusRequest{
			RequestId: i.Key, PlayerId: i.Player, GrantId: i.Grant, Amount: i.money(i.Amount), Close: i.Late != 0, LateMoney: i.Late, Reference: i.reference(byBonus),
		}
	})
	sendForfeit = sender(walletv1.WalletServiceClient.ForfeitBonus, func(i *Intent) *walletv1.ForfeitBonusRequest {
		return &walletv1.ForfeitBonusRequest{
			RequestId: i.Key, PlayerId: i.Player, GrantId: i.Grant, Amount: i.partMoney(i.Amount), Currency: i.Currency, Close: i.Late != 0, LateMoney: i.Late,
			Reference: i.reference(byBonus),
		}
	})
	sendChargeback = sender(walletv1.WalletServiceClient.PostChargeback, func(i *Intent) *walletv1.PostChargebackRequest {
		return &walletv1.PostChargebackRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Psp: psp, Reference: i.reference(byDeposit)}
	})
	sendReverseChargeback = sender(walletv1.WalletServiceClient.ReverseChargeback, func(i *Intent) *walletv1.ReverseChargebackRequest {
		return &walletv1.ReverseChargebackRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Psp: psp, Reference: i.reference(byDeposit)}
	})
	sendSettleDebt = sender(walletv1.WalletServiceClient.SettleDebt, func(i *Intent) *walletv1.SettleDebtRequest {
		return &walletv1.SettleDebtRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Reference: i.reference(byDeposit)}
	})
	sendCorrection = sender(walletv1.WalletServiceClient.CorrectHold, correctRequest)
)

func sendTestMoney(back bool) func(context.Context, Callers, *Intent) ([]Answer, error) {
	return sender(walletv1.WalletServiceClient.FundTestPlayer, func(i *Intent) *walletv1.FundTestPlayerRequest {
		return &walletv1.FundTestPlayerRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Withdraw: back, Reference: i.reference(byTestFunding)}
	})
}

func sendDebit(counterparty string) func(context.Context, Callers, *Intent) ([]Answer, error) {
	return sender(walletv1.WalletServiceClient.Debit, func(i *Intent) *walletv1.DebitRequest { return debitRequest(i, counterparty) })
}

func placeRequest(i *Intent) *walletv1.PlaceHoldRequest {
	return &walletv1.PlaceHoldRequest{
		RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Reference: i.reference(bySource), ExpectedVersion: i.Version, Funding: i.funding(),
	}
}

func settleRequest(i *Intent) *walletv1.SettleHoldRequest {
	return &walletv1.SettleHoldRequest{
		RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Payout: i.money(i.Payout), Provider: provider, Reference: i.reference(bySource),
		SettledStake: i.partMoney(i.Part), Jackpots: i.jackpots(),
	}
}

func releaseRequest(i *Intent) *walletv1.ReleaseHoldRequest {
	return &walletv1.ReleaseHoldRequest{RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Reference: i.reference(bySource), Amount: i.partMoney(i.Part)}
}

func playRequest(i *Intent) *walletv1.PlaceAndSettleRequest {
	return &walletv1.PlaceAndSettleRequest{
		RequestId: i.Key, PlayerId: i.Player, Stake: i.money(i.Amount), Payout: i.money(i.Payout), Provider: provider, Reference: i.reference(bySource),
		Funding: i.funding(), Jackpots: i.jackpots(), ExpectedVersion: i.Version,
	}
}

func creditRequest(i *Intent) *walletv1.CreditRequest {
	return &walletv1.CreditRequest{
		RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Provider: provider, EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT,
		Reference: i.reference(bySource), HoldId: i.Hold,
	}
}

func debitRequest(i *Intent, counterparty string) *walletv1.DebitRequest {
	return &walletv1.DebitRequest{
		RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Counterparty: counterparty, Reference: i.reference(bySource), IntoDebt: i.Debt,
	}
}

func correctRequest(i *Intent) *walletv1.CorrectHoldRequest {
	return &walletv1.CorrectHoldRequest{
		RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Payout: i.money(i.Payout), Void: i.Void, Provider: provider, Reference: i.reference(bySource),
		Basis: i.Basis, RefuseDebt: i.RefuseDebt,
	}
}
