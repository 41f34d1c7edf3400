package wallet

import "testing"

// bonusRules are the rules about bonus money, partial settlements and every operation that is not a plain bet or payment.
var bonusRules = map[string]string{
	"a stake by cash first, won back by its split (domain, worked example 2)": `
		deposit ann 1.00                              -> 1.00 0.00 v1
		grant   ann g 5.00                            -> 1.00 0.00 b5.00/0.00 v2
		hold    ann 3.00 fund=CASH_FIRST:g key=h      -> 0.00 1.00 b3.00/2.00 v3
		settle  ann h 10.00                           -> 3.34 0.00 b9.66/0.00 v4`,
	"the void of a split stake gives back what each part was": `
		deposit ann 1.00                              -> 1.00 0.00 v1
		grant   ann g 5.00                            -> 1.00 0.00 b5.00/0.00 v2
		hold    ann 3.00 fund=CASH_FIRST:g key=h      -> 0.00 1.00 b3.00/2.00 v3
		release ann h                                 -> 1.00 0.00 b5.00/0.00 v4`,
	"bonus first, bonus alone, and cash alone": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		grant   ann g 5.00                            -> 10.00 0.00 b5.00/0.00 v2
		hold    ann 6.00 fund=BONUS_FIRST:g key=h     -> 9.00 1.00 b0.00/5.00 v3
		hold    ann 0.01 fund=BONUS_ONLY:g            -> INSUFFICIENT_FUNDS
		hold    ann 9.01                              -> INSUFFICIENT_FUNDS
		hold    ann 9.01 fund=CASH_FIRST:g            -> INSUFFICIENT_FUNDS
		hold    ann 9.00 fund=CASH_FIRST:g key=i      -> 0.00 10.00 b0.00/5.00 v4
		settle  ann i 9.00                            -> 9.00 1.00 b0.00/5.00 v5`,
	"winnings of a locked bonus stay bonus, whoever paid the stake": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		grant   ann g 5.00                            -> 10.00 0.00 b5.00/0.00 v2
		hold    ann 2.00 fund=CASH_FIRST:g wins=ALL key=h -> 8.00 2.00 b5.00/0.00 v3
		settle  ann h 7.00                            -> 8.00 0.00 b12.00/0.00 v4`,
	"two grants are two pools": `
		grant   ann a 5.00                            -> 0.00 0.00 b5.00/0.00 v1
		grant   ann b 5.00                            -> 0.00 0.00 b10.00/0.00 v2
		hold    ann 6.00 fund=BONUS_ONLY:a            -> INSUFFICIENT_FUNDS
		hold    ann 5.00 fund=BONUS_ONLY:a key=h      -> 0.00 0.00 b5.00/5.00 v3
		forfeit ann b                                 -> 0.00 0.00 b0.00/5.00 v4
		settle  ann h 9.00                            -> 0.00 0.00 b9.00/0.00 v5
		convert ann b 1.00                            -> INSUFFICIENT_FUNDS
		convert ann a 9.00                            -> 9.00 0.00 v6`,
	"bonus money is not withdrawn, and grants are not mixed up": `
		grant   ann g 5.00                            -> 0.00 0.00 b5.00/0.00 v1
		reserve ann 0.01                              -> INSUFFICIENT_FUNDS
		hold    ann 1.00 fund=BONUS_ONLY:x            -> GRANT_NOT_FOUND
		hold    bob 1.00 fund=BONUS_ONLY:g            -> GRANT_NOT_FOUND
		convert ann x 1.00                            -> GRANT_NOT_FOUND
		forfeit ann x                                 -> GRANT_NOT_FOUND
		forfeit ann g 5.01                            -> INSUFFICIENT_FUNDS
		convert ann g 5.01                            -> INSUFFICIENT_FUNDS`,
	"conversion with a cap forfeits the rest (domain, worked example 4)": `
		grant   ann g 80.00                           -> 0.00 0.00 b80.00/0.00 v1
		convert ann g 50.00 close=CASH                -> 50.00 0.00 v2
		grant   ann g 1.00                            -> GRANT_CLOSED
		hold    ann 1.00 fund=CASH_FIRST:g            -> GRANT_CLOSED
		convert ann g 1.00                            -> GRANT_CLOSED
		forfeit ann g                                 -> GRANT_CLOSED`,
	"late money of a closed pool becomes cash": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 4.00 fund=BONUS_ONLY:g key=h      -> 0.00 0.00 b6.00/4.00 v2
		hold    ann 2.00 fund=BONUS_ONLY:g key=i      -> 0.00 0.00 b4.00/6.00 v3
		convert ann g 4.00 close=CASH                 -> 4.00 0.00 b0.00/6.00 v4
		settle  ann h 5.00                            -> 9.00 0.00 b0.00/2.00 v5
		release ann i                                 -> 11.00 0.00 v6
		credit  ann 3.00 hold=h                       -> 14.00 0.00 v7`,
	"late money of a forfeited pool is discarded": `
		deposit ann 2.00                              -> 2.00 0.00 v1
		grant   ann g 10.00                           -> 2.00 0.00 b10.00/0.00 v2
		hold    ann 4.00 fund=CASH_FIRST:g key=h      -> 0.00 2.00 b8.00/2.00 v3
		forfeit ann g close=DISCARD                   -> 0.00 2.00 b0.00/2.00 v4
		settle  ann h 5.00                            -> 2.50 0.00 v5
		credit  ann 1.00 hold=h                       -> 3.00 0.00 v6`,
	"limits count cash alone, the maximum stake with bonus only bonus-funded stakes": `
		deposit ann 100.00                            -> 100.00 0.00 v1
		grant   ann g 100.00                          -> 100.00 0.00 b100.00/0.00 v2
		guard   ann STAKE 10.00
		guard   ann SINGLE_STAKE_BONUS 5.00
		hold    ann 5.01 fund=BONUS_ONLY:g            -> LIMIT_REACHED
		hold    ann 5.00 fund=BONUS_ONLY:g key=h      -> 100.00 0.00 b95.00/5.00 v3
		hold    ann 9.00 fund=CASH_FIRST:g key=i      -> 91.00 9.00 b95.00/5.00 v4
		hold    ann 1.01                              -> LIMIT_REACHED
		release ann h                                 -> 91.00 9.00 b100.00/0.00 v5
		hold    ann 1.01                              -> LIMIT_REACHED
		release ann i                                 -> 100.00 0.00 b100.00/0.00 v6
		hold    ann 10.00                             -> 90.00 10.00 b100.00/0.00 v7`,
	"a hold is settled in parts": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 10.00 key=h                       -> 0.00 10.00 v2
		settle  ann h 1.00 part=0.00                  -> 1.00 10.00 v3
		settle  ann h 5.00 part=4.00                  -> 6.00 6.00 v4
		settle  ann h 0.00 part=6.01                  -> PART_TOO_LARGE
		release ann h part=6.01                       -> PART_TOO_LARGE
		release ann h part=1.00                       -> 7.00 5.00 v5
		settle  ann h 0.00                            -> 7.00 0.00 v6
		settle  ann h 0.00                            -> HOLD_CLOSED`,
	"parts of a split stake never lose a cent": `
		deposit ann 0.01                              -> 0.01 0.00 v1
		grant   ann g 0.02                            -> 0.01 0.00 b0.02/0.00 v2
		hold    ann 0.03 fund=CASH_FIRST:g key=h      -> 0.00 0.01 b0.00/0.02 v3
		release ann h part=0.01                       -> 0.01 0.00 b0.00/0.02 v4
		release ann h part=0.01                       -> 0.01 0.00 b0.01/0.01 v5
		release ann h                                 -> 0.01 0.00 b0.02/0.00 v6`,
	"several holds in a round end apart": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 4.00 key=h                        -> 6.00 4.00 v2
		hold    ann 6.00 key=i                        -> 0.00 10.00 v3
		settle  ann i 9.00                            -> 9.00 4.00 v4
		release ann h                                 -> 13.00 0.00 v5`,
	"a correction up and down posts the difference": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 4.00 key=h                        -> 6.00 4.00 v2
		correct ann h 1.00                            -> HOLD_OPEN
		settle  ann h 9.00                            -> 15.00 0.00 v3
		correct ann h 5.00                            -> 11.00 0.00 v4
		correct ann h 12.00                           -> 18.00 0.00 v5
		correct ann h 12.00                           -> 18.00 0.00 v6
		void    ann h                                 -> 10.00 0.00 v7
		void    ann h                                 -> HOLD_VOID
		correct ann h 1.00                            -> HOLD_VOID
		correct bob h 1.00                            -> HOLD_MISMATCH
		correct ann x 1.00                            -> HOLD_NOT_FOUND`,
	"what was released after it had paid can be taken back": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 4.00 key=h                        -> 6.00 4.00 v2
		settle  ann h 5.00 part=0.00                  -> 11.00 4.00 v3
		release ann h                                 -> 15.00 0.00 v4
		correct ann h 0.00                            -> 10.00 0.00 v5
		correct ann h 0.00                            -> HOLD_VOID`,
	"a stake of no bonus money says whose winnings they are": `
		grant   ann g 1.00                            -> 0.00 0.00 b1.00/0.00 v1
		hold    ann 0.00 fund=BONUS_ONLY:g key=h      -> 0.00 0.00 b1.00/0.00 v2
		settle  ann h 3.00                            -> 0.00 0.00 b4.00/0.00 v3
		hold    ann 0.00 fund=CASH_FIRST:g key=i      -> 0.00 0.00 b4.00/0.00 v4
		credit  ann 1.00 hold=i                       -> HOLD_OPEN
		settle  ann i 3.00                            -> 3.00 0.00 b4.00/0.00 v5`,
	"a released hold is not corrected": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 4.00 key=h                        -> 6.00 4.00 v2
		release ann h                                 -> 10.00 0.00 v3
		correct ann h 1.00                            -> HOLD_VOID`,
	"a claw-back takes what cash there is, the rest is owed and blocks withdrawals": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 10.00 key=h                       -> 0.00 10.00 v2
		settle  ann h 50.00                           -> 50.00 0.00 v3
		reserve ann 45.00 key=w                       -> 5.00 45.00 v4
		complete ann w                                -> 5.00 0.00 v5
		correct ann h 0.00                            -> 0.00 0.00 owes45.00 v6
		deposit ann 20.00                             -> 20.00 0.00 owes45.00 v7
		reserve ann 1.00                              -> DEBT_OUTSTANDING
		paydebt ann 45.01                             -> NOTHING_OWED
		paydebt ann 45.00                             -> INSUFFICIENT_FUNDS
		paydebt ann 15.00                             -> 5.00 0.00 owes30.00 v8
		correct ann h 10.00                           -> 5.00 0.00 owes20.00 v9
		correct ann h 40.00                           -> 15.00 0.00 v10
		reserve ann 15.00                             -> 0.00 15.00 v11`,
	"a claw-back of bonus winnings never touches cash": `
		deposit ann 5.00                              -> 5.00 0.00 v1
		grant   ann g 5.00                            -> 5.00 0.00 b5.00/0.00 v2
		hold    ann 5.00 fund=BONUS_ONLY:g key=h      -> 5.00 0.00 b0.00/5.00 v3
		settle  ann h 20.00                           -> 5.00 0.00 b20.00/0.00 v4
		forfeit ann g 15.00                           -> 5.00 0.00 b5.00/0.00 v5
		correct ann h 0.00                            -> 5.00 0.00 v6
		correct ann h 8.00                            -> 5.00 0.00 v7
		void    ann h                                 -> 5.00 0.00 v8`,
	"a chargeback takes cash and leaves a debt, and comes back": `
		deposit ann 30.00                             -> 30.00 0.00 v1
		hold    ann 10.00                             -> 20.00 10.00 v2
		chargeback ann 25.00                          -> 0.00 10.00 owes5.00 v3
		unchargeback ann 25.00                        -> 20.00 10.00 v4
		chargeback ann 30.00                          -> 0.00 10.00 owes10.00 v5
		writeoff ann 10.01                            -> NOTHING_OWED
		writeoff ann 4.00                             -> 0.00 10.00 owes6.00 v6
		writeoff ann 6.00                             -> 0.00 10.00 v7`,
	"an adjustment goes both ways and not below zero": `
		adjust  ann 5.00                              -> 5.00 0.00 v1
		adjust  ann -5.01                             -> INSUFFICIENT_FUNDS
		adjust  ann -2.00                             -> 3.00 0.00 v2`,
	"transfers to a provider's wallet count as losses until they come back": `
		deposit ann 20.00                             -> 20.00 0.00 v1
		guard   ann NET_LOSS 10.00
		out     ann 10.01                             -> LIMIT_REACHED
		out     ann 10.00                             -> 10.00 0.00 v2
		hold    ann 0.01                              -> LIMIT_REACHED
		in      ann 30.00                             -> 40.00 0.00 v3
		out     ann 10.00                             -> 30.00 0.00 v4
		guard   ann NO_STAKE
		out     ann 0.01                              -> RESTRICTED`,
	"jackpots are fed by the house and pay to cash": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		hold    ann 10.00 key=h                       -> 0.00 10.00 v2
		settle  ann h 1.00 jp=mega:0.10 jp=mini:0.05  -> 1.00 0.00 v3
		jackpot ann 5000.00                           -> 5001.00 0.00 v4`,
	"a conversion is both sides or none": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		fx      ann 10.01 11.00USD                    -> INSUFFICIENT_FUNDS
		fx      ann 10.00 11.00USD key=x              -> 11.00 0.00 v1
		fx      ann 10.00 11.00USD key=x              -> 11.00 0.00 v1 again
		hold    ann 11.00USD                          -> 0.00 11.00 v2`,
	"a round of a partner is settled whole or not at all": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		deposit bob 1.00                              -> 1.00 0.00 v1
		settleround ann:5.00 bob:-1.00 ann:-15.00     -> 0.00 0.00 v3
		settleround bob:5.00 ann:-0.01                -> INSUFFICIENT_FUNDS
		settleround bob:5.00 eve:1.00                 -> PLAYER_UNKNOWN
		guard   bob NO_STAKE
		settleround ann:5.00 bob:-1.00                -> RESTRICTED
		settleround ann:5.00 bob:1.00                 -> 1.00 0.00 v3`,
	"stale versions are refused everywhere": `
		deposit ann 10.00                             -> 10.00 0.00 v1
		grant   ann g 5.00 version=9                  -> STALE_VERSION
		out     ann 1.00 version=2                    -> STALE_VERSION
		hold    ann 6.00 fund=BONUS_FIRST:g version=1 -> GRANT_NOT_FOUND`,
}

func TestBonusRules(t *testing.T) { runRules(t, bonusRules) }
