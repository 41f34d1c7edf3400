package gaming

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// Kinds of a provider's transactions. The kind is part of the key, because some protocols use one id for a bet and its cancellation.
const (
	kindBet           = "bet"
	kindWin           = "win"
	kindCancel        = "cancel"
	kindPart          = "part" // what a cancellation of a part of a stake refers to
	kindPrize         = "prize"
	kindAdjustment    = "adjustment"
	kindRecalculation = "recalculation"
)

var kinds = []string{kindBet, kindWin, kindCancel, kindPrize, kindAdjustment, kindRecalculation}

// States of a provider's transaction: it is written down when it has its outcome.
const (
	txDone    int16 = 2
	txRefused int16 = 3
)

// What the wallet is asked for on behalf of a transaction.
const (
	actionHold    = "hold"
	actionSettle  = "settle"
	actionPlay    = "play" // stake and result at once
	actionCredit  = "credit"
	actionDebit   = "debit"
	actionRelease = "release"
	actionCorrect = "correct"
	actionNone    = "none"
)

// What else gives the wallet's requests their keys: a stake that went to the house because its round ended, and one that goes back because its bet was cancelled
// while it was on its way.
const (
	stepClose = "close"
	stepUndo  = "undo"
	// stepUndoSettled undoes a stake that had its result when stepUndo came.
	stepUndoSettled = "undo settled"
	// stepTakeBack takes a win or a prize back because its provider cancelled it.
	stepTakeBack = "take back"
)

// Reasons stored with transactions whose cancellation came first.
const (
	reasonCancelled = "BET_CANCELLED"
	reasonVoided    = "BET_VOIDED"
)

// Bet states and round states, as in the proto.
const (
	betAccepted  int16 = 2
	betSettled   int16 = 3
	betVoided    int16 = 4
	betRejected  int16 = 5
	betCorrected int16 = 6

	roundOpen    int16 = 1
	roundSettled int16 = 2
	roundVoided  int16 = 3
	roundManual  int16 = 4
)

// fingerprint condenses what must be the same when a provider repeats a transaction. Each part is written with its length, so that
// no two lists of parts look alike.
func fingerprint(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// requestID is the wallet's idempotency key for one step of one provider transaction. It is derived and never drawn, so that whoever
// takes the step again, after a crash or in parallel, asks under the same key.
func requestID(step, integrationID, providerTxID string) string {
	return step + ":" + hex.EncodeToString(fingerprint(integrationID, step, providerTxID))
}

// stakeKey is the wallet's key of a stake. Where bets and wins share their ids it is the key that a win of the same id has: when both come at the same moment the
// wallet does one of them and refuses the other, whoever asks and whatever crashes.
func stakeKey(integrationID, providerTxID string, oneIDSpace bool) string {
	if oneIDSpace {
		return requestID(kindWin, integrationID, providerTxID)
	}
	return requestID(kindBet, integrationID, providerTxID)
}

// walletTxRef is a provider's transaction id as the wallet's reference takes it: at most 128 bytes; a longer one by its hash.
func walletTxRef(providerTxID string) string {
	if len(providerTxID) <= 128 {
		return providerTxID
	}
	return "sha256:" + hex.EncodeToString(fingerprint(providerTxID))
}

func yesNo(b bool) string { return strconv.FormatBool(b) }

// tally counts a round's bets by where they stand.
type tally struct {
	unresolved, settled, voided int
}

// nextRoundState says where a round stands after one of its bets has changed: over once its provider closed it, or is not going to, and every bet has its
// result, or once every bet was taken back.
func nextRoundState(current int16, closing bool, t tally) int16 {
	switch {
	case t.unresolved > 0 && current == roundManual:
		return current
	case t.unresolved > 0:
		return roundOpen
	case t.settled > 0 && closing:
		return roundSettled
	case t.settled == 0 && (t.voided > 0 || closing):
		return roundVoided
	case t.settled > 0:
		return roundOpen
	}
	return current
}

// count counts the bets of a round.
func (r *round) count() tally {
	var t tally
	for _, b := range r.bets {
		switch b.State {
		case betAccepted:
			t.unresolved++
		case betSettled, betCorrected:
			t.settled++
		case betVoided:
			t.voided++
		}
	}
	return t
}

// roundIDOf is our id of a round that is new. It is derived, so that two bets that open it at the same time open one.
func roundIDOf(integrationID, playerID, providerRoundID string) string {
	return ids.Derived("rnd", integrationID, playerID, providerRoundID)
}

// betIDOf is our id of a new bet, derived from its provider's, so that whoever asks the wallet for its stake asks in the same words.
func betIDOf(integrationID, providerTxID string) string {
	return ids.Derived("bet", integrationID, providerTxID)
}

// transactionID is our id of a provider's transaction, as its provider is told.
func transactionID(integrationID, kind, providerTxID string) string {
	return ids.Derived("ptx", integrationID, kind, providerTxID)
}

// gameKey names a game by its provider's code in the cache of games; no id contains the separator.
func gameKey(integrationID, code string) string { return integrationID + "\x00" + code }

func splitGameKey(key string) (integrationID, code string, ok bool) {
	return strings.Cut(key, "\x00")
}
