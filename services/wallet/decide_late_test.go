package wallet

import "testing"

// lateRules are the rules about bonus money of a hold that did not stay in its pool: what went to cash because the pool was closed is taken back from there, and
// what could not be taken back is not paid a second time.
var lateRules = map[string]string{
	"a late win is corrected down and up as often as one likes": `
		deposit ann 50.00                             -> 50.00 0.00 v1
		grant   ann g 10.00                           -> 50.00 0.00 b10.00/0.00 v2
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 50.00 0.00 b0.00/10.00 v3
		forfeit ann g close=CASH                      -> 50.00 0.00 b0.00/10.00 v4
		settle  ann h 20.00                           -> 70.00 0.00 v5
		correct ann h 0.00                            -> 50.00 0.00 v6
		correct ann h 20.00                           -> 70.00 0.00 v7
		correct ann h 0.00                            -> 50.00 0.00 v8
		correct ann h 20.00                           -> 70.00 0.00 v9
		correct ann h 5.00                            -> 55.00 0.00 v10`,
	"a late win is taken back and another one comes, then the bet is taken back": `
		deposit ann 50.00                             -> 50.00 0.00 v1
		grant   ann g 10.00                           -> 50.00 0.00 b10.00/0.00 v2
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 50.00 0.00 b0.00/10.00 v3
		forfeit ann g close=CASH                      -> 50.00 0.00 b0.00/10.00 v4
		settle  ann h 0.00                            -> 50.00 0.00 v5
		credit  ann 20.00 hold=h                      -> 70.00 0.00 v6
		correct ann h 0.00                            -> 50.00 0.00 v7
		credit  ann 20.00 hold=h                      -> 70.00 0.00 v8
		correct ann h 0.00                            -> 50.00 0.00 v9
		void    ann h                                 -> 60.00 0.00 v10`,
	"a void takes a late win back and gives the stake to cash": `
		deposit ann 50.00                             -> 50.00 0.00 v1
		grant   ann g 10.00                           -> 50.00 0.00 b10.00/0.00 v2
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 50.00 0.00 b0.00/10.00 v3
		forfeit ann g close=CASH                      -> 50.00 0.00 b0.00/10.00 v4
		settle  ann h 20.00                           -> 70.00 0.00 v5
		void    ann h                                 -> 60.00 0.00 v6`,
	"winnings that were staked on are not paid again": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 0.00 0.00 b0.00/10.00 v2
		settle  ann h 60.00                           -> 0.00 0.00 b60.00/0.00 v3
		hold    ann 55.00 fund=BONUS_ONLY:g key=i     -> 0.00 0.00 b5.00/55.00 v4
		settle  ann i 0.00                            -> 0.00 0.00 b5.00/0.00 v5
		correct ann h 0.00                            -> 0.00 0.00 v6
		correct ann h 60.00                           -> 0.00 0.00 b5.00/0.00 v7
		correct ann h 0.00                            -> 0.00 0.00 v8
		correct ann h 56.00                           -> 0.00 0.00 b1.00/0.00 v9`,
	"another win and the stake make good what could not be taken": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 0.00 0.00 b0.00/10.00 v2
		settle  ann h 30.00                           -> 0.00 0.00 b30.00/0.00 v3
		forfeit ann g                                 -> 0.00 0.00 v4
		correct ann h 0.00                            -> 0.00 0.00 v5
		credit  ann 12.00 hold=h                      -> 0.00 0.00 v6
		correct ann h 5.00                            -> 0.00 0.00 v7
		grant   ann g 1.00                            -> 0.00 0.00 b1.00/0.00 v8
		correct ann h 25.00                           -> 0.00 0.00 b1.00/0.00 v9
		void    ann h                                 -> 0.00 0.00 v10`,
	"a stake that is given back makes good, and only the rest is there": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 0.00 0.00 b0.00/10.00 v2
		settle  ann h 4.00                            -> 0.00 0.00 b4.00/0.00 v3
		forfeit ann g 3.00                            -> 0.00 0.00 b1.00/0.00 v4
		correct ann h 0.00                            -> 0.00 0.00 v5
		void    ann h                                 -> 0.00 0.00 b7.00/0.00 v6`,
	"what could not be taken is made good by late money too": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 0.00 0.00 b0.00/10.00 v2
		settle  ann h 30.00                           -> 0.00 0.00 b30.00/0.00 v3
		convert ann g 30.00 close=CASH                -> 30.00 0.00 v4
		correct ann h 0.00                            -> 30.00 0.00 v5
		credit  ann 32.00 hold=h                      -> 32.00 0.00 v6
		correct ann h 31.00                           -> 31.00 0.00 v7
		correct ann h 0.00                            -> 30.00 0.00 v8
		void    ann h                                 -> 30.00 0.00 v9`,
	"a late win that was spent is owed, and pays the debt when it comes back": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 0.00 0.00 b0.00/10.00 v2
		forfeit ann g close=CASH                      -> 0.00 0.00 b0.00/10.00 v3
		settle  ann h 20.00                           -> 20.00 0.00 v4
		reserve ann 15.00 key=w                       -> 5.00 15.00 v5
		complete ann w                                -> 5.00 0.00 v6
		correct ann h 0.00 debt=REFUSED               -> INSUFFICIENT_FUNDS
		correct ann h 15.00 debt=REFUSED              -> 0.00 0.00 v7
		correct ann h 20.00                           -> 5.00 0.00 v8
		correct ann h 0.00                            -> 0.00 0.00 owes15.00 v9
		reserve ann 1.00                              -> DEBT_OUTSTANDING
		correct ann h 18.00                           -> 3.00 0.00 v10
		correct ann h 0.00                            -> 0.00 0.00 owes15.00 v11
		correct ann h 10.00                           -> 0.00 0.00 owes5.00 v12
		correct ann h 0.00 debt=REFUSED               -> INSUFFICIENT_FUNDS`,
	"late money that was discarded is taken from where it was discarded": `
		deposit ann 50.00                             -> 50.00 0.00 v1
		grant   ann g 10.00                           -> 50.00 0.00 b10.00/0.00 v2
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 50.00 0.00 b0.00/10.00 v3
		forfeit ann g close=DISCARD                   -> 50.00 0.00 b0.00/10.00 v4
		settle  ann h 20.00                           -> 50.00 0.00 v5
		correct ann h 0.00 debt=REFUSED               -> 50.00 0.00 v6
		correct ann h 20.00                           -> 50.00 0.00 v7
		credit  ann 5.00 hold=h                       -> 50.00 0.00 v8
		void    ann h                                 -> 50.00 0.00 v9`,
	"a split stake is corrected by its split, each part where it went": `
		deposit ann 1.00                              -> 1.00 0.00 v1
		grant   ann g 2.00                            -> 1.00 0.00 b2.00/0.00 v2
		hold    ann 3.00 fund=CASH_FIRST:g key=h      -> 0.00 1.00 b0.00/2.00 v3
		forfeit ann g close=CASH                      -> 0.00 1.00 b0.00/2.00 v4
		settle  ann h 9.00                            -> 9.00 0.00 v5
		correct ann h 0.00                            -> 0.00 0.00 v6
		correct ann h 9.00                            -> 9.00 0.00 v7
		reserve ann 5.00 key=w                        -> 4.00 5.00 v8
		complete ann w                                -> 4.00 0.00 v9
		correct ann h 4.98 debt=REFUSED               -> INSUFFICIENT_FUNDS
		correct ann h 5.00 debt=REFUSED               -> 0.00 0.00 v10
		correct ann h 0.00                            -> 0.00 0.00 owes5.00 v11
		correct ann h 9.00                            -> 4.00 0.00 v12
		void    ann h                                 -> 0.00 0.00 owes2.00 v13`,
	"a split stake whose bonus winnings were converted is owed for its cash alone": `
		deposit ann 1.00                              -> 1.00 0.00 v1
		grant   ann g 2.00                            -> 1.00 0.00 b2.00/0.00 v2
		hold    ann 3.00 fund=CASH_FIRST:g key=h      -> 0.00 1.00 b0.00/2.00 v3
		settle  ann h 9.00                            -> 3.00 0.00 b6.00/0.00 v4
		convert ann g 6.00 close=CASH                 -> 9.00 0.00 v5
		correct ann h 0.00                            -> 6.00 0.00 v6
		correct ann h 9.00                            -> 9.00 0.00 v7
		correct ann h 12.00                           -> 12.00 0.00 v8
		correct ann h 0.00                            -> 6.00 0.00 v9`,
	"a stake that came back late is taken for winnings that are not there": `
		grant   ann g 10.00                           -> 0.00 0.00 b10.00/0.00 v1
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 0.00 0.00 b0.00/10.00 v2
		settle  ann h 8.00 part=4.00                  -> 0.00 0.00 b8.00/6.00 v3
		forfeit ann g close=CASH                      -> 0.00 0.00 b0.00/6.00 v4
		release ann h                                 -> 6.00 0.00 v5
		correct ann h 0.00                            -> 0.00 0.00 v6
		correct ann h 8.00                            -> 6.00 0.00 v7`,
	"limits count no late money, whichever way it goes": `
		deposit ann 20.00                             -> 20.00 0.00 v1
		grant   ann g 10.00                           -> 20.00 0.00 b10.00/0.00 v2
		hold    ann 10.00 fund=BONUS_ONLY:g key=h     -> 20.00 0.00 b0.00/10.00 v3
		forfeit ann g close=CASH                      -> 20.00 0.00 b0.00/10.00 v4
		guard   ann NET_LOSS 10.00
		settle  ann h 20.00                           -> 40.00 0.00 v5
		hold    ann 10.01                             -> LIMIT_REACHED
		correct ann h 0.00                            -> 20.00 0.00 v6
		hold    ann 10.01                             -> LIMIT_REACHED
		hold    ann 10.00                             -> 10.00 10.00 v7
		correct ann h 20.00                           -> 30.00 10.00 v8
		hold    ann 0.01                              -> LIMIT_REACHED`,
}

func TestLateMoneyRules(t *testing.T) { runRules(t, lateRules) }
