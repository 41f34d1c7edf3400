// Package studio is a game studio with four real games, each of which can be played through any of the provider
// protocols it speaks. It is part of the sandbox: it knows the platform only as a licensee with a wallet URL and keys,
// and the platform knows it only by HTTP.
package studio

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// DefaultMinCycle is the least time between two spins of one player that regulators ask for.
const DefaultMinCycle = 2500 * time.Millisecond

// Config of a studio. StateDir and PublicURL are required; zero values of the others mean what their comment says.
type Config struct {
	StateDir  string // keys, admin token and journal live here; made with mode 0700
	PublicURL string // where browsers reach Handler, without a trailing slash, e.g. http://127.0.0.1:8090/studio
	Log       *slog.Logger
	Clock     func() time.Time // time.Now
	Rand      io.Reader        // source of server seeds; crypto/rand.Reader
	FaultSeed uint64           // makes fault probabilities reproducible; 0: random

	MinCycle    time.Duration // least time between two spins of a session; 0: none. Use DefaultMinCycle for people
	BetTimeout  time.Duration // for one attempt of a bet; 1 s, as the protocol says
	CallTimeout time.Duration // for one attempt of any other call; 3 s
	RetryBase   time.Duration // wait after the first failed attempt, doubled after each further one; 250 ms
	RetryMax    time.Duration // longest wait between attempts; 1 min
	SessionTTL  time.Duration // a session nobody used for so long is over; 24 h
	Abandon     time.Duration // a hand left alone for so long stands; 1 h
	BetResume   time.Duration // after a restart, bets older than this are rolled back instead of placed; 1 min
	RewardSweep time.Duration // how often free rounds are looked through for those whose time is over; 30 s
	KeepRounds  int           // ended rounds kept one by one, older ones only in the totals; 50000

	journalGrow int64 // bytes from which on replacing the journal is worth it; 32 MB
}

// Studio is the running studio. All methods are safe for concurrent use.
type Studio struct {
	cfg        Config
	log        *slog.Logger
	key        *rsa.PrivateKey
	adminToken string
	faults     *fault.Injector
	http       *http.Client
	journal    *journal
	paths      *http.ServeMux
	purses     *subwallet.Book // players' money that the studio keeps itself

	ctx    context.Context
	stop   context.CancelFunc
	drives sync.WaitGroup
	wake   chan struct{} // tells the courier that there is something to deliver

	mu        sync.Mutex
	closing   bool
	operators map[int64]*Operator
	sessions  map[string]*session
	rounds    map[string]*round
	order     []string                       // round ids, oldest first
	bySession map[string][]string            // session id -> round ids, oldest first
	spins     map[string]string              // session and spin id -> round id
	byRef     map[string]string              // transaction_uuid or view -> round id
	pending   map[string]struct{}            // open rounds
	open      map[string]map[string]struct{} // session id -> its open rounds
	running   map[string]struct{}            // open rounds being driven
	changed   map[string]chan struct{}
	rewards   map[string]*reward // by licensee and the protocol\'s name
	folded    map[string]*totals // of rounds no longer kept one by one
}

// New opens the state, or starts a fresh one, and begins to deliver what an earlier run owed. The error says which
// setting or file is wrong.
func New(cfg Config) (*Studio, error) {
	cfg.fill()
	base, err := url.Parse(cfg.PublicURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("studio: public URL %q is not an absolute http(s) URL", cfg.PublicURL)
	}
	dir, err := statedir.Open(cfg.StateDir)
	if err != nil {
		return nil, fmt.Errorf("studio: %w", err)
	}
	s := &Studio{
		cfg: cfg, log: cfg.Log, wake: make(chan struct{}, 1),
		faults: fault.New(fault.Options{
			Operations: faultOperations(), Extra: []fault.Kind{wallet.BadSignature, subwallet.Unavailable}, Seed: cfg.FaultSeed,
		}),
		http:      wallet.NewClient(),
		operators: map[int64]*Operator{}, sessions: map[string]*session{}, rounds: map[string]*round{},
		bySession: map[string][]string{}, spins: map[string]string{}, byRef: map[string]string{}, pending: map[string]struct{}{}, open: map[string]map[string]struct{}{},
		running: map[string]struct{}{}, changed: map[string]chan struct{}{}, folded: map[string]*totals{}, rewards: map[string]*reward{},
	}
	s.purses = s.openPurses()
	if s.key, err = dir.RSAKey("studio-key.pem"); err != nil {
		return nil, fmt.Errorf("studio: %w", err)
	}
	if s.adminToken, err = dir.Token("admin-token"); err != nil {
		return nil, fmt.Errorf("studio: %w", err)
	}
	if err = loadJournal(dir, s.restore); err != nil {
		return nil, err
	}
	s.resume()
	if s.journal, err = startJournal(dir, s.cfg.journalGrow, s.writeSnapshot); err != nil {
		return nil, err
	}
	s.paths = s.routes()
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.drives.Go(s.courier)
	s.resumeRewards()
	return s, nil
}

// Handler serves everything under the path that the caller mounts it on (with http.StripPrefix).
func (s *Studio) Handler() http.Handler { return s.paths }

// AdminToken is what the admin endpoints and /faults ask for, also found in StateDir/admin-token.
func (s *Studio) AdminToken() string { return s.adminToken }

// PublicKeyPEM is the SPKI PEM of the key that signs the studio's wallet calls.
func (s *Studio) PublicKeyPEM() string {
	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		panic("studio: an RSA public key cannot fail to marshal: " + err.Error())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// faultOperations are "<protocol>.<operation>" for each of wallet.Operations; a rule for "bet" is about all protocols.
func faultOperations() []string {
	out := slices.Clone(subwallet.Operations)
	for _, p := range Protocols() {
		for _, o := range wallet.Operations {
			out = append(out, p+"."+o)
		}
	}
	return out
}

// Faults is where tests in Go set faults; over HTTP it is /faults.
func (s *Studio) Faults() *fault.Injector { return s.faults }

// Close stops delivering, waits for calls under way at most until ctx ends, and closes the state. Nothing is lost:
// the next New goes on.
func (s *Studio) Close(ctx context.Context) error {
	s.mu.Lock()
	again := s.closing
	s.closing = true
	s.mu.Unlock()
	if again {
		return nil
	}
	s.stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.drives.Wait()
		s.faults.Close()
		s.http.CloseIdleConnections()
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = fmt.Errorf("studio: closed with calls under way: %w", ctx.Err())
	}
	return errors.Join(err, s.journal.close())
}

func (c *Config) fill() {
	setDefault(&c.Log, slog.New(slog.DiscardHandler))
	setDefault(&c.Rand, rand.Reader)
	setDefault(&c.BetTimeout, time.Second)
	setDefault(&c.CallTimeout, 3*time.Second)
	setDefault(&c.RetryBase, 250*time.Millisecond)
	setDefault(&c.RetryMax, time.Minute)
	setDefault(&c.SessionTTL, 24*time.Hour)
	setDefault(&c.Abandon, time.Hour)
	setDefault(&c.BetResume, time.Minute)
	setDefault(&c.RewardSweep, 30*time.Second)
	setDefault(&c.KeepRounds, 50_000)
	setDefault(&c.journalGrow, 32<<20)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (s *Studio) now() time.Time { return s.cfg.Clock().UTC().Truncate(time.Millisecond) }

// restore applies one journal entry; later entries about the same thing replace earlier ones.
func (s *Studio) restore(e entry) {
	switch {
	case e.Operator != nil:
		if err := parseOperator(e.Operator); err != nil {
			s.log.Error("operator left out", "operator_id", e.Operator.ID, "err", err)
			return
		}
		s.operators[e.Operator.ID] = e.Operator
	case e.Session != nil:
		if err := s.upgrade(e.Session); err != nil {
			s.log.Error("session left out", "err", err)
			return
		}
		s.sessions[e.Session.ID] = e.Session
	case e.Round != nil:
		e.Round.upgrade()
		if len(e.Round.Stakes) == 0 {
			s.log.Error("round without a stake left out", "round", e.Round.ID)
			return
		}
		s.index(e.Round)
	case e.Purse != nil:
		s.purses.Restore(*e.Purse)
	case e.Reward != nil:
		s.rewards[e.Reward.key()] = e.Reward
	case e.Totals != nil:
		s.folded[e.Totals.key()] = e.Totals
	}
}

// index puts the round into the maps; the caller has the lock.
func (s *Studio) index(r *round) {
	if _, known := s.rounds[r.ID]; !known {
		s.order = append(s.order, r.ID)
		s.bySession[r.Session] = append(s.bySession[r.Session], r.ID)
	}
	s.rounds[r.ID] = r
	s.spins[spinKey(r.Session, r.SpinID)] = r.ID
	for _, ref := range r.refs() {
		s.byRef[ref] = r.ID
	}
	if r.open() {
		s.pending[r.ID] = struct{}{}
	} else {
		delete(s.pending, r.ID)
	}
	if !r.busy() {
		if delete(s.open[r.Session], r.ID); len(s.open[r.Session]) == 0 {
			delete(s.open, r.Session)
		}
		return
	}
	if s.open[r.Session] == nil {
		s.open[r.Session] = map[string]struct{}{}
	}
	s.open[r.Session][r.ID] = struct{}{}
}

// forget is the opposite of index, for a round that has ended.
func (s *Studio) forget(r *round) {
	delete(s.rounds, r.ID)
	left := slices.DeleteFunc(s.bySession[r.Session], func(id string) bool { return id == r.ID })
	if s.bySession[r.Session] = left; len(left) == 0 {
		delete(s.bySession, r.Session)
	}
	delete(s.spins, spinKey(r.Session, r.SpinID))
	for _, ref := range r.refs() {
		delete(s.byRef, ref)
	}
}

// resume makes what an earlier run left open due at once.
func (s *Studio) resume() {
	now := s.now()
	for id := range s.pending {
		r := s.rounds[id]
		if r.State != playing {
			r.NextAt = time.Time{}
		}
		if r.State == betting && r.Attempts > 0 || r.State == cancelling && r.Reason == wallet.ReasonUnreachable {
			r.Unanswered = true // the answer came to nobody
		}
		if r.State == betting && now.Sub(r.CreatedAt) > s.cfg.BetResume {
			r.expire()
		}
	}
}

// writeSnapshot writes everything worth keeping: no sessions that are over and nothing refers to, and of the ended
// rounds only the latest.
func (s *Studio) writeSnapshot(w io.Writer, taken func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foldOldRounds()
	s.dropOldSessions()
	enc := json.NewEncoder(w)
	var err error
	put := func(e entry) { err = errors.Join(err, enc.Encode(e)) }
	for _, o := range s.operators {
		put(entry{Operator: o})
	}
	for _, t := range s.folded {
		put(entry{Totals: t})
	}
	for _, x := range s.sessions {
		put(entry{Session: x})
	}
	for _, f := range s.rewards {
		put(entry{Reward: f})
	}
	for _, id := range s.order {
		put(entry{Round: s.rounds[id]})
	}
	s.purses.Snapshot(func(e subwallet.Entry) { put(entry{Purse: &e}) }, func() {
		if err == nil {
			taken()
		}
	})
	return err
}

// Purses is the part that keeps players' money.
func (s *Studio) Purses() *subwallet.Book { return s.purses }

// openPurses makes the part that keeps players' money, with the studio's journal, faults and currencies.
func (s *Studio) openPurses() *subwallet.Book {
	return subwallet.New(subwallet.Config{
		PublicURL: s.cfg.PublicURL, Clock: s.cfg.Clock, Rand: s.cfg.Rand, Faults: s.faults,
		Currency: func(code string) (subwallet.Currency, bool) {
			c, known := currencies[code]
			if !known || code == demoCurrency {
				return subwallet.Currency{}, false
			}
			return subwallet.Currency{Parse: c.parse, Format: c.format, Stakes: c.stakes()}, true
		},
		Append: func(e subwallet.Entry) func() error { return s.journal.append(entry{Purse: &e}) },
	})
}

func (s *Studio) foldOldRounds() {
	excess := len(s.order) - len(s.pending) - s.cfg.KeepRounds
	s.order = slices.DeleteFunc(s.order, func(id string) bool {
		r := s.rounds[id]
		if excess <= 0 || r.open() || r.State == disputed {
			return false
		}
		excess--
		if !r.Demo {
			totalsOf(s.folded, r).add(r)
		}
		s.forget(r)
		return true
	})
}

func (s *Studio) dropOldSessions() {
	for id, x := range s.sessions {
		if len(s.open[id]) == 0 && s.now().Sub(x.UsedAt) > s.cfg.SessionTTL {
			delete(s.sessions, id)
		}
	}
}

func spinKey(sessionID, spinID string) string { return sessionID + " " + spinID }
