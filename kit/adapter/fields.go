package adapter

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Problem is the first thing that is wrong with a body's fields. A missing field outranks a text that does not fit, and that a wrong type: the order in which fields are
// read must not decide the answer.
type Problem int

// The problems, in rising rank.
const (
	Fine Problem = iota
	// WrongType: a field has another type than the protocol says, or a number that it does not allow.
	WrongType
	// Unfit: a text is longer than any id is, or not printable.
	Unfit
	// Missing: a required field is absent, null or empty.
	Missing
)

// Fields takes fields out of a document and remembers what is wrong with them, and where first.
type Fields struct {
	doc     Document
	prefix  string
	problem *Problem
	at      *string
}

// Read starts taking fields out of a document.
func Read(doc Document) Fields {
	return Fields{doc: doc, problem: new(Problem), at: new(string)}
}

// Problem is what is wrong so far, and the path of the field, such as "transaction.amount".
func (f Fields) Problem() (Problem, string) { return *f.problem, *f.at }

// OK tells whether all is well so far.
func (f Fields) OK() bool { return *f.problem == Fine }

// Fail remembers a problem that the adapter found with a field itself.
func (f Fields) Fail(name string, p Problem) {
	if p > *f.problem {
		*f.problem, *f.at = p, f.prefix+name
	}
}

// Has tells whether a field is there and not null.
func (f Fields) Has(name string) bool { return f.doc[name] != nil }

// Text is a required, non-empty string of at most MaxText characters.
func (f Fields) Text(name string) string { return f.TextUpTo(name, MaxText) }

// TextUpTo is Text with another bound.
func (f Fields) TextUpTo(name string, limit int) string {
	v := f.doc[name]
	if v == nil {
		f.Fail(name, Missing)
		return ""
	}
	s, ok := v.(string)
	switch {
	case !ok:
		f.Fail(name, WrongType)
		return ""
	case s == "":
		f.Fail(name, Missing)
		return ""
	case utf8.RuneCountInString(s) > limit || !Printable(s):
		f.Fail(name, Unfit)
		return ""
	}
	return s
}

// OptionalText is a string that may be absent, null or empty.
func (f Fields) OptionalText(name string) string {
	v := f.doc[name]
	if v == nil {
		return ""
	}
	s, ok := v.(string)
	if !ok || utf8.RuneCountInString(s) > MaxText || !Printable(s) {
		f.Fail(name, WrongType)
		return ""
	}
	return s
}

// FreeText checks a string that may be absent or null, of any content, and that nothing is done with.
func (f Fields) FreeText(name string) {
	if v := f.doc[name]; v != nil {
		if _, ok := v.(string); !ok {
			f.Fail(name, WrongType)
		}
	}
}

// OptionalInteger is Integer that is zero when absent or null.
func (f Fields) OptionalInteger(name string) int64 {
	if !f.Has(name) {
		return 0
	}
	return f.Integer(name)
}

// Flag is a required bool.
func (f Fields) Flag(name string) bool {
	if f.doc[name] == nil {
		f.Fail(name, Missing)
		return false
	}
	return f.OptionalFlag(name)
}

// OptionalFlag is a bool that is false when absent or null.
func (f Fields) OptionalFlag(name string) bool {
	v := f.doc[name]
	if v == nil {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		f.Fail(name, WrongType)
	}
	return b
}

// Integer is a required whole number that is not negative and fits 63 bits, written without point or exponent.
func (f Fields) Integer(name string) int64 {
	if f.doc[name] == nil {
		f.Fail(name, Missing)
		return 0
	}
	n, ok := f.doc[name].(json.Number)
	if !ok {
		f.Fail(name, WrongType)
		return 0
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || i < 0 || strings.HasPrefix(n.String(), "-") {
		f.Fail(name, WrongType)
		return 0
	}
	return i
}

// Number is a required JSON number as it was written; Decimal reads it exactly.
func (f Fields) Number(name string) string {
	if f.doc[name] == nil {
		f.Fail(name, Missing)
		return ""
	}
	n, ok := f.doc[name].(json.Number)
	if !ok {
		f.Fail(name, WrongType)
	}
	return n.String()
}

// NumberOrText is a required decimal written as a JSON number, or as a string without an exponent, which only numbers have.
func (f Fields) NumberOrText(name string) string {
	if s, ok := f.doc[name].(string); ok && s != "" && len(s) <= MaxText {
		if strings.ContainsAny(s, "eE") {
			f.Fail(name, WrongType)
		}
		return s
	}
	return f.Number(name)
}

// Object is a required nested object; its fields report to the same problem.
func (f Fields) Object(name string) Fields {
	if f.doc[name] == nil {
		f.Fail(name, Missing)
	}
	return f.OptionalObject(name)
}

// OptionalObject is a nested object that may be absent or null; it is empty then.
func (f Fields) OptionalObject(name string) Fields {
	nested := Fields{doc: Document{}, prefix: f.prefix + name + ".", problem: f.problem, at: f.at}
	switch v := f.doc[name].(type) {
	case nil:
	case Document:
		nested.doc = v
	default:
		f.Fail(name, WrongType)
	}
	return nested
}

// Objects is a list of objects that may be absent or null.
func (f Fields) Objects(name string) []Fields {
	list, ok := f.doc[name].([]any)
	if !ok {
		if f.doc[name] != nil {
			f.Fail(name, WrongType)
		}
		return nil
	}
	nested := make([]Fields, 0, len(list))
	for i, v := range list {
		doc, ok := v.(Document)
		if !ok {
			f.Fail(name, WrongType)
			return nil
		}
		nested = append(nested, Fields{doc: doc, prefix: f.prefix + name + "[" + strconv.Itoa(i) + "].", problem: f.problem, at: f.at})
	}
	return nested
}
