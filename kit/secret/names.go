package secret

import "strings"

// Named reports whether a field, header, log key or map key of this name holds something that must not be written down: passwords,
// tokens, one-time codes, private keys, seeds. It is asked for logs and for the audit trail, so it rather hides too much.
func Named(name string) bool {
	n := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	switch n {
	case "code", "cookie", "set_cookie", "otp", "pin", "pepper", "credential", "credentials", "signature", "init_data", "ticket":
		return true
	}
	for _, part := range []string{"password", "passwd", "secret", "token", "authorization", "totp", "recovery_code", "verification_code", "private_key", "api_key"} {
		if strings.Contains(n, part) {
			return true
		}
	}
	return strings.HasSuffix(n, "_pem") || strings.HasSuffix(n, "_otp")
}
