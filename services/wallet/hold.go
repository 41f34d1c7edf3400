package wallet

import "time"

// holdState is where a hold stands; the numbers are those of walletv1.HoldState and of the database.
type holdState int16

const (
	holdOpen     holdState = 1
	holdSettled  holdState = 2
	holdReleased holdState = 3
)

// String is the state's name in error metadata.
func (s holdState) String() string {
	return map[holdState]string{holdOpen: "OPEN", holdSettled: "SETTLED", holdReleased: "RELEASED"}[s]
}

// holdPurpose says who may close a hold: a bet's hold is not paid out as a withdrawal, nor the other way round.
type holdPurpose int16

const (
	forBet        holdPurpose = 1
	forWithdrawal holdPurpose = 2
)

// hold is money reserved for a bet or a withdrawal.
type hold struct {
	id       string
	player   string
	currency string
	amount   int64
	purpose  holdPurpose
	state    holdState
	ref      reference

	createdAt time.Time
	fresh     bool // opened in this batch
	dirty     bool // changed in this batch
}

// closable finds out whether a command may close the hold. The order of the checks is part of the contract: what belongs to others is
// a mismatch whatever its state.
func (h *hold) closable(c *command, p holdPurpose) error {
	switch {
	case h == nil:
		return holdNotFound(c.holdID)
	case h.player != c.player, c.currency != "" && h.currency != c.currency, h.purpose != p:
		return holdMismatch(c.holdID)
	case h.state != holdOpen:
		return holdClosed(c.holdID, h.state)
	}
	return nil
}
