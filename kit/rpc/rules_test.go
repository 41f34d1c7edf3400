package rpc

import (
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// A rule that cannot be compiled is found before anybody calls, and all servers of a process share what compiles them.
func TestRules(t *testing.T) {
	message := func(rule string) protoreflect.MessageDescriptor {
		options := &descriptorpb.MessageOptions{}
		proto.SetExtension(options, validate.E_Message, &validate.MessageRules{Cel: []*validate.Rule{{Id: proto.String("r"), Expression: proto.String(rule)}}})
		f, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
			Name: proto.String("rules.proto"), Package: proto.String("rules"), Syntax: proto.String("proto3"), Dependency: []string{"buf/validate/validate.proto"},
			MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Asked"), Options: options, Field: []*descriptorpb.FieldDescriptorProto{{
				Name: proto.String("number"), JsonName: proto.String("number"), Number: proto.Int32(1),
				Type: descriptorpb.FieldDescriptorProto_TYPE_INT64.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			}}}},
		}, protoregistry.GlobalFiles)
		require.NoError(t, err)
		return f.Messages().ByName("Asked")
	}
	positive := message("this.number > 0")
	v, err := rules([]protoreflect.MessageDescriptor{positive})
	require.NoError(t, err)
	asked := dynamicpb.NewMessage(positive)
	require.Error(t, v.Validate(asked))
	asked.Set(positive.Fields().ByName("number"), protoreflect.ValueOfInt64(1))
	require.NoError(t, v.Validate(asked))

	_, err = rules([]protoreflect.MessageDescriptor{positive, message("this.nothing > 0")})
	require.ErrorContains(t, err, "nothing")
	again, err := rules(nil)
	require.NoError(t, err)
	require.Same(t, v, again)
}
