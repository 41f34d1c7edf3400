package rpc

import (
	"context"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// Names of the request metadata that the gateway forwards; nothing else from outside reaches a service.
const (
	HeaderRequestID      = "x-request-id"
	HeaderIdempotencyKey = "idempotency-key"
	HeaderClientIP       = "x-pitboss-client-ip"
	HeaderUserAgent      = "x-pitboss-user-agent"
	HeaderDevice         = "x-pitboss-device"
)

const maxUserAgent = 512

var (
	requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	keyForm       = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)
	deviceForm    = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
)

// origin is where a call comes from, read once and bounded.
type origin struct {
	requestID, idempotencyKey, clientIP, userAgent, device string
}

type originKey struct{}

// RequestID returns the id of the request, the same in the logs of every service that it passes.
func RequestID(ctx context.Context) string { return originOf(ctx).requestID }

// ClientIP returns the address of the person's machine as the gateway saw it, or of an operator's command line; "" when a service calls
// by itself.
func ClientIP(ctx context.Context) string { return originOf(ctx).clientIP }

// UserAgent returns the browser's user agent, at most 512 bytes; "" when there is none.
func UserAgent(ctx context.Context) string { return originOf(ctx).userAgent }

// DeviceID returns the opaque id that the player's device keeps; "" when there is none or it is malformed. It proves nothing.
func DeviceID(ctx context.Context) string { return originOf(ctx).device }

// IdempotencyKey returns the key that makes a repeated request one request; "" when there is none or it is longer than 128 characters.
func IdempotencyKey(ctx context.Context) string { return originOf(ctx).idempotencyKey }

func originOf(ctx context.Context) origin {
	o, _ := ctx.Value(originKey{}).(origin)
	return o
}

// readOrigin takes what is well formed. An operator's command line may write any metadata, so its address is the connection's.
func readOrigin(ctx context.Context, operator bool) origin {
	md, _ := metadata.FromIncomingContext(ctx)
	first := func(name string, form *regexp.Regexp) string {
		if v := md.Get(name); len(v) > 0 && form.MatchString(v[0]) {
			return v[0]
		}
		return ""
	}
	o := origin{
		requestID: first(HeaderRequestID, requestIDForm), idempotencyKey: first(HeaderIdempotencyKey, keyForm),
		device: first(HeaderDevice, deviceForm),
	}
	if o.requestID == "" {
		o.requestID = ids.New("req")
	}
	if v := md.Get(HeaderUserAgent); len(v) > 0 {
		o.userAgent = bound(v[0], maxUserAgent)
	}
	if operator {
		if p, ok := peer.FromContext(ctx); ok {
			if a, err := netip.ParseAddrPort(p.Addr.String()); err == nil {
				o.clientIP = a.Addr().Unmap().String()
			}
		}
		return o
	}
	if v := md.Get(HeaderClientIP); len(v) > 0 {
		if a, err := netip.ParseAddr(v[0]); err == nil && a.Zone() == "" {
			o.clientIP = a.Unmap().String()
		}
	}
	return o
}

// outgoing adds to a call of another service what lets its log and audit trail name the same request: id and address, never the
// token or the idempotency key, which belong to this call alone.
func outgoing(ctx context.Context) context.Context {
	o := originOf(ctx)
	md, _ := metadata.FromOutgoingContext(ctx)
	for _, kv := range [][2]string{{HeaderRequestID, o.requestID}, {HeaderClientIP, o.clientIP}} {
		if kv[1] != "" && len(md.Get(kv[0])) == 0 {
			ctx = metadata.AppendToOutgoingContext(ctx, kv[0], kv[1])
		}
	}
	return ctx
}

// bound cuts to n bytes without breaking a character and drops what could forge a log line.
func bound(s string, n int) string {
	if len(s) > n {
		s = s[:n]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}
