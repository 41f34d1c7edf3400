package rpc

import (
	"context"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// keyField is the field of requests that change something which names the change.
const keyField = "request_id"

// takeKey fills a request's key from the Idempotency-Key header where the body has none, so that every call that takes a key takes it either way. Where
// the body needs one and both are given, they must not differ: whichever were dropped might be the one the caller counts on. Services that need none in the
// body compare them themselves, each with its own reason.
func takeKey(ctx context.Context, v protovalidate.Validator, msg proto.Message) error {
	key := originOf(ctx).idempotencyKey
	if key == "" {
		return nil
	}
	m := msg.ProtoReflect()
	f := m.Descriptor().Fields().ByName(keyField)
	if f == nil || f.Kind() != protoreflect.StringKind || f.Cardinality() == protoreflect.Repeated {
		return nil
	}
	switch m.Get(f).String() {
	case key:
		return nil
	case "":
		m.Set(f, protoreflect.ValueOfString(key))
		return nil
	}
	if needsKey(v, m, f) {
		return errs.New(commonv1.ErrorReason_ERROR_REASON_VALIDATION, "request_id and Idempotency-Key differ", "field", keyField)
	}
	return nil
}

// needsKey tells whether the rules refuse an empty key.
func needsKey(v protovalidate.Validator, m protoreflect.Message, key protoreflect.FieldDescriptor) bool {
	empty := m.New()
	err := v.Validate(empty.Interface(), protovalidate.WithFilter(protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
		return d == m.Descriptor() || d == key
	})))
	return err != nil
}
