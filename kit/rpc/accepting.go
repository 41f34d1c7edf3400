package rpc

import (
	"reflect"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// acceptors know valid requests by their Go types, in one walk over the struct where protovalidate and nulField take two by reflection on descriptors:
// that was a quarter of what the chain costs. They only ever say yes: whoever is not surely valid is asked by the others, which find what is wrong and
// say it. So a rule that is not known here costs time and nothing else. A test compares them on the requests of all services.
type acceptors map[reflect.Type]*acceptor

// acceptor is one message type.
type acceptor struct {
	never  bool // has rules that are not known here
	fields []fieldCheck
}

type fieldCheck struct {
	index int // in the struct
	check check
}

// check tells that a value is surely valid and holds no NUL. A nil check: every value is.
type check func(reflect.Value) bool

func unsure(reflect.Value) bool { return false }

// accepts reports whether a request is surely valid.
func (a acceptors) accepts(msg proto.Message) bool {
	v := reflect.ValueOf(msg)
	t := a[v.Type()]
	return t != nil && !v.IsNil() && t.accepts(v.Elem())
}

func (a *acceptor) accepts(v reflect.Value) bool {
	if a.never {
		return false
	}
	for i := range a.fields {
		if f := &a.fields[i]; !f.check(v.Field(f.index)) {
			return false
		}
	}
	return true
}

// add makes the acceptor of a message type and of those inside it.
func (a acceptors) add(md protoreflect.MessageDescriptor) *acceptor {
	t, err := protoregistry.GlobalTypes.FindMessageByName(md.FullName())
	if err != nil || t.Descriptor() != md {
		return &acceptor{never: true} // has no Go type
	}
	typ := reflect.TypeOf(t.Zero().Interface())
	if made := a[typ]; made != nil {
		return made
	}
	made := &acceptor{}
	a[typ] = made
	rules, err := protovalidate.ResolveMessageRules(md)
	if err != nil || proto.Size(rules) > 0 || md.Syntax() != protoreflect.Proto3 || !a.addFields(made, t, typ.Elem()) {
		made.never = true
	}
	return made
}

// addFields reports whether it found all fields in the struct.
func (a acceptors) addFields(to *acceptor, t protoreflect.MessageType, typ reflect.Type) bool {
	numbers, oneofs := structFields(typ)
	for i := range t.Descriptor().Fields().Len() {
		fd := t.Descriptor().Fields().Get(i)
		if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
			continue
		}
		index, ok := numbers[fd.Number()]
		rules, err := protovalidate.ResolveFieldRules(fd)
		if !ok || err != nil {
			return false
		}
		if c := a.field(fd, rules); c != nil {
			to.fields = append(to.fields, fieldCheck{index, c})
		}
	}
	for i := range t.Descriptor().Oneofs().Len() {
		o := t.Descriptor().Oneofs().Get(i)
		if o.IsSynthetic() {
			continue
		}
		index, ok := oneofs[string(o.Name())]
		if !ok {
			return false
		}
		to.fields = append(to.fields, fieldCheck{index, a.oneof(t, o, index)})
	}
	return true
}

// structFields finds the fields of generated code, by their numbers and by the oneofs' names.
func structFields(typ reflect.Type) (numbers map[protoreflect.FieldNumber]int, oneofs map[string]int) {
	numbers, oneofs = map[protoreflect.FieldNumber]int{}, map[string]int{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if o := f.Tag.Get("protobuf_oneof"); o != "" {
			oneofs[o] = i
		}
		if n, ok := tagNumber(f.Tag); ok {
			numbers[n] = i
		}
	}
	return numbers, oneofs
}

// tagNumber reads a field's number from a tag such as "bytes,1,opt,name=request_id,proto3".
func tagNumber(tag reflect.StructTag) (n protoreflect.FieldNumber, ok bool) {
	parts := strings.Split(tag.Get("protobuf"), ",")
	if len(parts) < 2 {
		return 0, false
	}
	for _, c := range parts[1] {
		n = n*10 + protoreflect.FieldNumber(c-'0')
	}
	return n, n > 0
}

// member is one choice of a oneof, by the type that wraps it.
type member struct {
	wrapper reflect.Type
	check   check
}

func (a acceptors) oneof(t protoreflect.MessageType, o protoreflect.OneofDescriptor, index int) check {
	rules, err := protovalidate.ResolveOneofRules(o)
	if err != nil || len(rules.ProtoReflect().GetUnknown()) > 0 {
		return unsure
	}
	required := rules.GetRequired()
	var members []member
	for i := range o.Fields().Len() {
		fd := o.Fields().Get(i)
		m := t.New()
		m.Set(fd, m.NewField(fd))
		wrapper := reflect.ValueOf(m.Interface()).Elem().Field(index).Elem().Type()
		rules, err := protovalidate.ResolveFieldRules(fd)
		c := a.value(fd, rules)
		if err != nil || rules.GetRequired() {
			c = unsure
		}
		members = append(members, member{wrapper, c})
	}
	return func(v reflect.Value) bool {
		if v.IsNil() {
			return !required
		}
		v = v.Elem()
		typ := v.Type()
		for i := range members {
			if m := &members[i]; m.wrapper == typ {
				return !v.IsNil() && (m.check == nil || m.check(v.Elem().Field(0)))
			}
		}
		return false
	}
}

// field is the check of a field outside oneofs.
func (a acceptors) field(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) check {
	required := rules.GetRequired()
	if required {
		rules = proto.CloneOf(rules)
		rules.ClearRequired()
	}
	switch {
	case fd.IsMap():
		return a.mapped(fd, rules, required)
	case fd.IsList():
		return a.list(fd, rules, required)
	case isMessage(fd) || fd.HasPresence() && fd.Kind() != protoreflect.BytesKind:
		inner := a.value(fd, rules)
		if inner == nil && !required {
			return nil
		}
		pointer := !isMessage(fd)
		return func(v reflect.Value) bool {
			if v.IsNil() {
				return !required
			}
			if pointer {
				v = v.Elem()
			}
			return inner == nil || inner(v)
		}
	case required, fd.HasPresence() && proto.Size(rules) > 0:
		return unsure
	default:
		return a.value(fd, rules)
	}
}

func isMessage(fd protoreflect.FieldDescriptor) bool {
	return fd.Kind() == protoreflect.MessageKind || fd.Kind() == protoreflect.GroupKind
}

// value is the check of one value: a singular field that is there, an element, or a map's key or value.
func (a acceptors) value(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) check {
	if isMessage(fd) {
		inner := a.add(fd.Message())
		if proto.Size(rules) > 0 {
			return unsure
		}
		return func(v reflect.Value) bool { return !v.IsNil() && inner.accepts(v.Elem()) }
	}
	return scalar(fd, rules)
}

func (a acceptors) list(fd protoreflect.FieldDescriptor, rules *validate.FieldRules, required bool) check {
	all := rules.GetRepeated()
	item := a.value(fd, all.GetItems())
	least, most := all.GetMinItems(), uint64(1<<62)
	if all.HasMaxItems() {
		most = all.GetMaxItems()
	}
	if required {
		least = max(least, 1)
	}
	rest := proto.CloneOf(rules)
	if r := rest.GetRepeated(); r != nil {
		r.ClearItems()
		r.ClearMinItems()
		r.ClearMaxItems()
		rest = leave(rest, r)
	}
	if proto.Size(rest) > 0 {
		return unsure
	}
	return func(v reflect.Value) bool {
		if !within(v, least, most) {
			return false
		}
		if item != nil {
			for i := range v.Len() {
				if !item(v.Index(i)) {
					return false
				}
			}
		}
		return true
	}
}

// within tells whether a list or map has a size.
func within(v reflect.Value, least, most uint64) bool {
	n := uint64(v.Len()) //nolint:gosec // not negative
	return n >= least && n <= most
}

func (a acceptors) mapped(fd protoreflect.FieldDescriptor, rules *validate.FieldRules, required bool) check {
	all := rules.GetMap()
	key, value := a.value(fd.MapKey(), all.GetKeys()), a.value(fd.MapValue(), all.GetValues())
	least, most := all.GetMinPairs(), uint64(1<<62)
	if all.HasMaxPairs() {
		most = all.GetMaxPairs()
	}
	if required {
		least = max(least, 1)
	}
	rest := proto.CloneOf(rules)
	if r := rest.GetMap(); r != nil {
		r.ClearKeys()
		r.ClearValues()
		r.ClearMinPairs()
		r.ClearMaxPairs()
		rest = leave(rest, r)
	}
	if proto.Size(rest) > 0 {
		return unsure
	}
	return func(v reflect.Value) bool {
		if !within(v, least, most) {
			return false
		}
		if v.Len() == 0 {
			return true
		}
		for pairs := v.MapRange(); pairs.Next(); {
			if key != nil && !key(pairs.Key()) || value != nil && !value(pairs.Value()) {
				return false
			}
		}
		return true
	}
}
