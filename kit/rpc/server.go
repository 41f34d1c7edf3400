// Package rpc is how services are served and called: one ordered chain in front of every handler, mutual TLS on every connection,
// bounds on everything that a caller can make large or slow.
package rpc

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"buf.build/go/protovalidate"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// MaxMessageBytes is the largest request and the largest answer.
const MaxMessageBytes = 4 << 20

const (
	defaultDeadline      = 10 * time.Second
	defaultSlowAfter     = time.Second
	defaultMaxConcurrent = 2048
	maxStreams           = 4096
	maxHeaderBytes       = 64 << 10
	connectTimeout       = 10 * time.Second
	// streamWindow and connWindow are what may be under way before its receiver has read it. They are fixed, because gRPC's own estimate of the best size
	// sends a ping with the data of every round trip, which costs more than small messages themselves.
	streamWindow = 1 << 20
	connWindow   = 8 << 20
	// maxConnectionAge makes clients reconnect, so they find new replicas and show their certificate again.
	maxConnectionAge = 30 * time.Minute
	connectionGrace  = time.Minute
)

// Resolver finds descriptors by name.
type Resolver interface {
	FindDescriptorByName(protoreflect.FullName) (protoreflect.Descriptor, error)
}

// ServerOptions are what a server is made of. Identity and Peers are needed; zero values of the others mean what each one says.
type ServerOptions struct {
	// Identity is the service's certificate and the CAs it trusts.
	Identity mtls.Materials
	// Peers are the names of all services of the mesh, for checking the access rules.
	Peers []string
	// Tokens verifies access tokens; nil: the service takes none, and every call with one is refused.
	Tokens *authn.Verifier
	// Audit records audited calls; nil: the service has no database, and Validate refuses audited RPCs.
	Audit *audit.Recorder
	// Log gets the access log; nil means slog.Default.
	Log *slog.Logger
	// Clock is the time against which a second factor's age is measured; nil means time.Now.
	Clock func() time.Time
	// Deadline is the longest a unary call may take; zero means 10 s.
	Deadline time.Duration
	// SlowAfter is from when on a successful call is logged at info; zero means 1 s.
	SlowAfter time.Duration
	// MaxConcurrent is how many unary calls run at once before more are refused with OVERLOADED; zero means 2048.
	MaxConcurrent int
	// Away tells whether an error says that something the service needs is away for a moment, as its database while it restarts: the answer is then
	// UNAVAILABLE and not INTERNAL, so that callers repeat. Nil: nothing is.
	Away func(error) bool
	// Resolver finds the descriptors of the registered services; nil means the global registry.
	Resolver Resolver
	// Tracer and Meter get the RPCs' spans and metrics; nil means OpenTelemetry's global ones.
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
}

// Server is a gRPC server with the platform's chain, health and reflection. Until Validate has succeeded every call is refused.
type Server struct {
	*grpc.Server
	o         ServerOptions
	log       *slog.Logger
	health    *health.Server
	slots     chan struct{}
	policy    atomic.Pointer[authz.Policy]
	validator atomic.Pointer[protovalidate.Validator]
	acceptors acceptors // complete before the validator is there

	methods map[string]method // by full name, complete before Serve
	unary   grpc.UnaryServerInterceptor
	tel     *telemetry

	mu        sync.Mutex
	closing   bool // GracefulStop was called
	answering map[*answering]struct{}
}

// NewServer makes a server. Register the services on it, then call Validate, then Serve.
func NewServer(o ServerOptions) (*Server, error) {
	if o.Identity == nil {
		return nil, errors.New("rpc: a server needs an identity")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Deadline == 0 {
		o.Deadline = defaultDeadline
	}
	if o.SlowAfter == 0 {
		o.SlowAfter = defaultSlowAfter
	}
	if o.MaxConcurrent == 0 {
		o.MaxConcurrent = defaultMaxConcurrent
	}
	if o.Resolver == nil {
		o.Resolver = protoregistry.GlobalFiles
	}
	s := &Server{
		o: o, log: o.Log, health: health.NewServer(), slots: make(chan struct{}, o.MaxConcurrent), methods: map[string]method{},
		tel: newTelemetry(trace.SpanKindServer, o.Tracer, o.Meter), answering: map[*answering]struct{}{},
	}
	run := compose(s.chain())
	s.unary = unary(run)
	s.Server = grpc.NewServer(
		grpc.Creds(mtls.ServerCredentials(o.Identity)),
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(streaming(run)),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.StatsHandler(s.tel),
		grpc.MaxRecvMsgSize(MaxMessageBytes), grpc.MaxSendMsgSize(MaxMessageBytes),
		grpc.StaticStreamWindowSize(streamWindow), grpc.StaticConnWindowSize(connWindow),
		grpc.MaxConcurrentStreams(maxStreams), grpc.MaxHeaderListSize(maxHeaderBytes), grpc.ConnectionTimeout(connectTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge: maxConnectionAge, MaxConnectionAgeGrace: connectionGrace, Time: 30 * time.Second, Timeout: 10 * time.Second,
		}),
		// Matches the clients' 30 s: one that pings more often than this is cut off.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 15 * time.Second, PermitWithoutStream: true}),
	)
	healthv1.RegisterHealthServer(s, s.health)
	reflection.Register(s.Server)
	s.Server.RegisterService(s.meshDesc(), nil)
	s.SetServing(false)
	return s, nil
}

// Validate compiles the access rules and the field rules of all registered services. The error names every RPC that is wrong and
// how; the process must then not serve. It is called once, after registration.
func (s *Server) Validate() error {
	services := s.GetServiceInfo()
	policy, err := authz.Compile(services, authz.Options{
		Peers: s.o.Peers, Resolver: s.o.Resolver, Clock: s.o.Clock, NoAudit: s.o.Audit == nil,
	})
	if err != nil {
		return err
	}
	var inputs []protoreflect.MessageDescriptor
	for name, info := range services {
		for _, m := range info.Methods {
			if authz.Exempt("/" + name + "/" + m.Name) {
				continue
			}
			d, err := s.o.Resolver.FindDescriptorByName(protoreflect.FullName(name + "." + m.Name))
			if err != nil {
				return fmt.Errorf("rpc: %w", err)
			}
			inputs = append(inputs, d.(protoreflect.MethodDescriptor).Input()) // Compile has checked that it is a method
		}
	}
	validator, err := rules(inputs)
	if err != nil {
		return fmt.Errorf("rpc: field rules: %w", err)
	}
	s.acceptors = acceptors{}
	for _, d := range inputs {
		s.acceptors.add(d)
	}
	s.validator.Store(&validator)
	s.policy.Store(policy)
	return nil
}

// sharedRules validates for all servers of the process: its environment of expressions takes longer to make than the rules of a service to compile.
var sharedRules = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// rules is a validator that has compiled the rules of the messages, which would be slow at the first call and find mistakes late.
func rules(inputs []protoreflect.MessageDescriptor) (protovalidate.Validator, error) {
	v, err := sharedRules()
	if err != nil {
		return nil, err
	}
	for _, d := range inputs {
		if e, wrong := errors.AsType[*protovalidate.CompilationError](v.Validate(dynamicpb.NewMessage(d))); wrong {
			return nil, e
		}
	}
	return v, nil
}

// Policy returns the compiled access rules; nil before Validate.
func (s *Server) Policy() *authz.Policy { return s.policy.Load() }

// SetServing answers health checks for the whole server ("") and for each of its services. A new server is not serving.
func (s *Server) SetServing(serving bool) {
	state := healthv1.HealthCheckResponse_NOT_SERVING
	if serving {
		state = healthv1.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus("", state)
	for name := range s.GetServiceInfo() {
		s.health.SetServingStatus(name, state)
	}
}

// Chain returns the names of the chain's links, outermost first, each with the reason for its place; for the documents.
func (s *Server) Chain() [][2]string {
	var list [][2]string
	for _, l := range s.chain() {
		list = append(list, [2]string{l.name, l.why})
	}
	return list
}
