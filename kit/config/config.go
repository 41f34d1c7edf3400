// Package config fills a service's Config struct from the environment and describes it. There is no other source of configuration.
// A field has the tags env (name), envDefault, doc (one sentence for operators, with the unit) and, where the name does not say it,
// secret:"true".
package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Prefix starts the name of every variable of the platform.
const Prefix = "PITBOSS_"

const masked = "********"

// Load fills into, a pointer to a struct, from the process environment. The error names every variable that is missing or wrong, and
// never repeats a secret's value.
func Load(into any) error { return LoadFrom(into, env.ToMap(os.Environ())) }

// LoadFrom is Load from the given variables.
func LoadFrom(into any, vars map[string]string) error {
	err := env.ParseWithOptions(into, env.Options{Environment: vars})
	if err == nil {
		return nil
	}
	var problems []error
	agg, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return fmt.Errorf("config: %w", err)
	}
	names := fieldNames(reflect.TypeOf(into))
	for _, e := range agg.Errors {
		if p, ok := errors.AsType[env.ParseError](e); ok {
			problems = append(problems, fmt.Errorf("config: %s is not a valid %s", names[p.Name], p.Type))
			continue
		}
		problems = append(problems, fmt.Errorf("config: %w", e))
	}
	return errors.Join(problems...)
}

// Var describes one variable.
type Var struct {
	Name     string
	Type     string
	Default  string
	Doc      string
	Value    string // what the struct holds now; masked for secrets, and without the password for URLs
	Required bool
	Secret   bool
}

// Describe lists the variables of a config struct, or a pointer to one, in the order of its fields. Embedded and nested structs are
// listed in their place, with their envPrefix.
func Describe(cfg any) []Var {
	v := reflect.ValueOf(cfg)
	if !v.IsValid() {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v = reflect.New(v.Type().Elem())
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	return describe(v, "")
}

func describe(v reflect.Value, prefix string) []Var {
	var vars []Var
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		tag, tagged := f.Tag.Lookup("env")
		if !tagged {
			if f.Type.Kind() == reflect.Struct {
				vars = append(vars, describe(v.Field(i), prefix+f.Tag.Get("envPrefix"))...)
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" || name == "-" {
			continue
		}
		d := Var{
			Name: prefix + name, Type: f.Type.String(), Default: f.Tag.Get("envDefault"), Doc: f.Tag.Get("doc"),
			Required: strings.Contains(options, "required") || strings.Contains(options, "notEmpty"),
			Secret:   isSecret(name, f.Tag.Get("secret")),
		}
		d.Value = show(v.Field(i), d.Secret)
		vars = append(vars, d)
	}
	return vars
}

// isSecret takes the tag when there is one, else the name.
func isSecret(name, tag string) bool {
	if tag != "" {
		return tag == "true"
	}
	for _, word := range []string{"PASSWORD", "SECRET", "TOKEN", "_KEY", "_KEYS"} {
		if strings.HasSuffix(name, word) {
			return true
		}
	}
	return false
}

// show prints a value without what must not be seen: a secret is masked, a URL loses its password.
func show(v reflect.Value, secret bool) string {
	s := fmt.Sprint(v.Interface())
	if v.IsZero() && v.Kind() == reflect.String {
		return ""
	}
	if secret {
		return masked
	}
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return u.Redacted()
	}
	return s
}

// fieldNames maps Go field names to variables, because the parser's errors name the field.
func fieldNames(t reflect.Type) map[string]string {
	names := map[string]string{}
	var walk func(t reflect.Type, prefix string)
	walk = func(t reflect.Type, prefix string) {
		for i := range t.NumField() {
			f := t.Field(i)
			tag, tagged := f.Tag.Lookup("env")
			if !tagged && f.Type.Kind() == reflect.Struct {
				walk(f.Type, prefix+f.Tag.Get("envPrefix"))
				continue
			}
			name, _, _ := strings.Cut(tag, ",")
			names[f.Name] = prefix + name
		}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		walk(t, "")
	}
	return names
}
