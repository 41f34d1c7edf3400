package wallet

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// atCut is what a checkpoint will say.
type atCut struct {
	changed    accountsAt
	currencies map[string]currencyTotal
}

// totals are sums by currency.
type totals map[string]*walletv1.CurrencySummary

// playersMoney is what real players own, by currency: in their accounts, and by transfers in wallets that providers keep.
type playersMoney struct{ here, atProviders map[string]int64 }

// compareAccounts compares every account with what its entries and operations make, after all ranges were followed, and sums currencies. It uses
// the states up: those that are left belong to no account.
func (v *verification) compareAccounts(ctx context.Context, q *db.Queries) (atCut, error) {
	at := atCut{currencies: map[string]currencyTotal{}}
	stored, err := v.storedUpTo(ctx, q, v.cut.number)
	if err != nil {
		return at, err
	}
	sums, funds := totals{}, playersMoney{here: map[string]int64{}, atProviders: map[string]int64{}}
	after := int64(0)
	for {
		page, err := q.ListAccounts(ctx, db.ListAccountsParams{After: after, Most: pageOfAccounts})
		if err != nil {
			return at, err
		}
		for _, a := range page {
			after = a.ID
			v.out.Accounts++
			v.compareAccount(a, v.w.at(a.ID), sums, funds)
			if v.cut.number > 0 {
				at.add(a, v.w.states[a.ID], stored)
			}
			delete(v.w.states, a.ID)
			delete(v.w.behind, a.ID)
		}
		if len(page) < pageOfAccounts {
			break
		}
	}
	v.reportTotals(sums, funds)
	v.reportStrangers()
	v.progress.advance("accounts")
	return at, nil
}

func (v *verification) compareAccount(a db.ListAccountsRow, s state, sums totals, funds playersMoney) {
	kind, player := accountKind(a.Kind), ""
	t := sums[a.Currency]
	if t == nil {
		t = &walletv1.CurrencySummary{Currency: a.Currency}
		sums[a.Currency] = t
	}
	t.SumMinor, t.Entries = saturate(t.SumMinor, s.total), t.Entries+s.entries
	if kind.ofPlayer() {
		player = a.Owner
	}
	switch {
	case isOwnedByPlayers(a):
		funds.here[a.Currency] = saturate(funds.here[a.Currency], a.BalanceMinor)
	case kind == kindProviderBank && !strings.HasPrefix(a.Owner, testPrefix):
		funds.atProviders[a.Currency] = saturate(funds.atProviders[a.Currency], a.BalanceMinor)
	}
	if a.BalanceMinor != s.total {
		v.findings.add(BalanceMismatch, player, accountName(a), "balance %d, sum of its entries %d", a.BalanceMinor, s.total)
	}
	if kind.ofPlayer() && kind != kindReceivable && min(a.BalanceMinor, s.lowest) < 0 {
		v.findings.add(NegativeBalance, player, accountName(a), "was down to %d", min(a.BalanceMinor, s.lowest))
	}
	if s.currency != 0 && v.w.currencies[s.currency-1] != a.Currency {
		v.findings.add(OperationSum, player, accountName(a), "has entries of operations in %s", v.w.currencies[s.currency-1])
	}
	if a.Version != s.version {
		v.findings.add(VersionMismatch, player, accountName(a), "version %d, its last operation has %d", a.Version, s.version)
	}
}

func (v *verification) reportTotals(sums totals, funds playersMoney) {
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		t := sums[currency]
		t.PlayerFunds, t.AtProviders = moneyOf(funds.here[currency], currency), moneyOf(funds.atProviders[currency], currency)
		v.out.Currencies = append(v.out.Currencies, t)
		if t.GetSumMinor() != 0 {
			v.findings.add(CurrencySum, "", "currency "+currency, "entries sum to %d minor units, not to 0", t.GetSumMinor())
		}
	}
}

// reportStrangers names accounts that have entries and do not exist.
func (v *verification) reportStrangers() {
	for id, s := range v.w.behind {
		v.w.states[id] = s
	}
	left := slices.Sorted(maps.Keys(v.w.states))
	v.findings.more(int64(len(left) - maxViolations))
	for _, id := range left[:min(len(left), maxViolations)] {
		s := v.w.states[id]
		v.findings.add(BalanceMismatch, "", fmt.Sprintf("account %d", id), "does not exist, but has %d entries that sum to %d", s.entries, s.total)
		v.findings.add(OperationSum, "", fmt.Sprintf("account %d", id), "does not exist, but operations have %d entries on it", s.entries)
	}
}

func (at *atCut) add(a db.ListAccountsRow, s state, stored int64) {
	at.changed.add(a.ID, s, stored)
	t := at.currencies[a.Currency]
	t.Entries += s.entries
	if isOwnedByPlayers(a) {
		t.PlayerFundsMinor = saturate(t.PlayerFundsMinor, s.balance)
	}
	at.currencies[a.Currency] = t
}

// isOwnedByPlayers tells whether the account holds what the operator owes real players.
func isOwnedByPlayers(a db.ListAccountsRow) bool {
	return accountKind(a.Kind).isFunds() && !ids.IsTestPlayer(a.Owner)
}

func accountName(a db.ListAccountsRow) string {
	return fmt.Sprintf("account %d: %s %s %s", a.ID, a.Owner, a.Currency, accountKind(a.Kind))
}
