package telemetry

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"
)

// passing is the tracer provider, and its one tracer, where nobody takes traces: its spans record nothing and only pass the trace on, as those of
// OpenTelemetry's own provider with a sampler that takes none (a test compares them). That one collects names and attributes first to ask its sampler.
type passing struct {
	embedded.TracerProvider
}

// Tracer returns the one tracer.
func (p passing) Tracer(string, ...trace.TracerOption) trace.Tracer { return passingTracer{} }

type passingTracer struct {
	embedded.Tracer
}

// Start begins a span in the trace of the context, or in a new one.
func (t passingTracer) Start(ctx context.Context, _ string, o ...trace.SpanStartOption) (context.Context, trace.Span) {
	if ctx == nil {
		ctx = context.Background()
	}
	var parent trace.SpanContext
	if c := trace.NewSpanStartConfig(o...); !c.NewRoot() {
		parent = trace.SpanContextFromContext(ctx)
	}
	s := t.Pass(parent)
	return trace.ContextWithSpan(ctx, s), s
}

// Pass begins a span in the trace of a parent, or in a new one when the parent has none.
func (passingTracer) Pass(parent trace.SpanContext) trace.Span {
	c := trace.SpanContextConfig{
		TraceID: parent.TraceID(), TraceFlags: parent.TraceFlags() &^ trace.FlagsSampled, TraceState: parent.TraceState(),
	}
	for !c.TraceID.IsValid() {
		binary.NativeEndian.PutUint64(c.TraceID[:8], rand.Uint64()) //nolint:gosec // names, not secrets
		binary.NativeEndian.PutUint64(c.TraceID[8:], rand.Uint64()) //nolint:gosec // the same
	}
	for !c.SpanID.IsValid() {
		binary.NativeEndian.PutUint64(c.SpanID[:], rand.Uint64()) //nolint:gosec // the same
	}
	return &passingSpan{context: trace.NewSpanContext(c)}
}

// passingSpan has its ids and nothing else.
type passingSpan struct {
	noop.Span
	context trace.SpanContext
}

// SpanContext returns the ids.
func (s *passingSpan) SpanContext() trace.SpanContext { return s.context }

// TracerProvider returns the provider whose spans pass this one's trace on.
func (s *passingSpan) TracerProvider() trace.TracerProvider { return passing{} }
