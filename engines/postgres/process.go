package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// command is a program to run as an account, inside a folder.
type command struct {
	path string
	args []string
	dir  string // must exist; becomes the working directory even if the account cannot enter its parents
	who  account
	out  *serverLog // closed when the program has ended
}

// process is a started command.
type process struct {
	cmd      *exec.Cmd
	out      *serverLog
	done     chan struct{} // closed when it has ended
	err      error         // its exit, once done is closed
	stopping atomic.Bool
}

// startProcess starts c. One goroutine keeps its operating system thread for as long as the program runs: on Linux
// the child inherits that thread's working directory, and gets its death signal when that thread ends.
func startProcess(c command) (*process, error) {
	p := &process{out: c.out, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has a changed working directory and ends with the goroutine
		p.cmd = exec.Command(c.path, c.args...)
		p.cmd.Stdout, p.cmd.Stderr = c.out, c.out
		p.cmd.SysProcAttr = c.who.attributes()
		p.cmd.Env = environment()
		p.cmd.WaitDelay = 5 * time.Second // for output of grandchildren that outlive it
		if err := enterAndTie(p.cmd, c.dir); err != nil {
			started <- err
			return
		}
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = p.cmd.Wait()
		c.out.Close()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// environment is deliberately small: PG* variables of the caller must not steer the server, nor a locale its
// messages.
func environment() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// failure is why the process ended, as a kind of error.
func (p *process) failure(s *Server) error {
	<-p.done
	exit := p.err
	if exit == nil {
		exit = errors.New("exit status 0")
	}
	return classify("postgres", s.opts.DataDir, p.out.tail(), exit)
}

// stop ends the process: fast, when ctx ends at once, and by force if even that is not obeyed.
func (p *process) stop(ctx context.Context) error {
	p.stopping.Store(true)
	for _, step := range []struct {
		signal syscall.Signal
		ctx    context.Context
		wait   time.Duration
	}{
		{syscall.SIGINT, ctx, time.Minute},                             // fast shutdown
		{syscall.SIGQUIT, context.WithoutCancel(ctx), 3 * time.Second}, // immediate shutdown
	} {
		if err := p.cmd.Process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stopping postgres: %w", err)
		}
		select {
		case <-p.done:
			return nil
		case <-step.ctx.Done():
		case <-time.After(step.wait):
		}
	}
	p.kill()
	return nil
}

// kill ends the process and its children by force and waits for it.
func (p *process) kill() {
	p.stopping.Store(true)
	select {
	case <-p.done:
		return
	default:
	}
	// The group is the process's own, made at its start.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

var _ io.Writer = (*serverLog)(nil)
