package identity

import (
	"context"
	"net/netip"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// counter is one row of the throttle and the rule for it.
type counter struct {
	scope string
	key   []byte
	max   int
	// window, when positive, starts the count anew after this long, whatever happened.
	window  time.Duration
	wait    time.Duration
	maxWait time.Duration
	reset   time.Duration
}

// counters are those of one attempt, the cheapest and widest first.
type counters []counter

// count notes one attempt in each counter and refuses it when one is blocked. It is called before any password or code is looked at,
// so that a refusal is cheap and attempts in parallel are all counted. Error: THROTTLED with a retry hint.
func (s *Server) count(ctx context.Context, cs counters) error {
	now := s.clock()
	for _, c := range cs {
		windowAfter := time.Unix(0, 0)
		if c.window > 0 {
			windowAfter = now.Add(-c.window)
		}
		row, err := s.q.Throttle(ctx, db.ThrottleParams{
			Scope: c.scope, Key: c.key, Now: now, FreshAfter: now.Add(-c.reset), WindowAfter: windowAfter,
			MaxCount: int32(c.max), WaitS: c.wait.Seconds(), MaxWaitS: c.maxWait.Seconds(),
		})
		if err != nil {
			return err
		}
		if row.Refused {
			return errThrottled(row.BlockedUntil.Sub(now))
		}
	}
	return nil
}

// forgive clears the counters that belong to one account after a success; an address keeps its count.
func (s *Server) forgive(ctx context.Context, cs counters) error {
	for _, c := range cs {
		if c.scope == "address" {
			continue
		}
		if err := s.q.ForgetThrottle(ctx, db.ForgetThrottleParams{Scope: c.scope, Key: c.key}); err != nil {
			return err
		}
	}
	return nil
}

// addressCounter bounds what one network can try, whatever it tries.
func (s *Server) addressCounter(ctx context.Context) counter {
	return counter{
		scope: "address", key: s.vault.index("throttle.address", network(rpc.ClientIP(ctx))), max: s.cfg.AddressPerMinute,
		window: time.Minute, wait: time.Minute, maxWait: time.Minute, reset: time.Minute,
	}
}

// accountCounters are for a password of an account, named by the hash of its address whether it exists or not. A device that has
// logged in to the account before has a counter of its own, so that strangers who lock the account do not lock its owner out.
func (s *Server) accountCounters(ctx context.Context, kind string, emailIndex []byte, subjectID string) (counters, error) {
	account := kind + ":" + string(emailIndex)
	cs := counters{s.addressCounter(ctx)}
	if device := rpc.DeviceID(ctx); device != "" && subjectID != "" {
		known, err := s.q.KnowsDevice(ctx, db.KnowsDeviceParams{SubjectID: subjectID, DeviceID: device, Since: s.clock().Add(-knownDeviceTTL)})
		if err != nil {
			return nil, err
		}
		if known {
			return append(cs, s.failures("device", account+"\x00"+device, s.cfg.PairAttempts)), nil
		}
	}
	return append(cs,
		s.failures("pair", account+"\x00"+network(rpc.ClientIP(ctx)), s.cfg.PairAttempts),
		s.failures("account", account, s.cfg.AccountAttempts)), nil
}

// codeCounters are for one-time codes: few possibilities, so few attempts, counted by account from anywhere.
func (s *Server) codeCounters(ctx context.Context, scope, account string) counters {
	return counters{s.addressCounter(ctx), s.failures(scope, account, s.cfg.CodeAttempts)}
}

// mailCounters bound the mails that strangers can cause to one address.
func (s *Server) mailCounters(ctx context.Context, emailIndex []byte) counters {
	return counters{s.addressCounter(ctx), s.failures("mail", string(emailIndex), s.cfg.MailAttempts)}
}

func (s *Server) failures(scope, value string, maxCount int) counter {
	return counter{
		scope: scope, key: s.vault.index("throttle."+scope, value), max: maxCount,
		wait: s.cfg.ThrottleWait, maxWait: s.cfg.ThrottleMaxWait, reset: s.cfg.ThrottleReset,
	}
}

// network is the /24 of an IPv4 address and the /64 of an IPv6 one: what one attacker has many addresses of. Calls without an
// address share one counter.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return "none"
	}
	a = a.Unmap()
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "none"
	}
	return p.String()
}
