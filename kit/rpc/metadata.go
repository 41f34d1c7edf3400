package rpc

import (
	"context"
	"net/netip"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel"
	"google.golang.org/grpc"
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

// origin is where a call comes from, read once and bounded.
type origin struct {
	requestID, idempotencyKey, clientIP, userAgent, device string
	drawn                                                  bool // the request id was made here: the caller sent none that could be taken

	server *Server // that serves the call
	method string
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
	if o, _ := ctx.Value(originKey{}).(*origin); o != nil {
		return *o
	}
	return origin{}
}

// readOrigin takes what is well formed. An operator's command line may write any metadata, so its address is the connection's.
func readOrigin(ctx context.Context, operator bool) origin {
	first := incomingCarrier{ctx}.Get // value by value, because taking all metadata copies all of it
	if shared, ok := grpc.ServerTransportStreamFromContext(ctx).(*sharedCall); ok {
		first = outgoingCarrier(shared.md).Get // without a copy of the value, and without a look at all names for one that is not there
	}
	o := origin{
		requestID: first(HeaderRequestID), idempotencyKey: first(HeaderIdempotencyKey), device: first(HeaderDevice),
		userAgent: bound(first(HeaderUserAgent), maxUserAgent),
	}
	if !isName(o.requestID, 8, 64) {
		o.requestID, o.drawn = ids.New("req"), true
	}
	if !isName(o.device, 1, 128) {
		o.device = ""
	}
	if !isPrintable(o.idempotencyKey, 128) {
		o.idempotencyKey = ""
	}
	if operator {
		if p, ok := peer.FromContext(ctx); ok {
			if a, err := netip.ParseAddrPort(p.Addr.String()); err == nil {
				o.clientIP = a.Addr().Unmap().String()
			}
		}
		return o
	}
	if v := first(HeaderClientIP); v != "" {
		if a, err := netip.ParseAddr(v); err == nil && a.Zone() == "" {
			o.clientIP = a.Unmap().String()
		}
	}
	return o
}

// isName reports whether s is from least to most letters, digits, dots, underscores and hyphens of ASCII.
func isName(s string, least, most int) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}

// isPrintable reports whether s is from 1 to most printable characters of ASCII without spaces.
func isPrintable(s string, most int) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// outgoing adds to a call of another service what lets its log and audit trail name the same request: id and address, never the
// token or the idempotency key, which belong to this call alone.
func outgoing(ctx context.Context) context.Context {
	o := originOf(ctx)
	if o.requestID == "" {
		return ctx // not while serving a call
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	more := make([]string, 0, 4)
	for _, kv := range [][2]string{{HeaderRequestID, o.requestID}, {HeaderClientIP, o.clientIP}} {
		if kv[1] != "" && len(md.Get(kv[0])) == 0 {
			more = append(more, kv[0], kv[1])
		}
	}
	return metadata.AppendToOutgoingContext(ctx, more...)
}

// announcement is the metadata of a call that is about to be made on a shared stream: that of its context, and what goes with every call, for which it makes
// no map.
type announcement struct {
	md   metadata.MD // names in lower case
	more []string    // names and values in turn, none that md has
	room [6]string   // for more
}

// announce is like outgoing, with the call's trace unless it is left out.
func announce(ctx context.Context, m *measured) *announcement {
	a := &announcement{}
	a.more = a.room[:0]
	a.md, _ = metadata.FromOutgoingContext(ctx)
	if o, _ := ctx.Value(originKey{}).(*origin); o != nil {
		a.add(HeaderRequestID, o.requestID)
		a.add(HeaderClientIP, o.clientIP)
	}
	if m != nil {
		otel.GetTextMapPropagator().Inject(m, a)
	}
	return a
}

// add adds what is not there.
func (a *announcement) add(name, value string) {
	if value != "" && len(a.md[name]) == 0 {
		a.more = append(a.more, name, value)
	}
}

// Get returns the first value; "" when there is none.
func (a *announcement) Get(name string) string {
	name = strings.ToLower(name)
	for i := 0; i < len(a.more); i += 2 {
		if a.more[i] == name {
			return a.more[i+1]
		}
	}
	return outgoingCarrier(a.md).Get(name)
}

// Set replaces what is there.
func (a *announcement) Set(name, value string) {
	name = strings.ToLower(name)
	delete(a.md, name)
	for i := 0; i < len(a.more); i += 2 {
		if a.more[i] == name {
			a.more[i+1] = value
			return
		}
	}
	a.more = append(a.more, name, value)
}

// Keys names all metadata.
func (a *announcement) Keys() []string {
	names := outgoingCarrier(a.md).Keys()
	for i := 0; i < len(a.more); i += 2 {
		names = append(names, a.more[i])
	}
	return names
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
