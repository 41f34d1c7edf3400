package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// benchReport is all that a run found out; with --json it is printed as it is.
type benchReport struct {
	Machine  benchMachine  `json:"machine"`
	Workers  int           `json:"workers"`
	MaxBatch int           `json:"max_batch"`
	Players  int           `json:"players"`
	Limits   int           `json:"limits"`
	Relay    bool          `json:"relay"`
	Rows     []benchRow    `json:"rows"`
	Ratios   []benchRatio  `json:"ratios"`
	Growth   []benchGrowth `json:"growth"`
	Trips    *float64      `json:"round_trips_per_operation,omitempty"`
	Bars     []benchBar    `json:"bars"`
}

// benchMachine is what was measured on.
type benchMachine struct {
	CPU        string    `json:"cpu"`
	CPUs       int       `json:"cpus"`
	Load       string    `json:"load"`
	Go         string    `json:"go"`
	PostgreSQL string    `json:"postgresql"`
	Build      string    `json:"build"`
	At         time.Time `json:"at"`
}

// benchRow is one line of the table: what is measured, and what came of it.
type benchRow struct {
	Mode        string  `json:"mode"`
	Players     string  `json:"players"`
	Callers     int     `json:"callers"`
	Target      float64 `json:"target_per_second,omitempty"` // set: operations begin at this rate, by schedule
	Operations  int     `json:"operations"`
	Seconds     float64 `json:"seconds"`
	Rate        float64 `json:"operations_per_second"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	P999        float64 `json:"p999_ms"`
	Commits     float64 `json:"commits_per_operation"`
	WAL         float64 `json:"wal_bytes_per_operation"`
	Pages       float64 `json:"wal_full_pages_per_operation"`
	OwnCPU      float64 `json:"own_cpu_us_per_operation"` // callers and wallet, which are one process
	PostgresCPU float64 `json:"postgres_cpu_us_per_operation"`
	Late        int     `json:"late,omitempty"`   // operations that were due and never began
	Unsent      int64   `json:"unsent,omitempty"` // events that the relay had not sent at the end, counted up to 100,000
	Load        string  `json:"load"`
}

func (r benchRow) overNetwork() bool {
	return r.Mode == "grpc" || r.Mode == "unary" || r.Mode == "paced" || r.Mode == "unloaded"
}

const benchHeader = "| what | players | callers | operations/s | p50 ms | p99 ms | p99.9 ms | commits/op | WAL bytes/op | CPU us/op | of it PostgreSQL | load |\n|---|---|---|---|---|---|---|---|---|---|---|---|"

// String is the line of the table.
func (r benchRow) String() string {
	what := r.Mode
	if r.Target > 0 {
		what += fmt.Sprintf(" at %.0f/s", r.Target)
	}
	if r.Late > 0 {
		what += fmt.Sprintf(", %d late", r.Late)
	}
	if r.Unsent > 0 {
		what += fmt.Sprintf(", %d events unsent", r.Unsent)
	}
	return fmt.Sprintf("| %s | %s | %d | %.0f | %.2f | %.2f | %.2f | %.3f | %.0f | %.0f | %.0f | %s |",
		what, r.Players, r.Callers, r.Rate, r.P50, r.P99, r.P999, r.Commits, r.WAL, r.OwnCPU+r.PostgresCPU, r.PostgresCPU, r.Load)
}

// benchRatio compares the modes for the same players and callers; 0 where one of two was not measured.
type benchRatio struct {
	Players     string  `json:"players"`
	Callers     int     `json:"callers"`
	GroupToEach float64 `json:"group_to_each,omitempty"`
	GroupToTPCB float64 `json:"group_to_tpcb,omitempty"`
	GRPCToGroup float64 `json:"grpc_to_group,omitempty"`
}

// benchBar is a promise and what this run says about it.
type benchBar struct {
	Name     string `json:"name"`
	Measured string `json:"measured"`
	Verdict  string `json:"verdict"` // met, not met, not measured
}

// flat is by how much an operation on the largest ledger may cost more than on the smallest and still be called flat.
const flat = 1.25

// finish computes ratios and bars and prints them.
func (b *walletBench) finish() error {
	b.progress.clear()
	r := &b.report
	for _, players := range b.Shapes {
		for _, callers := range b.Callers {
			r.Ratios = append(r.Ratios, r.ratio(players, callers))
		}
	}
	r.Bars = r.bars(b.mainShape(), b.mainCallers())
	if b.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(r)
	}
	fmt.Println()
	for _, ratio := range r.Ratios {
		if line := ratio.String(); line != "" {
			fmt.Println(line)
		}
	}
	if len(r.Growth) > 0 {
		fmt.Printf("\n%s\n", growthHeader)
		for _, g := range r.Growth {
			fmt.Println(g)
		}
	}
	fmt.Printf("\n| bar | measured | verdict |\n|---|---|---|\n")
	for _, bar := range r.Bars {
		fmt.Printf("| %s | %s | %s |\n", bar.Name, bar.Measured, bar.Verdict)
	}
	return nil
}

// tpcb is the baseline, whoever ran it.
func (r *benchReport) tpcb() *benchRow {
	for i := range r.Rows {
		if strings.HasPrefix(r.Rows[i].Mode, tpcbName) {
			return &r.Rows[i]
		}
	}
	return nil
}

func (r *benchReport) ratio(players string, callers int) benchRatio {
	each, group, network := r.row("each", players, callers), r.row("group", players, callers), r.row("grpc", players, callers)
	return benchRatio{
		Players: players, Callers: callers, GroupToEach: times(group, each), GroupToTPCB: times(group, r.tpcb()), GRPCToGroup: times(network, group),
	}
}

// times is how many times as fast a row is as another; 0 when one is missing.
func times(a, b *benchRow) float64 {
	if a == nil || b == nil || b.Rate == 0 {
		return 0
	}
	return a.Rate / b.Rate
}

// String is a sentence, or nothing when there is nothing to compare.
func (r benchRatio) String() string {
	var parts []string
	if r.GroupToEach > 0 {
		parts = append(parts, fmt.Sprintf("group commit is %.1f x one transaction each", r.GroupToEach))
	}
	if r.GroupToTPCB > 0 {
		parts = append(parts, fmt.Sprintf("group commit is %.1f x TPC-B", r.GroupToTPCB))
	}
	if r.GRPCToGroup > 0 {
		parts = append(parts, fmt.Sprintf("over mTLS gRPC it is %.2f of in process", r.GRPCToGroup))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s players, %d callers: %s", r.Players, r.Callers, strings.Join(parts, "; "))
}

// bars are the promises of the issue, with what this run says about each.
func (r *benchReport) bars(players string, callers int) []benchBar {
	ratio, at := r.ratio(players, callers), fmt.Sprintf(", %d callers", callers)
	bars := []benchBar{
		verdict("group commit >= 5 x one transaction each"+at, ratio.GroupToEach > 0, ratio.GroupToEach >= 5, "%.1f x", ratio.GroupToEach),
		verdict("group commit >= 3 x TPC-B"+at, ratio.GroupToTPCB > 0, ratio.GroupToTPCB >= 3, "%.1f x", ratio.GroupToTPCB),
	}
	network, paced, unloaded := r.row("grpc", players, callers), r.row("paced", players, callers), r.row("unloaded", players, 1)
	for _, row := range []**benchRow{&network, &paced, &unloaded} {
		if *row == nil {
			*row = &benchRow{}
		}
	}
	bars = append(bars,
		verdict("over mTLS gRPC >= 12,000 operations/s"+at, network.Operations > 0, network.Rate >= 12000, "%.0f/s", network.Rate),
		verdict("over mTLS gRPC p99 < 50 ms at 80 % of its rate"+at, paced.Operations > 0, paced.P99 < 50 && paced.Late == 0, "%.1f ms at %.0f/s", paced.P99, paced.Target),
		verdict("over mTLS gRPC p50 < 2.5 ms, one caller", unloaded.Operations > 0, unloaded.P50 < 2.5, "%.2f ms", unloaded.P50))
	trips := 0.0
	if r.Trips != nil {
		trips = *r.Trips
	}
	bars = append(bars, verdict("at most 2 database round trips, one caller", r.Trips != nil, trips <= 2, "%.2f", trips))
	first, last := benchGrowth{}, benchGrowth{}
	if n := len(r.Growth); n > 0 {
		first, last = r.Growth[0], r.Growth[n-1]
	}
	cost := 0.0
	if last.Rate > 0 {
		cost = first.Rate / last.Rate
	}
	return append(bars, verdict(fmt.Sprintf("cost per operation flat as the ledger grows: <= %.2f x", flat), len(r.Growth) > 1, cost <= flat,
		"%.2f x at %d entries compared with %d", cost, last.Entries, first.Entries))
}

func verdict(name string, measured, met bool, format string, args ...any) benchBar {
	switch {
	case !measured:
		return benchBar{Name: name, Measured: "-", Verdict: "not measured"}
	case met:
		return benchBar{Name: name, Measured: fmt.Sprintf(format, args...), Verdict: "met"}
	}
	return benchBar{Name: name, Measured: fmt.Sprintf(format, args...), Verdict: "not met"}
}
