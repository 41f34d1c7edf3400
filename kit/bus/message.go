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

// header makes the NATS headers of an event published by a service.
func (m Message) header() nats.Header {
	h := nats.Header{}
	h.Set(nats.MsgIdHdr, m.ID)
	h.Set(headerContentType, "application/protobuf")
	h.Set(headerSchema, m.Schema)
	h.Set(headerTrace, m.Traceparent)
	h.Set(headerCESpec, "1.0")
	h.Set(headerCEID, m.ID)
	h.Set(headerCEType, "pitboss."+m.Subject)
	h.Set(headerCESource, "/pitboss/"+m.Source)
	h.Set(headerCETime, m.OccurredAt.UTC().Format(time.RFC3339Nano))
	if m.AggregateID != "" {
		h.Set(headerCESubject, m.AggregateID)
	}
	if m.Version != 0 {
		h.Set(headerVersion, strconv.FormatInt(m.Version, 10))
	}
	if m.PlayerID != "" {
		h.Set(headerPlayer, m.PlayerID)
	}
	return h
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
	parts := strings.Split(traceparent, "-")
	if len(parts) != 4 || len(parts[1]) != 32 {
		return ""
	}
	return parts[1]
}
