package pragmatic

import (
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// fields takes parameters out of a form and remembers the first that is wrong. Parameters that nobody takes are ignored: the provider adds new
// ones any time.
type fields struct {
	form form
	bad  string
}

func (r *fields) fail(name string) {
	if r.bad == "" {
		r.bad = name
	}
}

// text is a required parameter.
func (r *fields) text(name string) string {
	v := r.optional(name)
	if v == "" {
		r.fail(name)
	}
	return v
}

// optional is a parameter that may be absent or empty.
func (r *fields) optional(name string) string {
	v, _, twice := r.form.get(name)
	if twice || len(v) > adapter.MaxText || !adapter.Printable(v) {
		r.fail(name)
		return ""
	}
	return v
}

// present is a parameter that must be there and may be empty; free text of the provider's that nobody here reads.
func (r *fields) present(names ...string) {
	for _, name := range names {
		if _, there, twice := r.form.get(name); !there || twice {
			r.fail(name)
		}
	}
}

// whole is a required whole number.
func (r *fields) whole(name string) {
	if v := r.text(name); strings.Trim(v, "0123456789") != "" {
		r.fail(name)
	}
}

// decimal is a required amount that is not negative, as it was written. Its currency is looked up later.
func (r *fields) decimal(name string) string {
	v := r.text(name)
	r.checkDecimal(name, v)
	return v
}

// optionalDecimal is decimal that may be absent or empty; it is empty then.
func (r *fields) optionalDecimal(name string) string {
	v := r.optional(name)
	if v != "" {
		r.checkDecimal(name, v)
	}
	return v
}

// signedDecimal is a required amount that may be negative: its magnitude and whether it is below zero.
func (r *fields) signedDecimal(name string) (magnitude string, down bool) {
	v, down := strings.CutPrefix(r.text(name), "-")
	r.checkDecimal(name, v)
	return v, down
}

// scale is a currency of two decimals, which the protocol's amounts have whatever their currency (providers.md 4.2).
const scale = "EUR"

func (r *fields) checkDecimal(name, v string) {
	if _, err := adapter.Decimal(v, scale); err != nil || strings.ContainsAny(v, "eE") {
		r.fail(name)
	}
}
