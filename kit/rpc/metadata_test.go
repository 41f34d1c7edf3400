package rpc

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"
)

// TestAnnouncement: a call on a shared stream has the metadata that it would have by itself, which is that of its context, once, and of the request that is served.
func TestAnnouncement(t *testing.T) {
	before := otel.GetTextMapPropagator()
	defer otel.SetTextMapPropagator(before)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	member, err := baggage.NewMember("a", "b")
	require.NoError(t, err)
	bag, err := baggage.New(member)
	require.NoError(t, err)
	state, err := trace.ParseTraceState("k=v")
	require.NoError(t, err)
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceState: state})
	kinds := []func(context.Context) context.Context{
		func(ctx context.Context) context.Context {
			return context.WithValue(ctx, originKey{}, &origin{requestID: "req_12345678", clientIP: "198.51.100.7"})
		},
		func(ctx context.Context) context.Context {
			return context.WithValue(ctx, originKey{}, &origin{requestID: "req_87654321"})
		},
		func(ctx context.Context) context.Context {
			return metadata.AppendToOutgoingContext(ctx, "X-Other", "1", "x-other", "2", HeaderClientIP, "203.0.113.9")
		},
		func(ctx context.Context) context.Context {
			return metadata.AppendToOutgoingContext(ctx, HeaderRequestID, "req_own00000", "traceparent", "forged", "tracestate", "x=y")
		},
		func(ctx context.Context) context.Context { return trace.ContextWithSpanContext(ctx, span) },
		func(ctx context.Context) context.Context { return baggage.ContextWithBaggage(ctx, bag) },
	}
	for chosen := range 1 << len(kinds) {
		ctx := t.Context()
		for i, change := range kinds {
			if chosen>>i&1 == 1 {
				ctx = change(ctx)
			}
		}
		for _, m := range []*measured{nil, {Context: ctx}} {
			want := m.outgoing(outgoing(ctx))
			a := announce(ctx, m)
			names := a.Keys()
			for _, name := range names {
				require.Equal(t, want[name][0], a.Get(name))
			}
			b, err := appendCall(nil, &callFrame{id: 1, method: "/a.B/C", md: a.md, more: a.more, timeout: time.Second}, text("x"), len(wire(t, text("x"))))
			require.NoError(t, err)
			got := metadata.MD{}
			require.NoError(t, parseCalls(b, func(c callFrame) { got = metadata.Join(c.md) }))
			require.Equal(t, want, got, fmt.Sprintf("%06b", chosen))
			require.Len(t, names, len(want))
		}
	}
}

// BenchmarkAnnounce is the metadata of a call made while serving another, as gRPC wants it and as a shared stream does.
func BenchmarkAnnounce(b *testing.B) {
	before := otel.GetTextMapPropagator()
	defer otel.SetTextMapPropagator(before)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	ctx := context.WithValue(b.Context(), originKey{}, &origin{requestID: "req_12345678", clientIP: "198.51.100.7"})
	ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))
	m := &measured{Context: ctx}
	for name, announced := range map[string]func() int{
		"gRPC":   func() int { return len(m.outgoing(outgoing(ctx))) },
		"shared": func() int { return len(announce(ctx, m).more) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				announced()
			}
		})
	}
}
