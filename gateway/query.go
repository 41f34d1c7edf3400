package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// parameters is what a route takes in its query: the fields of its request that are neither in the path nor in the body. The zero value
// takes nothing.
type parameters struct {
	request protoreflect.MessageDescriptor
	body    string // name of the field that the body fills; "*" fills all
}

// routeParameters finds the parameters of every route in the contracts themselves, by method and pattern as the runtime prints it.
func routeParameters() map[string]parameters {
	out := map[string]parameters{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
				for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
					if key := routeKey(r); key != "" {
						out[key] = parameters{request: m.Input(), body: r.GetBody()}
					}
				}
			}
		}
		return true
	})
	return out
}

var bareVariable = regexp.MustCompile(`\{([a-z0-9_.]+)\}`)

// routeKey is "METHOD pattern"; "" for no route.
func routeKey(r *annotations.HttpRule) string {
	var key string
	switch p := r.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		key = "GET " + p.Get
	case *annotations.HttpRule_Put:
		key = "PUT " + p.Put
	case *annotations.HttpRule_Post:
		key = "POST " + p.Post
	case *annotations.HttpRule_Delete:
		key = "DELETE " + p.Delete
	case *annotations.HttpRule_Patch:
		key = "PATCH " + p.Patch
	}
	return bareVariable.ReplaceAllString(key, "{$1=*}")
}

// check refuses names that are no field, those that the path or the body gives, and texts that are not UTF-8, which no message can carry. Other values, and a
// field that is given twice, are the runtime's to refuse.
func (p parameters) check(rawQuery string, path map[string]string) error {
	for name, text := range path {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%s is not UTF-8", name)
		}
	}
	if rawQuery == "" {
		return nil
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return errors.New("the query is malformed")
	}
	for name, texts := range values {
		field := p.resolve(name)
		_, inPath := path[field]
		first, _, _ := strings.Cut(field, ".")
		if field == "" || inPath || first == p.body {
			return fmt.Errorf("there is no query parameter %q here", name)
		}
		if slices.ContainsFunc(texts, func(text string) bool { return !utf8.ValidString(text) }) {
			return fmt.Errorf("%s is not UTF-8", name)
		}
	}
	return nil
}

// resolve answers the full name of the field that a parameter names, with dots between levels; "" when there is none.
func (p parameters) resolve(name string) string {
	if p.request == nil || p.body == "*" {
		return ""
	}
	m := p.request
	var full []string
	for part := range strings.SplitSeq(name, ".") {
		if m == nil {
			return ""
		}
		f := m.Fields().ByName(protoreflect.Name(part))
		if f == nil {
			f = m.Fields().ByJSONName(part)
		}
		if f == nil || f.IsMap() {
			return ""
		}
		full = append(full, string(f.Name()))
		if m = f.Message(); f.IsList() {
			m = nil
		}
	}
	return strings.Join(full, ".")
}
