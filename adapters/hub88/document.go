package hub88

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBody  = 64 << 10 // a callback is below 2 KB; meta may hold more
	maxDepth = 16
	maxText  = 255
)

// errSyntax says that a body is not one JSON object in UTF-8 within bounds and without repeated keys.
var errSyntax = errors.New("hub88: not a JSON object")

// document is the top level of a callback's body. Nested values are checked and forgotten.
type document map[string]any

// parse reads a body. It refuses what encoding/json forgives: invalid UTF-8, a repeated key (of which a signature check elsewhere may
// have seen the other one), anything after the object. Numbers stay text, so that none is rounded.
func parse(body []byte) (document, error) {
	if len(body) > maxBody || !utf8.Valid(body) || !json.Valid(body) {
		return nil, errSyntax
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errSyntax
	}
	doc := document{}
	return doc, readObject(dec, doc, 1)
}

// readObject reads the members of an object whose brace is read. It keeps values in into, when there is one.
func readObject(dec *json.Decoder, into document, depth int) error {
	seen := map[string]struct{}{}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return errSyntax
		}
		if _, again := seen[key]; again {
			return errSyntax
		}
		seen[key] = struct{}{}
		v, err := readValue(dec, depth)
		if err != nil {
			return err
		}
		if into != nil {
			into[key] = v
		}
	}
	_, err := dec.Token()
	return err
}

// readValue reads one value: string, json.Number, bool, nil, or a json.Delim for a nested one.
func readValue(dec *json.Decoder, depth int) (any, error) {
	if depth >= maxDepth {
		return nil, errSyntax
	}
	t, err := dec.Token()
	if err != nil {
		return nil, errSyntax
	}
	switch t {
	case json.Delim('{'):
		return t, readObject(dec, nil, depth+1)
	case json.Delim('['):
		for dec.More() {
			if _, err = readValue(dec, depth+1); err != nil {
				return nil, err
			}
		}
		_, err = dec.Token()
		return t, err
	}
	return t, nil
}

// reader takes fields out of a document and remembers the first thing that is wrong with them.
type reader struct {
	doc   document
	wrong string // status; empty while all is well
}

func (r *reader) fail(status string) {
	// A missing field outranks a wrong type: the order of the fields must not decide the answer.
	if r.wrong == "" || r.wrong == statusWrongTypes && status == statusWrongSyntax {
		r.wrong = status
	}
}

// text is a required, non-empty string.
func (r *reader) text(name string) string {
	v, ok := r.doc[name]
	if !ok || v == nil {
		r.fail(statusWrongSyntax)
		return ""
	}
	s, ok := v.(string)
	switch {
	case !ok:
		r.fail(statusWrongTypes)
		return ""
	case s == "" || len(s) > maxText || !printable(s):
		r.fail(statusWrongSyntax)
		return ""
	}
	return s
}

// optionalText checks a string that may be absent or null, and that nothing is done with.
func (r *reader) optionalText(names ...string) {
	for _, name := range names {
		if v := r.doc[name]; v != nil {
			if _, ok := v.(string); !ok {
				r.fail(statusWrongTypes)
			}
		}
	}
}

// flag is a required bool.
func (r *reader) flag(name string) bool {
	v, ok := r.doc[name]
	if !ok || v == nil {
		r.fail(statusWrongSyntax)
		return false
	}
	b, ok := v.(bool)
	if !ok {
		r.fail(statusWrongTypes)
	}
	return b
}

// optionalFlag checks a bool that may be absent, and that nothing is done with.
func (r *reader) optionalFlag(names ...string) {
	for _, name := range names {
		if v := r.doc[name]; v != nil {
			if _, ok := v.(bool); !ok {
				r.fail(statusWrongTypes)
			}
		}
	}
}

// optionalObject checks an object that may be absent or null.
func (r *reader) optionalObject(name string) {
	if v := r.doc[name]; v != nil && v != json.Delim('{') {
		r.fail(statusWrongTypes)
	}
}

// integer is a required whole number that is not negative and fits 63 bits, written without point or exponent.
func (r *reader) integer(name string) int64 {
	v, ok := r.doc[name]
	if !ok || v == nil {
		r.fail(statusWrongSyntax)
		return 0
	}
	n, ok := v.(json.Number)
	if !ok {
		r.fail(statusWrongTypes)
		return 0
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || i < 0 || strings.HasPrefix(n.String(), "-") {
		r.fail(statusWrongTypes)
		return 0
	}
	return i
}

// printable refuses control characters, which no id has and no database text holds, and the replacement character, which stands for
// half a surrogate pair.
func printable(s string) bool {
	for _, c := range s {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return false
		}
	}
	return true
}
