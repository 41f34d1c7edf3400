package rpc

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// FieldHolding is the name of a field of the message, or of one inside it, whose text holds an unwanted character; "" when there is none. Bytes may hold anything.
func FieldHolding(m proto.Message, unwanted func(rune) bool) string {
	return fieldHolding(m.ProtoReflect(), unwanted)
}

// nulField is the name of a field whose text holds a NUL character. PostgreSQL cannot store it and no text of ours needs it, so it is refused for all fields at once.
func nulField(m protoreflect.Message) string {
	return fieldHolding(m, func(r rune) bool { return r == 0 })
}

func fieldHolding(m protoreflect.Message, unwanted func(rune) bool) string {
	found := ""
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				if f.MapKey().Kind() == protoreflect.StringKind && strings.ContainsFunc(k.String(), unwanted) || valueHolding(f.MapValue(), v, unwanted) {
					found = string(f.Name())
				}
				return found == ""
			})
		case f.IsList():
			for i := range v.List().Len() {
				if valueHolding(f, v.List().Get(i), unwanted) {
					found = string(f.Name())
				}
			}
		case valueHolding(f, v, unwanted):
			found = string(f.Name())
		}
		return found == ""
	})
	return found
}

func valueHolding(f protoreflect.FieldDescriptor, v protoreflect.Value, unwanted func(rune) bool) bool {
	switch f.Kind() {
	case protoreflect.StringKind:
		return strings.ContainsFunc(v.String(), unwanted)
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return fieldHolding(v.Message(), unwanted) != ""
	default:
		return false
	}
}
