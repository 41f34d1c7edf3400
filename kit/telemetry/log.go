package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/pitboss-gaming/pitboss/kit/secret"
)

const redacted = "[redacted]"

var (
	// jwtForm is a signed token anywhere in a text: three base64url parts of which the first begins a JSON object.
	jwtForm = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`)
	// bearerForm is an Authorization header's value.
	bearerForm = regexp.MustCompile(`(?i)\b(bearer|basic) [A-Za-z0-9._~+/=-]{8,}`)
	// userinfoForm is the password in an address such as postgres://user:password@host.
	userinfoForm = regexp.MustCompile(`(://[^/\s:@]*:)[^/\s@]+@`)
)

// LogOptions say how logs are written.
type LogOptions struct {
	// Format is "json" or "text".
	Format string
	// Level is "debug", "info", "warn" or "error".
	Level string
}

// NewLogger makes a logger that writes to w in UTC and writes no secrets: values under telling keys (password, token, code, ...) are
// replaced, tokens and passwords in addresses inside texts and errors too, and protobuf messages are named but never printed.
func NewLogger(w io.Writer, o LogOptions) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		return nil, fmt.Errorf("telemetry: log level %q: %w", o.Level, err)
	}
	h := &slog.HandlerOptions{Level: level, ReplaceAttr: replace}
	switch o.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, h)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, h)), nil
	}
	return nil, fmt.Errorf("telemetry: log format %q is neither json nor text", o.Format)
}

// replace is asked for every attribute, also inside groups.
func replace(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		return slog.Time(a.Key, a.Value.Time().UTC())
	}
	if secret.Named(a.Key) || slices.ContainsFunc(groups, secret.Named) {
		return slog.String(a.Key, redacted)
	}
	switch v := a.Value; v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, scrub(v.String()))
	case slog.KindDuration:
		return slog.String(a.Key, v.Duration().Round(time.Microsecond).String())
	case slog.KindAny:
		switch x := v.Any().(type) {
		case proto.Message:
			return slog.String(a.Key, string(x.ProtoReflect().Descriptor().FullName()))
		case error:
			return slog.String(a.Key, scrub(x.Error()))
		case fmt.Stringer:
			return slog.String(a.Key, scrub(x.String()))
		}
	}
	return a
}

// scrub removes tokens and passwords from a text. The cheap look before each pattern keeps ordinary lines cheap.
func scrub(s string) string {
	if strings.Contains(s, "eyJ") {
		s = jwtForm.ReplaceAllString(s, redacted)
	}
	if strings.Contains(s, "://") {
		s = userinfoForm.ReplaceAllString(s, "${1}"+redacted+"@")
	}
	if strings.Contains(s, "earer ") || strings.Contains(s, "asic ") {
		s = bearerForm.ReplaceAllString(s, "$1 "+redacted)
	}
	return s
}
