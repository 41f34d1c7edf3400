package traffic

import (
	"maps"
	"math/big"
	"slices"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

// ComparePurses holds the book of a studio that keeps players' money against the operator's: each transfer, each bet, each player's cash, and each wallet at the studio against
// what went in, came out and was played.
func ComparePurses(theirs *subwallet.Book, licensee string, players []Player, book Book, moved map[string]Moved) Report {
	r := Report{Rounds: map[string]int{}, Moves: map[string]int{}, Staked: map[string]string{}, Won: map[string]string{}, Players: len(players)}
	p := purses{Report: &r, theirs: theirs, cash: map[string]*big.Rat{}, wallets: map[string]*big.Rat{}}
	p.transfers(theirs.Transfers(licensee), moved)
	p.bets(theirs.Bets(licensee), book)
	for _, x := range players {
		r.money(x, p.cash[x.ID], book.Accounts[x.ID])
	}
	for _, a := range theirs.Balances(licensee) {
		want := new(big.Rat)
		if sum := p.wallets[a.Player]; sum != nil {
			want = sum
		}
		if has := theirs.Amount(a.Minor, a.Currency); rat(has).Cmp(want) != 0 {
			r.differ("player %s: the studio's wallet has %s %s, by what went in, came out and was played it is %s", a.Player, has, a.Currency, want.FloatString(6))
		}
	}
	return r
}

// purses is a comparison under way.
type purses struct {
	*Report
	theirs        *subwallet.Book
	cash, wallets map[string]*big.Rat // what the studio's book makes of each player's money
}

// transfers compares each transfer of either side.
func (p *purses) transfers(theirs []subwallet.Transfer, moved map[string]Moved) {
	seen := map[string]bool{}
	for _, t := range theirs {
		m, known := moved[t.ID]
		in := t.Direction == subwallet.In
		seen[t.ID] = true
		if t.Status != subwallet.Applied {
			if m.State == Done {
				p.differ("transfer %s of %s, %s: the studio has refused it, at the operator it is done", t.ID, t.Player, t.Amount)
			}
			continue
		}
		there, here := "-"+t.Amount, t.Amount
		if in {
			there, here = here, there
		}
		add(p.cash, t.Player, here)
		add(p.wallets, t.Player, there)
		switch {
		case !known:
			p.differ("transfer %s of %s, %s: the studio has applied it, the operator has never made it", t.ID, t.Player, t.Amount)
		case m.State != Done:
			p.differ("transfer %s of %s, %s: the studio has applied it, at the operator it is %s", t.ID, t.Player, t.Amount, m.State)
		case m.In != in || m.Player != t.Player || rat(m.Amount).Cmp(rat(t.Amount)) != 0:
			p.differ("transfer %s: %s of %s, %s at the studio; %s of %s at the operator", t.ID, t.Amount, t.Player, t.Direction, m.Amount, m.Player)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(moved)) {
		m := moved[id]
		p.Moves[m.State.String()]++
		switch {
		case m.State == UnderWay:
			p.Open++
			p.differ("transfer %s of %s, %s: it is under way at the operator", id, m.Player, m.Amount)
		case m.State == Done && !seen[id] && rat(m.Amount).Sign() != 0: // nothing is moved for everything of an empty wallet
			p.differ("transfer %s of %s, %s: it is done at the operator, the studio does not have it", id, m.Player, m.Amount)
		}
	}
}

// bets compares each bet of either side.
func (p *purses) bets(theirs []subwallet.Bet, book Book) {
	staked, won := map[string]*big.Rat{}, map[string]*big.Rat{}
	seen := map[string]bool{}
	for _, x := range theirs {
		stake, payout := p.theirs.Amount(x.Stake, x.Currency), p.theirs.Amount(x.Payout, x.Currency)
		p.Bets++
		p.Rounds["settled"]++
		add(staked, x.Currency, stake)
		add(won, x.Currency, payout)
		add(p.wallets, x.Player, "-"+stake)
		add(p.wallets, x.Player, payout)
		seen[Key(x.ID)] = true
		has, known := book.Bets[Key(x.ID)]
		switch {
		case !known:
			p.differ("bet %s of %s, %s: it was played at the studio and not read by the operator", x.ID, x.Player, stake)
		case has.State != Settled || has.Player != x.Player || rat(has.Stake).Cmp(rat(stake)) != 0 || rat(has.Payout).Cmp(rat(payout)) != 0:
			p.differ("bet %s: stake %s, payout %s of %s at the studio; stake %s, payout %s of %s, %s at the operator", x.ID, stake, payout, x.Player, has.Stake, has.Payout,
				has.Player, has.State)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(book.Bets)) {
		if !seen[key] {
			p.differ("bet %s of %s, %s: the operator has it, it was never played at the studio", key, book.Bets[key].Player, book.Bets[key].Stake)
		}
	}
	for currency, sum := range staked {
		p.Staked[currency], p.Won[currency] = sum.FloatString(2), won[currency].FloatString(2)
	}
}
