package adapter

import "strings"

// Setting is what callers name us or themselves by. Both values are taken while a rotation is under way, and anything while there is none.
type Setting struct {
	current, previous string
}

// SettingOf reads a setting and its predecessor.
func SettingOf(settings map[string]string, name string) Setting {
	return Setting{current: settings[name], previous: settings[name+previous]}
}

// Current is the value that we name ourselves.
func (s Setting) Current() string { return s.current }

// Takes tells whether what a caller names is one of the values.
func (s Setting) Takes(named string) bool {
	return s.takes(func(value string) bool { return value == named })
}

// TakesAnyCase is Takes of names in which capitals do not count.
func (s Setting) TakesAnyCase(named string) bool {
	return s.takes(func(value string) bool { return strings.EqualFold(value, named) })
}

func (s Setting) takes(same func(value string) bool) bool {
	return s.current == "" || same(s.current) || s.previous != "" && same(s.previous)
}
