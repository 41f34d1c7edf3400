package testkit

import (
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
)

// testPublisher may publish anything, in place of services that do not run.
const testPublisher = "testkit"

// watch collects every event that is published.
type watch struct {
	conn *bus.Conn
	mu   sync.Mutex
	seen []bus.Message
	more chan struct{}
}

func startWatch(ctx context.Context, h *Harness) *watch {
	h.t.Helper()
	conn, err := bus.Connect(ctx, h.natsURL, testPublisher, mtls.ClientTLS(h.source(testPublisher), "nats"))
	must(h.t, err)
	w := &watch{conn: conn, more: make(chan struct{}, 1)}
	life, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = bus.Tail(life, conn.JetStream(), bus.TailOptions{Since: time.Unix(1, 0)}, func(m bus.Message) error {
			w.mu.Lock()
			w.seen = append(w.seen, m)
			w.mu.Unlock()
			select {
			case w.more <- struct{}{}:
			default:
			}
			return nil
		})
	}()
	h.t.Cleanup(func() { cancel(); <-done; conn.Close() })
	return w
}

// Events waits until at least n events of a subject were published and answers all of them, in order.
func (h *Harness) Events(subject string, n int) []bus.Message {
	h.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if found := h.Published(subject); len(found) >= n {
			return found
		}
		select {
		case <-h.watch.more:
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			h.t.Fatalf("testkit: %d events %s published, want %d", len(h.Published(subject)), subject, n)
		}
	}
}

// Published answers the events of a subject so far.
func (h *Harness) Published(subject string) []bus.Message {
	h.watch.mu.Lock()
	defer h.watch.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.watch.seen), func(m bus.Message) bool { return m.Subject != subject })
}

// Publish publishes an event as its service would, and answers its id. The same id again is a duplicate delivery that JetStream's
// window does not catch.
func (h *Harness) Publish(subject, player string, version int64, m proto.Message) string {
	h.t.Helper()
	id := ids.New("evt")
	h.PublishAs(id, subject, player, version, m)
	return id
}

// PublishAs is Publish with an event id, to deliver an event twice.
func (h *Harness) PublishAs(id, subject, player string, version int64, m proto.Message) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	must(h.t, h.watch.conn.PublishForTest(ctx, id, bus.Event{Subject: subject, Message: m, PlayerID: player, AggregateID: player, Version: version, OccurredAt: h.Clock.Now()}))
}
