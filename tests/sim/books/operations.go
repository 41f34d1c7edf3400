package books

import (
	"context"
	"math/rand/v2"

	"google.golang.org/grpc"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Operation is one kind of request that callers may send, with everything that generators, callers and the model have to know of it.
type Operation struct {
	// Kind is its name in the ledger.
	Kind string
	// Caller is the service that sends it.
	Caller string
	// Weight is how often it is drawn, against the sum of all weights.
	Weight int
	// Opens and Closes are the purpose of the hold that it opens or closes; None when it does not.
	Opens, Closes Purpose
	// Draw makes up amounts in minor units.
	Draw func(r *rand.Rand) (amount, payout int64)
	// Send sends it and reads the answer.
	Send func(ctx context.Context, c walletv1.WalletServiceClient, i *Intent) (Answer, error)
	// Effect is what it does to the player's money. hold is the amount of the hold that it closes.
	Effect func(i *Intent, hold int64) Effect
	// Watched are the guards that it has to pass.
	Watched []walletv1.GuardKind
}

// Effect is what an operation does to one balance: the cash that has to be there first, and what is added to cash, to held money and to the
// usage that limits count.
type Effect struct {
	Needs, Cash, Held                                int64
	Stake, NetLoss, Deposit, NetDeposit, Withdrawals int64
}

// Purpose is what a hold is for.
type Purpose int

// The purposes of holds.
const (
	None Purpose = iota
	Bet
	Withdrawal
)

const (
	provider = "studio"
	psp      = "bank"
)

var (
	onDeposits    = []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_NO_DEPOSIT, walletv1.GuardKind_GUARD_KIND_DEPOSIT, walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT}
	onWithdrawals = []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL, walletv1.GuardKind_GUARD_KIND_WITHDRAWAL}
	onTransfers   = []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_NO_STAKE, walletv1.GuardKind_GUARD_KIND_NET_LOSS}
	onStakes      = []walletv1.GuardKind{
		walletv1.GuardKind_GUARD_KIND_NO_STAKE, walletv1.GuardKind_GUARD_KIND_STAKE, walletv1.GuardKind_GUARD_KIND_NET_LOSS, walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE,
	}
)

// Operations is the mix. A new operation is one more entry; nothing else has to know of it.
var Operations = []*Operation{
	{
		Kind: "DEPOSIT", Caller: "cashier", Weight: 14, Draw: upTo(1, 20_000), Watched: onDeposits,
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Cash: i.Amount, Deposit: i.Amount, NetDeposit: i.Amount}
		},
		Send: sender(walletv1.WalletServiceClient.Deposit, func(i *Intent) *walletv1.DepositRequest {
			return &walletv1.DepositRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Psp: psp, Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_DEPOSIT)}
		}),
	},
	{
		Kind: "PLACE_HOLD", Caller: "gaming", Weight: 28, Opens: Bet, Draw: upTo(0, 3_000), Watched: onStakes,
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Needs: i.Amount, Cash: -i.Amount, Held: i.Amount, Stake: i.Amount}
		},
		Send: sender(walletv1.WalletServiceClient.PlaceHold, func(i *Intent) *walletv1.PlaceHoldRequest {
			return &walletv1.PlaceHoldRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_BET)}
		}),
	},
	{
		Kind: "SETTLE_HOLD", Caller: "gaming", Weight: 22, Closes: Bet, Draw: winnings,
		Effect: func(i *Intent, hold int64) Effect {
			return Effect{Cash: i.Payout, Held: -hold, NetLoss: hold - i.Payout}
		},
		Send: sender(walletv1.WalletServiceClient.SettleHold, func(i *Intent) *walletv1.SettleHoldRequest {
			return &walletv1.SettleHoldRequest{
				RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Payout: i.money(i.Payout), Provider: provider, Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_BET),
			}
		}),
	},
	{
		Kind: "RELEASE_HOLD", Caller: "gaming", Weight: 5, Closes: Bet, Draw: nothing,
		Effect: func(_ *Intent, hold int64) Effect { return Effect{Cash: hold, Held: -hold, Stake: -hold} },
		Send: sender(walletv1.WalletServiceClient.ReleaseHold, func(i *Intent) *walletv1.ReleaseHoldRequest {
			return &walletv1.ReleaseHoldRequest{RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_BET)}
		}),
	},
	{
		Kind: "PLACE_AND_SETTLE", Caller: "gaming", Weight: 12, Draw: stakeAndWinnings, Watched: onStakes,
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Needs: i.Amount, Cash: i.Payout - i.Amount, Stake: i.Amount, NetLoss: i.Amount - i.Payout}
		},
		Send: sender(walletv1.WalletServiceClient.PlaceAndSettle, func(i *Intent) *walletv1.PlaceAndSettleRequest {
			return &walletv1.PlaceAndSettleRequest{
				RequestId: i.Key, PlayerId: i.Player, Stake: i.money(i.Amount), Payout: i.money(i.Payout), Provider: provider, Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_BET),
			}
		}),
	},
	{
		Kind: "CREDIT", Caller: "gaming", Weight: 3, Draw: upTo(1, 500),
		Effect: func(i *Intent, _ int64) Effect { return Effect{Cash: i.Amount, NetLoss: -i.Amount} },
		Send: sender(walletv1.WalletServiceClient.Credit, func(i *Intent) *walletv1.CreditRequest {
			return &walletv1.CreditRequest{
				RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Provider: provider, EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT,
				Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_BET),
			}
		}),
	},
	{
		Kind: "PAY_JACKPOT", Caller: "gaming", Weight: 1, Draw: upTo(1, 5_000),
		Effect: func(i *Intent, _ int64) Effect { return Effect{Cash: i.Amount, NetLoss: -i.Amount} },
		Send: sender(walletv1.WalletServiceClient.PayJackpot, func(i *Intent) *walletv1.PayJackpotRequest {
			return &walletv1.PayJackpotRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), JackpotId: "mega", Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_BET)}
		}),
	},
	{
		Kind: "TRANSFER_OUT", Caller: "gaming", Weight: 3, Draw: upTo(1, 2_000), Watched: onTransfers,
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Needs: i.Amount, Cash: -i.Amount, NetLoss: i.Amount}
		},
		Send: sender(walletv1.WalletServiceClient.TransferOut, func(i *Intent) *walletv1.TransferOutRequest {
			return &walletv1.TransferOutRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Provider: provider, Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_TRANSFER)}
		}),
	},
	{
		Kind: "TRANSFER_IN", Caller: "gaming", Weight: 3, Draw: upTo(1, 2_500),
		Effect: func(i *Intent, _ int64) Effect { return Effect{Cash: i.Amount, NetLoss: -i.Amount} },
		Send: sender(walletv1.WalletServiceClient.TransferIn, func(i *Intent) *walletv1.TransferInRequest {
			return &walletv1.TransferInRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Provider: provider, Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_TRANSFER)}
		}),
	},
	{
		Kind: "DEBIT", Caller: "gaming", Weight: 3, Draw: upTo(1, 800),
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Needs: i.Amount, Cash: -i.Amount, NetLoss: i.Amount}
		},
		Send: debit("house:"+provider, walletv1.SourceKind_SOURCE_KIND_BET),
	},
	{
		Kind: "DEBIT", Caller: "cashier", Weight: 2, Draw: upTo(1, 800),
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Needs: i.Amount, Cash: -i.Amount, NetDeposit: -i.Amount}
		},
		Send: debit("psp:"+psp, walletv1.SourceKind_SOURCE_KIND_DEPOSIT),
	},
	{
		Kind: "RESERVE_WITHDRAWAL", Caller: "cashier", Weight: 5, Opens: Withdrawal, Draw: upTo(1, 12_000), Watched: onWithdrawals,
		Effect: func(i *Intent, _ int64) Effect {
			return Effect{Needs: i.Amount, Cash: -i.Amount, Held: i.Amount, Withdrawals: i.Amount}
		},
		Send: sender(walletv1.WalletServiceClient.ReserveWithdrawal, func(i *Intent) *walletv1.ReserveWithdrawalRequest {
			return &walletv1.ReserveWithdrawalRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Reference: i.reference(walletv1.SourceKind_SOURCE_KIND_WITHDRAWAL)}
		}),
	},
	{
		Kind: "COMPLETE_WITHDRAWAL", Caller: "cashier", Weight: 4, Closes: Withdrawal, Draw: nothing,
		Effect: func(_ *Intent, hold int64) Effect { return Effect{Held: -hold, NetDeposit: -hold} },
		Send: sender(walletv1.WalletServiceClient.CompleteWithdrawal, func(i *Intent) *walletv1.CompleteWithdrawalRequest {
			return &walletv1.CompleteWithdrawalRequest{RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold, Psp: psp}
		}),
	},
	{
		Kind: "CANCEL_WITHDRAWAL", Caller: "cashier", Weight: 2, Closes: Withdrawal, Draw: nothing,
		Effect: func(_ *Intent, hold int64) Effect { return Effect{Cash: hold, Held: -hold, Withdrawals: -hold} },
		Send: sender(walletv1.WalletServiceClient.CancelWithdrawal, func(i *Intent) *walletv1.CancelWithdrawalRequest {
			return &walletv1.CancelWithdrawalRequest{RequestId: i.Key, PlayerId: i.Player, HoldId: i.Hold}
		}),
	},
}

// Draw takes one of the operations by its weight.
func Draw(r *rand.Rand) *Operation {
	total := 0
	for _, o := range Operations {
		total += o.Weight
	}
	n := r.IntN(total)
	for _, o := range Operations {
		if n -= o.Weight; n < 0 {
			return o
		}
	}
	return nil // the weights sum up to the total
}

// response is what every operation answers.
type response interface {
	GetOperationId() string
	GetBalanceAfter() *walletv1.Balance
	GetReplayed() bool
}

// sender makes Send of an RPC and of how its request is made.
func sender[Q any, A response](call func(walletv1.WalletServiceClient, context.Context, Q, ...grpc.CallOption) (A, error), request func(i *Intent) Q) func(context.Context, walletv1.WalletServiceClient, *Intent) (Answer, error) {
	return func(ctx context.Context, c walletv1.WalletServiceClient, i *Intent) (Answer, error) {
		res, err := call(c, ctx, request(i))
		if err != nil {
			return Answer{}, err
		}
		a, err := answerOf(res.GetOperationId(), res.GetBalanceAfter())
		a.Replayed = res.GetReplayed()
		if h, ok := any(res).(interface{ GetHoldId() string }); ok {
			a.Hold = h.GetHoldId()
		}
		return a, err
	}
}

func debit(counterparty string, source walletv1.SourceKind) func(context.Context, walletv1.WalletServiceClient, *Intent) (Answer, error) {
	return sender(walletv1.WalletServiceClient.Debit, func(i *Intent) *walletv1.DebitRequest {
		return &walletv1.DebitRequest{RequestId: i.Key, PlayerId: i.Player, Amount: i.money(i.Amount), Counterparty: counterparty, Reference: i.reference(source)}
	})
}

// answerOf reads an operation's id and the balance after it.
func answerOf(operation string, b *walletv1.Balance) (Answer, error) {
	available, err := money.FromProto(b.GetAvailable())
	if err != nil {
		return Answer{}, err
	}
	held, err := money.FromProto(b.GetHeld())
	if err != nil {
		return Answer{}, err
	}
	return Answer{Operation: operation, Account: Account{b.GetPlayerId(), available.Currency}, Balance: Balance{available.Minor, held.Minor, b.GetVersion()}}, nil
}

func (i *Intent) money(minor int64) *commonv1.Money {
	return money.Amount{Minor: minor, Currency: i.Currency}.Proto()
}

// reference is derived from the key, so that a repeated request is the same to the byte.
func (i *Intent) reference(kind walletv1.SourceKind) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: kind, SourceId: "of " + i.Key, RoundId: "round " + i.Key, ProviderTxId: i.Key}
}

func upTo(least, most int64) func(*rand.Rand) (int64, int64) {
	return func(r *rand.Rand) (int64, int64) { return least + r.Int64N(most-least+1), 0 }
}

func nothing(*rand.Rand) (int64, int64) { return 0, 0 }

// winnings are mostly none and seldom large, as in a game.
func winnings(r *rand.Rand) (amount, payout int64) {
	switch n := r.IntN(10); {
	case n < 6:
		return 0, 0
	case n < 9:
		return 0, r.Int64N(4_000)
	}
	return 0, r.Int64N(20_000)
}

func stakeAndWinnings(r *rand.Rand) (amount, payout int64) {
	_, payout = winnings(r)
	return r.Int64N(2_000), payout
}
