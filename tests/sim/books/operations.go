package books

import (
	"context"
	"math/rand/v2"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// Operation is one kind of request that callers may send, with everything that generators, callers and the model have to know of it.
type Operation struct {
	// Kind is its name in the ledger; of a request of several operations, its own.
	Kind string
	// Caller is the service that sends it: its name, or one of Partner and Staff.
	Caller string
	// Weight is how often it is drawn, against the sum of all weights.
	Weight int
	// Opens and Closes are the purpose of the hold that it opens or closes; None when it does not. Ended is about a bet that was settled.
	Opens, Closes Purpose
	Ended         bool
	// Granted needs a grant always, and Versioned may say on which version it was decided.
	Granted, Versioned bool
	// Decided keeps a refusal for ever: the request is answered with it again.
	Decided bool
	// Draw makes up what it is about: all of an intent but its account, key, hold and grant. cast are the accounts of a request that concerns others too.
	Draw func(r *rand.Rand, i *Intent, cast []Account)
	// Send sends it and reads the answer, one for each of its operations.
	Send func(ctx context.Context, as Callers, i *Intent) ([]Answer, error)
	// Watched are the guards that it has to pass.
	Watched []walletv1.GuardKind

	do func(e *entry) string // what it does, or why it is refused
}

// Callers who are no services.
const (
	// Partner is a partner's client.
	Partner = "partner"
	// Staff asks for adjustments and Second approves them.
	Staff  = "operator:staff"
	Second = "operator:second"
)

// Callers connect as somebody.
type Callers func(name string) walletv1.WalletServiceClient

const (
	provider = "studio"
	psp      = "bank"
	jackpot  = "mega"
	partner  = "pcl_chaos"
)

// PartnerID is the client id of the partner.
const PartnerID = partner

const (
	noStake      = walletv1.GuardKind_GUARD_KIND_NO_STAKE
	noDeposit    = walletv1.GuardKind_GUARD_KIND_NO_DEPOSIT
	noWithdrawal = walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL
	limitStake   = walletv1.GuardKind_GUARD_KIND_STAKE
	limitLoss    = walletv1.GuardKind_GUARD_KIND_NET_LOSS
	singleStake  = walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE
	singleBonus  = walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS
)

var (
	onDeposits    = []walletv1.GuardKind{noDeposit, walletv1.GuardKind_GUARD_KIND_DEPOSIT, walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT}
	onWithdrawals = []walletv1.GuardKind{noWithdrawal, walletv1.GuardKind_GUARD_KIND_WITHDRAWAL}
	onTransfers   = []walletv1.GuardKind{noStake, limitLoss, limitStake}
	onPartners    = []walletv1.GuardKind{noStake, limitStake, limitLoss}
	onStakes      = []walletv1.GuardKind{noStake, limitStake, limitLoss, singleStake, singleBonus}
)

// The operations that others refer to.
var (
	// Deposit is what everybody begins with, and TestFund what test players do.
	Deposit  = &Operation{Kind: "DEPOSIT", Caller: "cashier", Weight: 22, Draw: upTo(1, 20_000), Watched: onDeposits, Send: sendDeposit, do: realMoney(give("psp:"+psp, paidIn))}
	TestFund = &Operation{Kind: "TEST_FUND", Caller: "identity", Weight: 1, Draw: upTo(1, 20_000), Send: sendTestMoney(false), do: testMoney(give("funding", uncounted))}
	// Grant makes pools.
	Grant = &Operation{Kind: "GRANT_BONUS", Caller: "bonus", Weight: 9, Granted: true, Draw: upTo(1, 8_000), Send: sendGrant, do: grantBonus}

	placeOp = &Operation{
		Kind: "PLACE_HOLD", Caller: "gaming", Weight: 30, Opens: Bet, Versioned: true, Draw: drawStake, Watched: onStakes, Send: sendPlace, do: placeHold,
	}
	settleOp  = &Operation{Kind: "SETTLE_HOLD", Caller: "gaming", Weight: 28, Closes: Bet, Draw: drawSettlement, Send: sendSettle, do: settleHold}
	releaseOp = &Operation{Kind: "RELEASE_HOLD", Caller: "gaming", Weight: 7, Closes: Bet, Draw: drawRelease, Send: sendRelease, do: releaseHold}
	playOp    = &Operation{
		Kind: "PLACE_AND_SETTLE", Caller: "gaming", Weight: 14, Opens: Bet, Versioned: true, Draw: drawPlay, Watched: onStakes, Send: sendPlay, do: placeAndSettle,
	}
	creditOp      = &Operation{Kind: "CREDIT", Caller: "gaming", Weight: 3, Draw: upTo(1, 500), Send: sendCredit, do: credit}
	lateCreditOp  = &Operation{Kind: "CREDIT", Caller: "gaming", Weight: 3, Ended: true, Draw: upTo(1, 500), Send: sendCredit, do: credit}
	correctOp     = &Operation{Kind: "CORRECT_HOLD", Caller: "gaming", Weight: 7, Ended: true, Draw: drawCorrection, Send: sendCorrection, do: correctHold}
	houseDebitOp  = &Operation{Kind: "DEBIT", Caller: "gaming", Weight: 3, Draw: drawDebit, Send: sendDebit("house:" + provider), do: debit("house:"+provider, lost)}
	fxOut         = &Operation{Kind: "FX_OUT", Caller: "cashier", do: fx(take)}
	fxIn          = &Operation{Kind: "FX_IN", Caller: "cashier", do: fx(give)}
	partnerPays   = &Operation{Kind: "PARTNER_CREDIT", Caller: Partner, do: partnerCredit}
	partnerTakes  = &Operation{Kind: "PARTNER_DEBIT", Caller: Partner, Watched: onPartners, do: take("house:"+partner, staked)}
	partnerDebits = &Operation{
		Kind: "PARTNER_DEBIT", Caller: Partner, Weight: 3, Draw: drawPartnerDebit, Watched: onPartners, Send: sendPartnerDebit, do: take("house:"+partner, staked),
	}
)

// Operations is the mix. A new operation is one more entry; nothing else has to know of it.
var Operations = []*Operation{
	Deposit, TestFund, Grant, placeOp, settleOp, releaseOp, playOp, creditOp, lateCreditOp, correctOp, houseDebitOp, partnerDebits,
	{Kind: "TEST_DRAW", Caller: "identity", Weight: 1, Draw: upTo(1, 2_000), Send: sendTestMoney(true), do: testMoney(take("funding", uncounted))},
	{Kind: "PAY_JACKPOT", Caller: "gaming", Weight: 1, Draw: upTo(1, 5_000), Send: sendJackpot, do: give("jackpot:"+jackpot, won)},
	{
		Kind: "TRANSFER_OUT", Caller: "gaming", Weight: 3, Versioned: true, Draw: upTo(1, 2_000), Watched: onTransfers, Send: sendTransferOut,
		do: take("provider_bank:"+provider, lost),
	},
	{Kind: "COUNT_PLAY", Caller: "gaming", Weight: 3, Draw: upTo(1, 500), Send: sendPlayed, do: played},
	{Kind: "TRANSFER_IN", Caller: "gaming", Weight: 3, Draw: upTo(1, 2_500), Send: sendTransferIn, do: give("provider_bank:"+provider, won)},
	{Kind: "DEBIT", Caller: "cashier", Weight: 2, Draw: drawDebit, Send: sendDebit("psp:" + psp), do: debit("psp:"+psp, takenBack)},
	{
		Kind: "RESERVE_WITHDRAWAL", Caller: "cashier", Weight: 6, Opens: Withdrawal, Draw: upTo(1, 12_000), Watched: onWithdrawals, Send: sendReserve,
		do: realMoney(reserveWithdrawal),
	},
	{Kind: "COMPLETE_WITHDRAWAL", Caller: "cashier", Weight: 4, Closes: Withdrawal, Draw: nothing, Send: sendComplete, do: completeWithdrawal},
	{Kind: "CANCEL_WITHDRAWAL", Caller: "cashier", Weight: 2, Closes: Withdrawal, Draw: nothing, Send: sendCancel, do: cancelWithdrawal},
	{Kind: "CONVERT_BONUS", Caller: "bonus", Weight: 4, Granted: true, Draw: drawConversionOfBonus, Send: sendConvertBonus, do: convertBonus},
	{Kind: "FORFEIT_BONUS", Caller: "bonus", Weight: 3, Granted: true, Draw: drawForfeit, Send: sendForfeit, do: forfeitBonus},
	{Kind: "CHARGEBACK", Caller: "cashier", Weight: 3, Draw: upTo(1, 9_000), Send: sendChargeback, do: chargeback},
	{Kind: "REVERSE_CHARGEBACK", Caller: "cashier", Weight: 2, Draw: upTo(1, 6_000), Send: sendReverseChargeback, do: reverseChargeback},
	{Kind: "SETTLE_DEBT", Caller: "cashier", Weight: 3, Draw: upTo(1, 1_500), Send: sendSettleDebt, do: settleDebt},
	{Kind: "ADJUST", Caller: Staff, Weight: 3, Decided: true, Draw: drawAdjustment, Send: sendAdjustment, do: adjust},
	{Kind: "round", Caller: "gaming", Weight: 14, Draw: drawRound, Send: sendRound},
	{Kind: "conversion", Caller: "cashier", Weight: 4, Draw: drawExchange, Send: sendExchange},
	{Kind: "settlement", Caller: Partner, Weight: 4, Draw: drawSettlementOfPartner, Send: sendSettlementOfPartner},
}

// Findable tells whether the caller can ask what became of the request.
func (o *Operation) Findable() bool {
	return o.Caller == "gaming" || o.Caller == "cashier" || o.Caller == "bonus"
}

// fx is one side of a conversion, whose other side is the account of its own currency.
func fx(move func(string, func(int64) Usage) func(*entry) string) func(e *entry) string {
	return func(e *entry) string { return move("fx:"+e.i.Currency, uncounted)(e) }
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

func upTo(least, most int64) func(*rand.Rand, *Intent, []Account) {
	return func(r *rand.Rand, i *Intent, _ []Account) { i.Amount = least + r.Int64N(most-least+1) }
}

func nothing(_ *rand.Rand, i *Intent, _ []Account) { i.Part = All }

// winnings are mostly none and seldom large, as in a game.
func winnings(r *rand.Rand) int64 {
	switch n := r.IntN(10); {
	case n < 6:
		return 0
	case n < 9:
		return r.Int64N(4_000)
	}
	return r.Int64N(20_000)
}

// drawFunding pays half of the stakes by cash alone.
func drawFunding(r *rand.Rand, i *Intent) {
	if r.IntN(2) == 0 {
		i.Policy = walletv1.FundingPolicy(r.IntN(2))
		return
	}
	i.Policy = walletv1.FundingPolicy(2 + r.IntN(3))
	i.Wins = walletv1.WinDistribution(r.IntN(3))
}

func drawStake(r *rand.Rand, i *Intent, _ []Account) {
	if i.Amount = r.Int64N(3_000); r.IntN(12) == 0 {
		i.Amount = 0
	}
	drawFunding(r, i)
}

// part is mostly all of a hold, and otherwise some of it.
func part(r *rand.Rand, least int64) int64 {
	if r.IntN(5) < 3 {
		return All
	}
	return least + r.Int64N(900)
}

func drawSettlement(r *rand.Rand, i *Intent, _ []Account) {
	i.Part, i.Payout = part(r, 0), winnings(r)
	if r.IntN(6) == 0 {
		i.Jackpot = 1 + r.Int64N(50)
	}
}

func drawRelease(r *rand.Rand, i *Intent, _ []Account) { i.Part = part(r, 1) }

func drawPlay(r *rand.Rand, i *Intent, cast []Account) {
	drawStake(r, i, cast)
	drawSettlement(r, i, cast)
	i.Part = 0
}

func drawDebit(r *rand.Rand, i *Intent, _ []Account) {
	if i.Amount = 1 + r.Int64N(800); r.IntN(4) == 0 {
		i.Amount, i.Debt = 1+r.Int64N(8_000), true
	}
}

func drawCorrection(r *rand.Rand, i *Intent, _ []Account) {
	i.Basis, i.Payout, i.RefuseDebt = walletv1.CorrectionBasis(r.IntN(3)), r.Int64N(5_000), r.IntN(4) == 0
	if r.IntN(5) == 0 {
		i.Void, i.Payout, i.Basis = true, 0, walletv1.CorrectionBasis(r.IntN(2))
	}
}

// drawLate closes a pool now and then.
func drawLate(r *rand.Rand, i *Intent) {
	if r.IntN(4) == 0 {
		i.Late = walletv1.LateMoney(1 + r.IntN(2))
	}
}

func drawConversionOfBonus(r *rand.Rand, i *Intent, _ []Account) {
	drawLate(r, i)
	if i.Amount = 1 + r.Int64N(3_000); i.Late != 0 && r.IntN(2) == 0 {
		i.Amount = 0
	}
}

func drawForfeit(r *rand.Rand, i *Intent, _ []Account) {
	drawLate(r, i)
	if i.Amount = 1 + r.Int64N(3_000); i.Late != 0 || r.IntN(3) == 0 {
		i.Amount = All
	}
}

func drawAdjustment(r *rand.Rand, i *Intent, _ []Account) {
	i.Debt = r.IntN(3) == 0
	if i.Amount = 1 + r.Int64N(2_000); r.IntN(2) == 0 {
		i.Amount = -i.Amount
	}
}

func drawPartnerDebit(r *rand.Rand, i *Intent, _ []Account) {
	i.Amount, i.caller = 1+r.Int64N(1_500), partnerCaller(0)
}
