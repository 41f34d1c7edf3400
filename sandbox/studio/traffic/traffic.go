// Package traffic plays scripted players through a studio of its own against an operator, with faults, and holds both
// sides' books against each other at the end, to the cent.
package traffic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Operator is the other side: whoever has the wallet.
type Operator interface {
	// Connect tells the operator about the studio and returns the studio's licensee of it.
	Connect(ctx context.Context, o Offer) (studio.Operator, error)
	// Publish is called when the studio knows its licensee: the operator takes the studio's games.
	Publish(ctx context.Context) error
	// Players returns so many players with money and a game session each.
	Players(ctx context.Context, n int) ([]Player, error)
	// Book returns what the operator has of these players.
	Book(ctx context.Context, players []Player) (Book, error)
}

// Offer is what a studio tells a new licensee.
type Offer struct {
	Protocol  string
	URL       string // where the protocol's own API is
	PublicKey string // PEM, verifies calls of protocols that sign with RSA
	Games     []wallet.Game
}

// Player is one player of the operator.
type Player struct {
	ID       string
	Token    string // of a game session
	Currency string
	Funds    string // what the player begins with, decimal
}

// Options of a run.
type Options struct {
	Protocol string
	Players  int
	Rounds   int // for each player
	AtOnce   int // rounds under way at the same time
	Seed     uint64
	Games    []string // codes; a player plays one of them
	Faults   []fault.Rule
	Patience time.Duration // for what is owed when the last round was played, and then for the operator's books
	Listen   string        // the studio's address; 127.0.0.1:0
	Progress func(Progress)
	Log      *slog.Logger
}

// Progress is how far a run is.
type Progress struct {
	Doing   string
	Played  int64
	Of      int64
	Refused int64
	Open    int // rounds that owe the wallet something, when all are played
	Began   time.Time
}

// run is one run's state.
type run struct {
	Options
	s        *studio.Studio
	licensee studio.Operator
	http     *http.Client
	began    time.Time
	played   atomic.Int64
	refused  atomic.Int64
	doing    atomic.Value
	open     atomic.Int64
}

// Run plays and compares. An error means that the run could not be made; differences are in the report.
func Run(ctx context.Context, o Options, operator Operator) (Report, error) {
	dir, err := os.MkdirTemp("", "pitboss-studio-")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of this run alone
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return Report{}, err
	}
	r := &run{Options: o, began: time.Now()}
	if r.s, err = studio.New(studio.Config{
		StateDir: dir, PublicURL: "http://" + l.Addr().String(), Log: o.Log, FaultSeed: o.Seed, RetryBase: 100 * time.Millisecond,
		RetryMax: 2 * time.Second, KeepRounds: 2 * o.Players * o.Rounds, Abandon: 30 * time.Second,
	}); err != nil {
		return Report{}, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: r.s.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l) //nolint:errcheck // ends with Close
	defer func() {
		_ = server.Close() // everything is played
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = r.s.Close(stop) // its folder goes away
	}()
	r.http = &http.Client{Transport: direct{r.s.Handler()}}
	defer r.report()()
	if o.Protocol == Transfer {
		return r.playPurses(ctx, operator)
	}
	return r.play(ctx, operator)
}

func (r *run) play(ctx context.Context, operator Operator) (Report, error) {
	r.doing.Store("connecting")
	var err error
	if r.licensee, err = operator.Connect(ctx, Offer{r.Protocol, r.s.PublicURL(), r.s.PublicKeyPEM(), r.s.Games()}); err != nil {
		return Report{}, fmt.Errorf("connect: %w", err)
	}
	if err := r.s.RegisterOperator(r.licensee); err != nil {
		return Report{}, err
	}
	if err := operator.Publish(ctx); err != nil {
		return Report{}, err
	}
	r.doing.Store("making players")
	players, err := operator.Players(ctx, r.Players)
	if err != nil {
		return Report{}, fmt.Errorf("players: %w", err)
	}
	if err := r.s.Faults().Set(r.Seed, r.Faults...); err != nil {
		return Report{}, err
	}
	r.doing.Store("playing")
	began := time.Now()
	if err := r.playAll(ctx, players); err != nil {
		return Report{}, err
	}
	took := time.Since(began)
	struck := r.s.Faults().Rules()
	if err := r.s.Faults().Set(0); err != nil {
		return Report{}, err
	}
	r.doing.Store("delivering what is owed")
	open := r.drain(ctx)
	r.doing.Store("comparing the books")
	book, err := r.book(ctx, operator, players)
	if err != nil {
		return Report{}, fmt.Errorf("the operator's books: %w", err)
	}
	rounds, _ := r.s.Rounds(r.licensee.ID)
	report := Compare(rounds, players, book)
	report.Took, report.Struck, report.Open = took, struck, open
	return report, nil
}

// book reads the operator's books until they agree, or the patience ends: an operator may still be closing what it has taken, and one that was killed in the
// middle of that makes up for it only after a while.
func (r *run) book(ctx context.Context, operator Operator, players []Player) (Book, error) {
	rounds, _ := r.s.Rounds(r.licensee.ID)
	for deadline := time.Now().Add(max(r.Patience, 10*time.Second)); ; {
		book, err := operator.Book(ctx, players)
		if err != nil || len(Compare(rounds, players, book).Differences) == 0 || time.Now().After(deadline) {
			return book, err
		}
		if err := pause(ctx, time.Second); err != nil {
			return book, err
		}
	}
}

// drain waits until the studio owes nothing any more; it returns how many rounds are left.
func (r *run) drain(ctx context.Context) int {
	for deadline := time.Now().Add(r.Patience); ; {
		_, open := r.s.Rounds(r.licensee.ID)
		r.open.Store(int64(open))
		if open == 0 || time.Now().After(deadline) || pause(ctx, 100*time.Millisecond) != nil {
			return open
		}
	}
}

// report tells the progress twice a second until the function it returns is called.
func (r *run) report() (stop func()) {
	if r.Progress == nil {
		return func() {}
	}
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				doing, _ := r.doing.Load().(string)
				r.Progress(Progress{
					Doing: doing, Played: r.played.Load(), Of: int64(r.Players * r.Rounds), Refused: r.refused.Load(), Open: int(r.open.Load()), Began: r.began,
				})
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
	}
}

// DefaultFaults is a bad day: answers lost, messages repeated, late, out of order, wrongly signed.
func DefaultFaults() []fault.Rule {
	return []fault.Rule{
		{Operation: "bet", Kind: fault.Drop, Probability: 0.03},
		{Operation: "bet", Kind: fault.Duplicate, Probability: 0.05, Concurrent: true},
		{Operation: "bet", Kind: fault.Delay, Probability: 0.02, DelayMS: 300},
		{Operation: "bet", Kind: wallet.BadSignature, Probability: 0.01},
		{Operation: "win", Kind: fault.Drop, Probability: 0.04},
		{Operation: "win", Kind: fault.Duplicate, Probability: 0.05, Times: 3, Concurrent: true},
		{Operation: "win", Kind: fault.Reorder, Probability: 0.02, DelayMS: 400},
		{Operation: "win", Kind: wallet.BadSignature, Probability: 0.01},
		{Operation: "rollback", Kind: fault.Drop, Probability: 0.2},
		{Operation: "rollback", Kind: fault.Duplicate, Probability: 0.2},
		{Operation: "rollback", Kind: fault.Delay, Probability: 0.2, DelayMS: 500},
		{Operation: "close", Kind: fault.Drop, Probability: 0.05},
	}
}

// LateBets are bets that arrive after their own rollback, for protocols whose wallets remember a rollback that came first.
func LateBets() []fault.Rule {
	return []fault.Rule{{Operation: "bet", Kind: fault.Reorder, Probability: 0.02, DelayMS: 4000}}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Discard is a log that nobody reads.
var Discard = slog.New(slog.NewTextHandler(io.Discard, nil))
