package gaming

import (
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// partOf gives a part of a stake back while its bet has no result. The wallet releases as much of the hold, which stays open for the rest.
func (c *cancelling) partOf(sit *situation, row db.ProviderTx, player string) (plan, error) {
	b := sit.bets[txRef{c.w.integrationID, row.ReferenceTxID}]
	if b == nil {
		return plan{}, c.unknownStake(sit, row.ReferenceTxID)
	}
	key := requestID(kindCancel, b.IntegrationID, row.ProviderTxID)
	if _, done := sit.done[key]; !done {
		if err := c.admitPart(b, player); err != nil {
			return plan{}, sit.refuse(err, key)
		}
	}
	row.PlayerID, row.RoundID, row.BetID, row.Currency, row.ReferenceKind, row.RoundClosed = b.PlayerID, b.RoundID, b.BetID, b.Currency, kindPart, false
	row.Action, row.AmountMinor, row.ReportedMinor = actionRelease, c.part.Minor, c.part.Minor
	op := walletOp{
		action: actionRelease, key: key, amount: c.part.Minor, part: true, holdID: b.HoldID, ref: betRef{b.BetID, b.RoundID, row.ProviderTxID, b.GameID},
	}
	return single(deed{tx: row, ops: []walletOp{op}}), nil
}

// admitPart says why a part of a stake does not go back.
func (c *cancelling) admitPart(b *bet, player string) error {
	switch {
	case player != "" && player != b.PlayerID:
		return errPlayerMismatch()
	case c.part.Currency != b.Currency:
		return errCurrencyMismatch(c.part.Currency, b.Currency)
	case b.State == betRejected:
		return errBetNotFound(b.ProviderTxID)
	case b.State == betVoided:
		return errBetVoided(b.ProviderTxID)
	case b.hasResult(), b.Decided: // an operator is giving it one
		return errBetSettled(b.ProviderTxID)
	case c.part.Minor <= 0, c.part.Minor >= b.StakeMinor:
		return errInvalidAmount(c.part.String(), c.part.Currency)
	}
	return nil
}

// unknownStake refuses a part of a stake of which no row tells. One that the wallet has is about to be written, or will be by whoever finds its hold.
func (c *cancelling) unknownStake(sit *situation, ref string) error {
	key := requestID(kindBet, c.w.integrationID, ref)
	m, asked := sit.done[key]
	switch {
	case !asked:
		return &lostKey{error: errAgain, key: key}
	case m.staked():
		return errInFlight(ref)
	}
	return errBetNotFound(ref)
}
