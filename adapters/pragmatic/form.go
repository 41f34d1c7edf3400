package pragmatic

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// maxParams bounds a form; the provider's largest has about thirty parameters.
const maxParams = 256

var errForm = errors.New("pragmatic: not a form in UTF-8 within bounds")

// param is one parameter of a form: its value as it stands in the body and as it is meant.
type param struct {
	name, raw, value string
}

// form is the parameters in the order in which they came, repeated ones included, because the hash covers all of them.
type form []param

// parseForm reads application/x-www-form-urlencoded. It refuses broken percent escapes and text that is not UTF-8. It is total: any input is
// answered without a panic.
func parseForm(body []byte) (form, error) {
	if len(body) > adapter.MaxBody {
		return nil, errForm
	}
	var f form
	for part := range strings.SplitSeq(string(body), "&") {
		if part == "" {
			continue
		}
		name, raw, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errForm
		}
		value, err := url.QueryUnescape(raw)
		if err != nil || !utf8.ValidString(key) || !utf8.ValidString(value) || len(f) == maxParams {
			return nil, errForm
		}
		f = append(f, param{name: key, raw: raw, value: value})
	}
	return f, nil
}

// get is the value of a parameter; twice: it came more than once, and nobody can say which one counts.
func (f form) get(name string) (value string, there, twice bool) {
	for _, p := range f {
		if p.name == name {
			twice = there
			value, there = p.value, true
			if twice {
				return "", true, true
			}
		}
	}
	return value, there, false
}
