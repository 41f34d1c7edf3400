package cashier

// withdrawalState has the numbers of cashierv1.WithdrawalState.
type withdrawalState int16

const (
	withdrawalRequested withdrawalState = 1
	withdrawalAwaiting  withdrawalState = 2
	withdrawalApproved  withdrawalState = 3
	withdrawalSubmitted withdrawalState = 4
	withdrawalPaid      withdrawalState = 5
	withdrawalRejected  withdrawalState = 6
	withdrawalFailed    withdrawalState = 7
	withdrawalCancelled withdrawalState = 8
	withdrawalUnknown   withdrawalState = 9
)

var withdrawalNames = map[withdrawalState]string{
	withdrawalRequested: "REQUESTED", withdrawalAwaiting: "AWAITING_APPROVAL", withdrawalApproved: "APPROVED",
	withdrawalSubmitted: "SUBMITTED", withdrawalPaid: "PAID", withdrawalRejected: "REJECTED", withdrawalFailed: "FAILED",
	withdrawalCancelled: "CANCELLED", withdrawalUnknown: "UNKNOWN",
}

// String is the state's name as players and operators see it.
func (s withdrawalState) String() string { return withdrawalNames[s] }

// Numbers of cashierv1.DestinationKind.
const (
	destinationSource int16 = 1
	destinationBank   int16 = 2
)

// bankPSP is the wallet's account for what finance transfers by hand.
const bankPSP = "bank"

// approvalsNeeded is how many persons must approve: none up to the automatic limit, two from the four-eyes limit on, one between. A currency
// without one of the limits always needs two. The limits are answered as they are kept with the withdrawal.
func (r rules) approvalsNeeded(amount int64, currency string) (needed int32, auto, fourEyes *int64) {
	a, okA := r.auto[currency]
	f, okF := r.fourEyes[currency]
	if okA {
		auto = &a
	}
	if okF {
		fourEyes = &f
	}
	switch {
	case !okA || !okF || amount >= f:
		return 2, auto, fourEyes
	case amount <= a:
		return 0, auto, fourEyes
	}
	return 1, auto, fourEyes
}

// move is the next thing to do for a withdrawal.
type move int

const (
	moveWait    move = iota // for a person or for time to pass
	moveReserve             // ask the wallet to reserve
	moveRecheck             // ask the wallet whether a refused reservation happened after all
	moveSubmit              // approved: hand it over
	moveSend                // make the call of a queued part
	moveAsk                 // ask the provider about a part
	movePaid                // everything is paid: decide so
	moveFail                // nothing was paid and nothing can be: decide so
	moveReplace             // something was paid: find other deposits for the rest
	moveFinish              // carry a decided end out in the wallet
)

// payoutFacts are what the next move is decided on.
type payoutFacts struct {
	state       withdrawalState
	outcome     withdrawalState // 0: not decided
	destination int16
	reserved    bool
	amount      int64
	parts       []partFacts
	// asked are the parts that were asked about in this turn.
	asked map[string]bool
}

// next decides the next move and, for moveSend and moveAsk, the part. Parts are sent one after another; while it is not known
// what came of one, no other is sent.
func (w payoutFacts) next() (move, int) {
	if w.outcome != 0 {
		if w.outcome == w.state {
			return moveWait, -1
		}
		return moveFinish, -1
	}
	switch w.state {
	case withdrawalRequested:
		return moveReserve, -1
	case withdrawalApproved:
		return moveSubmit, -1
	case withdrawalFailed:
		if !w.reserved {
			return moveRecheck, -1
		}
	case withdrawalSubmitted, withdrawalUnknown:
		if w.destination == destinationSource {
			return w.nextPart()
		}
	}
	return moveWait, -1
}

func (w payoutFacts) nextPart() (move, int) {
	var paid int64
	queued, failed, pending, unclear := -1, false, false, false
	for i, p := range w.parts {
		switch p.state {
		case partSucceeded:
			paid += p.amount.Minor
		case partFailed:
			failed = true
		case partQueued:
			if queued < 0 {
				queued = i
			}
		default:
			if !w.asked[p.id] {
				return moveAsk, i
			}
			pending = pending || p.state == partPending
			unclear = unclear || p.state != partPending
		}
	}
	switch {
	case paid == w.amount:
		return movePaid, -1
	case unclear, paid == 0 && pending: // while nothing is paid, the first part decides about all
		return moveWait, -1
	case paid == 0 && failed:
		return moveFail, -1
	case queued >= 0:
		return moveSend, queued
	case pending:
		return moveWait, -1
	}
	return moveReplace, -1
}

// unpaid is what no part that is paid or on its way covers.
func (w payoutFacts) unpaid() int64 {
	left := w.amount
	for _, p := range w.parts {
		if p.state != partFailed {
			left -= p.amount.Minor
		}
	}
	return left
}

// withdrawalNext is what the player is told comes next.
func withdrawalNext(s withdrawalState, destination int16) string {
	switch s {
	case withdrawalRequested:
		return "WAIT_FOR_RESERVATION"
	case withdrawalAwaiting:
		return "WAIT_FOR_APPROVAL"
	case withdrawalApproved, withdrawalSubmitted:
		if destination == destinationBank {
			return "WAIT_FOR_BANK"
		}
		return "WAIT_FOR_PROVIDER"
	case withdrawalUnknown:
		return "WAIT_FOR_PROVIDER"
	}
	return ""
}
