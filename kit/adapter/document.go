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
	MaxText  = 255 // characters, as protocols count
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
	r := reader{body: body}
	if r.next() != '{' {
		return nil, ErrSyntax
	}
	return r.object(1)
}

// Glimpse is one text of a body that Parse refused, such as the id that the answer repeats, as far as it can be read: empty when it comes after what is
// broken, more than once, or is no id. Of a body that is too long the first MaxBody bytes are read.
func Glimpse(body []byte, name string) (text string) {
	d := json.NewDecoder(bytes.NewReader(body[:min(len(body), MaxBody)]))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for seen := false; d.More(); {
		key, err := d.Token()
		if err != nil {
			break
		}
		var value json.RawMessage
		if err = d.Decode(&value); err != nil {
			break
		}
		if key != name {
			continue
		}
		if seen || json.Unmarshal(value, &text) != nil || len(text) > MaxText || !Printable(text) {
			return ""
		}
		seen = true
	}
	return text
}

// reader reads a body that is valid JSON, so it looks only for where things begin and end. encoding/json, which reads one token at a time, costs as much as
// checking the signature.
type reader struct {
	body []byte
	at   int
}

// next goes to the beginning of the next key, value or end, and answers its first byte.
func (r *reader) next() byte {
	for {
		switch c := r.body[r.at]; c {
		case ' ', '\t', '\n', '\r', ',', ':':
			r.at++
		default:
			return c
		}
	}
}

func (r *reader) object(depth int) (Document, error) {
	doc := Document{}
	for r.at++; r.next() != '}'; {
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		if _, again := doc[key]; again {
			return nil, ErrSyntax
		}
		if doc[key], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	r.at++
	return doc, nil
}

func (r *reader) value(depth int) (any, error) {
	if depth >= maxDepth {
		return nil, ErrSyntax
	}
	switch r.next() {
	case '{':
		return r.object(depth + 1)
	case '[':
		list := []any{}
		for r.at++; r.next() != ']'; {
			v, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		r.at++
		return list, nil
	case '"':
		return r.text()
	case 't':
		r.at += len("true")
		return true, nil
	case 'f':
		r.at += len("false")
		return false, nil
	case 'n':
		r.at += len("null")
		return nil, nil
	}
	from := r.at
	for isNumeral(r.body[r.at]) {
		r.at++
	}
	return json.Number(r.body[from:r.at]), nil
}

// isNumeral tells whether a byte may be part of a number. Something follows a number, at least the object's end.
func isNumeral(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// text reads a string at its quote.
func (r *reader) text() (s string, err error) {
	from, escaped := r.at, false
	for r.at++; r.body[r.at] != '"'; r.at++ {
		if r.body[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return string(r.body[from+1 : r.at-1]), nil
	}
	if err = json.Unmarshal(r.body[from:r.at], &s); err != nil {
		return "", ErrSyntax
	}
	return s, nil
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
