package psp

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// params are form values by their full Stripe name, such as line_items[0][price_data][currency].
type params map[string]string

// field describes one accepted parameter. In its name # stands for a list index and * for a key of the caller's choice.
type field struct {
	name     string
	required bool
	integer  bool
	oneOf    []string
	max      int // longest value in bytes, 0: 5000 as Stripe
}

const maxListed = 100

var indexKey = regexp.MustCompile(`\[(\d*)\]`)

// readParams checks names, presence and shape of the values, as Stripe does before an endpoint starts. Lists given
// as name[] get their index from their position.
func readParams(form url.Values, fields []field) (params, *apiError) {
	out := params{}
	for _, key := range sortedKeys(form) {
		f, ok := match(key, fields)
		if !ok {
			return nil, invalid("parameter_unknown", key, "Received unknown parameter: %s", key)
		}
		values := form[key]
		if !strings.HasSuffix(key, "[]") {
			values = values[len(values)-1:]
		}
		if len(values) > maxListed {
			return nil, invalid("parameter_invalid", key, "Too many values for %s.", key)
		}
		for i, v := range values {
			name := key
			if base, isList := strings.CutSuffix(key, "[]"); isList {
				name = base + "[" + strconv.Itoa(i) + "]"
			}
			if err := f.check(name, v); err != nil {
				return nil, err
			}
			out[name] = v
		}
	}
	for _, f := range fields {
		if f.required && !out.has(f.name) {
			return nil, invalid("parameter_missing", f.name, "Missing required param: %s.", f.name)
		}
	}
	return out, nil
}

func match(key string, fields []field) (field, bool) {
	for _, f := range fields {
		if f.name == key {
			return f, true
		}
		base, isMap := strings.CutSuffix(f.name, "[*]")
		if isMap && strings.HasPrefix(key, base+"[") && strings.HasSuffix(key, "]") {
			inner := key[len(base)+1 : len(key)-1]
			if inner != "" && !strings.ContainsAny(inner, "[]") {
				return f, true
			}
		}
		if strings.Contains(f.name, "[#]") && indexKey.ReplaceAllString(key, "[#]") == f.name {
			return f, true
		}
	}
	return field{}, false
}

func (f field) check(name, value string) *apiError {
	limit := f.max
	if limit == 0 {
		limit = 5000
	}
	switch {
	case value == "" && (f.required || f.integer || f.oneOf != nil):
		return invalid("parameter_invalid_empty", name,
			"You passed an empty string for '%s'. We assume empty values are an attempt to unset a parameter; however '%s' cannot be unset.", name, name)
	case len(value) > limit:
		return invalid("parameter_invalid_string_length", name, "Invalid string: must be at most %d characters", limit)
	case f.oneOf != nil && !slices.Contains(f.oneOf, value):
		return invalid("", name, "Invalid %s: must be one of %s", name, strings.Join(f.oneOf, ", "))
	}
	if f.integer {
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return invalid("parameter_invalid_integer", name, "Invalid integer: %s", value)
		}
	}
	return nil
}

// has says whether a parameter, or one inside it, was given; # matches the first index only.
func (p params) has(name string) bool {
	name = strings.ReplaceAll(name, "#", "0")
	if _, ok := p[name]; ok {
		return true
	}
	for k := range p {
		if strings.HasPrefix(k, name+"[") {
			return true
		}
	}
	return false
}

// num returns an integer that readParams has checked, 0 when absent.
func (p params) num(name string) int64 {
	n, _ := strconv.ParseInt(p[name], 10, 64)
	return n
}

// dict collects name[key] values, never nil. An empty value removes the key, as Stripe's metadata does.
func (p params) dict(name string) map[string]string {
	out := map[string]string{}
	for k, v := range p {
		if inner, ok := strings.CutPrefix(k, name+"["); ok && v != "" && strings.Count(inner, "]") == 1 {
			out[strings.TrimSuffix(inner, "]")] = v
		}
	}
	return out
}

// list collects name[0], name[1]... in order.
func (p params) list(name string) []string {
	var out []string
	for i := range maxListed {
		if v, ok := p[name+"["+strconv.Itoa(i)+"]"]; ok {
			out = append(out, v)
		}
	}
	return out
}

// metadata checks Stripe's limits: 50 keys of 40 characters, values of 500.
func (p params) metadata(name string) (map[string]string, *apiError) {
	m := p.dict(name)
	if len(m) > 50 {
		return nil, invalid("", name, "Metadata can have up to 50 keys.")
	}
	for k, v := range m {
		if len([]rune(k)) > 40 {
			return nil, invalid("", name, "Metadata keys can be up to 40 characters.")
		}
		if len([]rune(v)) > 500 {
			return nil, invalid("", name+"["+k+"]", "Metadata values can be up to 500 characters.")
		}
	}
	return m, nil
}

func sortedKeys(form url.Values) []string {
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func dashed(code string) string { return strings.ReplaceAll(code, "_", "-") }
