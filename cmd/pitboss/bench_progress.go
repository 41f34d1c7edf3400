package main

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// How often progress is shown: a line that is overwritten on a terminal, a line of its own elsewhere.
const (
	progressOnTerminal = 500 * time.Millisecond
	progressElsewhere  = 5 * time.Second
)

// benchProgress shows on standard error what runs, so that standard output has the tables alone.
type benchProgress struct {
	out      *os.File
	terminal bool
	began    time.Time
	done     atomic.Int64 // operations, or rows, of the running phase
	ending   chan struct{}
	ended    sync.WaitGroup

	mu     sync.Mutex
	name   string
	doing  string
	since  time.Time
	length time.Duration // 0: unknown
}

// onTerminal says whether somebody watches what is written there.
func onTerminal(out *os.File) bool {
	info, err := out.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func startProgress(out *os.File) *benchProgress {
	p := &benchProgress{out: out, terminal: onTerminal(out), began: time.Now(), ending: make(chan struct{}), name: "start", doing: "PostgreSQL", since: time.Now()}
	every := progressElsewhere
	if p.terminal {
		every = progressOnTerminal
	}
	p.ended.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-p.ending:
				return
			case <-tick.C:
				p.show()
			}
		}
	})
	return p
}

// step says which part of the run begins.
func (p *benchProgress) step(n, of int, name string) {
	p.mu.Lock()
	p.name = fmt.Sprintf("%d of %d: %s", n, of, name)
	p.mu.Unlock()
	p.phase("preparing", 0)
}

// phase says what is done now; the rate is counted from here on.
func (p *benchProgress) phase(doing string, length time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing, p.length, p.since = doing, length, time.Now()
	p.done.Store(0)
}

func (p *benchProgress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := time.Since(p.since)
	line := fmt.Sprintf("%s  %s: %s %.0f s", time.Since(p.began).Round(time.Second), p.name, p.doing, took.Seconds())
	if p.length > 0 {
		line += fmt.Sprintf(" of %.0f s", p.length.Seconds())
	}
	if n := p.done.Load(); n > 0 {
		line += fmt.Sprintf(", %.0f/s", float64(n)/took.Seconds())
	}
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K"+line)
		return
	}
	fmt.Fprintln(p.out, line)
}

// clear takes the line away, because standard output may be the same terminal.
func (p *benchProgress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *benchProgress) close() {
	close(p.ending)
	p.ended.Wait()
	p.clear()
}
