package sim_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

// resolve completes an intent when it is sent first; what was sent once stays as it was.
func (w *world) resolve(n int) *books.Intent {
	p := w.s.intents[n]
	if w.sent[n] {
		return p.Intent
	}
	w.sent[n] = true
	if p.opener != nil {
		p.Hold = "hld_none" // it has not been opened, as far as anybody knows
		if row := w.rows[p.opener.Request()]; row != nil {
			p.Hold = row.Hold
		}
	}
	if known := w.book.Balance(p.Account).Version; p.version == 1 {
		p.Version = known
	} else if p.version == 2 {
		p.Version = known + 1 - 2*int64(n%2) // one that is to come, or one before, unless that is none
	}
	w.book.Sent(p.Intent)
	return p.Intent
}

// result is what came of one delivery.
type result struct {
	answers []books.Answer
	reason  string // of a refusal
	err     error  // no answer
	moment  bool   // the refusal was right at some moment
	before  bool   // it was done before the step
}

// step makes its deliveries, reads what the ledger has more than before, and compares everything with the model.
func (w *world) step(s step) {
	w.proxy.plan(s.fault)
	results := make([]*result, len(s.deliveries))
	var wg sync.WaitGroup
	for n, d := range s.deliveries {
		i := w.resolve(d.intent)
		results[n] = &result{before: w.book.Done(i)}
		wg.Go(func() { w.deliver(results[n], i, d.wallet) })
	}
	var changed result
	if s.change != nil {
		g, why := w.wanted(s.change)
		wg.Go(func() { changed = w.carryOut(s.change, g, why) })
	}
	wg.Wait()
	struck := w.proxy.struck() && s.fault != slow
	if changed.err != nil && !struck {
		w.fail("no fault, and the guard was not changed: %v", changed.err)
	}
	if changed.reason != "" {
		w.fail("the guard was not changed as it should have been: %s", changed.reason)
	}
	if struck {
		w.atRest()
	}
	touched := w.read(s, results)
	var absent []delivery
	for n, d := range s.deliveries {
		if !w.judge(s, d, results[n], struck) {
			absent = append(absent, d)
		}
	}
	for _, d := range s.deliveries {
		if i := w.s.intents[d.intent].Intent; w.book.Half(i) {
			w.fail("a part of it was done, and a part was not: %v", i)
		}
	}
	w.compare(touched)
	if len(absent) > 0 && s.again {
		w.stats["asked again"]++
		w.step(step{deliveries: absent, restart: -1})
	}
}

func (w *world) deliver(r *result, i *books.Intent, n int) {
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	a, err := i.Op.Send(ctx, w.callers(n), i)
	if r.reason = errs.ReasonOf(err); r.reason != "" {
		return
	}
	r.answers, r.err = a, err
}

// wanted completes a change of a guard, and says why it should be refused.
func (w *world) wanted(c *change) (books.Guard, string) {
	g := c.guard
	if c.expires > 0 {
		g.Expires = w.clock().Add(c.expires)
	}
	if c.verb == "set" {
		return g, w.book.WhyNotSet(g)
	}
	if known, ok := w.book.Find(g.Rule()); ok {
		g.ID = known.ID
		return g, ""
	}
	g.ID = "grd_none"
	return g, "GUARD_NOT_FOUND"
}

// carryOut changes a guard. The result has a reason when the wallet answered another one than it should.
func (w *world) carryOut(c *change, g books.Guard, why string) (r result) {
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	do := map[string]func(context.Context, walletv1.WalletServiceClient) error{"set": g.Set, "loosen": g.Loosen, "clear": g.Clear}[c.verb]
	err := do(ctx, w.client(c.wallet, "compliance"))
	switch reason := errs.ReasonOf(err); {
	case reason != why && (reason != "" || err == nil):
		r.reason = "answered with \"" + reason + "\", expected \"" + why + "\""
	case reason == "":
		r.err = err
	}
	return r
}

// read enters what the ledger has more than before into the book, in the order in which it was done, and marks the refusals that are right at a moment
// in between. It answers the accounts that were touched.
func (w *world) read(s step, results []*result) []books.Account {
	explain := func() {
		for n, d := range s.deliveries {
			i, r := w.s.intents[d.intent].Intent, results[n]
			r.moment = r.moment || r.reason != "" && !w.book.Done(i) && w.book.Refuses(i, r.reason)
		}
	}
	explain()
	var touched []books.Account
	require.NoError(w.t, books.Read(w.t.Context(), w.direct, w.position, func(row *books.Row) {
		w.position = max(w.position, row.Position)
		problems := w.book.Enter(row, w.leaves[row.Request])
		if len(problems) > 0 {
			w.fail("%s", strings.Join(problems, "\n"))
		}
		if w.book.Now = w.clock(); row.Guard != nil {
			touched = append(touched, books.Account{Player: row.Guard.Player, Currency: currencies[0]})
		} else {
			w.rows[row.Request] = row
			touched = append(touched, row.Account)
			w.stats["done"]++
		}
		explain()
	}))
	for _, d := range s.deliveries {
		touched = append(touched, w.s.intents[d.intent].Accounts()...)
	}
	slices.SortFunc(touched, func(a, b books.Account) int { return strings.Compare(a.Player+a.Currency, b.Player+b.Currency) })
	return slices.Compact(touched)
}

// judge compares what a caller was told with what was done. It answers false when there was no answer and nothing was done. Only a fault excuses that there
// is no answer.
func (w *world) judge(s step, d delivery, r *result, struck bool) bool {
	i := w.s.intents[d.intent].Intent
	done := w.book.Done(i)
	switch {
	case r.err != nil && !struck:
		w.fail("no fault, and no answer to %v: %v", i, r.err)
	case r.err != nil:
		w.stats["no answer"]++
		w.silent(s, d, r, done)
		return done
	case r.reason != "" && r.before:
		w.fail("%v was done, and a repetition is answered with %s", i, r.reason)
	case r.reason != "":
		w.stats["refused: "+r.reason]++
		before := w.decided[d.intent]
		if i.Op.Decided && !done {
			w.decided[d.intent] = r.reason
		}
		if before != "" && before != r.reason || before == "" && !r.moment || i.Op.Decided && done {
			w.fail("%v was refused with %s, which was right at no moment; done: %t, decided before: %s", i, r.reason, done, before)
		}
	default:
		w.answered(d, r)
	}
	return true
}

// answered checks an answer against the ledger and the answers before.
func (w *world) answered(d delivery, r *result) {
	i := w.s.intents[d.intent].Intent
	earlier := w.first[d.intent]
	for n, leaf := range i.Leaves() {
		a, row := r.answers[n], w.rows[leaf.Request()]
		if row == nil || !a.Of(row.Answer()) {
			w.fail("%v was answered with %+v, and the ledger has %+v", leaf, a, row)
		}
		if r.before && a.Marked() && !a.Replayed || len(earlier) > 0 && !a.Same(earlier[n]) {
			w.fail("%v was answered with %+v, and before with %+v", leaf, a, earlier)
		}
		if a.Marked() && !a.Replayed {
			if w.fresh[leaf.Request()] {
				w.fail("%v was done twice: %+v", leaf, a)
			}
			w.fresh[leaf.Request()] = true
		}
		if leaf.Op.Opens != books.None && a.Hold == "" && a.Marked() {
			w.fail("%v was answered without its hold: %+v", leaf, a)
		}
	}
	if r.before {
		w.stats["replayed"]++
	}
	if len(earlier) == 0 {
		w.first[d.intent] = r.answers
	}
}

// silent looks at a delivery without an answer. After a crash it is all or nothing, and after two of the faults it is known which.
func (w *world) silent(s step, d delivery, r *result, done bool) {
	i := w.s.intents[d.intent].Intent
	alone := len(s.deliveries) == 1 && s.change == nil && !r.before && !i.Op.Decided
	switch {
	case alone && s.fault == before && done:
		w.fail("%v was done although its commit never arrived", i)
	case alone && s.fault == after && !done && w.book.Why(i) == "":
		w.fail("%v was not done although its commit was answered", i)
	}
	if done {
		w.stats["no answer, found"]++
	} else {
		w.stats["no answer, absent"]++
	}
	if !i.Op.Findable() {
		return
	}
	for _, leaf := range i.Leaves() {
		if strings.Contains(leaf.Request().Caller, "#") {
			continue // the wallet's own name for a further part
		}
		a, err := books.Find(w.t.Context(), w.client(d.wallet, leaf.Request().Caller), leaf.Key)
		require.NoError(w.t, err)
		row := w.rows[leaf.Request()]
		if (a != nil) != (row != nil) || a != nil && !a.Of(row.Answer()) {
			w.fail("FindOperation answers %+v about %v, and the ledger has %+v", a, leaf, row)
		}
	}
}

// atRest waits until the server has finished what connections had begun that are no more.
func (w *world) atRest() {
	require.Eventually(w.t, func() bool {
		var busy int
		err := w.direct.QueryRow(w.t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`).Scan(&busy)
		return err == nil && busy == 0
	}, callLimit, time.Millisecond, "a broken connection's transaction does not end")
}

// comparedEvery is how many steps pass between two looks at pools and guards, which only the end of a run shows otherwise.
const comparedEvery = 3

// compare compares what the wallet says now: balances and, now and then, pools, and guards with what they have counted.
func (w *world) compare(touched []books.Account) {
	last := ""
	if w.compared++; w.compared%comparedEvery > 0 {
		last = "nobody"
	}
	for _, a := range touched {
		res, err := w.client(0, "gaming").GetBalance(w.t.Context(), &walletv1.GetBalanceRequest{PlayerId: a.Player, Currency: a.Currency})
		require.NoError(w.t, err)
		has, err := books.BalanceOf(res.GetBalance())
		require.NoError(w.t, err)
		if want := w.book.Balance(a); has != want {
			w.fail("%v has %+v and should have %+v", a, has, want)
		}
		if last != "nobody" && a.Player != last {
			last = a.Player
			w.comparePools(a.Player)
			w.compareGuards(a.Player)
		}
	}
}

func (w *world) comparePools(player string) {
	res, err := w.client(0, "gaming").ListBonusPools(w.t.Context(), &walletv1.ListBonusPoolsRequest{PlayerId: player, IncludeClosed: true})
	require.NoError(w.t, err)
	has := map[[2]string]books.Pool{}
	for _, p := range res.GetPools() {
		free, err := money.FromProto(p.GetAvailable())
		require.NoError(w.t, err)
		held, err := money.FromProto(p.GetHeld())
		require.NoError(w.t, err)
		has[[2]string{free.Currency, p.GetGrantId()}] = books.Pool{Free: free.Minor, Held: held.Minor, Late: p.GetLateMoney()}
	}
	for _, currency := range currencies {
		for grant, want := range w.book.Pools(books.Account{Player: player, Currency: currency}) {
			if got := has[[2]string{currency, grant}]; got != want {
				w.fail("pool %s of %s in %s has %+v and should have %+v", grant, player, currency, got, want)
			}
			delete(has, [2]string{currency, grant})
		}
	}
	for name, p := range has {
		if p != (books.Pool{}) {
			w.fail("nothing made pool %v of %s, which has %+v", name, player, p)
		}
	}
}

func (w *world) compareGuards(player string) {
	res, err := w.client(0, "compliance").ListPlayerGuards(w.t.Context(), &walletv1.ListPlayerGuardsRequest{PlayerId: player})
	require.NoError(w.t, err)
	want := w.book.Guards(player)
	if len(want) != len(res.GetGuards()) {
		w.fail("%s has the guards %v and should have %+v", player, res.GetGuards(), want)
	}
	for _, p := range res.GetGuards() {
		g, err := books.GuardOf(p)
		require.NoError(w.t, err)
		if n := slices.IndexFunc(want, func(x books.Guard) bool { return x.ID == g.ID && x.Maximum == g.Maximum && x.Expires.Equal(g.Expires) }); n < 0 {
			w.fail("%s has the guard %+v and should have %+v", player, g, want)
		}
		if p.GetUsed() == nil {
			continue
		}
		used, err := money.FromProto(p.GetUsed())
		require.NoError(w.t, err)
		if n := w.book.Used(g); used.Minor != n {
			w.fail("%+v has counted %d and should have counted %d", g, used.Minor, n)
		}
	}
}
