package books

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// problems are bounded; a broken ledger can have one for each operation.
type problems []string

const maxProblems = 50

func (p *problems) add(format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

// Report is what Prove found.
type Report struct {
	// Problems is empty when all is right. It is bounded.
	Problems []string
	// Found are the operations by the request that made them.
	Found map[Request]Answer
	// Doubled is how many requests are in the ledger more than once, Halves how many of several operations are there in part.
	Doubled, Halves int
	// Kinds is how many operations of each kind there are, Guards how many changes of guards.
	Kinds  map[string]int
	Guards int
	// Verified is what the wallet's own proof said.
	Verified *walletv1.VerifyLedgerResponse
}

// Prove reads a ledger at rest and shows that it is what the requests make of an empty one: each operation is whole, was made by one request, by
// which none other was made, and was acceptable when it came, with the guards of that moment; of a request of several operations there are all or none;
// accounts, pools, debts, holds, usage and guards are those of the model; and the wallet's own proof holds. sent are the requests that were sent.
func Prove(ctx context.Context, pool *pgxpool.Pool, sent []*Intent) (*Report, error) {
	r := &Report{Found: map[Request]Answer{}, Kinds: map[string]int{}}
	b, wrong := New(), problems{}
	leaves := map[Request]*Intent{}
	for _, i := range sent {
		b.Sent(i)
		for _, leaf := range i.Leaves() {
			leaves[leaf.Request()] = leaf
		}
	}
	err := Read(ctx, pool, 0, func(row *Row) {
		if row.Guard != nil {
			r.Guards++
		} else {
			if _, twice := r.Found[row.Request]; twice {
				r.Doubled++
			}
			r.Found[row.Request] = row.Answer()
			r.Kinds[row.Kind]++
		}
		for _, p := range b.Enter(row, leaves[row.Request]) {
			wrong.add("%s", p)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, i := range sent {
		if b.half(i) {
			r.Halves++
			wrong.add("a part of it is in the ledger, and a part is not: %v", i)
		}
	}
	for _, check := range []func(context.Context, *pgxpool.Pool, *problems) error{
		strays, b.checkAccounts, b.checkPools, b.checkHolds, b.checkUsage, b.checkSystem, b.checkGuards, b.checkAdjustments,
	} {
		if err := check(ctx, pool, &wrong); err != nil {
			return nil, err
		}
	}
	if r.Verified, err = wallet.Verify(ctx, pool); err != nil {
		return nil, err
	}
	for _, v := range r.Verified.GetViolations() {
		wrong.add("Verify: %s %s: %s", v.GetInvariant(), v.GetSubject(), v.GetDetail())
	}
	r.Problems = wrong
	return r, nil
}

// half tells whether some of a request's operations were done and some were not. The first step of a round may have been asked for alone.
func (b *Book) half(i *Intent) bool {
	done, alone := 0, 0
	for _, leaf := range i.Leaves() {
		if b.done[leaf.Request()] {
			if done++; leaf.Alone {
				alone++
			}
		}
	}
	return done != len(i.Leaves()) && done != alone
}

// Half is half, for who looks at a moment.
func (b *Book) Half(i *Intent) bool { return b.half(i) }

// strays looks for keys and events that belong to no operation: the halves of something that did not happen.
func strays(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	var keys, events int64
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM operation_key k WHERE NOT EXISTS (SELECT FROM operation o WHERE o.id = k.operation_id)`).Scan(&keys); err != nil {
		return err
	}
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM outbox x WHERE x.subject IN ('wallet.hold.v1', 'wallet.release.v1', 'wallet.settled.v1', 'wallet.credited.v1',
		'wallet.debited.v1', 'wallet.bonus_changed.v1', 'wallet.corrected.v1', 'wallet.play_counted.v1') AND NOT EXISTS (SELECT FROM operation o WHERE o.player_id || '/' || o.currency = x.aggregate_id AND o.balance_version = x.version)`).Scan(&events); err != nil {
		return err
	}
	if keys+events > 0 {
		wrong.add("%d keys and %d events are without their operation", keys, events)
	}
	return nil
}

// checkAccounts compares every player's accounts with the model.
func (b *Book) checkAccounts(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT owner, currency, balance_minor, held_minor, bonus_minor, held_bonus_minor, owed_minor, version, staked_minor FROM account WHERE kind = 1`)
	if err != nil {
		return err
	}
	seen := map[Account]bool{}
	var a Account
	var has Balance
	var staked int64
	_, err = pgx.ForEachRow(rows, []any{&a.Player, &a.Currency, &has.Available, &has.Held, &has.Bonus, &has.HeldBonus, &has.Owed, &has.Version, &staked}, func() error {
		seen[a] = true
		if want := b.Balance(a); has != want || staked != b.of(a).staked {
			wrong.add("%v has %+v, %d staked, and its operations make %+v, %d staked", a, has, staked, want, b.of(a).staked)
		}
		return nil
	})
	for a, s := range b.accounts {
		if !seen[a] && s.version > 0 {
			wrong.add("%v has operations and no account", a)
		}
	}
	return err
}

// checkPools compares the pools. One that is open and empty may be there or not.
func (b *Book) checkPools(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT owner, currency, pool, balance_minor, held_minor, late_to FROM account WHERE kind = 5`)
	if err != nil {
		return err
	}
	want := map[poolName]Pool{}
	for a, s := range b.accounts {
		for grant, p := range s.pools {
			want[poolName{a, grant}] = p
		}
	}
	var n poolName
	var has Pool
	_, err = pgx.ForEachRow(rows, []any{&n.Player, &n.Currency, &n.grant, &has.Free, &has.Held, &has.Late}, func() error {
		if has != want[n] {
			wrong.add("pool %v has %+v, and its operations make %+v", n, has, want[n])
		}
		delete(want, n)
		return nil
	})
	for n, p := range want {
		if p != (Pool{}) {
			wrong.add("pool %v should have %+v, and is not there", n, p)
		}
	}
	return err
}

// checkHolds compares every hold, open or closed, with all that was settled, given back and paid.
func (b *Book) checkHolds(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT id, player_id, currency, purpose, state, grant_id, win_to, amount_minor, bonus_minor, settled_minor, settled_bonus_minor,
		released_minor, released_bonus_minor, paid_minor, paid_bonus_minor, created_at, coalesce(late_minor, 0) FROM hold LEFT JOIN hold_late ON hold_id = id`)
	if err != nil {
		return err
	}
	var h Hold
	count := 0
	_, err = pgx.ForEachRow(rows, []any{
		&h.ID, &h.Player, &h.Currency, &h.Purpose, &h.State, &h.Grant, &h.Wins, &h.Amount, &h.Bonus, &h.Settled, &h.SettledBonus, &h.Released, &h.ReleasedBonus,
		&h.Paid, &h.PaidBonus, &h.placed, &h.Late,
	}, func() error {
		count++
		want := b.holds[h.ID]
		if want == nil {
			wrong.add("nothing opened hold %+v", h)
			return nil
		}
		if !h.placed.Equal(want.placed) {
			wrong.add("hold %s was placed at %v, not at %v", h.ID, h.placed, want.placed)
		}
		made := *want
		made.Late, made.short = made.Late-made.short, 0
		if h.placed = made.placed; h != made {
			wrong.add("hold %s is %+v, and its operations make it %+v", h.ID, h, made)
		}
		return nil
	})
	if count != len(b.holds) {
		wrong.add("there are %d holds, and operations opened %d", count, len(b.holds))
	}
	return err
}

// checkUsage compares what limits count, slot by slot: of the slots that are over, and of the running one in the account.
func (b *Book) checkUsage(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT a.owner, a.currency, u.slot, sum(u.stake)::bigint, sum(u.loss)::bigint, sum(u.deposit)::bigint, sum(u.net_deposit)::bigint, sum(u.withdrawal)::bigint
		FROM account a JOIN (
			SELECT account_id, slot, stake_minor AS stake, net_loss_minor AS loss, deposit_minor AS deposit, net_deposit_minor AS net_deposit, withdrawal_minor AS withdrawal FROM guard_usage
			UNION ALL SELECT id, usage_slot, used_stake, used_net_loss, used_deposit, used_net_deposit, used_withdrawal FROM account WHERE kind = 1) u ON u.account_id = a.id
		GROUP BY a.owner, a.currency, u.slot`)
	if err != nil {
		return err
	}
	type key struct {
		Account
		slot int64
	}
	want := map[key]Usage{}
	for a, s := range b.accounts {
		for at, u := range s.used {
			want[key{a, at}] = u
		}
	}
	var k key
	var has Usage
	_, err = pgx.ForEachRow(rows, []any{&k.Player, &k.Currency, &k.slot, &has.Stake, &has.NetLoss, &has.Deposit, &has.NetDeposit, &has.Withdrawal}, func() error {
		if has != want[k] {
			wrong.add("%v used %+v in slot %d, and its operations make %+v", k.Account, has, k.slot, want[k])
		}
		delete(want, k)
		return nil
	})
	for k, u := range want {
		if u != (Usage{}) {
			wrong.add("%v used %+v in slot %d, which is not counted", k.Account, u, k.slot)
		}
	}
	return err
}

// checkSystem compares the sums of the system accounts.
func (b *Book) checkSystem(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT owner || ' ' || currency, sum(balance_minor)::bigint FROM account WHERE kind NOT IN (1, 5, 7) GROUP BY 1`)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var name string
	var has int64
	_, err = pgx.ForEachRow(rows, []any{&name, &has}, func() error {
		seen[name] = true
		if has != b.system[name] {
			wrong.add("account %s has %d, and its operations make %d", name, has, b.system[name])
		}
		return nil
	})
	for name, n := range b.system {
		if n != 0 && !seen[name] {
			wrong.add("account %s should have %d, and is not there", name, n)
		}
	}
	return err
}

// checkGuards compares the guards. Their counters are the sums of the usage, which Verify proves.
func (b *Book) checkGuards(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT id, player_id, kind, layer, guard_window, currency, maximum_minor, coalesce(expires_at, '0001-01-01T00:00:00Z') FROM guard`)
	if err != nil {
		return err
	}
	count, want := 0, 0
	var g Guard
	_, err = pgx.ForEachRow(rows, []any{&g.ID, &g.Player, &g.Kind, &g.Layer, &g.Window, &g.Currency, &g.Maximum, &g.Expires}, func() error {
		count++
		for _, x := range b.guards[g.Player] {
			if x.Rule() == g.Rule() && x.ID == g.ID && x.Maximum == g.Maximum && x.Expires.Equal(g.Expires) {
				return nil
			}
		}
		wrong.add("guard %+v is in force, and its changes do not make it", g)
		return nil
	})
	for _, all := range b.guards {
		want += len(all)
	}
	if count != want {
		wrong.add("there are %d guards, and their changes make %d", count, want)
	}
	return err
}

// checkAdjustments: one is posted when its operation is there, and refused or waiting when it is not.
func (b *Book) checkAdjustments(ctx context.Context, pool *pgxpool.Pool, wrong *problems) error {
	rows, err := pool.Query(ctx, `SELECT j.reason, j.state, j.operation_id, j.refusal, coalesce(o.id, '') FROM adjustment j
		LEFT JOIN operation o ON o.kind = 'ADJUST' AND o.source_id = j.id`)
	if err != nil {
		return err
	}
	var key, said, refusal, has string
	var state walletv1.AdjustmentState
	_, err = pgx.ForEachRow(rows, []any{&key, &state, &said, &refusal, &has}, func() error {
		posted := state == walletv1.AdjustmentState_ADJUSTMENT_STATE_POSTED
		waits := state == walletv1.AdjustmentState_ADJUSTMENT_STATE_APPROVED // its operation may be there already
		if said != has && !waits || posted != (has != "") && !waits || (state == walletv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED) != (refusal != "") {
			wrong.add("adjustment %s is %v as operation %q (%s), and the ledger has %q", key, state, said, refusal, has)
		}
		return nil
	})
	return err
}
