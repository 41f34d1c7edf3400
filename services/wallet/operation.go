package wallet

import "time"

// entryType is what an entry is called; the numbers are those of walletv1.EntryType and of the database.
type entryType int16

const (
	entryDeposit          entryType = 1
	entryWithdrawalHold   entryType = 2
	entryWithdrawal       entryType = 3
	entryWithdrawalCancel entryType = 4
	entryHold             entryType = 5
	entryHoldRelease      entryType = 6
	entrySettleDebit      entryType = 7
	entryPayout           entryType = 8
	entryTransfer         entryType = 9
	entryBonusGrant       entryType = 10
	entryBonusConvert     entryType = 11
	entryBonusForfeit     entryType = 12
	entryTransferOut      entryType = 13
	entryTransferIn       entryType = 14
	entryFX               entryType = 15
	entryAdjustment       entryType = 16
	entryCorrection       entryType = 17
	entryChargeback       entryType = 18
	entryJackpotPart      entryType = 19
	entryJackpotWin       entryType = 20
)

// operationKind names what an operation was, in the database, in walletv1.Operation and in events.
type operationKind string

const (
	opDeposit            operationKind = "DEPOSIT"
	opReserveWithdrawal  operationKind = "RESERVE_WITHDRAWAL"
	opCompleteWithdrawal operationKind = "COMPLETE_WITHDRAWAL"
	opCancelWithdrawal   operationKind = "CANCEL_WITHDRAWAL"
	opPlaceHold          operationKind = "PLACE_HOLD"
	opSettleHold         operationKind = "SETTLE_HOLD"
	opReleaseHold        operationKind = "RELEASE_HOLD"
	opPlaceAndSettle     operationKind = "PLACE_AND_SETTLE"
	opCredit             operationKind = "CREDIT"
	opDebit              operationKind = "DEBIT"
	opGrantBonus         operationKind = "GRANT_BONUS"
	opConvertBonus       operationKind = "CONVERT_BONUS"
	opForfeitBonus       operationKind = "FORFEIT_BONUS"
	opFXOut              operationKind = "FX_OUT"
	opFXIn               operationKind = "FX_IN"
	opTransferOut        operationKind = "TRANSFER_OUT"
	opTransferIn         operationKind = "TRANSFER_IN"
	opPayJackpot         operationKind = "PAY_JACKPOT"
	opCorrectHold        operationKind = "CORRECT_HOLD"
	opChargeback         operationKind = "CHARGEBACK"
	opReverseChargeback  operationKind = "REVERSE_CHARGEBACK"
	opSettleDebt         operationKind = "SETTLE_DEBT"
	opAdjust             operationKind = "ADJUST"
	opPartnerDebit       operationKind = "PARTNER_DEBIT"
	opPartnerCredit      operationKind = "PARTNER_CREDIT"
	opTestFund           operationKind = "TEST_FUND"
	opTestDraw           operationKind = "TEST_DRAW"
	opCountPlay          operationKind = "COUNT_PLAY"
)

// reference ties an operation to the facts it came from.
type reference struct {
	sourceKind                              int16
	sourceID, roundID, providerTxID, gameID string
	providerRoundID                         string // of holds alone, and not loaded with them
}

// requestKey is the idempotency key: never the same for two operations.
type requestKey struct{ caller, requestID string }

// correctionBasis says what the payout of a correction means; the numbers are those of walletv1.CorrectionBasis.
type correctionBasis int16

const (
	basisMore correctionBasis = 1
	basisLess correctionBasis = 2
)

// allParts says that a command closes all that is still held.
const allParts = -1

// command is a checked request for one operation. Amounts are minor units and not negative, but for adjustments.
type command struct {
	requestKey
	hash            [16]byte // of the key
	fingerprint     [32]byte
	kind            operationKind
	player          string
	currency        string // empty where only the hold says it
	amount          int64  // deposited, reserved, staked, credited, debited, granted, ...; the part of a hold, or allParts
	payout          int64
	counterparty    accountKey // system account on the other side, its currency empty until it is known
	holdID          string     // hold to close
	holdStep        int        // position, from 1, of the command of the same request that places that hold; 0 when it is named
	expectedVersion int64      // 0 does not check
	creditType      entryType
	ref             reference
	funding         funding
	jackpots        []jackpotPart
	closes          bool      // a bonus pool is closed
	late            lateMoney // with closes
	void            bool      // a correction gives the stake back
	basis           correctionBasis
	by              int64 // of a correction with a basis: how much; payout is then what it comes to
	refuseDebt      bool  // a correction takes no more than there is
	atMostPaid      bool  // with basisLess: takes no more than was paid
	debt            bool  // an adjustment changes what the player owes; what a debit lacks becomes debt
	conversion      *conversion
	adjusted        *adjusted
	playedAt        time.Time // of play at a provider
}

// jackpotPart is a contribution to a jackpot.
type jackpotPart struct {
	jackpot string
	amount  int64
}

// conversion is a currency conversion, whose sides are two operations.
type conversion struct {
	rate, source, rounding     string
	quotedAt                   time.Time
	from, to                   int64
	fromCurrency, intoCurrency string
}

// adjusted says who stands behind an adjustment.
type adjusted struct{ id, reason, requestedBy, approvedBy string }

// balances are what a player has in one currency.
type balances struct {
	available, held, bonus, heldBonus, owed, version int64
}

// detail is what there is to tell of an operation besides its amounts; it is kept only where there is something.
type detail struct {
	grantID                                     string
	amountBonus, payoutBonus, remaining         int64
	owedChange, cashChange, bonusChange, uncoll int64
	forfeited, pool                             int64
	jackpots                                    []jackpotPart
	conversion                                  *conversion
	adjusted                                    *adjusted
	guard                                       string // that does not allow the player to go on
}

// result is the answer to a command, kept with its key.
type result struct {
	operationID string
	number      int64
	at          time.Time
	holdID      string
	player      string
	currency    string
	after       balances
	detail      *detail // nil when there is nothing to tell
	replayed    bool
}

// told is the detail, empty when there is none.
func (r result) told() detail {
	if r.detail == nil {
		return detail{}
	}
	return *r.detail
}

// operation is a decided command with everything that is to be written.
type operation struct {
	result
	command *command
	amount  int64 // what it was about; of a hold, the part
	entries []entry
	hold    *hold // hold that was opened, settled, given back or corrected, if any
	refund  funds // stake that a correction gave back
	// Cash that a correction gave, or took when it is negative, debts included, and without late money.
	corrected int64
	tell      detail
}
