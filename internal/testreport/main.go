// Command testreport reads `go test -json` and prints what a person wants to know: a line for each package as it ends, everything that a failed
// test said and nothing of the others, and at the end what ran. It fails when a test or a build failed, or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

const module = "github.com/pitboss-gaming/pitboss/"

func main() {
	r := &report{out: os.Stdout, began: time.Now(), packages: map[string]*pkg{}, builds: map[string][]string{}}
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !r.summary() {
		os.Exit(1)
	}
}

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	FailedBuild string
	Test        string
	Output      string
	Elapsed     float64
}

// pkg is what a package has said so far; the output of tests that passed is forgotten.
type pkg struct {
	tests, skipped, failed int
	output                 map[string][]string // by test; "" is the package's own
}

type report struct {
	out      io.Writer
	began    time.Time
	packages map[string]*pkg
	builds   map[string][]string

	passed, ran, untested int
	tests, skipped        int
	failed, left          []string
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(r.out, lines.Text()) // what go says before the first test, for example about go.mod
			continue
		}
		r.add(e)
	}
	return lines.Err()
}

func (r *report) add(e event) {
	if e.Action == "build-output" {
		r.builds[e.ImportPath] = append(r.builds[e.ImportPath], e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &pkg{output: map[string][]string{}}
		r.packages[e.Package] = p
	}
	top := e.Test != "" && !strings.Contains(e.Test, "/")
	switch e.Action {
	case "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
	case "pass":
		if top {
			p.tests++
		}
		if e.Test == "" {
			r.end(e, p)
		}
		delete(p.output, e.Test)
	case "skip":
		if e.Test == "" {
			r.untested++
			return
		}
		p.skipped++
		r.left = append(r.left, fmt.Sprintf("%s %s: %s", short(e.Package), e.Test, reason(p.output[e.Test])))
		delete(p.output, e.Test)
	case "fail":
		if e.Test == "" {
			r.end(e, p)
		} else {
			p.failed++
			r.failed = append(r.failed, short(e.Package)+" "+e.Test)
		}
	}
}

// end prints the line of a package, and below it everything that failed said.
func (r *report) end(e event, p *pkg) {
	r.ran++
	r.tests += p.tests
	r.skipped += p.skipped
	if e.Action == "pass" {
		r.passed++
		fmt.Fprintf(r.out, "ok    %-28s %4d tests %7.1fs\n", short(e.Package), p.tests, e.Elapsed)
		return
	}
	fmt.Fprintf(r.out, "FAIL  %-28s %4d of %d tests failed\n", short(e.Package), p.failed, p.tests+p.failed)
	if e.FailedBuild != "" || p.failed == 0 {
		r.failed = append(r.failed, short(e.Package)+" (the package)")
	}
	for _, line := range r.builds[e.FailedBuild] {
		fmt.Fprint(r.out, "      ", line)
	}
	tests := make([]string, 0, len(p.output))
	for test := range p.output {
		tests = append(tests, test)
	}
	slices.Sort(tests)
	for _, test := range tests {
		for _, line := range p.output[test] {
			fmt.Fprint(r.out, "      ", line)
		}
	}
}

// summary prints what ran and tells whether all is well.
func (r *report) summary() bool {
	fmt.Fprintf(r.out, "\n%d packages with tests, %d passed; %d tests passed, %d skipped, %d failed; %d packages have no tests; %s\n",
		r.ran, r.passed, r.tests, r.skipped, len(r.failed), r.untested, time.Since(r.began).Round(time.Second))
	for _, l := range r.left {
		fmt.Fprintln(r.out, "skipped:", l)
	}
	for _, f := range r.failed {
		fmt.Fprintln(r.out, "FAILED:", f)
	}
	return len(r.failed) == 0 && r.ran > 0 && r.ran == r.passed
}

// reason is what a skipped test said last, without the place.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if _, text, ok := strings.Cut(line, ".go:"); ok {
			_, text, _ = strings.Cut(text, ": ")
			return text
		}
	}
	return "no reason given"
}

func short(p string) string { return strings.TrimPrefix(p, module) }
