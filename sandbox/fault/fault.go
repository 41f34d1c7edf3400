// Package fault makes the parts of the sandbox misbehave on demand, the way real providers do: a message is sent
// twice, late, after its successor, or its answer is lost. A sandbox part asks its Injector about each message by the
// name of the operation; tests and operators set the rules at run time over HTTP (Handler) or in Go (Set).
//
// A sender wraps its call in Do, which does everything. A part that answers instead of sends (an SMTP server, a token
// endpoint) calls Take and acts on the Plan itself.
package fault

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is one way to misbehave.
type Kind string

// The kinds every injector knows. An injector may know more, see Options.Extra.
const (
	Duplicate Kind = "duplicate" // the message is sent Times times
	Delay     Kind = "delay"     // the message is sent DelayMS late
	Reorder   Kind = "reorder"   // the message is held until the next one was sent, at most DelayMS
	Drop      Kind = "drop"      // the message is sent, its answer is thrown away: the sender acts as if none came
)

// Bounds of a rule, so that no rule can hang or flood a run.
const (
	MaxRules        = 100
	MaxTimes        = 10
	MaxDelayMS      = 60_000
	MaxCount        = 1_000_000
	DefaultTimes    = 2
	DefaultDelayMS  = 1_000
	DefaultHoldMS   = 5_000
	maxInFlightHeld = 1_000
)

var (
	// ErrDropped is what Do returns for a message whose answer was thrown away. The message itself was sent.
	ErrDropped = errors.New("fault: the answer was dropped")
	// ErrClosed is what Do returns for a message that was still held back when the injector was closed.
	ErrClosed = errors.New("fault: the injector is closed")
	// ErrInvalid is wrapped by every error about a rule that cannot be accepted; its text says which and why.
	ErrInvalid = errors.New("invalid fault rule")
)

// Rule says how one operation misbehaves. The zero Count means without end, the zero Probability always.
type Rule struct {
	Operation   string  `json:"operation"`             // one of the injector's operations, or "*" for all; of "a.b" also "b" and "a.*"
	Kind        Kind    `json:"kind"`                  // duplicate, delay, reorder, drop, or one of the injector's own
	Count       int     `json:"count,omitempty"`       // how often it strikes in all; 0: without end
	Probability float64 `json:"probability,omitempty"` // chance per message, above 0 up to 1; 0 or absent: 1
	Times       int     `json:"times,omitempty"`       // duplicate: sends in all, 2..10, default 2
	Concurrent  bool    `json:"concurrent,omitempty"`  // duplicate: all sends at once instead of one after another
	DelayMS     int     `json:"delay_ms,omitempty"`    // delay: 1..60000, default 1000; reorder: longest hold, default 5000
	Struck      int     `json:"struck"`                // how often it struck so far; ignored on input
}

// Plan is what happens to one message. The zero Plan is: send it once, now, and use the answer.
type Plan struct {
	Sends      int           // how many times to send, at least 1
	Concurrent bool          // send them all at once
	Delay      time.Duration // wait before the first send
	Hold       time.Duration // above 0: wait for the next message first, at most this long
	Drop       bool          // throw the answer away
	extra      []Kind
	number     uint64 // of the message, in the order in which fates were decided
}

// Has says whether a kind of Options.Extra struck.
func (p Plan) Has(k Kind) bool { return slices.Contains(p.extra, k) }

// Options of an injector.
type Options struct {
	Operations []string // names that rules may use
	Extra      []Kind   // kinds beyond the four, which the part implements itself through Take
	Seed       uint64   // makes Probability reproducible; 0: random
}

// Injector decides the fate of messages. It is safe for concurrent use. A nil *Injector injects nothing.
type Injector struct {
	operations []string
	kinds      []Kind

	mu    sync.Mutex
	rand  *rand.Rand
	rules []Rule
	last  uint64 // number of the newest message
	sent  uint64 // number of the newest message that was sent
	held  []held

	done   chan struct{}
	close  sync.Once
	flight sync.WaitGroup
}

// held is a message that waits until one after it was sent; one before it, whose sending ends late, is none.
type held struct {
	number uint64
	free   chan struct{}
}

// New returns an injector without rules.
func New(o Options) *Injector {
	in := &Injector{
		operations: slices.Clone(o.Operations),
		kinds:      append([]Kind{Duplicate, Delay, Reorder, Drop}, o.Extra...),
		done:       make(chan struct{}),
	}
	in.reseed(o.Seed)
	return in
}

// Set replaces all rules. A seed other than 0 restarts the random sequence. On an error, which wraps ErrInvalid,
// nothing changes. Messages already held back are let go.
func (in *Injector) Set(seed uint64, rules ...Rule) error {
	checked, err := in.check(rules)
	if err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if seed != 0 {
		in.reseed(seed)
	}
	in.rules = checked
	in.letGo(math.MaxUint64)
	return nil
}

// Rules returns the rules with how often each struck.
func (in *Injector) Rules() []Rule {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.rules)
}

// Take decides about one message of the operation and counts the rules that strike. Each call is one message.
func (in *Injector) Take(operation string) Plan {
	p := Plan{Sends: 1}
	if in == nil {
		return p
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.last++
	p.number = in.last
	for i := range in.rules {
		r := &in.rules[i]
		if !r.covers(operation) || r.Count > 0 && r.Struck >= r.Count {
			continue
		}
		if r.Probability < 1 && in.rand.Float64() >= r.Probability {
			continue
		}
		r.Struck++
		p.apply(*r)
	}
	return p
}

// Sent tells the injector that the message of a plan has gone out, which lets those go that were held before it. Do calls it itself.
func (in *Injector) Sent(p Plan) {
	if in == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.sent = max(in.sent, p.number)
	in.letGo(in.sent)
}

// Close abandons the messages that are held or delayed, with ErrClosed, and waits for those that are being sent, which
// takes at most the timeout given to Do. It may be called more than once.
func (in *Injector) Close() {
	if in == nil {
		return
	}
	in.mu.Lock()
	in.close.Do(func() { close(in.done) })
	in.mu.Unlock()
	in.flight.Wait()
}

// Do sends one message of the operation by calling send, once or as the rules say. It returns the first send's
// outcome, ErrDropped if the answer is thrown away, or ctx's error if ctx ends first. A message that is held, delayed
// or repeated outlives ctx, as one does on a real network: the sender has given up, and yet it arrives. So send gets
// its own context, which ends after timeout and not with ctx; each send has the whole of it.
func Do[T any](ctx context.Context, in *Injector, operation string, timeout time.Duration, send func(context.Context) (T, error)) (T, error) {
	return Send(ctx, in, operation, timeout, func(ctx context.Context, _ Plan) (T, error) { return send(ctx) })
}

// Send is Do for a part with kinds of its own: send is told the plan and acts on the kinds of Options.Extra.
func Send[T any](ctx context.Context, in *Injector, operation string, timeout time.Duration, send func(context.Context, Plan) (T, error)) (T, error) {
	var zero T
	if in == nil {
		sendCtx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return send(sendCtx, Plan{Sends: 1})
	}
	p := in.Take(operation)
	first := make(chan outcome[T], 1)
	if !in.enter() {
		return zero, ErrClosed
	}
	go func() {
		defer in.flight.Done()
		deliver(context.WithoutCancel(ctx), in, p, timeout, send, first)
	}()
	select {
	case o := <-first:
		if p.Drop && o.err == nil {
			return zero, ErrDropped
		}
		return o.value, o.err
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}

type outcome[T any] struct {
	value T
	err   error
}

// deliver carries out the plan and puts the first send's outcome into first, which has room for it.
func deliver[T any](ctx context.Context, in *Injector, p Plan, timeout time.Duration, send func(context.Context, Plan) (T, error), first chan<- outcome[T]) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !in.wait(p) {
		first <- outcome[T]{err: ErrClosed}
		return
	}
	var copies sync.WaitGroup
	once := func(isFirst bool) {
		sendCtx, cancelSend := context.WithTimeout(ctx, timeout)
		defer cancelSend()
		v, err := send(sendCtx, p)
		if isFirst {
			in.Sent(p)
			first <- outcome[T]{v, err}
		}
	}
	for i := range p.Sends {
		if p.Concurrent {
			copies.Go(func() { once(i == 0) })
			continue
		}
		once(i == 0)
	}
	copies.Wait()
}

// wait sits out the plan's delay and hold; false means that the injector was closed meanwhile.
func (in *Injector) wait(p Plan) bool {
	if p.Delay > 0 && !in.sleep(p.Delay, nil) {
		return false
	}
	if p.Hold > 0 {
		return in.sleep(p.Hold, in.hold(p))
	}
	return true
}

func (in *Injector) sleep(d time.Duration, early <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-early:
	case <-in.done:
		return false
	}
	return true
}

// hold registers a message that waits for the next one.
func (in *Injector) hold(p Plan) <-chan struct{} {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.held) >= maxInFlightHeld {
		in.letGo(math.MaxUint64)
	}
	c := make(chan struct{})
	in.held = append(in.held, held{p.number, c})
	in.letGo(in.sent) // the next one may have been quicker
	return c
}

// letGo releases what is held of the messages before a number; the caller has the lock.
func (in *Injector) letGo(before uint64) {
	in.held = slices.DeleteFunc(in.held, func(h held) bool {
		if h.number >= before {
			return false
		}
		close(h.free)
		return true
	})
}

// enter counts a message in flight unless the injector is closed.
func (in *Injector) enter() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	select {
	case <-in.done:
		return false
	default:
		in.flight.Add(1)
		return true
	}
}

func (in *Injector) reseed(seed uint64) {
	var b [8]byte
	if seed == 0 {
		_, _ = crand.Read(b[:]) // never fails, see crypto/rand
		seed = binary.LittleEndian.Uint64(b[:])
	}
	in.rand = rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))
}

func (p *Plan) apply(r Rule) {
	switch r.Kind {
	case Duplicate:
		p.Sends, p.Concurrent = max(p.Sends, r.Times), p.Concurrent || r.Concurrent
	case Delay:
		p.Delay = max(p.Delay, time.Duration(r.DelayMS)*time.Millisecond)
	case Reorder:
		p.Hold = max(p.Hold, time.Duration(r.DelayMS)*time.Millisecond)
	case Drop:
		p.Drop = true
	default:
		p.extra = append(p.extra, r.Kind)
	}
}

// check validates the rules and fills in their defaults.
func (in *Injector) check(rules []Rule) ([]Rule, error) {
	if len(rules) > MaxRules {
		return nil, fmt.Errorf("%w: %d rules, at most %d", ErrInvalid, len(rules), MaxRules)
	}
	out := make([]Rule, 0, len(rules))
	for i, r := range rules {
		if err := in.checkOne(&r); err != nil {
			return nil, fmt.Errorf("%w %d: %w", ErrInvalid, i, err)
		}
		r.Struck = 0
		out = append(out, r)
	}
	return out, nil
}

// covers says whether the rule is about the operation: by its name, by the part of its name after a point, or by "*".
func (r Rule) covers(operation string) bool {
	if r.Operation == "*" || r.Operation == operation {
		return true
	}
	group, name, ok := strings.Cut(operation, ".")
	return ok && (r.Operation == name || r.Operation == group+".*")
}

// known says whether the rule can be about any operation there is.
func (in *Injector) known(r *Rule) bool {
	return r.Operation == "*" || slices.ContainsFunc(in.operations, r.covers)
}

func (in *Injector) checkOne(r *Rule) error {
	switch {
	case !in.known(r):
		return fmt.Errorf("operation %q is not one of *, %s", r.Operation, strings.Join(in.operations, ", "))
	case !slices.Contains(in.kinds, r.Kind):
		return fmt.Errorf("kind %q is not one of %v", r.Kind, in.kinds)
	case r.Count < 0 || r.Count > MaxCount:
		return fmt.Errorf("count %d is not within 0..%d", r.Count, MaxCount)
	case !(r.Probability >= 0 && r.Probability <= 1):
		return fmt.Errorf("probability %v is not within 0..1", r.Probability)
	case r.Kind != Duplicate && (r.Times != 0 || r.Concurrent):
		return fmt.Errorf("times and concurrent belong to duplicate, not to %s", r.Kind)
	case r.Kind != Delay && r.Kind != Reorder && r.DelayMS != 0:
		return fmt.Errorf("delay_ms belongs to delay and reorder, not to %s", r.Kind)
	case r.Times != 0 && (r.Times < 2 || r.Times > MaxTimes):
		return fmt.Errorf("times %d is not within 2..%d", r.Times, MaxTimes)
	case r.DelayMS < 0 || r.DelayMS > MaxDelayMS:
		return fmt.Errorf("delay_ms %d is not within 1..%d", r.DelayMS, MaxDelayMS)
	}
	r.fillDefaults()
	return nil
}

func (r *Rule) fillDefaults() {
	if r.Probability == 0 {
		r.Probability = 1
	}
	switch {
	case r.Kind == Duplicate && r.Times == 0:
		r.Times = DefaultTimes
	case r.Kind == Delay && r.DelayMS == 0:
		r.DelayMS = DefaultDelayMS
	case r.Kind == Reorder && r.DelayMS == 0:
		r.DelayMS = DefaultHoldMS
	}
}
