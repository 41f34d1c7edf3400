package bus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
)

// Header names. The ce- ones are CloudEvents attributes in the manner of its HTTP and Kafka bindings; the NATS binding 1.0.2 knows only JSON.
const (
	headerSchema      = "Pitboss-Schema"
	headerPlayer      = "Pitboss-Player-Id"
	headerVersion     = "Pitboss-Version"
	headerTrace       = "traceparent"
	headerContentType = "Content-Type"
	headerCESpec      = "ce-specversion"
	headerCEID        = "ce-id"
	headerCEType      = "ce-type"
	headerCESource    = "ce-source"
	headerCETime      = "ce-time"
	headerCESubject   = "ce-subject"
)

// Message is an event as a consumer sees it.
type Message struct {
	ID          string // evt_...
	Subject     string // "bet.placed.v1"
	Schema      string // full name of the payload's type
	Source      string // publishing service
	PlayerID    string // empty when the event is about no player
	AggregateID string
	Version     int64
	Traceparent string // W3C trace context
	TraceID     string // its trace id, 32 hex digits
	OccurredAt  time.Time
	Data        []byte // protobuf
	Delivered   uint64 // 1 for the first delivery
}

// Decode reads the payload into msg. Errors are Permanent: a payload of another type, or bytes that are not one, will not get better.
func (m Message) Decode(msg proto.Message) error {
	if want := string(msg.ProtoReflect().Descriptor().FullName()); m.Schema != want {
		return Permanent(fmt.Errorf("bus: %s carries %.100q, not %s", m.Subject, m.Schema, want))
	}
	if err := proto.Unmarshal(m.Data, msg); err != nil {
		return Permanent(fmt.Errorf("bus: %s: %w", m.Subject, err))
	}
	return nil
}

// headerRoom is how many headers an event has that is published alone.
const headerRoom = 14

// headers are the NATS headers of one message after the other, whose memory they share: what is set stays until it is set again.
type headers struct {
	all  nats.Header
	room []string // for values of names that are new
}

func newHeaders() headers {
	return headers{all: make(nats.Header, headerRoom), room: make([]string, headerRoom)}
}

func (h *headers) set(name, value string) {
	if values, ok := h.all[name]; ok {
		values[0] = value
		return
	}
	if len(h.room) == 0 {
		h.room = make([]string, headerRoom)
	}
	h.room[0] = value
	h.all[name], h.room = h.room[:1:1], h.room[1:]
}

// setAny sets a header that only some messages have.
func (h *headers) setAny(name, value string) {
	if value == "" {
		delete(h.all, name)
		return
	}
	h.set(name, value)
}

// writeTo sets the headers of an event.
func (m Message) writeTo(h *headers) {
	h.set(nats.MsgIdHdr, m.ID)
	h.set(headerContentType, "application/protobuf")
	h.set(headerSchema, m.Schema)
	h.set(headerTrace, m.Traceparent)
	h.set(headerCESpec, "1.0")
	h.set(headerCEID, m.ID)
	h.set(headerCEType, "pitboss."+m.Subject)
	h.set(headerCESource, "/pitboss/"+m.Source)
	h.set(headerCETime, m.OccurredAt.UTC().Format(time.RFC3339Nano))
	h.setAny(headerCESubject, m.AggregateID)
	h.setAny(headerPlayer, m.PlayerID)
	version := ""
	if m.Version != 0 {
		version = strconv.FormatInt(m.Version, 10)
	}
	h.setAny(headerVersion, version)
}

// parseMessage reads what header wrote. A message without an id or a time was not written by a relay and is refused.
func parseMessage(subject string, h nats.Header, data []byte) (Message, error) {
	m := Message{
		ID: h.Get(headerCEID), Subject: subject, Schema: h.Get(headerSchema), Source: strings.TrimPrefix(h.Get(headerCESource), "/pitboss/"),
		PlayerID: h.Get(headerPlayer), AggregateID: h.Get(headerCESubject), Traceparent: h.Get(headerTrace), Data: data,
	}
	m.TraceID = traceID(m.Traceparent)
	if m.ID == "" || len(m.ID) > 200 {
		return m, errors.New("bus: message without an event id")
	}
	var err error
	if m.OccurredAt, err = time.Parse(time.RFC3339Nano, h.Get(headerCETime)); err != nil {
		return m, fmt.Errorf("bus: message without a time: %w", err)
	}
	if v := h.Get(headerVersion); v != "" {
		if m.Version, err = strconv.ParseInt(v, 10, 64); err != nil {
			return m, fmt.Errorf("bus: version of the message: %w", err)
		}
	}
	return m, nil
}

// traceID is the second field of a W3C traceparent: 00-<32 hex>-<16 hex>-<2 hex>.
func traceID(traceparent string) string {
	_, rest, _ := strings.Cut(traceparent, "-")
	id, rest, _ := strings.Cut(rest, "-")
	if len(id) != 32 || strings.Count(rest, "-") != 1 {
		return ""
	}
	return id
}
