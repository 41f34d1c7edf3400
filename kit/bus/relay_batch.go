package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// atomicFrom is from how many events on a batch is stored as one: JetStream then syncs the stream's file once for all of them, where it syncs it for each event
// otherwise. Fewer are not worth the batch's own cost: JetStream writes it down in a store of its own first, with some thirty file operations, six syncs among them.
const atomicFrom = 8

// Headers of an atomic batch, and JetStream's code for a stream that takes none.
const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
	atomicDisabled      = 10174
)

// batchAck is what JetStream answers to the last message of a batch.
type batchAck struct {
	Error *jetstream.APIError `json:"error"`
	Batch string              `json:"batch"`
	Count int                 `json:"count"`
}

var errNoBatches = errors.New("the stream takes no batches")

// sendAtomic publishes messages as one batch, all or none, in order. After an error it is not known which; sending them one by one is safe, because JetStream
// knows the ids of those it has. errNoBatches: it is of no use to try again.
func (r *relay) sendAtomic(ctx context.Context, messages []Message) error {
	nc := r.o.Conn.NATS()
	batch := ids.New("bat")
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	h := newHeaders()
	h.set(jetstream.ExpectedStreamHeader, StreamName(r.o.Service))
	h.set(headerBatchID, batch)
	for i, m := range messages {
		m.writeTo(&h) // serialized before the next one's are
		h.set(headerBatchSequence, strconv.Itoa(i+1))
		msg := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: h.all}
		if i < len(messages)-1 {
			if err := nc.PublishMsg(msg); err != nil {
				return err
			}
			continue
		}
		h.set(headerBatchCommit, "1")
		answer, err := nc.RequestMsgWithContext(ctx, msg)
		if err != nil {
			return err
		}
		return readBatchAck(answer.Data, batch, len(messages))
	}
	return nil
}

func readBatchAck(data []byte, batch string, count int) error {
	var ack batchAck
	if err := json.Unmarshal(data, &ack); err != nil {
		return err
	}
	switch {
	case ack.Error != nil && ack.Error.ErrorCode == atomicDisabled:
		return errNoBatches
	case ack.Error != nil:
		return ack.Error
	case ack.Batch == "":
		return errNoBatches // a server that does not know batches has stored the last event
	case ack.Batch != batch || ack.Count != count:
		return fmt.Errorf("batch of %d was acknowledged as %d", count, ack.Count)
	}
	return nil
}
