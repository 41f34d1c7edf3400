package bus

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
)

// PublishForTest publishes an event straight to its stream, past the outbox, under an event id of the caller's choice. JetStream's own
// duplicate check is sidestepped, so that the same id really arrives twice. For tests of consumers alone: a service that did
// this would lose events.
func (c *Conn) PublishForTest(ctx context.Context, id string, e Event) error {
	data, err := proto.Marshal(e.Message)
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	m := Message{
		ID: id, Subject: e.Subject, Schema: string(e.Message.ProtoReflect().Descriptor().FullName()), Source: "test",
		PlayerID: e.PlayerID, AggregateID: e.AggregateID, Version: e.Version, OccurredAt: e.OccurredAt, Data: data,
	}
	h := newHeaders()
	m.writeTo(&h)
	h.set(nats.MsgIdHdr, id+rand.Text())
	_, err = c.js.PublishMsg(ctx, &nats.Msg{Subject: e.Subject, Header: h.all, Data: data})
	return err
}
