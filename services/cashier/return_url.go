package cashier

import (
	"net/url"
	"strings"
)

// returnURLAllowed says whether a browser that follows target ends on the platform: an absolute address with the platform's own scheme and
// host, below its path, without user information, and without what browsers read differently from us (backslashes, control characters).
func returnURLAllowed(publicURL, target string) bool {
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return false
	}
	home, err := url.Parse(publicURL)
	if err != nil {
		return false
	}
	u, err := url.Parse(target)
	if err != nil || u.Opaque != "" || u.User != nil || u.Scheme != home.Scheme || !strings.EqualFold(u.Host, home.Host) || u.Host == "" {
		return false
	}
	base := strings.TrimSuffix(home.EscapedPath(), "/")
	path := u.EscapedPath()
	if base == "" {
		return true
	}
	return (path == base || strings.HasPrefix(path, base+"/")) && !strings.Contains(u.Path, "..")
}

// withQuery adds a parameter to an address that returnURLAllowed has accepted.
func withQuery(address string, kv ...string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	for i := 0; i+1 < len(kv); i += 2 {
		q.Set(kv[i], kv[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}
