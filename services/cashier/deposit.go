package cashier

import (
	"time"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

// depositState has the numbers of cashierv1.DepositState.
type depositState int16

const (
	depositCreated  depositState = 1
	depositPending  depositState = 2
	depositCaptured depositState = 3
	depositDeclined depositState = 4
	depositExpired  depositState = 5
	depositDisputed depositState = 6
)

var depositNames = map[depositState]string{
	depositCreated: "CREATED", depositPending: "PENDING", depositCaptured: "CAPTURED", depositDeclined: "DECLINED",
	depositExpired: "EXPIRED", depositDisputed: "DISPUTED",
}

// String is the state's name as players and operators see it.
func (s depositState) String() string { return depositNames[s] }

// reportStatus has the numbers of adapterv1.PaymentStatus.
type reportStatus int16

const (
	reportPending   reportStatus = 1
	reportSucceeded reportStatus = 2
	reportFailed    reportStatus = 3
	reportCanceled  reportStatus = 4
)

var reportNames = map[reportStatus]string{
	0: "UNSPECIFIED", reportPending: "PENDING", reportSucceeded: "SUCCEEDED", reportFailed: "FAILED", reportCanceled: "CANCELED",
}

// String is the status' name.
func (s reportStatus) String() string { return reportNames[s] }

// report is what a provider answered when it was asked about a payment or a refund; webhooks are never taken for it.
type report struct {
	ref         string
	ourRef      string
	status      reportStatus
	amount      money.Amount
	failureCode string
	instrument  string
	askedAt     time.Time
}

// Kinds of disagreement; see ReconciliationNeeded in cashier/v1/events.proto.
const (
	kindAmountDiff   = "AMOUNT_DIFF"
	kindStatusDiff   = "STATUS_DIFF"
	kindMissingOurs  = "MISSING_OURS"
	kindLateReversal = "LATE_REVERSAL"
)

// finding is one disagreement that a person must look at.
type finding struct{ kind, ours, theirs string }

// depositFacts are what is decided on.
type depositFacts struct {
	id     string
	state  depositState
	amount money.Amount
	// paidAt is when the provider's yes was recorded; zero before.
	paidAt time.Time
	// overdue says that its time and the grace after it are over.
	overdue bool
}

// depositVerdict is what becomes of a deposit.
type depositVerdict int

const (
	depositStays depositVerdict = iota
	depositOpens
	depositIsPaid
	depositDeclines
	depositExpires
	depositIsDisputed
)

// judge decides what a provider's answer means for a deposit. States only move forward: a yes after a no is real money and is credited, a
// no after a yes takes nothing back by itself; both are findings. An answer that was asked for before the yes was known is stale.
func (d depositFacts) judge(r report) (depositVerdict, *finding) {
	settled := d.state == depositCaptured || !d.paidAt.IsZero()
	if r.ourRef != d.id {
		return d.dispute(settled), &finding{kindAmountDiff, "reference " + d.id, "reference " + r.ourRef + " of " + r.ref}
	}
	switch r.status {
	case reportSucceeded:
		if r.amount != d.amount {
			return d.dispute(settled), &finding{kindAmountDiff, show(d.amount), show(r.amount)}
		}
		if settled {
			return depositStays, nil
		}
		if d.state == depositExpired || d.state == depositDeclined {
			return depositIsPaid, &finding{kindStatusDiff, d.state.String(), r.status.String()}
		}
		return depositIsPaid, nil
	case reportPending:
		switch {
		case d.open() && d.overdue && !settled:
			return depositExpires, nil
		case d.state == depositCreated && !settled:
			return depositOpens, nil
		}
	case reportFailed, reportCanceled:
		switch {
		case settled && r.askedAt.After(d.paidAt):
			return depositStays, &finding{kindLateReversal, d.state.String(), r.status.String()}
		case !settled && d.open() && r.status == reportFailed:
			return depositDeclines, nil
		case !settled && d.open():
			return depositExpires, nil
		}
	}
	return depositStays, nil
}

func (d depositFacts) open() bool { return d.state == depositCreated || d.state == depositPending }

// dispute is the verdict on an answer that does not match: what was credited stays credited.
func (d depositFacts) dispute(settled bool) depositVerdict {
	if settled || d.state == depositDisputed {
		return depositStays
	}
	return depositIsDisputed
}

func show(a money.Amount) string { return a.String() + " " + a.Currency }

// depositNext is what the player is told comes next.
func depositNext(s depositState, paid bool) string {
	switch s {
	case depositCreated:
		return "WAIT_FOR_PROVIDER"
	case depositPending:
		if paid {
			return "WAIT_FOR_CREDIT"
		}
		return "PAY_AT_PROVIDER"
	case depositDeclined, depositExpired:
		if paid {
			return "WAIT_FOR_CREDIT"
		}
		return "TRY_AGAIN"
	case depositDisputed:
		return "WAIT_FOR_SUPPORT"
	}
	return ""
}
