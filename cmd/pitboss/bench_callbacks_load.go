package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

// wire is one kept-alive connection. It writes requests as they are and looks at the answer only as far as it must: what the load costs is
// taken from the same two cores.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	body bytes.Buffer
}

func dialWire(ctx context.Context, addr string) (*wire, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &wire{conn: c, in: bufio.NewReaderSize(c, 8<<10)}, nil
}

var errNotOK = errors.New("the platform refused")

// send delivers a request and checks that the answer contains what it must.
func (w *wire) send(request, want []byte) (time.Duration, error) {
	began := time.Now()
	if _, err := w.conn.Write(request); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, err
	}
	w.body.Reset()
	_, err = io.Copy(&w.body, res.Body)
	took := time.Since(began)
	if err == nil && !bytes.Contains(w.body.Bytes(), want) {
		err = fmt.Errorf("%w: HTTP %d %.300s", errNotOK, res.StatusCode, w.body.Bytes())
	}
	return took, err
}

var rsOK = []byte(`"RS_OK"`)

// measure takes the path apart hop by hop, then loads it: full, paced at four fifths, and alone.
func (b *callbackBench) measure(ctx context.Context) error {
	balance := fmt.Sprintf(`{"user":%q,"token":%q,"game_code":"slot","request_uuid":"q"}`, b.players[0].player, b.players[0].token)
	signed, err := b.request("/user/balance", balance)
	if err != nil {
		return err
	}
	wrong := b.unsigned("POST", "/callbacks/"+callbackLicence+"/user/balance", balance, "X-Hub88-Signature: bm8=\r\n")
	nothing := b.unsigned("GET", "/livez", "", "")
	for _, hop := range []struct {
		name          string
		request, want []byte
	}{
		{"gateway: /livez", nothing, nil},
		{"+ adapter: wrong signature", wrong, []byte("RS_ERROR_INVALID_SIGNATURE")},
		{"+ gaming and wallet: balance", signed, rsOK},
	} {
		if err := b.row(ctx, callbackRow{Name: hop.name, Callers: b.Callers}, b.Duration/3, b.closedLoop(func(w *wire, took *[]time.Duration) error {
			d, err := w.send(hop.request, hop.want)
			*took = append(*took, d)
			return err
		})); err != nil {
			return err
		}
	}
	if err := b.row(ctx, callbackRow{Name: "alone: bet, win", Callers: 1}, b.Duration/3, b.closedLoop(b.playSigned)); err != nil {
		return err
	}
	if err := b.row(ctx, callbackRow{Name: "full: bet, win", Callers: b.Callers}, b.Duration, b.profiled(b.closedLoop(b.playSigned))); err != nil {
		return err
	}
	if b.Rate <= 0 {
		b.Rate = 0.8 * b.rows[len(b.rows)-1].PerSecond
	}
	return b.row(ctx, callbackRow{Name: fmt.Sprintf("paced: %.0f/s", b.Rate), Callers: 2 * b.Callers}, b.Duration, b.openLoop)
}

var errSpent = errors.New("the signed rounds are spent; sign more with --rounds")

// playSigned sends one round: its bet, then its win.
func (b *callbackBench) playSigned(w *wire, took *[]time.Duration) error {
	n := b.next.Add(1) - 1
	if int(n) >= len(b.rounds) {
		return errSpent
	}
	r := b.rounds[n]
	for _, request := range [][]byte{r.bet, r.win} {
		d, err := w.send(request, rsOK)
		if err != nil {
			return err
		}
		*took = append(*took, d)
		b.progress.done.Add(1)
	}
	return nil
}

// callbackLoad runs for a time with so many connections and answers what they saw.
type callbackLoad func(ctx context.Context, callers int, length time.Duration) (*latencies, error)

// row warms up, measures and keeps a row.
func (b *callbackBench) row(ctx context.Context, row callbackRow, length time.Duration, load callbackLoad) error {
	b.progress.phase(row.Name+", warming up", b.Warmup)
	if _, err := load(ctx, row.Callers, min(b.Warmup, length)); err != nil {
		return err
	}
	b.progress.phase(row.Name, length)
	batches, err := b.batchesSoFar(ctx)
	if err != nil {
		return err
	}
	used, began := processorTime(b.platform), time.Now()
	seen, err := load(ctx, row.Callers, length)
	if err != nil {
		return err
	}
	took := time.Since(began)
	row.Used = sinceThen(used, processorTime(b.platform), len(seen.all))
	after, err := b.batchesSoFar(ctx)
	if err != nil {
		return err
	}
	row.Batches = batchesSince(batches, after, len(seen.all))
	slices.Sort(seen.all)
	if len(seen.all) == 0 {
		return fmt.Errorf("%s: nothing was answered", row.Name)
	}
	at := func(q float64) time.Duration { return seen.all[min(len(seen.all)-1, int(q*float64(len(seen.all))))] }
	row.PerSecond, row.P50, row.P99, row.P999, row.Late = float64(len(seen.all))/took.Seconds(), at(0.5), at(0.99), at(0.999), seen.late
	b.rows = append(b.rows, row)
	return nil
}

// closedLoop has every connection wait for its answers.
func (b *callbackBench) closedLoop(one func(*wire, *[]time.Duration) error) callbackLoad {
	return func(ctx context.Context, callers int, length time.Duration) (*latencies, error) {
		var seen latencies
		began := time.Now()
		g, ctx := errgroup.WithContext(ctx)
		for range callers {
			g.Go(func() error {
				w, err := dialWire(ctx, b.addr)
				if err != nil {
					return err
				}
				defer w.conn.Close() //nolint:errcheck // all answers are read
				var took []time.Duration
				for time.Since(began) < length && ctx.Err() == nil {
					if err := one(w, &took); err != nil {
						return err
					}
				}
				seen.add(took, 0)
				return ctx.Err()
			})
		}
		return &seen, g.Wait()
	}
}

// profiled is a load during which the platform's processor profile is taken, if one is wanted. Of warming up and measuring the latter's stays.
func (b *callbackBench) profiled(load callbackLoad) callbackLoad {
	if b.Profile == "" {
		return load
	}
	return func(ctx context.Context, callers int, length time.Duration) (seen *latencies, err error) {
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return b.takeProfile(ctx, length) })
		g.Go(func() error {
			seen, err = load(ctx, callers, length)
			return err
		})
		return seen, g.Wait()
	}
}

func (b *callbackBench) takeProfile(ctx context.Context, length time.Duration) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", b.pprof, max(1, int(length.Seconds()))), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read below
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("processor profile: HTTP %d", res.StatusCode)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(b.Profile, body, 0o600)
}

// openLoop sends rounds when they are due, whether or not earlier ones were answered, as far as there are connections; a callback's time counts
// from when it was due, so that waiting for a connection is seen.
func (b *callbackBench) openLoop(ctx context.Context, callers int, length time.Duration) (*latencies, error) {
	var seen latencies
	g, ctx := errgroup.WithContext(ctx)
	due := make(chan time.Time, callers)
	g.Go(func() error {
		defer close(due)
		every := time.Duration(2 / b.Rate * float64(time.Second)) // a round is two callbacks
		began := time.Now()
		for n := time.Duration(0); n*every < length; n++ {
			at := began.Add(n * every)
			if err := pauseFor(ctx, time.Until(at)); err != nil {
				return err
			}
			select {
			case due <- at:
			default:
				seen.add(nil, 1) // every connection is busy and as many rounds wait
			}
		}
		return nil
	})
	for range callers {
		g.Go(func() error {
			w, err := dialWire(ctx, b.addr)
			if err != nil {
				return err
			}
			defer w.conn.Close() //nolint:errcheck // all answers are read
			var took []time.Duration
			for at := range due {
				waited := time.Since(at)
				from := len(took)
				if err := b.playSigned(w, &took); err != nil {
					return err
				}
				took[from] += waited
			}
			seen.add(took, 0)
			return nil
		})
	}
	return &seen, g.Wait()
}

// finish prints the rows, what each hop adds to the two cores, and the bars.
func (b *callbackBench) finish() error {
	byName := map[string]callbackRow{}
	for _, r := range b.rows {
		byName[r.Name] = r
	}
	full, alone, paced := byName["full: bet, win"], byName["alone: bet, win"], b.rows[len(b.rows)-1]
	bars := []benchBar{
		verdict("callbacks, full load", true, full.PerSecond >= barCallbacks, "%.0f/s of %.0f/s", full.PerSecond, barCallbacks),
		verdict("p99 at 80 %", true, paced.P99 < barCallbacksP99 && paced.Late == 0, "%s of %s, %d late", paced.P99.Round(time.Microsecond), barCallbacksP99, paced.Late),
		verdict("p50 alone", true, alone.P50 < barCallbacksUnloaded, "%s of %s", alone.P50.Round(time.Microsecond), barCallbacksUnloaded),
	}
	if b.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"cores": runtime.NumCPU(), "rows": b.rows, "bars": bars})
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tcallers\tper second\tus of all cores\tadded\tp50\tp99\tp99.9")
	before := 0.0
	for _, r := range b.rows {
		cost := float64(runtime.NumCPU()) * 1e6 / r.PerSecond
		added := "" // alone and paced leave cores idle: their rate says nothing about cost
		shown := ""
		if r.Callers == b.Callers {
			shown, added = fmt.Sprintf("%.0f", cost), fmt.Sprintf("%.0f", cost-before)
			before = cost
		}
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Callers, r.PerSecond, shown, added, r.P50.Round(time.Microsecond), r.P99.Round(time.Microsecond),
			r.P999.Round(time.Microsecond))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := errors.Join(b.printUsed(), b.printBatches()); err != nil {
		return err
	}
	fmt.Printf("\n| bar | measured | verdict |\n|---|---|---|\n")
	for _, bar := range bars {
		fmt.Printf("| %s | %s | %s |\n", bar.Name, bar.Measured, bar.Verdict)
	}
	return nil
}

// printUsed prints who uses how much of the processors for a callback.
func (b *callbackBench) printUsed() error {
	if len(b.rows[0].Used) == 0 {
		return nil
	}
	users := []string{userPlatform, userGamingDB, userWalletDB, userOtherDB}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nprocessor time of each, us\t"+strings.Join(users, "\t"))
	for _, r := range b.rows {
		fmt.Fprint(w, r.Name)
		for _, who := range users {
			fmt.Fprintf(w, "\t%d", r.Used[who].Microseconds())
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
