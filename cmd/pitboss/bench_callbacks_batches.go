package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// batchUse is what the batches of one kind came to: in a row how many there were for each callback, how many operations each held and how long it took.
type batchUse struct {
	Batches    float64       `json:"batches"`
	Operations float64       `json:"operations"`
	Took       time.Duration `json:"took_ns"`
}

// batchesSoFar reads from the platform's metrics how many batches there were, with how many operations and how much time in all, by service and kind.
func (b *callbackBench) batchesSoFar(ctx context.Context) (map[string]batchUse, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.pprof+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read below
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	all := map[string]batchUse{}
	for _, m := range families["pitboss_batch_operations"].GetMetric() {
		u := all[batchName(m)]
		u.Batches, u.Operations = float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()
		all[batchName(m)] = u
	}
	for _, m := range families["pitboss_batch_seconds"].GetMetric() {
		u := all[batchName(m)]
		u.Took += time.Duration(m.GetHistogram().GetSampleSum() * float64(time.Second))
		all[batchName(m)] = u
	}
	return all, nil
}

func batchName(m *dto.Metric) string {
	var service, batch string
	for _, l := range m.GetLabel() {
		switch l.GetName() {
		case "service":
			service = l.GetValue()
		case "batch":
			batch = l.GetValue()
		}
	}
	return service + " " + batch
}

// batchesSince is what came between two readings, for so many callbacks.
func batchesSince(before, after map[string]batchUse, callbacks int) map[string]batchUse {
	since := map[string]batchUse{}
	for name, now := range after {
		n := now.Batches - before[name].Batches
		if n <= 0 {
			continue
		}
		since[name] = batchUse{
			Batches: n / float64(max(callbacks, 1)), Operations: (now.Operations - before[name].Operations) / n,
			Took: time.Duration(float64(now.Took-before[name].Took) / n),
		}
	}
	return since
}

// printBatches prints how large the batches of each row were and how long they took.
func (b *callbackBench) printBatches() error {
	seen := map[string]bool{}
	for _, r := range b.rows {
		for name := range r.Batches {
			seen[name] = true
		}
	}
	var names []string
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nbatches: operations, time of each\t"+strings.Join(names, "\t"))
	for _, r := range b.rows {
		fmt.Fprint(w, r.Name)
		for _, name := range names {
			if u, ok := r.Batches[name]; ok {
				fmt.Fprintf(w, "\t%.1f, %s", u.Operations, u.Took.Round(10*time.Microsecond))
			} else {
				fmt.Fprint(w, "\t")
			}
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
