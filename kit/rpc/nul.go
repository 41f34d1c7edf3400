package rpc

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// nulField is the name of a field of the message, or of one inside it, whose text holds a NUL character; "" when there is none. PostgreSQL cannot
// store it and no text of ours needs it, so it is refused for all fields at once. Bytes may hold anything.
func nulField(m protoreflect.Message) string {
	found := ""
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				if f.MapKey().Kind() == protoreflect.StringKind && strings.ContainsRune(k.String(), 0) || nulValue(f.MapValue(), v) {
					found = string(f.Name())
				}
				return found == ""
			})
		case f.IsList():
			for i := range v.List().Len() {
				if nulValue(f, v.List().Get(i)) {
					found = string(f.Name())
				}
			}
		case nulValue(f, v):
			found = string(f.Name())
		}
		return found == ""
	})
	return found
}

func nulValue(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	switch f.Kind() {
	case protoreflect.StringKind:
		return strings.ContainsRune(v.String(), 0)
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return nulField(v.Message()) != ""
	default:
		return false
	}
}
