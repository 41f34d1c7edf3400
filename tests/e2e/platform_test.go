// Package e2e_test runs the built binary as its user does: `pitboss up` on a fresh home, with the sandbox as the outside world, and
// everything through public HTTP and the command line.
package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binary is what TestMain built.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pitboss-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "pitboss")
	build := exec.Command("go", "build", "-o", binary, "github.com/pitboss-gaming/pitboss/cmd/pitboss")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	common.stopAll()
	os.RemoveAll(dir)
	os.Exit(code)
}

// platform is one `pitboss up` on its own home and ports.
type platform struct {
	t       *testing.T
	home    string
	gateway string
	sandbox string
	env     []string

	mu  sync.Mutex
	cmd *exec.Cmd
	log *safeBuffer
	out chan error
}

// newPlatform prepares a home and ports; start runs it.
func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := preparePlatform(t, filepath.Join(t.TempDir(), "home"))
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			t.Logf("last lines of the platform's log:\n%s", p.log.tail(40))
		}
	})
	return p
}

func preparePlatform(t *testing.T, home string) *platform {
	t.Helper()
	gateway, sandbox := freePort(t), freePort(t)
	p := &platform{t: t, home: home, gateway: "http://" + gateway, sandbox: "http://" + sandbox}
	p.env = append(os.Environ(), "PITBOSS_HOME="+p.home, "PITBOSS_HTTP_ADDR="+gateway, "PITBOSS_SANDBOX_ADDR="+sandbox, "PITBOSS_SANDBOX_SMTP_ADDR="+freePort(t),
		"PITBOSS_ADMIN_ADDR="+freePort(t), "PITBOSS_MESH_PORT=0", "PITBOSS_CLICKHOUSE_URL=off", "PITBOSS_SANDBOX_MIN_CYCLE=0s", "PITBOSS_LOG_FORMAT=json")
	return p
}

// common is the platform of the tests that only look, or whose players are their own: starting one costs seconds.
var common sharedPlatform

type sharedPlatform struct {
	mu   sync.Mutex
	p    *platform
	home string
}

// shared answers the common platform for a test, starting it for the first one.
func shared(t *testing.T) *platform {
	t.Helper()
	common.mu.Lock()
	defer common.mu.Unlock()
	if common.p == nil {
		dir, err := os.MkdirTemp("", "pitboss-e2e-home-")
		require.NoError(t, err)
		common.home = dir
		common.p = preparePlatform(t, filepath.Join(dir, "home"))
		common.p.start()
	}
	p := common.p
	mine := &platform{t: t, home: p.home, gateway: p.gateway, sandbox: p.sandbox, env: p.env, log: p.log}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("last lines of the platform's log:\n%s", mine.log.tail(40))
		}
	})
	return mine
}

// stopAll ends the common platform in order; what it left behind is an error of every test.
func (s *sharedPlatform) stopAll() {
	if s.p == nil {
		return
	}
	_ = s.p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.p.out:
	case <-time.After(10 * time.Second):
		fmt.Fprintln(os.Stderr, "the common platform did not stop within 10 s")
		_ = s.p.cmd.Process.Kill()
		<-s.p.out
	}
	os.RemoveAll(s.home)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// start runs `up` and waits until it says ready.
func (p *platform) start() {
	p.t.Helper()
	cmd := exec.Command(binary, "up")
	cmd.Env, cmd.Dir = p.env, filepath.Dir(p.home)
	log := &safeBuffer{}
	cmd.Stderr, cmd.Stdout = log, log
	require.NoError(p.t, cmd.Start())
	out := make(chan error, 1)
	go func() { out <- cmd.Wait() }()
	p.mu.Lock()
	p.cmd, p.log, p.out = cmd, log, out
	p.mu.Unlock()
	deadline := time.After(3 * time.Minute)
	for {
		if strings.Contains(log.String(), `"msg":"ready"`) {
			return
		}
		select {
		case err := <-out:
			p.t.Fatalf("up ended before it was ready: %v\n%s", err, log.tail(40))
		case <-deadline:
			p.t.Fatalf("up was not ready in time\n%s", log.tail(40))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends it as an operator does and checks that it ends in order and in time.
func (p *platform) stop() {
	p.t.Helper()
	began := time.Now()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.out:
		require.NoError(p.t, err, p.log.tail(40))
		require.Less(p.t, time.Since(began), 10*time.Second)
		p.cmd = nil
	case <-time.After(10 * time.Second):
		p.t.Fatalf("up did not stop within 10 s\n%s", p.log.tail(40))
	}
}

// end ends it in order when that can be, and in any case: the database of a platform that is killed goes on writing for a moment, while its folder is removed.
func (p *platform) end() {
	p.mu.Lock()
	cmd, out := p.cmd, p.out
	p.mu.Unlock()
	if cmd != nil && cmd.Process.Signal(syscall.SIGTERM) == nil {
		select {
		case err := <-out:
			out <- err // for kill, which waits for it
		case <-time.After(15 * time.Second):
		}
	}
	p.kill()
}

// kill ends it as a power cut does.
func (p *platform) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.out
	p.cmd = nil
}

// run runs another command of the binary on the same home.
func (p *platform) run(args ...string) (string, error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir = p.env, filepath.Dir(p.home)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p *platform) journey(more ...string) (string, error) {
	p.t.Helper()
	return p.run(append([]string{"journey", "--url", p.gateway, "--sandbox", p.sandbox}, more...)...)
}

// journeyLines runs a journey and hands out its lines as they are printed; wait tells how it ended.
func (p *platform) journeyLines(more ...string) (lines <-chan string, wait func() error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Minute)
	cmd := exec.CommandContext(ctx, binary, append([]string{"journey", "--url", p.gateway, "--sandbox", p.sandbox}, more...)...)
	cmd.Env, cmd.Dir = p.env, filepath.Dir(p.home)
	pipe, err := cmd.StdoutPipe()
	require.NoError(p.t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(p.t, cmd.Start())
	out := make(chan string, 1000)
	go func() {
		defer close(out)
		for scan := bufio.NewScanner(pipe); scan.Scan(); {
			out <- scan.Text()
		}
	}()
	return out, func() error { defer cancel(); return cmd.Wait() }
}

// request sends one HTTP request and answers status and body.
func (p *platform) request(method, url string, body io.Reader, header http.Header) (int, http.Header, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, body)
	require.NoError(p.t, err)
	for k, v := range header {
		req.Header[k] = v
	}
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(p.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	return res.StatusCode, res.Header, string(b)
}

// verify proves the ledger from the command line.
func (p *platform) verify() ledger {
	p.t.Helper()
	out, err := p.run("ledger", "verify", "--json")
	require.NoError(p.t, err, out)
	// Standard output has one object a line and the summary at the end; progress is on standard error.
	var last struct{ Summary ledger }
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, `{"summary":`) {
			require.NoError(p.t, json.Unmarshal([]byte(line), &last), out)
		}
	}
	require.True(p.t, last.Summary.OK, out)
	return last.Summary
}

type ledger struct {
	OK         bool   `json:"ok"`
	Operations string `json:"operations"`
	Entries    string `json:"entries"`
}

// safeBuffer collects output that is read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *safeBuffer) tail(n int) string {
	if s == nil {
		return ""
	}
	lines := strings.Split(s.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
