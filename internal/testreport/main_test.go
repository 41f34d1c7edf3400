package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func run(t *testing.T, lines ...string) (string, bool) {
	t.Helper()
	var out bytes.Buffer
	r := &report{out: &out, packages: map[string]*pkg{}, builds: map[string][]string{}}
	require.NoError(t, r.read(strings.NewReader(strings.Join(lines, "\n"))))
	ok := r.summary()
	return out.String(), ok
}

func TestReport(t *testing.T) {
	t.Parallel()
	passed := []string{
		`{"Action":"output","Package":"a","Test":"TestOne","Output":"chatter\n"}`, `{"Action":"pass","Package":"a","Test":"TestOne/sub"}`,
		`{"Action":"pass","Package":"a","Test":"TestOne"}`, `{"Action":"pass","Package":"a","Elapsed":1}`,
	}
	out, ok := run(t, passed...)
	require.True(t, ok)
	require.Contains(t, out, "1 packages with tests, 1 passed; 1 tests passed, 0 skipped, 0 failed")
	require.NotContains(t, out, "chatter")

	out, ok = run(t, append(passed, `{"Action":"output","Package":"b","Test":"TestTwo","Output":"    b_test.go:3: broken\n"}`,
		`{"Action":"fail","Package":"b","Test":"TestTwo"}`, `{"Action":"fail","Package":"b"}`)...)
	require.False(t, ok)
	require.Contains(t, out, "b_test.go:3: broken")
	require.Contains(t, out, "FAILED: b TestTwo")

	out, ok = run(t, append(passed, `{"Action":"output","Package":"c","Test":"TestThree","Output":"    c_test.go:3: not here\n"}`,
		`{"Action":"output","Package":"c","Test":"TestThree","Output":"--- SKIP: TestThree (0.00s)\n"}`,
		`{"Action":"skip","Package":"c","Test":"TestThree"}`, `{"Action":"pass","Package":"c"}`)...)
	require.True(t, ok)
	require.Contains(t, out, "skipped: c TestThree: not here")
}

func TestReport_BuildFailuresCrashesAndNothing(t *testing.T) {
	t.Parallel()
	out, ok := run(t, `{"Action":"build-output","ImportPath":"d","Output":"d.go:1: syntax error\n"}`, `{"Action":"build-fail","ImportPath":"d"}`,
		`{"Action":"fail","Package":"d","FailedBuild":"d"}`)
	require.False(t, ok)
	require.Contains(t, out, "syntax error")

	out, ok = run(t, `{"Action":"output","Package":"e","Output":"panic: out of order\n"}`, `{"Action":"fail","Package":"e"}`)
	require.False(t, ok, "a crash outside any test")
	require.Contains(t, out, "out of order")

	out, ok = run(t, "go: updates to go.mod needed")
	require.False(t, ok, "nothing ran")
	require.Contains(t, out, "updates to go.mod needed")
}
