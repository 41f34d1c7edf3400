package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// replica is a `pitboss serve wallet` process that is started again whenever it ends, as an orchestrator does.
type replica struct {
	name, addr string
	env        []string
	logName    string

	mu       sync.Mutex
	process  *os.Process // nil while it does not run
	stopping bool
	starts   int
	ownEnds  int // ends that nobody caused, for example because the database was away at the start
	lastErr  error
	ended    chan struct{}
}

// restartPause keeps a process that cannot start from using up the machine.
const restartPause = 200 * time.Millisecond

// start runs the process and keeps it running until stop. ctx ending stops the restarts.
func (p *replica) start(ctx context.Context) {
	p.mu.Lock()
	p.stopping, p.ended = false, make(chan struct{})
	ended := p.ended
	p.mu.Unlock()
	go func() {
		defer close(ended)
		for p.wanted() && ctx.Err() == nil {
			err := p.run()
			if p.note(err) {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(restartPause):
			}
		}
	}()
}

func (p *replica) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.stopping
}

// note remembers how the process ended and tells whether that is the end of it.
func (p *replica) note(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.process, p.lastErr = nil, err
	if killed := strings.Contains(fmt.Sprint(err), "signal: killed"); !killed && !p.stopping {
		p.ownEnds++
	}
	return p.stopping
}

// run is one life of the process. Its thread is its own, because the child dies with the thread that started it.
func (p *replica) run() error {
	out, err := os.OpenFile(p.logName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(binary, "serve", "wallet")
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, out, out
	tie(cmd)
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine, after the child
		p.mu.Lock()
		err := cmd.Start()
		if err == nil {
			p.process = cmd.Process
			p.starts++
			if p.stopping { // stop came between two lives
				_ = cmd.Process.Signal(syscall.SIGTERM)
			}
		}
		p.mu.Unlock()
		if err == nil {
			err = cmd.Wait()
		}
		result <- err
	}()
	return <-result
}

// kill ends the process as kill -9 does and tells whether there was one.
func (p *replica) kill() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process != nil && p.process.Kill() == nil
}

// stop ends the process in order. What was being done is finished and answered.
func (p *replica) stop(limit time.Duration) error {
	p.mu.Lock()
	p.stopping = true
	ended := p.ended
	if p.process != nil {
		_ = p.process.Signal(syscall.SIGTERM)
	}
	p.mu.Unlock()
	if ended == nil {
		return nil
	}
	select {
	case <-ended:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.lastErr
	case <-time.After(limit):
		p.kill()
		<-ended
		return errors.New(p.name + " did not stop in time")
	}
}

// crashes are the lines of its log that no outage explains.
func (p *replica) crashes() []string {
	text, err := os.ReadFile(p.logName)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		for _, sign := range []string{"panic", "fatal error:", "DATA RACE"} {
			if strings.Contains(line, sign) && len(found) < 10 {
				found = append(found, p.name+": "+strings.TrimSpace(line))
			}
		}
	}
	return found
}

// tail is the end of its log.
func (p *replica) tail() string {
	text, err := os.ReadFile(p.logName)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-3000):])
}
