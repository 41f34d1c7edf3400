package cashier

import "github.com/pitboss-gaming/pitboss/kit/money"

// partState is where one refund of a withdrawal stands, in the order of its rank.
type partState int16

const (
	partQueued    partState = 1
	partSending   partState = 2 // the call may have been made
	partPending   partState = 3 // the provider has it
	partUnknown   partState = 4 // the call was made and nobody knows what came of it
	partFailed    partState = 5
	partSucceeded partState = 6
)

var partNames = map[partState]string{
	partQueued: "QUEUED", partSending: "SENDING", partPending: "PENDING", partUnknown: "UNKNOWN", partFailed: "FAILED", partSucceeded: "SUCCEEDED",
}

// String is the state's name as the API shows it.
func (s partState) String() string { return partNames[s] }

// partFacts are what is decided on.
type partFacts struct {
	id        string
	depositID string
	state     partState
	amount    money.Amount
	ref       string
	// revivable says that a late success of a failed part can still be booked: the withdrawal is open, its sum and the deposit have room.
	revivable bool
	changedAt int64 // unix microseconds of the last change
}

func (p partFacts) ended() bool { return p.state == partFailed || p.state == partSucceeded }

// judge decides what a provider's answer means for a part. It answers the new state, which is the old one when nothing changes.
func (p partFacts) judge(r report) (partState, *finding) {
	ours := p.state.String()
	if r.ourRef != p.id || r.amount != p.amount {
		f := &finding{kindAmountDiff, show(p.amount) + " for " + p.id, show(r.amount) + " for " + r.ourRef + " of " + r.ref}
		if p.ended() {
			return p.state, f
		}
		return partUnknown, f
	}
	if p.ref != "" && r.ref != p.ref && p.state != partFailed {
		// A second refund with our reference: somebody paid twice.
		return p.state, &finding{kindMissingOurs, p.ref, r.ref + " " + r.status.String()}
	}
	switch r.status {
	case reportSucceeded:
		switch {
		case p.state == partFailed && p.revivable:
			return partSucceeded, nil
		case p.state == partFailed:
			return p.state, &finding{kindLateReversal, ours, r.status.String() + " " + r.ref}
		}
		return partSucceeded, nil
	case reportPending:
		if !p.ended() {
			return partPending, nil
		}
	case reportFailed, reportCanceled:
		if p.state == partSucceeded && r.askedAt.UnixMicro() > p.changedAt {
			return p.state, &finding{kindLateReversal, ours, r.status.String() + " " + r.ref}
		}
		if !p.ended() {
			return partFailed, nil
		}
	}
	return p.state, nil
}

// source is one deposit that can give money back.
type source struct {
	depositID, integrationID, psp string
	left                          int64
}

// share is what one deposit gives back.
type share struct {
	source
	amount int64
}

// allocate takes an amount from the sources in their order, oldest first. All shares are of one payment provider, the first source's, because
// a withdrawal leaves through one account of the ledger. It also answers how much these sources could give in all.
func allocate(sources []source, amount int64) (shares []share, refundable int64) {
	missing := amount
	for _, s := range sources {
		if s.psp != sources[0].psp {
			continue
		}
		refundable += s.left
		if take := min(s.left, missing); take > 0 {
			shares = append(shares, share{source: s, amount: take})
			missing -= take
		}
	}
	if missing > 0 {
		return nil, refundable
	}
	return shares, refundable
}
