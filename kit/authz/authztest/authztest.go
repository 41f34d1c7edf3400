// Package authztest makes a gRPC service out of nothing but access options, so that tests can ask what the platform does with an RPC
// that no proto of ours has.
package authztest

import (
	"context"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

// ServiceName is the full name of the service that Build makes.
const ServiceName = "pitboss.test.v1.TestService"

// Method is one RPC of the service.
type Method struct {
	Name   string
	Access *optionsv1.Access // nil: the RPC carries no option
	HTTP   bool              // the RPC has an HTTP rule
	// Unary handles a unary call; nil answers an empty message.
	Unary func(ctx context.Context, req *dynamicpb.Message) error
	// Stream handles a stream instead, when not nil. ClientStream makes the requests a stream too.
	Stream       func(s *Service, ss grpc.ServerStream) error
	ClientStream bool
}

// Service is a service made of methods. Its requests have the fields player_id, note (at most 10 bytes), nested.player_id, number, many,
// password and round_id.
type Service struct {
	Files *protoregistry.Files
	Desc  *grpc.ServiceDesc
	file  protoreflect.FileDescriptor
}

// Build makes the service.
func Build(t testing.TB, methods ...Method) *Service {
	t.Helper()
	svc := &descriptorpb.ServiceDescriptorProto{Name: proto.String("TestService")}
	for _, m := range methods {
		o := &descriptorpb.MethodOptions{}
		if m.Access != nil {
			proto.SetExtension(o, optionsv1.E_Access, m.Access)
		}
		if m.HTTP {
			proto.SetExtension(o, annotations.E_Http, &annotations.HttpRule{Pattern: &annotations.HttpRule_Get{Get: "/v1/test"}})
		}
		svc.Method = append(svc.Method, &descriptorpb.MethodDescriptorProto{
			Name: proto.String(m.Name), InputType: proto.String(".pitboss.test.v1.Request"), OutputType: proto.String(".pitboss.test.v1.Response"),
			Options: o, ServerStreaming: proto.Bool(m.Stream != nil), ClientStreaming: proto.Bool(m.ClientStream),
		})
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("pitboss/test/v1/test.proto"), Package: proto.String("pitboss.test.v1"), Syntax: proto.String("proto3"),
		MessageType: messages(), Service: []*descriptorpb.ServiceDescriptorProto{svc},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatalf("authztest: %v", err)
	}
	s := &Service{Files: &protoregistry.Files{}, file: file}
	if err := s.Files.RegisterFile(file); err != nil {
		t.Fatalf("authztest: %v", err)
	}
	s.Desc = &grpc.ServiceDesc{ServiceName: ServiceName, HandlerType: (*any)(nil), Metadata: file.Path()}
	for _, m := range methods {
		if m.Stream != nil {
			s.Desc.Streams = append(s.Desc.Streams, grpc.StreamDesc{
				StreamName: m.Name, ServerStreams: true, ClientStreams: m.ClientStream,
				Handler: func(_ any, ss grpc.ServerStream) error { return m.Stream(s, ss) },
			})
			continue
		}
		s.Desc.Methods = append(s.Desc.Methods, grpc.MethodDesc{MethodName: m.Name, Handler: s.unary(m)})
	}
	return s
}

// Info is what a server with only this service answers to GetServiceInfo.
func (s *Service) Info() map[string]grpc.ServiceInfo {
	server := grpc.NewServer()
	server.RegisterService(s.Desc, struct{}{})
	return server.GetServiceInfo()
}

// Request makes a request with string fields set, nested ones by a dotted path.
func (s *Service) Request(fields map[string]string) *dynamicpb.Message {
	m := dynamicpb.NewMessage(s.file.Messages().ByName("Request"))
	for name, value := range fields {
		if name == "nested.player_id" {
			f := m.Descriptor().Fields().ByName("nested")
			n := m.Mutable(f).Message()
			n.Set(n.Descriptor().Fields().ByName("player_id"), protoreflect.ValueOfString(value))
			continue
		}
		m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOfString(value))
	}
	return m
}

// Response makes an empty answer.
func (s *Service) Response() *dynamicpb.Message {
	return dynamicpb.NewMessage(s.file.Messages().ByName("Response"))
}

// unary does what generated code does for a unary method.
func (s *Service) unary(m Method) grpc.MethodHandler {
	return func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		req := s.Request(nil)
		if err := dec(req); err != nil {
			return nil, err
		}
		handle := func(ctx context.Context, req any) (any, error) {
			if m.Unary == nil {
				return s.Response(), nil
			}
			if err := m.Unary(ctx, req.(*dynamicpb.Message)); err != nil {
				return nil, err
			}
			return s.Response(), nil
		}
		if interceptor == nil {
			return handle(ctx, req)
		}
		return interceptor(ctx, req, &grpc.UnaryServerInfo{Server: srv, FullMethod: "/" + ServiceName + "/" + m.Name}, handle)
	}
}

func messages() []*descriptorpb.DescriptorProto {
	field := func(n int32, name string, typ descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(n), Type: typ.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	const str, num = descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT32
	note := field(2, "note", str)
	note.Options = &descriptorpb.FieldOptions{}
	proto.SetExtension(note.Options, validate.E_Field, &validate.FieldRules{
		Type: &validate.FieldRules_String_{String_: &validate.StringRules{MaxLen: proto.Uint64(10)}},
	})
	nested := field(3, "nested", descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	nested.TypeName = proto.String(".pitboss.test.v1.Nested")
	many := field(5, "many", str)
	many.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	return []*descriptorpb.DescriptorProto{
		{Name: proto.String("Request"), Field: []*descriptorpb.FieldDescriptorProto{
			field(1, "player_id", str), note, nested, field(4, "number", num), many, field(6, "password", str), field(7, "round_id", str),
		}},
		{Name: proto.String("Nested"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "player_id", str)}},
		{Name: proto.String("Response"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "text", str)}},
	}
}
