// Package telemetry makes what a process does visible: traces over OTLP, metrics for Prometheus, logs without secrets.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options say what process this is.
type Options struct {
	// Service is the name in traces: "pitboss" for `up`, the service's for `serve`.
	Service string
	// Version is the build's.
	Version string
}

// Telemetry is one process's traces and metrics.
type Telemetry struct {
	// Registry takes the process's own Prometheus metrics; those of OpenTelemetry are in it too.
	Registry *prometheus.Registry
	// Tracer and Meter are given to kit/rpc; SetGlobal makes them everybody's.
	Tracer trace.TracerProvider
	Meter  *sdkmetric.MeterProvider

	stopTracing func(context.Context) error
}

// New starts telemetry. Traces go to OTEL_EXPORTER_OTLP_ENDPOINT (or its TRACES form) when that is set; otherwise none are recorded, but
// the trace ids of callers are still passed on. It does not connect and does not fail when nobody listens there.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	res := resource.NewSchemaless(attribute.String("service.name", o.Service), attribute.String("service.version", o.Version))
	tracer, stopTracing := trace.TracerProvider(passing{}), func(context.Context) error { return nil }
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "" {
		exporter, err := otlptracegrpc.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("telemetry: traces: %w", err)
		}
		recording := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(exporter))
		tracer, stopTracing = recording, recording.Shutdown
	}

	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprom.New(otelprom.WithRegisterer(reg), otelprom.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("telemetry: metrics: %w", err)
	}
	return &Telemetry{
		Registry:    reg,
		Tracer:      tracer,
		Meter:       sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(exporter)),
		stopTracing: stopTracing,
	}, nil
}

// SetGlobal makes these the process's tracer, meter and propagator. main calls it once.
func (t *Telemetry) SetGlobal() {
	otel.SetTracerProvider(t.Tracer)
	otel.SetMeterProvider(t.Meter)
	otel.SetTextMapPropagator(Propagator())
}

// Propagator is how trace ids travel: W3C trace context. Baggage is left out, because anybody outside could fill it.
func Propagator() propagation.TextMapPropagator { return propagation.TraceContext{} }

// Handler serves /metrics. It belongs on an internal address only.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.Registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// CertNotAfter exports cert_not_after_seconds{service}, the Unix time at which a service's certificate ends, and
// cert_reload_failures_total{service}. Alert when a third of the life is left.
func (t *Telemetry) CertNotAfter(service string, notAfter func() time.Time, failures func() int) error {
	labels := prometheus.Labels{"service": service}
	end := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cert_not_after_seconds", Help: "Unix time at which the service's certificate ends.", ConstLabels: labels,
	}, func() float64 { return float64(notAfter().Unix()) })
	failed := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "cert_reload_failures_total", Help: "Times that a changed certificate could not be taken.", ConstLabels: labels,
	}, func() float64 { return float64(failures()) })
	return errors.Join(t.Registry.Register(end), t.Registry.Register(failed))
}

// Shutdown sends what is still waiting, until ctx ends.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	return errors.Join(t.stopTracing(ctx), t.Meter.Shutdown(ctx))
}
