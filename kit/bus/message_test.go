package bus

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func someMessage(i int) Message {
	m := Message{
		ID: fmt.Sprint("evt_", i), Subject: "bet.placed.v1", Schema: "pitboss.gaming.v1.BetPlaced", Source: "gaming",
		Traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", TraceID: "0af7651916cd43dd8448eb211c80319c",
		OccurredAt: time.Date(2026, 3, 1, 2, 3, 4, 500_000_000, time.UTC), Data: []byte("x"),
	}
	if i%2 == 0 {
		m.PlayerID, m.Version = "ply_1", int64(i)
	}
	if i%3 == 0 {
		m.AggregateID = "bet_1"
	}
	return m
}

func TestHeaders(t *testing.T) {
	h := newHeaders()
	someMessage(6).writeTo(&h)
	require.Equal(t, nats.Header{
		"Nats-Msg-Id": {"evt_6"}, "Content-Type": {"application/protobuf"}, "Pitboss-Schema": {"pitboss.gaming.v1.BetPlaced"}, "ce-specversion": {"1.0"},
		"traceparent": {"00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"}, "ce-id": {"evt_6"}, "ce-type": {"pitboss.bet.placed.v1"},
		"ce-source": {"/pitboss/gaming"}, "ce-time": {"2026-03-01T02:03:04.5Z"}, "ce-subject": {"bet_1"}, "Pitboss-Player-Id": {"ply_1"}, "Pitboss-Version": {"6"},
	}, h.all)
}

// Headers of one message after the other are those that it alone would have, and what is set besides stays.
func TestHeaders_OfMessagesInTurn(t *testing.T) {
	shared := newHeaders()
	shared.set("batch", "bat_1")
	for i := range 40 {
		m, alone := someMessage(i), newHeaders()
		m.writeTo(&shared)
		m.writeTo(&alone)
		got, err := parseMessage(m.Subject, shared.all, m.Data)
		require.NoError(t, err)
		require.Equal(t, m, got)
		alone.set("batch", "bat_1")
		require.Equal(t, alone.all, shared.all)
	}
}

func TestTraceID(t *testing.T) {
	const id = "0af7651916cd43dd8448eb211c80319c"
	for parent, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01": id, "": "", "00": "", "00-" + id: "", "00-" + id + "-00f067aa0ba902b7": "", "00-" + id + "-00f067aa0ba902b7-01-x": "",
		"00-" + id[1:] + "-00f067aa0ba902b7-01": "", "-" + id + "--": id,
	} {
		require.Equal(t, want, traceID(parent), parent)
	}
}

// BenchmarkHeaders is what the headers of a batch of events cost.
func BenchmarkHeaders(b *testing.B) {
	messages := make([]Message, 64)
	for i := range messages {
		messages[i] = someMessage(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		h := newHeaders()
		for _, m := range messages {
			m.writeTo(&h)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(messages)), "ns/event")
}
