package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc/status"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
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
	books.Intent
	outcome outcome
	doubt   bool // an attempt ended without an answer, or two were made at once
	found   bool // the caller gave up, asked later, and was told that it was done
	reason  string
	answer  books.Answer
}

// load is what all callers share.
type load struct {
	p       *platform
	think   time.Duration
	players []books.Account
	most    int // requests of one caller

	mu       sync.Mutex
	open     map[books.Account]map[books.Purpose][]string // holds that callers know of
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

// opened lets every caller close a hold.
func (l *load) opened(s *sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[s.Account] == nil {
		l.open[s.Account] = map[books.Purpose][]string{}
	}
	l.open[s.Account][s.Op.Opens] = append(l.open[s.Account][s.Op.Opens], s.answer.Hold)
}

// pick chooses a hold to close. Some stay on the list, so that a second caller closes them too and has to be refused.
func (l *load) pick(r *rand.Rand, a books.Account, p books.Purpose) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.open[a][p]
	if len(list) == 0 {
		return ""
	}
	n := r.IntN(len(list))
	hold := list[n]
	if r.IntN(12) > 0 {
		list[n] = list[len(list)-1]
		l.open[a][p] = list[:len(list)-1]
	}
	return hold
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
	s := &sent{Intent: books.Intent{Op: books.Draw(c.r), Account: c.players[0], Key: fmt.Sprintf("c%d-%d", c.id, len(c.sent))}}
	if c.r.IntN(100) >= 30 { // the first one is the hot player
		s.Account = c.players[c.r.IntN(len(c.players))]
	}
	if s.Op.Closes != books.None {
		if s.Hold = c.pick(c.r, s.Account, s.Op.Closes); s.Hold == "" {
			s.Op = books.Operations[0]
		}
	}
	s.Amount, s.Payout = s.Op.Draw(c.r)
	c.sent = append(c.sent, s)
	return s
}

// request sends a new request, or two of it at once, until the caller has an answer or gives up.
func (c *caller) request(ctx context.Context, twice bool) {
	s := c.next()
	at := c.r.IntN(replicas)
	if !twice {
		s.outcome, s.answer, s.reason, s.doubt = c.deliver(ctx, s, at, c.r, true)
		c.judge(ctx, s)
		return
	}
	c.count("sent twice at once")
	var second sent
	other := rand.New(rand.NewPCG(c.r.Uint64(), 1))
	var wg sync.WaitGroup
	wg.Go(func() {
		second.outcome, second.answer, second.reason, _ = c.deliver(ctx, s, at+1, other, false)
	})
	var first sent
	first.outcome, first.answer, first.reason, _ = c.deliver(ctx, s, at, c.r, false)
	wg.Wait()
	s.doubt = true
	s.outcome, s.answer, s.reason = first.outcome, first.answer, first.reason
	switch {
	case first.outcome == acknowledged && second.outcome == acknowledged:
		if !first.answer.Same(second.answer) || !first.answer.Replayed && !second.answer.Replayed {
			c.problem("two of %v at once were answered with %+v and %+v", &s.Intent, first.answer, second.answer)
		}
	case second.outcome == acknowledged:
		s.outcome, s.answer = second.outcome, second.answer
	}
	c.judge(ctx, s)
}

// deliver asks until there is an answer, each time one of the wallets, as a caller does who must know.
func (c *caller) deliver(ctx context.Context, s *sent, at int, r *rand.Rand, mayGiveUp bool) (o outcome, a books.Answer, reason string, doubt bool) {
	var since time.Time
	for attempt := 0; ; attempt++ {
		began := time.Now()
		once, cancel := context.WithTimeout(ctx, attemptLimit)
		a, err := s.Op.Send(once, c.p.clients[s.Op.Caller][(at+attempt)%replicas], &s.Intent)
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
			c.problem("nobody answered %v within %v, last: %v", &s.Intent, patience, err)
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
		if s.answer.Replayed {
			c.count("replayed")
		}
		if s.answer.Account != s.Account {
			c.problem("%v was answered with the balance of %v", &s.Intent, s.answer.Account)
		}
		s.answer.Account = s.Account // one copy of the text for all
		if len(c.recent) == remembered {
			c.recent[c.r.IntN(remembered)] = s
		} else {
			c.recent = append(c.recent, s)
		}
		if s.Op.Opens != books.None {
			c.opened(s)
		}
	case refused:
		c.count("refused: " + s.reason)
		switch s.reason {
		case "INSUFFICIENT_FUNDS", "LIMIT_REACHED", "RESTRICTED", "HOLD_CLOSED":
		default:
			c.problem("%v was refused with %s", &s.Intent, s.reason)
		}
	case unknown:
		c.count("given up")
		if c.r.IntN(2) == 0 {
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
			s.found, s.answer = true, *a
			if s.Op.Opens != books.None {
				c.opened(s)
			}
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
	if o != acknowledged || !a.Replayed || !a.Same(s.answer) {
		c.problem("%v was acknowledged with %+v, and then answered with %+v %s", &s.Intent, s.answer, a, reason)
	}
	c.count("replayed")
}

// misuse sends another request under an acknowledged key, which has to be refused.
func (c *caller) misuse(ctx context.Context) {
	s := *c.recent[c.r.IntN(len(c.recent))]
	if s.Amount+s.Payout == 0 {
		return // an operation without amounts would be the same request
	}
	s.Amount++
	s.Payout++
	o, a, reason, _ := c.deliver(ctx, &s, c.r.IntN(replicas), c.r, false)
	if o != unknown && reason != "IDEMPOTENCY_CONFLICT" {
		c.problem("another request under the key of %v was answered with %+v %s", &s.Intent, a, reason)
	}
	c.count("conflicts refused")
}
