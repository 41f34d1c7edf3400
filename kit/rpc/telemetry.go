package rpc

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// telemetry makes a span and one measurement of each call, as OpenTelemetry's own handler does (a test compares them), but what is the
// same for all calls of a method is made once: the other cost half as much as a bare call. Health checks are left out: there are many and
// they say nothing.
type telemetry struct {
	kind     trace.SpanKind
	tracer   trace.Tracer
	passing  passing // the tracer, when it records nothing; else nil
	duration metric.Float64Histogram
	methods  bounded[string, *measuredMethod]
	labels   bounded[labelKey, []metric.RecordOption]
}

// passing is a tracer that only passes the trace on (kit/telemetry without an exporter): names and attributes are lost on it.
type passing interface {
	Pass(parent trace.SpanContext) trace.Span
}

// measuredMethod is what is the same for all calls of a method.
type measuredMethod struct {
	name  string
	start []trace.SpanStartOption
	last  atomic.Pointer[labeled]
}

// labeled is a measurement's labels. Those of one call are nearly always those of the call before.
type labeled struct {
	key     labelKey
	options []metric.RecordOption
}

// measured is one call, and its context; nil for one that is left out.
type measured struct {
	context.Context //nolint:containedctx // is one
	method          *measuredMethod
	span            trace.Span
	remote          net.Addr // of a client's call
}

type measuredKey struct{}

// Value finds the call itself too.
func (m *measured) Value(key any) any {
	if key == (measuredKey{}) {
		return m
	}
	return m.Context.Value(key)
}

// labelKey is what a measurement's labels depend on.
type labelKey struct {
	method string
	code   codes.Code
	remote netip.AddrPort
}

var durationBounds = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

func newTelemetry(kind trace.SpanKind, t trace.TracerProvider, m metric.MeterProvider) *telemetry {
	const scope = "github.com/pitboss-gaming/pitboss/kit/rpc"
	if t == nil {
		t = otel.GetTracerProvider()
	}
	if m == nil {
		m = otel.GetMeterProvider()
	}
	h := &telemetry{kind: kind, tracer: t.Tracer(scope)}
	h.passing, _ = h.tracer.(passing)
	meter := m.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
	var err error
	if kind == trace.SpanKindServer {
		var d rpcconv.ServerCallDuration
		d, err = rpcconv.NewServerCallDuration(meter, durationBounds)
		h.duration = d.Inst()
	} else {
		var d rpcconv.ClientCallDuration
		d, err = rpcconv.NewClientCallDuration(meter, durationBounds)
		h.duration = d.Inst()
	}
	if err != nil {
		otel.Handle(err) // measures nothing then
	}
	return h
}

// TagRPC begins a call: on a server as a part of the caller's trace, on a client with the trace in the metadata.
func (h *telemetry) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if h.kind == trace.SpanKindServer {
		ctx, _ = h.beginServer(ctx, info.FullMethodName, incomingCarrier{ctx})
		return ctx
	}
	ctx, m := h.begin(ctx, info.FullMethodName)
	if m == nil {
		return ctx
	}
	return metadata.NewOutgoingContext(ctx, m.outgoing(ctx))
}

// beginServer begins a call whose metadata is in the carrier.
func (h *telemetry) beginServer(ctx context.Context, method string, md propagation.TextMapCarrier) (context.Context, *measured) {
	if !authz.Exempt(method) {
		growStack(len(method))
		ctx = otel.GetTextMapPropagator().Extract(ctx, md)
	}
	return h.begin(ctx, method)
}

// begin begins a call as a part of the context's trace. A call that is left out is nil.
func (h *telemetry) begin(ctx context.Context, method string) (context.Context, *measured) {
	if authz.Exempt(method) {
		return context.WithValue(ctx, measuredKey{}, (*measured)(nil)), nil
	}
	m := &measured{method: h.methods.get(method, func() *measuredMethod {
		name := strings.TrimPrefix(method, "/")
		return &measuredMethod{name: name, start: []trace.SpanStartOption{
			trace.WithSpanKind(h.kind), trace.WithAttributes(semconv.RPCMethod(name), semconv.RPCSystemNameGRPC),
		}}
	})}
	if h.passing != nil {
		m.span = h.passing.Pass(trace.SpanContextFromContext(ctx))
		m.Context = trace.ContextWithSpan(ctx, m.span)
	} else {
		m.Context, m.span = h.tracer.Start(ctx, m.method.name, m.method.start...)
	}
	return m, m
}

// outgoing is the metadata of a call that is about to be made, with its trace unless the call is left out.
func (m *measured) outgoing(ctx context.Context) metadata.MD {
	md, ok := metadata.FromOutgoingContext(ctx)
	if !ok {
		md = metadata.MD{}
	}
	if m != nil {
		otel.GetTextMapPropagator().Inject(ctx, outgoingCarrier(md))
	}
	return md
}

// HandleRPC learns where a call went and how it ended.
func (h *telemetry) HandleRPC(ctx context.Context, event stats.RPCStats) {
	m, _ := ctx.Value(measuredKey{}).(*measured)
	if m == nil {
		return
	}
	switch e := event.(type) {
	case *stats.InHeader:
		if !e.Client && e.LocalAddr != nil && m.span.IsRecording() {
			m.span.SetAttributes(address(e.LocalAddr)...)
		}
	case *stats.OutHeader:
		if e.Client && e.RemoteAddr != nil {
			m.remote = e.RemoteAddr
			if m.span.IsRecording() {
				m.span.SetAttributes(address(e.RemoteAddr)...)
			}
		}
	case *stats.End:
		h.end(ctx, m, e)
	}
}

func (h *telemetry) end(ctx context.Context, m *measured, e *stats.End) {
	st := status.Convert(e.Error)
	if m.span.IsRecording() {
		if h.failed(st.Code()) {
			m.span.SetStatus(otelcodes.Error, st.Message())
		}
		m.span.SetAttributes(semconv.RPCResponseStatusCode(codeName(st.Code())))
		m.span.End()
	}
	h.duration.Record(ctx, e.EndTime.Sub(e.BeginTime).Seconds(), h.labelsOf(m, st.Code())...)
}

// labelsOf are the labels of a call's measurement.
func (h *telemetry) labelsOf(m *measured, c codes.Code) []metric.RecordOption {
	key := labelKey{method: m.method.name, code: c}
	if tcp, ok := m.remote.(*net.TCPAddr); ok {
		key.remote = tcp.AddrPort()
	}
	if l := m.method.last.Load(); l != nil && l.key == key {
		return l.options
	}
	options := h.labels.get(key, func() []metric.RecordOption {
		set := []attribute.KeyValue{semconv.RPCMethod(key.method), semconv.RPCSystemNameGRPC, semconv.RPCResponseStatusCode(codeName(c))}
		if m.remote != nil {
			set = append(set, address(m.remote)...)
		}
		if h.failed(c) {
			set = append(set, semconv.ErrorTypeKey.String(codeName(c)))
		}
		return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(set...))}
	})
	m.method.last.Store(&labeled{key, options})
	return options
}

// endClient ends a client's call that gRPC knows nothing of.
func (h *telemetry) endClient(m *measured, remote net.Addr, began time.Time, err error) {
	if m == nil {
		return
	}
	m.remote = remote
	h.endOwn(m, remote, &stats.End{Client: true, BeginTime: began, EndTime: time.Now(), Error: err})
}

// endServer ends a server's call that gRPC knows nothing of.
func (h *telemetry) endServer(m *measured, local net.Addr, began time.Time, err error) {
	if m != nil {
		h.endOwn(m, local, &stats.End{BeginTime: began, EndTime: time.Now(), Error: err})
	}
}

func (h *telemetry) endOwn(m *measured, server net.Addr, e *stats.End) {
	if server != nil && m.span.IsRecording() {
		m.span.SetAttributes(address(server)...)
	}
	h.end(m, m, e)
}

// failed is what the conventions call an error: for a client every refusal, for a server only what it did wrong itself.
func (h *telemetry) failed(c codes.Code) bool {
	switch c {
	case codes.OK:
		return false
	case codes.Unknown, codes.DeadlineExceeded, codes.Unimplemented, codes.Internal, codes.Unavailable, codes.DataLoss:
		return true
	default:
		return h.kind == trace.SpanKindClient
	}
}

// TagConn and HandleConn complete stats.Handler; connections are not measured.
func (h *telemetry) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing.
func (h *telemetry) HandleConn(context.Context, stats.ConnStats) {}

func address(a net.Addr) []attribute.KeyValue {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return []attribute.KeyValue{semconv.ServerAddress(a.String())}
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return []attribute.KeyValue{semconv.ServerAddress(host)}
	}
	return []attribute.KeyValue{semconv.ServerAddress(host), semconv.ServerPort(n)}
}

// codeName is a code as the conventions write it, NOT_FOUND for example.
func codeName(c codes.Code) string {
	if name, ok := code.Code_name[int32(c)]; ok { //nolint:gosec // a code is small
		return name
	}
	return "CODE(" + strconv.FormatInt(int64(c), 10) + ")"
}

// incomingCarrier reads single values of a call's metadata.
type incomingCarrier struct{ ctx context.Context } //nolint:containedctx // lives for one call of Extract

// Get returns the first value; "" when there is none.
func (c incomingCarrier) Get(key string) string {
	if v := metadata.ValueFromIncomingContext(c.ctx, key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Set is not called: nothing is written to what came in.
func (c incomingCarrier) Set(string, string) {}

// Keys names all metadata.
func (c incomingCarrier) Keys() []string {
	md, _ := metadata.FromIncomingContext(c.ctx)
	return outgoingCarrier(md).Keys()
}

// outgoingCarrier writes metadata, over what is there.
type outgoingCarrier metadata.MD

// Get returns the first value; "" when there is none.
func (c outgoingCarrier) Get(key string) string {
	if v := metadata.MD(c).Get(key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Set replaces what is there.
func (c outgoingCarrier) Set(key, value string) { metadata.MD(c).Set(key, value) }

// Keys names all metadata.
func (c outgoingCarrier) Keys() []string { return slices.Collect(maps.Keys(c)) }

// maxKept bounds what bounded keeps.
const maxKept = 4096

// bounded keeps what was made for a key. Method names come from callers and addresses change, so there is a bound; beyond it each value
// is made anew.
type bounded[K comparable, V any] struct {
	m sync.Map
	n atomic.Int64
}

func (b *bounded[K, V]) get(key K, produce func() V) V {
	if v, ok := b.m.Load(key); ok {
		return v.(V)
	}
	v := produce()
	if b.n.Load() < maxKept {
		if _, loaded := b.m.LoadOrStore(key, v); !loaded {
			b.n.Add(1)
		}
	}
	return v
}

// callStack is more than the library, the chain and a plain handler need of a stack; the runtime makes 16 KB of it.
const callStack = 9 << 10

// growStack gives the goroutine of a call its stack at once, where gRPC first calls us and only few functions are on it. A goroutine
// begins with 2 KB; left alone it outgrows them several times in the middle of the chain, and each time the runtime walks and moves the
// deep stack: a tenth of a call's processor time (BenchmarkCall). gRPC's stream workers do not help alone, because the collector shrinks them
// again; those of shared streams (workers) need this only after that. What it answers means nothing: it keeps the array from being optimized
// away.
//
//go:noinline
func growStack(i int) byte {
	var room [callStack]byte
	return room[uint(i)%callStack]
}
