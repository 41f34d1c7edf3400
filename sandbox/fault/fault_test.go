package fault

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func injector(t *testing.T, rules ...Rule) *Injector {
	in := New(Options{Operations: []string{"bet", "win"}, Extra: []Kind{"garble"}})
	t.Cleanup(in.Close)
	require.NoError(t, in.Set(7, rules...))
	return in
}

func counted(n *atomic.Int64) func(context.Context) (int64, error) {
	return func(context.Context) (int64, error) { return n.Add(1), nil }
}

func TestDoWithoutRulesSendsOnce(t *testing.T) {
	var n atomic.Int64
	v, err := Do(t.Context(), injector(t), "bet", time.Second, counted(&n))
	require.NoError(t, err)
	require.EqualValues(t, 1, v)
	v, err = Do(t.Context(), nil, "bet", time.Second, counted(&n))
	require.NoError(t, err)
	require.EqualValues(t, 2, v)
}

func TestDoDuplicates(t *testing.T) {
	for _, concurrent := range []bool{false, true} {
		in := injector(t, Rule{Operation: "bet", Kind: Duplicate, Times: 3, Count: 1, Concurrent: concurrent})
		var n atomic.Int64
		_, err := Do(t.Context(), in, "bet", time.Second, counted(&n))
		require.NoError(t, err)
		in.flight.Wait()
		require.EqualValues(t, 3, n.Load())
		_, err = Do(t.Context(), in, "bet", time.Second, counted(&n))
		require.NoError(t, err)
		in.flight.Wait()
		require.EqualValues(t, 4, n.Load(), "count is used up")
	}
}

func TestDoDropsTheAnswerOnly(t *testing.T) {
	in := injector(t, Rule{Operation: "*", Kind: Drop, Count: 1})
	var n atomic.Int64
	_, err := Do(t.Context(), in, "win", time.Second, counted(&n))
	require.ErrorIs(t, err, ErrDropped)
	require.EqualValues(t, 1, n.Load())
	failed := errors.New("refused")
	require.NoError(t, in.Set(0, Rule{Operation: "*", Kind: Drop}))
	_, err = Do(t.Context(), in, "win", time.Second, func(context.Context) (int, error) { return 0, failed })
	require.ErrorIs(t, err, failed)
}

func TestDoDelayedMessageArrivesAfterTheSenderGaveUp(t *testing.T) {
	in := injector(t, Rule{Operation: "bet", Kind: Delay, DelayMS: 30, Count: 1})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	var n atomic.Int64
	_, err := Do(ctx, in, "bet", time.Second, counted(&n))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	in.flight.Wait()
	require.EqualValues(t, 1, n.Load())
}

func TestDoReorders(t *testing.T) {
	in := injector(t, Rule{Operation: "bet", Kind: Reorder, Count: 1})
	var mu sync.Mutex
	var order []string
	send := func(name string) func(context.Context) (int, error) {
		return func(context.Context) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
			return 0, nil
		}
	}
	held := make(chan error, 1)
	go func() {
		_, err := Do(t.Context(), in, "bet", time.Second, send("bet"))
		held <- err
	}()
	require.Eventually(t, func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return len(in.held) == 1
	}, 5*time.Second, time.Millisecond)
	_, err := Do(t.Context(), in, "win", time.Second, send("win"))
	require.NoError(t, err)
	require.NoError(t, <-held)
	require.Equal(t, []string{"win", "bet"}, order)
}

// A message before the held one, whose sending ends late, is not the next one; one after it is, however early it was sent.
func TestSent_OnlyLaterMessagesRelease(t *testing.T) {
	in := injector(t)
	before, kept, after := in.Take("bet"), in.Take("bet"), in.Take("win")
	free := in.hold(kept)
	in.Sent(before)
	select {
	case <-free:
		t.Fatal("released by a message before it")
	default:
	}
	in.Sent(after)
	<-free
	<-in.hold(kept)
}

func TestCloseAbandonsWhatIsHeld(t *testing.T) {
	in := injector(t, Rule{Operation: "bet", Kind: Reorder})
	held := make(chan error, 1)
	go func() {
		_, err := Do(t.Context(), in, "bet", time.Second, counted(new(atomic.Int64)))
		held <- err
	}()
	require.Eventually(t, func() bool { return in.Rules()[0].Struck == 1 }, 5*time.Second, time.Millisecond)
	in.Close()
	require.ErrorIs(t, <-held, ErrClosed)
	_, err := Do(t.Context(), in, "bet", time.Second, counted(new(atomic.Int64)))
	require.ErrorIs(t, err, ErrClosed)
}

func TestProbabilityIsReproducible(t *testing.T) {
	strikes := func(seed uint64) (s string) {
		in := injector(t)
		require.NoError(t, in.Set(seed, Rule{Operation: "bet", Kind: Drop, Probability: 0.5}))
		for range 64 {
			if in.Take("bet").Drop {
				s += "x"
			} else {
				s += "."
			}
		}
		return s
	}
	require.Equal(t, strikes(42), strikes(42))
	require.NotEqual(t, strikes(42), strikes(43))
	require.Greater(t, strings.Count(strikes(42), "x"), 10)
	require.Greater(t, strings.Count(strikes(42), "."), 10)
}

func TestTakeCombinesRulesAndKnowsExtraKinds(t *testing.T) {
	in := injector(t, Rule{Operation: "bet", Kind: Duplicate}, Rule{Operation: "*", Kind: "garble"}, Rule{Operation: "win", Kind: Drop})
	p := in.Take("bet")
	require.Equal(t, 2, p.Sends)
	require.True(t, p.Has("garble"))
	require.False(t, p.Drop)
}

func TestHandler(t *testing.T) {
	in := injector(t)
	call := func(method, body string) (int, string) {
		w := httptest.NewRecorder()
		in.Handler().ServeHTTP(w, httptest.NewRequest(method, "/studio/faults", strings.NewReader(body)))
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	code, body := call(http.MethodPut, `{"seed":5,"rules":[{"operation":"win","kind":"duplicate","count":1}]}`)
	require.Equal(t, http.StatusOK, code)
	want := `{"rules":[{"operation":"win","kind":"duplicate","count":1,"probability":1,"times":2,"struck":0}]}`
	require.JSONEq(t, want, body)
	_, body = call(http.MethodGet, "")
	require.JSONEq(t, want, body)

	for _, bad := range []string{
		``, `{`, `[]`, `{"rules":[]} x`, `{"rule":[]}`,
		`{"rules":[{"operation":"spin","kind":"drop"}]}`,
		`{"rules":[{"operation":"win","kind":"explode"}]}`,
		`{"rules":[{"operation":"win","kind":"drop","count":-1}]}`,
		`{"rules":[{"operation":"win","kind":"drop","probability":1.5}]}`,
		`{"rules":[{"operation":"win","kind":"drop","times":2}]}`,
		`{"rules":[{"operation":"win","kind":"drop","delay_ms":5}]}`,
		`{"rules":[{"operation":"win","kind":"duplicate","times":11}]}`,
		`{"rules":[{"operation":"win","kind":"delay","delay_ms":60001}]}`,
		`{"rules":[` + strings.Repeat(`{"operation":"win","kind":"drop"},`, MaxRules) + `{"operation":"win","kind":"drop"}]}`,
	} {
		code, body = call(http.MethodPut, bad)
		require.Equal(t, http.StatusBadRequest, code, bad)
		require.Contains(t, body, `"error"`)
	}
	_, body = call(http.MethodGet, "")
	require.JSONEq(t, want, body, "a refused document changes nothing")

	code, _ = call(http.MethodDelete, "")
	require.Equal(t, http.StatusNoContent, code)
	require.Empty(t, in.Rules())
	code, _ = call(http.MethodPost, "")
	require.Equal(t, http.StatusMethodNotAllowed, code)
}

// TestGroups: an operation "a.b" is meant by its name, by "b", by "a.*" and by "*".
func TestGroups(t *testing.T) {
	in := New(Options{Operations: []string{"x.bet", "x.win", "y.bet"}, Extra: []Kind{"spoil"}})
	for operation, want := range map[string][]string{
		"*": {"x.bet", "x.win", "y.bet"}, "bet": {"x.bet", "y.bet"}, "x.*": {"x.bet", "x.win"}, "y.bet": {"y.bet"},
	} {
		require.NoError(t, in.Set(1, Rule{Operation: operation, Kind: Drop}))
		var struck []string
		for _, name := range []string{"x.bet", "x.win", "y.bet"} {
			if in.Take(name).Drop {
				struck = append(struck, name)
			}
		}
		require.Equal(t, want, struck, operation)
	}
	for _, bad := range []string{"x", "z.*", "y.win", "win.x", ".bet", ""} {
		require.ErrorIs(t, in.Set(1, Rule{Operation: bad, Kind: Drop}), ErrInvalid, bad)
	}
}

func TestSendTellsThePartsOwnKinds(t *testing.T) {
	in := New(Options{Operations: []string{"bet"}, Extra: []Kind{"spoil"}})
	defer in.Close()
	require.NoError(t, in.Set(1, Rule{Operation: "bet", Kind: "spoil", Count: 1}))
	send := func(_ context.Context, p Plan) (bool, error) { return p.Has("spoil"), nil }
	for _, want := range []bool{true, false} {
		got, err := Send(t.Context(), in, "bet", time.Second, send)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	got, err := Send(t.Context(), nil, "bet", time.Second, send)
	require.NoError(t, err)
	require.False(t, got, "no injector, no faults")
}
