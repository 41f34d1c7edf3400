package rpc

import (
	"math"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// scalar is the check of one value that is no message.
func scalar(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) check {
	if proto.Size(rules) == 0 {
		if fd.Kind() == protoreflect.StringKind {
			return func(v reflect.Value) bool { return strings.IndexByte(v.String(), 0) < 0 }
		}
		return nil
	}
	rest := proto.CloneOf(rules) // what is taken over is cleared in it
	var c check
	switch {
	case fd.Kind() == protoreflect.StringKind && rest.HasString():
		c = textCheck(rest.GetString())
		rest = leave(rest, rest.GetString())
	case fd.Kind() == protoreflect.EnumKind && rest.HasEnum():
		c = enumCheck(fd.Enum(), rest.GetEnum())
		rest = leave(rest, rest.GetEnum())
	case fd.Kind() == protoreflect.Int32Kind && rest.HasInt32():
		c = numberCheck[int32](rest.GetInt32(), math.MinInt32, math.MaxInt32)
		rest = leave(rest, rest.GetInt32())
	case fd.Kind() == protoreflect.Int64Kind && rest.HasInt64():
		c = numberCheck[int64](rest.GetInt64(), math.MinInt64, math.MaxInt64)
		rest = leave(rest, rest.GetInt64())
	case fd.Kind() == protoreflect.BytesKind && rest.HasBytes():
		c = bytesCheck(rest.GetBytes())
		rest = leave(rest, rest.GetBytes())
	}
	if c == nil || proto.Size(rest) > 0 {
		return unsure
	}
	return c
}

// leave takes the rules of a type out when nothing of them is left.
func leave(rest *validate.FieldRules, of proto.Message) *validate.FieldRules {
	if proto.Size(of) == 0 {
		rest.ClearType()
	}
	return rest
}

func textCheck(r *validate.StringRules) check {
	least, most := r.GetMinLen(), uint64(math.MaxInt)
	if r.HasMaxLen() {
		most = r.GetMaxLen()
	}
	if r.HasLen() {
		least, most = max(least, r.GetLen()), min(most, r.GetLen())
	}
	var matches func(string) bool
	if r.HasPattern() {
		re, err := regexp.Compile(r.GetPattern())
		if err != nil {
			return nil
		}
		matches = re.MatchString
		if a := newAutomaton(r.GetPattern()); a != nil {
			matches = a.matches
		}
	}
	r.ClearMinLen()
	r.ClearMaxLen()
	r.ClearLen()
	r.ClearPattern()
	return func(v reflect.Value) bool {
		s := v.String()
		n := uint64(len(s))
		if n < least || strings.IndexByte(s, 0) >= 0 {
			return false
		}
		// Letters are counted only when bytes leave it open.
		if n > most || least > 1 {
			if n = uint64(utf8.RuneCountInString(s)); n < least || n > most { //nolint:gosec // not negative
				return false
			}
		}
		return matches == nil || matches(s)
	}
}

func enumCheck(of protoreflect.EnumDescriptor, r *validate.EnumRules) check {
	known := map[int64]bool{}
	for i := range of.Values().Len() {
		known[int64(of.Values().Get(i).Number())] = true
	}
	if !r.GetDefinedOnly() {
		return nil
	}
	for _, n := range r.GetNotIn() {
		delete(known, int64(n))
	}
	r.ClearDefinedOnly()
	r.SetNotIn(nil)
	return func(v reflect.Value) bool { return known[v.Int()] }
}

// bounds are the rules of a signed number that are known here.
type bounds[N any] interface {
	HasGt() bool
	GetGt() N
	ClearGt()
	HasGte() bool
	GetGte() N
	ClearGte()
	HasLt() bool
	GetLt() N
	ClearLt()
	HasLte() bool
	GetLte() N
	ClearLte()
}

// numberCheck has protovalidate's range outside of bounds the wrong way round left to protovalidate: no number lies inside.
func numberCheck[N int32 | int64](r bounds[N], least, most N) check {
	switch {
	case r.HasGt() && r.GetGt() == most, r.HasLt() && r.GetLt() == least:
		return nil
	case r.HasGt():
		least = r.GetGt() + 1
	case r.HasGte():
		least = r.GetGte()
	}
	switch {
	case r.HasLt():
		most = r.GetLt() - 1
	case r.HasLte():
		most = r.GetLte()
	}
	r.ClearGt()
	r.ClearGte()
	r.ClearLt()
	r.ClearLte()
	return func(v reflect.Value) bool { n := v.Int(); return n >= int64(least) && n <= int64(most) }
}

func bytesCheck(r *validate.BytesRules) check {
	least, most := r.GetMinLen(), uint64(math.MaxInt)
	if r.HasMaxLen() {
		most = r.GetMaxLen()
	}
	r.ClearMinLen()
	r.ClearMaxLen()
	return func(v reflect.Value) bool { n := uint64(v.Len()); return n >= least && n <= most } //nolint:gosec // not negative
}
