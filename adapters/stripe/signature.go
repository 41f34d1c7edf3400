package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far a webhook's time may be from ours, in either direction.
const tolerance = 300 * time.Second

// maxSignatures bounds how many v1 values of a header are looked at; Stripe sends two while a secret is rolled.
const maxSignatures = 16

// signed says whether the Stripe-Signature header signs the body: "t=<unix>,v1=<hex>[,v1=...]", v1 being HMAC-SHA256 of "<t>.<body>" with
// the secret as text. Other schemes are ignored. An empty secret signs nothing.
func signed(header string, body []byte, secret string, now time.Time) bool {
	t, candidates, ok := parseSignature(header)
	if !ok || secret == "" {
		return false
	}
	if age := now.Sub(time.Unix(t.unix, 0)); age > tolerance || age < -tolerance {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t.text))
	mac.Write([]byte{'.'})
	mac.Write(body)
	want := mac.Sum(nil)
	match := false
	for _, c := range candidates {
		match = hmac.Equal(c, want) || match // every candidate is compared, so the time tells nothing
	}
	return match
}

// stamp is the signed time, as a number and as it was written, which is what was signed.
type stamp struct {
	unix int64
	text string
}

// parseSignature reads the header. It is refused without exactly one time and at least one v1.
func parseSignature(header string) (stamp, [][]byte, bool) {
	var t stamp
	var candidates [][]byte
	for item := range strings.SplitSeq(header, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		if !ok {
			return t, nil, false
		}
		switch name {
		case "t":
			unix, err := strconv.ParseInt(value, 10, 64)
			if err != nil || t.text != "" || unix < 0 || unix > 1<<40 {
				return t, nil, false
			}
			t = stamp{unix, value}
		case "v1":
			sig, err := hex.DecodeString(value)
			if err != nil || len(sig) != sha256.Size || len(candidates) == maxSignatures {
				continue
			}
			candidates = append(candidates, sig)
		}
	}
	return t, candidates, t.text != "" && len(candidates) > 0
}
