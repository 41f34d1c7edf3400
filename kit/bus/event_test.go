package bus

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

// subjectShape is what a subject looks like, said once more in the other language.
var subjectShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*$`)

func FuzzSubject(f *testing.F) {
	for _, s := range []string{
		"bet.placed.v1", "a.b.c_1.v20", "v1.v2.v3", "", ".", "a", "a.v1", "a.b", "a.b.v", "a.b.v0", "a.b.v01", "a.b.v1a", "a.b.1", "a..v1", ".a.b.v1",
		"a.b.v1.", "A.b.v1", "a.B.v1", "1a.b.v1", "_a.b.v1", "a.b-c.v1", "wallet.>", "a.*.v1", "a.b.v1\n", "a b.c.v1", "ä.b.v1", "a.b.V1", "a.b.v1 ",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { require.Equal(t, subjectShape.MatchString(s), validSubject(s), "%q", s) })
}

func traced(t *testing.T, flags trace.TraceFlags) context.Context {
	t.Helper()
	id, err := trace.TraceIDFromHex("0af7651916cd43dd8448eb211c80319c")
	require.NoError(t, err)
	span, err := trace.SpanIDFromHex("00f067aa0ba902b7")
	require.NoError(t, err)
	return trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: flags}))
}

func TestTraceparent_IsWhatThePropagatorWrites(t *testing.T) {
	for _, flags := range []trace.TraceFlags{0, trace.FlagsSampled, trace.FlagsSampled | trace.FlagsRandom, 0xff} {
		ctx, carrier := traced(t, flags), propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(ctx, carrier)
		require.Equal(t, carrier.Get("traceparent"), traceparent(ctx))
	}
	fresh := traceparent(context.Background())
	require.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-00$`, fresh)
	require.NotEqual(t, fresh, traceparent(context.Background()))
	parsed := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": fresh})
	require.True(t, trace.SpanContextFromContext(parsed).IsValid())
}

func sample() Event {
	return Event{Subject: "wallet.credited.v1", Message: &commonv1.Money{Amount: "1.00", Currency: "EUR"}, PlayerID: "ply_1", AggregateID: "a", Version: 7,
		OccurredAt: time.Unix(1, 0)}
}

func TestOutboxRows_AddIsRowsForEachCaller(t *testing.T) {
	ctx := traced(t, trace.FlagsSampled)
	want, err := Rows(ctx, sample())
	require.NoError(t, err)
	var r OutboxRows
	r.Grow(2)
	require.NoError(t, r.Add(ctx, sample()))
	bad := sample()
	bad.Subject = "wallet.>"
	require.ErrorIs(t, r.Add(ctx, bad), ErrBadEvent)
	require.NotEqual(t, want.EventIDs, r.EventIDs)
	want.EventIDs = r.EventIDs
	require.Equal(t, want, r, "and nothing of the bad one")
	require.NoError(t, r.Add(context.Background(), sample()))
	require.NotEqual(t, r.EventIDs[0], r.EventIDs[1])
	require.False(t, strings.HasPrefix(r.Traceparents[1], r.Traceparents[0][:35]), "each has the trace of its caller")
}

// BenchmarkRows builds the rows of a batch whose events have different callers.
func BenchmarkRows(b *testing.B) {
	const batch = 64
	ctx, e := context.Background(), sample()
	b.Run("one by one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r OutboxRows
			for range batch {
				one, err := Rows(ctx, e)
				require.NoError(b, err)
				r.Append(one)
			}
		}
	})
	b.Run("added", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r OutboxRows
			r.Grow(batch)
			for range batch {
				require.NoError(b, r.Add(ctx, e))
			}
		}
	})
}
