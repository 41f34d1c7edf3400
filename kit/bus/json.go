package bus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// ErrNoOutsideForm says that a message cannot be shown outside: its type is not linked into this program, its payload is broken, or a field of
// it has the name of an envelope field.
var ErrNoOutsideForm = errors.New("bus: message has no JSON form")

// OutsideJSON is the event as others see it (events tail, webhooks, exports): the payload's canonical protobuf JSON inside a flat envelope,
//
//	{"event":"bet.placed","v":"1","id":"evt_...",<payload fields>,"ts":"2006-01-02T15:04:05.000Z","traceId":"..."}
//
// The type is found by the Pitboss-Schema header among those linked into this program. Errors: ErrNoOutsideForm.
func OutsideJSON(m Message) ([]byte, error) {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(m.Schema))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoOutsideForm, m.Schema, err)
	}
	payload := mt.New().Interface()
	if err := proto.Unmarshal(m.Data, payload); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoOutsideForm, m.ID, err)
	}
	inner, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoOutsideForm, m.ID, err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(inner, &fields); err != nil {
		return nil, fmt.Errorf("%w: %s is no JSON object: %w", ErrNoOutsideForm, m.Schema, err)
	}
	for _, name := range []string{"event", "v", "id", "ts", "traceId"} {
		if _, taken := fields[name]; taken {
			return nil, fmt.Errorf("%w: field %s of %s is an envelope field", ErrNoOutsideForm, name, m.Schema)
		}
	}
	name, version := m.Subject, ""
	if i := strings.LastIndex(m.Subject, ".v"); i >= 0 {
		name, version = m.Subject[:i], m.Subject[i+2:]
	}
	head, err := json.Marshal(struct {
		Event string `json:"event"`
		V     string `json:"v"`
		ID    string `json:"id"`
	}{name, version, m.ID})
	if err != nil {
		return nil, err
	}
	tail, err := json.Marshal(struct {
		TS      string `json:"ts"`
		TraceID string `json:"traceId"`
	}{m.OccurredAt.UTC().Format("2006-01-02T15:04:05.000Z"), m.TraceID})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Write(head[:len(head)-1])
	out.WriteByte(',')
	if len(fields) > 0 {
		var compact bytes.Buffer // protojson puts random spaces into its output
		if err := json.Compact(&compact, inner); err != nil {
			return nil, err
		}
		out.Write(compact.Bytes()[1 : compact.Len()-1])
		out.WriteByte(',')
	}
	out.Write(tail[1:])
	return out.Bytes(), nil
}
