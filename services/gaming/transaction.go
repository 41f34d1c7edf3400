package gaming

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// Kinds of a provider's transactions. The kind is part of the key, because some protocols use one id for a bet and its cancellation.
const (
	kindBet    = "bet"
	kindWin    = "win"
	kindCancel = "cancel"
)

// States of a provider's transaction.
const (
	txOpen    int16 = 1 // written down, the wallet's answer is not known
	txDone    int16 = 2
	txRefused int16 = 3
)

// What the wallet is asked for on behalf of a transaction.
const (
	actionHold    = "hold"
	actionSettle  = "settle"
	actionCredit  = "credit"
	actionDebit   = "debit"
	actionRelease = "release"
	actionNone    = "none"
)

// Who has taken it on to close a bet's hold, or to take the bet back. A claim is made under the round's lock before the wallet is
// asked, so that a hold is never closed in two ways.
const (
	claimNone   = ""
	claimWin    = "win"
	claimClose  = "close"
	claimCancel = "cancel"
)

// Bet states and round states, as in the proto.
const (
	betPending  int16 = 1
	betAccepted int16 = 2
	betSettled  int16 = 3
	betVoided   int16 = 4
	betRejected int16 = 5

	roundOpen    int16 = 1
	roundSettled int16 = 2
	roundVoided  int16 = 3
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

// nextRoundState says where a round stands after one of its bets has changed: over once its provider closed it and every bet has its
// result, or once every bet was taken back. openTxs are transactions of the round that are under way.
func nextRoundState(current int16, closing bool, t tally, openTxs int64) int16 {
	switch {
	case t.unresolved > 0 || openTxs > 0:
		return current
	case t.settled > 0 && closing:
		return roundSettled
	case t.settled == 0 && (t.voided > 0 || closing):
		return roundVoided
	case t.settled > 0:
		return roundOpen
	}
	return current
}

// gameKey names a game by its provider's code in the cache of games; no id contains the separator.
func gameKey(integrationID, code string) string { return integrationID + "\x00" + code }

func splitGameKey(key string) (integrationID, code string, ok bool) {
	return strings.Cut(key, "\x00")
}
