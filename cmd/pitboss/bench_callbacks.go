package main

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Bars of a provider's callback end to end, on two cores with everything on one machine.
const (
	barCallbacks         = 3000.0
	barCallbacksP99      = 60 * time.Millisecond
	barCallbacksUnloaded = 6 * time.Millisecond
)

// callbackLicence is the integration that the bench creates.
const callbackLicence = "bench-hub88"

// benchCallbacksCmd measures bets and settlements as a studio sends them: pre-signed HTTP through gateway, adapter, gaming and wallet.
type benchCallbacksCmd struct {
	Callers  int           `help:"Connections at the same time." default:"256"`
	Duration time.Duration `help:"Length of each measurement." default:"10s"`
	Warmup   time.Duration `help:"Load before each measurement, not counted." default:"3s"`
	Players  int           `help:"Test players over whom the load is spread." default:"200"`
	Rounds   int           `help:"Rounds to sign before the measurement: a bet and a win each. 0: as many as 4,500 callbacks a second need."`
	Rate     float64       `help:"Callbacks per second of the paced measurement; 0: 80 % of what full load reached."`
	Profile  string        `help:"File for a processor profile of the platform during the measurement at full load." type:"path"`
	JSON     bool          `name:"json" help:"Print one JSON document at the end and no tables."`
}

// callbackBench is one run.
type callbackBench struct {
	benchCallbacksCmd
	home, addr string
	pprof      string // address of the platform's metrics and profiles
	platform   int    // its process
	key        *rsa.PrivateKey
	provider   *http.Server
	studio     string
	progress   *benchProgress
	admin      *restClient
	players    []benchSeat
	rounds     []signedRound
	next       atomic.Int64
	rows       []callbackRow
}

// benchSeat is a test player with a session.
type benchSeat struct{ player, token string }

// signedRound is a bet and its win as they go over the wire.
type signedRound struct{ bet, win []byte }

// callbackRow is one measurement.
type callbackRow struct {
	Name      string        `json:"name"`
	Callers   int           `json:"callers"`
	PerSecond float64       `json:"per_second"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	P999      time.Duration `json:"p999_ns"`
	Late      int           `json:"late,omitempty"`
	// Used is the processor time of one callback, by who used it.
	Used map[string]time.Duration `json:"used_ns,omitempty"`
	// Batches are those of the services, by service and kind.
	Batches map[string]batchUse `json:"batches,omitempty"`
}

// Run starts a platform of its own in a temporary folder, measures, and stops it. A bar that is not met is no error.
func (c *benchCallbacksCmd) Run(ctx context.Context) (err error) {
	b := &callbackBench{benchCallbacksCmd: *c}
	if c.Callers < 1 || c.Players < 1 || c.Duration <= 0 {
		return errors.New("callers, players and duration must be more than zero")
	}
	if b.home, err = os.MkdirTemp("", "pitboss-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.home)) }()
	if err := os.Chmod(b.home, 0o755); err != nil { //nolint:gosec // PostgreSQL may run as another user, who has to pass through
		return err
	}
	b.progress = startProgress(os.Stderr)
	defer b.progress.close()
	b.progress.step(1, 4, "platform")
	stop, err := b.startPlatform(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	b.progress.step(2, 4, "players")
	if err := b.setUp(ctx); err != nil {
		return err
	}
	defer b.provider.Close() //nolint:errcheck // the run is over
	b.progress.step(3, 4, "signatures")
	if err := b.sign(ctx); err != nil {
		return err
	}
	b.progress.step(4, 4, "load")
	if err := b.measure(ctx); err != nil {
		return err
	}
	return b.finish()
}

// startPlatform runs this binary's `up` on free ports, as a user would, in a process of its own, so that its processor time is not the load's.
func (b *callbackBench) startPlatform(ctx context.Context) (stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addrs, err := freeAddresses(4)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(b.home, "up.log"))
	if err != nil {
		return nil, err
	}
	b.addr, b.pprof = addrs[0], addrs[3]
	cmd := exec.Command(self, "up") //nolint:gosec,noctx // this binary; it is stopped by a signal, so that it can drain
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "PITBOSS_HOME="+filepath.Join(b.home, "home"), "PITBOSS_HTTP_ADDR="+addrs[0], "PITBOSS_SANDBOX_ADDR="+addrs[1],
		"PITBOSS_SANDBOX_SMTP_ADDR="+addrs[2], "PITBOSS_ADMIN_ADDR="+addrs[3], "PITBOSS_MESH_PORT=0", "PITBOSS_CLICKHOUSE_URL=off", "PITBOSS_LOG_LEVEL=warn",
		"PITBOSS_GATEWAY_RATE_PER_SECOND=100000", "PITBOSS_GATEWAY_RATE_BURST=100000", fmt.Sprintf("PITBOSS_GATEWAY_CALLBACKS_PER_INTEGRATION=%d", 2*b.Callers),
		fmt.Sprintf("PITBOSS_PROFILING=%t", b.Profile != ""))
	return b.run(ctx, cmd, log)
}

// freeAddresses are addresses on loopback that nobody listens on now.
func freeAddresses(n int) ([]string, error) {
	var addrs []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // held only until all are known
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// run starts the process and waits until it is ready.
func (b *callbackBench) run(ctx context.Context, cmd *exec.Cmd, log *os.File) (stop func() error, err error) {
	var ended sync.WaitGroup
	gone := make(chan error, 1)
	stop = func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
		ended.Wait()
		return log.Close()
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	b.platform = cmd.Process.Pid
	ended.Go(func() { gone <- cmd.Wait() })
	ready, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ready, http.MethodGet, "http://"+b.addr+"/v1/lobby", nil)
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return stop, nil
			}
		}
		select {
		case err := <-gone:
			text, _ := os.ReadFile(log.Name())
			return nil, fmt.Errorf("the platform ended: %w\n%s", cmp.Or(err, errors.New("without an error")), text[max(0, len(text)-2000):])
		case <-ready.Done():
			return nil, errors.Join(errors.New("the platform is not ready after two minutes"), stop())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// setUp makes the integration, its game, and test players with money and tokens, over operator REST.
func (b *callbackBench) setUp(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(b.home, "home", "operator.json"))
	if err != nil {
		return err
	}
	var cred adminCredentials
	if err := json.Unmarshal(text, &cred); err != nil {
		return err
	}
	b.admin = newRestClient("http://"+b.addr, 20*time.Second)
	if err := (&journey{}).operatorLogin(ctx, b.admin, cred); err != nil {
		return err
	}
	if err := b.playProvider(); err != nil {
		return err
	}
	if b.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(&b.key.PublicKey)
	if err != nil {
		return err
	}
	if err := b.admin.call(ctx, "POST", "/v1/operator/integrations", map[string]any{
		"integrationId": callbackLicence, "name": "Bench", "protocol": "hub88",
		"settings": map[string]string{
			"api_base_url": b.studio, "operator_id": "1", "provider_public_key_pem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		},
	}, nil); err != nil {
		return err
	}
	if err := b.publishGame(ctx); err != nil {
		return err
	}
	b.progress.phase("test players", 0)
	b.players = make([]benchSeat, b.Players)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i := range b.players {
		g.Go(func() (err error) {
			b.players[i], err = b.seat(ctx)
			b.progress.done.Add(1)
			return err
		})
	}
	return g.Wait()
}

// playProvider answers the list of games, as the studio behind the integration.
func (b *callbackBench) playProvider() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.studio = "http://" + l.Addr().String()
	b.provider = &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"game_code":"slot","name":"Slot","product":"Bench","category":"Video Slots","enabled":true,"blocked_countries":[],"platforms":[],"game_id":1}]`))
	})}
	go func() { _ = b.provider.Serve(l) }() // it ends when the run closes it
	return nil
}

func (b *callbackBench) publishGame(ctx context.Context) error {
	if err := b.admin.call(ctx, "POST", "/v1/operator/integrations/"+callbackLicence+":syncGames", map[string]any{}, nil); err != nil {
		return err
	}
	var list struct {
		Games []struct {
			GameID string `json:"gameId"`
		} `json:"games"`
	}
	if err := b.admin.call(ctx, "GET", "/v1/operator/games?integration_id="+url.QueryEscape(callbackLicence), nil, &list); err != nil {
		return err
	}
	if len(list.Games) != 1 {
		return fmt.Errorf("%d games instead of one", len(list.Games))
	}
	return b.admin.call(ctx, "POST", "/v1/operator/games/"+list.Games[0].GameID+":setPublished", map[string]any{"published": true}, nil)
}

func (b *callbackBench) seat(ctx context.Context) (benchSeat, error) {
	var made struct {
		PlayerID string `json:"playerId"`
	}
	if err := b.admin.call(ctx, "POST", "/v1/operator/test-players", map[string]any{"requestId": rand.Text(), "country": "DE", "currency": "EUR"}, &made); err != nil {
		return benchSeat{}, err
	}
	if err := b.admin.call(ctx, "POST", "/v1/operator/test-players/"+made.PlayerID+":fund", map[string]any{
		"requestId": rand.Text(), "amount": map[string]string{"amount": "1000000.00", "currency": "EUR"}, "direction": "TEST_FUNDING_IN",
	}, nil); err != nil {
		return benchSeat{}, err
	}
	var minted struct {
		SessionToken string `json:"sessionToken"`
	}
	err := b.admin.call(ctx, "POST", "/v1/operator/integrations/"+callbackLicence+"/session-tokens", map[string]any{"playerId": made.PlayerID, "gameCode": "slot"}, &minted)
	return benchSeat{made.PlayerID, minted.SessionToken}, err
}

// sign writes every request before the measurement: signing costs a studio more than checking costs us.
func (b *callbackBench) sign(ctx context.Context) error {
	if b.Rounds == 0 {
		b.Rounds = int(4500 * (2*(b.Duration+b.Warmup) + 4*time.Second).Seconds() / 2)
	}
	b.progress.phase("signing rounds", 0)
	b.rounds = make([]signedRound, b.Rounds)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	const chunk = 64
	for from := 0; from < b.Rounds; from += chunk {
		g.Go(func() error {
			for i := from; i < min(from+chunk, b.Rounds); i++ {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				var err error
				if b.rounds[i], err = b.signRound(i); err != nil {
					return err
				}
				b.progress.done.Add(1)
			}
			return nil
		})
	}
	return g.Wait()
}

func (b *callbackBench) signRound(n int) (r signedRound, err error) {
	seat := b.players[n%len(b.players)]
	common := fmt.Sprintf(`"user":%q,"token":%q,"supplier_transaction_id":"s%d","supplier_user":null,"round":"r%d","reward_uuid":null,"is_free":false,`+
		`"is_supplier_promo":false,"is_aggregated":false,"game_code":"slot","currency":"EUR","bet":null,"meta":{}`, seat.player, seat.token, n, n)
	bet := fmt.Sprintf(`{"transaction_uuid":"b%d","request_uuid":"qb%d","round_closed":false,"amount":100000,%s}`, n, n, common)
	win := fmt.Sprintf(`{"transaction_uuid":"w%d","reference_transaction_uuid":"b%d","request_uuid":"qw%d","round_closed":true,"amount":95000,%s}`, n, n, n, common)
	if r.bet, err = b.request("/transaction/bet", bet); err != nil {
		return r, err
	}
	r.win, err = b.request("/transaction/win", win)
	return r, err
}

// request is a signed callback as bytes of HTTP/1.1.
func (b *callbackBench) request(path, body string) ([]byte, error) {
	sum := sha256.Sum256([]byte(body))
	signature, err := rsa.SignPKCS1v15(rand.Reader, b.key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	return b.unsigned("POST", "/callbacks/"+callbackLicence+path, body, "X-Hub88-Signature: "+base64.StdEncoding.EncodeToString(signature)+"\r\n"), nil
}

func (b *callbackBench) unsigned(method, path, body, headers string) []byte {
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s", method, path, b.addr, len(body), headers, body)
}
