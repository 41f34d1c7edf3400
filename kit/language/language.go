// Package language knows the codes of languages.
package language

import (
	"strings"

	"golang.org/x/text/language"

	"github.com/pitboss-gaming/pitboss/kit/country"
)

// Known tells whether a tag is a language of two letters as in ISO 639-1, alone or with a country: "ka", "pt-BR".
func Known(tag string) bool {
	code, region, regional := strings.Cut(tag, "-")
	base, err := language.ParseBase(code)
	return err == nil && len(code) == 2 && base.String() == code && (!regional || country.Known(region))
}
