package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/status"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/tests/sim/books"
)

const (
	// attemptLimit is how long a caller waits for one answer before it asks again.
	attemptLimit = 3 * time.Second
	// patience is how long a caller goes on asking after the end of the load.
	patience = 90 * time.Second
	// remembered is how many acknowledged requests a caller keeps for repeating.
	remembered = 64
)

// outcome is what a caller knows of its request.
type outcome int

const (
	unknown outcome = iota // the caller gave up
	acknowledged
	refused
)

// sent is a request with what came of it.
type sent struct {
	*books.Intent
	outcome outcome
	doubt   bool // an attempt ended without an answer, or two were made at once
	found   bool // the caller gave up, asked later, and was told that it was done
	reason  string
	answers []books.Answer // one for each of its operations
}

// load is what all callers share.
type load struct {
	p       *platform
	think   time.Duration
	players []books.Account
	most    int // requests of one caller

	mu       sync.Mutex
	known    map[books.Account]*known
	tally    map[string]int
	outage   time.Duration
	problems []string
}

func (l *load) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally[what]++
}

func (l *load) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.problems) < 50 {
		l.problems = append(l.problems, fmt.Sprintf(format, args...))
	}
}

func (l *load) waited(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outage = max(l.outage, d)
}

// known is what callers know of an account.
type known struct {
	open    map[books.Purpose][]string // holds
	ended   []string                   // bets that were settled
	version int64
	grants  int // how many there were
}

// of is called under the lock.
func (l *load) of(a books.Account) *known {
	k := l.known[a]
	if k == nil {
		k = &known{open: map[books.Purpose][]string{}, grants: 1}
		l.known[a] = k
	}
	return k
}

// learn lets every caller close the holds that a request opened, correct what it ended, and decide on the version that it left.
func (l *load) learn(s *sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, leaf := range s.Leaves() {
		k, a := l.of(leaf.Account), s.answers[n]
		k.version = max(k.version, a.Balance.Version)
		switch {
		case leaf.Late != 0:
			k.grants++
		case a.Hold == "" || leaf.Op.Opens == books.None:
		case leaf.Op.Kind == "PLACE_AND_SETTLE":
			k.end(a.Hold)
		default:
			k.open[leaf.Op.Opens] = append(k.open[leaf.Op.Opens], a.Hold)
		}
	}
}

// end remembers a bet that may be corrected, as long as there are not too many.
func (k *known) end(hold string) {
	if k.ended = append(k.ended, hold); len(k.ended) > remembered {
		k.ended = k.ended[1:]
	}
}

// pick chooses a hold to close. Some stay on the list, so that a second caller closes them too and has to be refused; and what is closed in parts is closed again.
func (l *load) pick(r *rand.Rand, a books.Account, p books.Purpose) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.of(a)
	list := k.open[p]
	if len(list) == 0 {
		return ""
	}
	n := r.IntN(len(list))
	hold := list[n]
	if r.IntN(3) > 0 {
		list[n] = list[len(list)-1]
		k.open[p] = list[:len(list)-1]
		if p == books.Bet {
			k.end(hold)
		}
	}
	return hold
}

// bet chooses a bet that was settled.
func (l *load) bet(r *rand.Rand, a books.Account) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.of(a); len(k.ended) > 0 {
		return k.ended[r.IntN(len(k.ended))]
	}
	return ""
}

// complete chooses grants and, sometimes, the version that a request is decided on.
func (l *load) complete(r *rand.Rand, i *books.Intent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, leaf := range i.Grants() {
		leaf.Grant = fmt.Sprintf("grant-%d", max(1, l.of(leaf.Account).grants-r.IntN(2)))
	}
	if i.Op.Versioned && r.IntN(12) == 0 {
		i.Version = l.of(i.Account).version
	}
}

// caller sends one request after the other.
type caller struct {
	*load
	id     int
	r      *rand.Rand
	sent   []*sent
	recent []*sent // acknowledged
}

// run calls until begin ends; patient bounds how long it asks about the last request.
func (c *caller) run(begin, patient context.Context) {
	for len(c.sent) < c.most {
		if !pause(begin, time.Duration(c.r.Int64N(int64(2*c.think)))) {
			return
		}
		switch n := c.r.IntN(100); {
		case n < 6 && len(c.recent) > 0:
			c.repeat(patient)
		case n < 8 && len(c.recent) > 0:
			c.misuse(patient)
		default:
			c.request(patient, n >= 94)
		}
	}
}

// pause waits and tells whether there is still time.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// next makes up a request.
func (c *caller) next() *sent {
	a := c.players[0]
	if c.r.IntN(100) >= 30 { // the first one is the hot player
		a = c.players[c.r.IntN(len(c.players))]
	}
	i := &books.Intent{Op: books.Draw(c.r), Account: a}
	switch {
	case i.Op.Ended:
		i.Hold = c.bet(c.r, a)
	case i.Op.Closes != books.None:
		i.Hold = c.pick(c.r, a, i.Op.Closes)
	}
	if i.Hold == "" && (i.Op.Ended || i.Op.Closes != books.None) {
		i.Op = books.Deposit
	}
	if i.Op == books.Deposit && ids.IsTestPlayer(a.Player) {
		i.Op = books.TestFund
	}
	return c.add(i)
}

// add gives a request its key and everything that is still open.
func (c *caller) add(i *books.Intent) *sent {
	i.Key = fmt.Sprintf("c%d-%d", c.id, len(c.sent))
	i.Op.Draw(c.r, i, c.players)
	c.complete(c.r, i)
	s := &sent{Intent: i}
	c.sent = append(c.sent, s)
	return s
}

// begin gives everybody something, before anything is killed.
func (c *caller) begin(ctx context.Context) {
	for _, a := range c.players {
		for _, op := range []*books.Operation{books.Deposit, books.Grant} {
			if op == books.Deposit && ids.IsTestPlayer(a.Player) {
				op = books.TestFund
			}
			s := c.add(&books.Intent{Op: op, Account: a})
			s.outcome, s.answers, s.reason, s.doubt = c.deliver(ctx, s, 0, c.r, false)
			c.judge(ctx, s)
		}
	}
}

// request sends a new request, or two of it at once, until the caller has an answer or gives up.
func (c *caller) request(ctx context.Context, twice bool) {
	s := c.next()
	at := c.r.IntN(replicas)
	if !twice {
		s.outcome, s.answers, s.reason, s.doubt = c.deliver(ctx, s, at, c.r, true)
		c.judge(ctx, s)
		return
	}
	c.count("sent twice at once")
	var second sent
	other := rand.New(rand.NewPCG(c.r.Uint64(), 1))
	var wg sync.WaitGroup
	wg.Go(func() {
		second.outcome, second.answers, second.reason, _ = c.deliver(ctx, s, at+1, other, false)
	})
	var first sent
	first.outcome, first.answers, first.reason, _ = c.deliver(ctx, s, at, c.r, false)
	wg.Wait()
	s.doubt = true
	s.outcome, s.answers, s.reason = first.outcome, first.answers, first.reason
	switch {
	case first.outcome == acknowledged && second.outcome == acknowledged:
		if !same(first.answers, second.answers) || fresh(first.answers) && fresh(second.answers) {
			c.problem("two of %v at once were answered with %+v and %+v", s.Intent, first.answers, second.answers)
		}
	case second.outcome == acknowledged:
		s.outcome, s.answers = second.outcome, second.answers
	}
	c.judge(ctx, s)
}

// deliver asks until there is an answer, each time one of the wallets, as a caller does who must know.
func (c *caller) deliver(ctx context.Context, s *sent, at int, r *rand.Rand, mayGiveUp bool) (o outcome, a []books.Answer, reason string, doubt bool) {
	var since time.Time
	for attempt := 0; ; attempt++ {
		began := time.Now()
		once, cancel := context.WithTimeout(ctx, attemptLimit)
		a, err := s.Op.Send(once, c.p.callers((at+attempt)%replicas), s.Intent)
		cancel()
		reason = errs.ReasonOf(err)
		if err == nil || final(reason) {
			if doubt {
				c.waited(time.Since(since))
			}
			if err != nil {
				return refused, a, reason, doubt
			}
			return acknowledged, a, "", doubt
		}
		c.count("attempts without an answer: " + status.Code(err).String())
		if !doubt {
			since, doubt = began, true
			c.count("retried")
			if mayGiveUp && r.IntN(8) == 0 {
				return unknown, a, "", true
			}
		}
		if !pause(ctx, time.Duration(20+r.IntN(200))*time.Millisecond) {
			c.problem("nobody answered %v within %v, last: %v", s.Intent, patience, err)
			return unknown, a, "", true
		}
	}
}

// final tells whether a refusal is an answer about the request rather than about the moment.
func final(reason string) bool {
	switch reason {
	case "", "UNAVAILABLE", "INTERNAL", "DEADLINE", "CANCELED", "OVERLOADED":
		return false
	}
	return true
}

// judge notes the outcome of a new request.
func (c *caller) judge(ctx context.Context, s *sent) {
	switch s.outcome {
	case acknowledged:
		c.count("acknowledged")
		if s.answers[0].Marked() && s.answers[0].Replayed {
			c.count("replayed")
		}
		for n, leaf := range s.Leaves() {
			if s.answers[n].Account != leaf.Account {
				c.problem("%v was answered with the balance of %v", leaf, s.answers[n].Account)
			}
			s.answers[n].Account = leaf.Account // one copy of the text for all
		}
		if len(c.recent) == remembered {
			c.recent[c.r.IntN(remembered)] = s
		} else {
			c.recent = append(c.recent, s)
		}
		c.learn(s)
	case refused:
		c.count("refused: " + s.reason)
		switch s.reason {
		case "INSUFFICIENT_FUNDS", "LIMIT_REACHED", "RESTRICTED", "HOLD_CLOSED", "HOLD_OPEN", "HOLD_VOID", "PART_TOO_LARGE", "GRANT_NOT_FOUND", "GRANT_CLOSED",
			"STALE_VERSION", "DEBT_OUTSTANDING", "NOTHING_OWED", "TEST_PLAYER":
		default:
			c.problem("%v was refused with %s", s.Intent, s.reason)
		}
	case unknown:
		c.count("given up")
		if c.r.IntN(2) == 0 && s.Op.Findable() && len(s.Steps) == 0 {
			c.inquire(ctx, s)
		}
	}
}

// inquire asks what became of a request that the caller gave up. That it was not done is no last word: it may still be on its way.
func (c *caller) inquire(ctx context.Context, s *sent) {
	var client walletv1.WalletServiceClient
	for pause(ctx, time.Duration(20+c.r.IntN(200))*time.Millisecond) {
		client = c.p.clients[s.Op.Caller][c.r.IntN(replicas)]
		once, cancel := context.WithTimeout(ctx, attemptLimit)
		a, err := books.Find(once, client, s.Key)
		cancel()
		if err != nil {
			continue
		}
		if a != nil {
			s.found, s.answers = true, []books.Answer{*a}
			c.learn(s)
		}
		return
	}
}

// repeat sends an acknowledged request again: the answer must be the same.
func (c *caller) repeat(ctx context.Context) {
	s := c.recent[c.r.IntN(len(c.recent))]
	o, a, reason, _ := c.deliver(ctx, s, c.r.IntN(replicas), c.r, false)
	if o == unknown {
		return // reported by deliver
	}
	if o != acknowledged || fresh(a) || !same(a, s.answers) {
		c.problem("%v was acknowledged with %+v, and then answered with %+v %s", s.Intent, s.answers, a, reason)
	}
	c.count("replayed")
}

// misuse sends another request under an acknowledged key, which has to be refused.
func (c *caller) misuse(ctx context.Context) {
	s := *c.recent[c.r.IntN(len(c.recent))]
	if s.Amount+s.Payout <= 0 || s.Op.Decided || len(s.Steps) > 0 {
		return // an operation without amounts would be the same request
	}
	other := *s.Intent
	s.Intent = &other
	s.Amount++
	s.Payout++
	o, a, reason, _ := c.deliver(ctx, &s, c.r.IntN(replicas), c.r, false)
	if o != unknown && reason != "IDEMPOTENCY_CONFLICT" {
		c.problem("another request under the key of %v was answered with %+v %s", s.Intent, a, reason)
	}
	c.count("conflicts refused")
}

// same tells whether two answers to a request are about the same results.
func same(a, b []books.Answer) bool { return slices.EqualFunc(a, b, books.Answer.Same) }

// fresh tells whether an answer says of some operation that it is no repetition.
func fresh(all []books.Answer) bool {
	return slices.ContainsFunc(all, func(a books.Answer) bool { return a.Marked() && !a.Replayed })
}
