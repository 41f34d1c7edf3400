package identity

import (
	"net/mail"
	"regexp"
	"strings"
	"time"

	_ "time/tzdata" // the binary knows the time zones wherever it runs
)

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// normaliseEmail trims and lower-cases an address and checks its shape: one plain address with a domain of at least two labels, no
// display name, no quoted part. Two spellings that reach the same mailbox by convention only (dots, plus tags) stay two addresses.
func normaliseEmail(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || len(s) > 254 {
		return "", false
	}
	local, domain, _ := strings.Cut(s, "@")
	if local == "" || len(local) > 64 || strings.ContainsAny(local, "\"\\ ") || !domainForm.MatchString(domain) {
		return "", false
	}
	return s, true
}

// validTimeZone accepts IANA names, not the process's own zone.
func validTimeZone(s string) bool {
	if s == "" || s == "Local" {
		return false
	}
	_, err := time.LoadLocation(s)
	return err == nil
}
