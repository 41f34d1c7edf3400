package audit

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/pitboss-gaming/pitboss/kit/secret"
)

const (
	maxRequestJSON = 16 << 10
	maxResources   = 32
	maxResource    = 128
)

// redact returns a copy of the request without the fields whose names say that they hold a secret, or that are marked debug_redact.
// The digest on record is over this copy: over the whole request it would let a reader of the audit log guess a short secret.
func redact(req proto.Message) proto.Message {
	safe := proto.Clone(req)
	clean(safe.ProtoReflect())
	return safe
}

func clean(m protoreflect.Message) {
	// What the schema does not know cannot be told secret from harmless.
	m.SetUnknown(nil)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		options, _ := f.Options().(*descriptorpb.FieldOptions)
		switch {
		case secret.Named(string(f.Name())) || options.GetDebugRedact():
			m.Clear(f)
		case f.IsMap():
			cleanMap(f, v.Map())
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				clean(v.List().Get(i).Message())
			}
		case f.Message() != nil && !f.IsList():
			clean(v.Message())
		}
		return true
	})
}

// cleanMap drops the entries whose string keys name a secret.
func cleanMap(f protoreflect.FieldDescriptor, entries protoreflect.Map) {
	entries.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		switch {
		case f.MapKey().Kind() == protoreflect.StringKind && secret.Named(k.String()):
			entries.Clear(k)
		case f.MapValue().Message() != nil:
			clean(v.Message())
		}
		return true
	})
}

// requestJSON is the canonical JSON form, or its size when it is too long to keep.
func requestJSON(safe proto.Message) ([]byte, error) {
	b, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(safe)
	if err != nil {
		return nil, err
	}
	if len(b) > maxRequestJSON {
		return json.Marshal(map[string]int{"omitted_bytes": len(b)})
	}
	return b, nil
}

// resourcesOf collects the singular string fields named *_id, by path.
func resourcesOf(safe proto.Message) map[string]string {
	found := map[string]string{}
	var walk func(m protoreflect.Message, prefix string)
	walk = func(m protoreflect.Message, prefix string) {
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case len(found) >= maxResources || f.IsList() || f.IsMap():
			case f.Kind() == protoreflect.StringKind && strings.HasSuffix(string(f.Name()), "_id"):
				found[prefix+string(f.Name())] = bound(v.String())
			case f.Message() != nil:
				walk(v.Message(), prefix+string(f.Name())+".")
			}
			return true
		})
	}
	walk(safe.ProtoReflect(), "")
	return found
}

// bound shortens an id that no service of ours made and drops the zero byte, which jsonb refuses.
func bound(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if len(s) <= maxResource {
		return s
	}
	s = s[:maxResource]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
