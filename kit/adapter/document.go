package adapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is read from a callback.
const (
	MaxBody  = 64 << 10 // a callback is below 2 KB; free-form parts may hold more
	maxDepth = 16
	MaxText  = 255
)

// ErrSyntax says that a body is not one JSON object in UTF-8 within bounds and without repeated keys.
var ErrSyntax = errors.New("adapter: not a JSON object")

// Document is one JSON object. Its values are string, json.Number, bool, nil, Document or []any of the same.
type Document map[string]any

// Parse reads a body. It refuses what encoding/json forgives: invalid UTF-8, a repeated key at any depth (of which a signature check
// elsewhere may have seen the other one), anything after the object. Numbers stay text, so that none is rounded. It is total: any input
// is answered without a panic.
func Parse(body []byte) (Document, error) {
	if len(body) > MaxBody || !utf8.Valid(body) || !json.Valid(body) {
		return nil, ErrSyntax
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, ErrSyntax
	}
	return readObject(dec, 1)
}

// readObject reads the members of an object whose brace is read.
func readObject(dec *json.Decoder, depth int) (Document, error) {
	doc := Document{}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, ErrSyntax
		}
		if _, again := doc[key]; again {
			return nil, ErrSyntax
		}
		if doc[key], err = readValue(dec, depth); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, ErrSyntax
	}
	return doc, nil
}

func readValue(dec *json.Decoder, depth int) (any, error) {
	if depth >= maxDepth {
		return nil, ErrSyntax
	}
	t, err := dec.Token()
	if err != nil {
		return nil, ErrSyntax
	}
	switch t {
	case json.Delim('{'):
		return readObject(dec, depth+1)
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := readValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	return t, nil
}

// Printable refuses control characters, which no id has and no database text holds, and the replacement character, which stands for half a
// surrogate pair.
func Printable(s string) bool {
	for _, c := range s {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return false
		}
	}
	return true
}
