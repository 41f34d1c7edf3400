package gateway

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLive_PushNeverWaits: a full queue ends its own socket, with the reason, and no other.
func TestLive_PushNeverWaits(t *testing.T) {
	l := newLive(&edge{cfg: Config{LiveMax: 10, LivePerPlayer: 5}}, nil)
	open := func(player string) (context.Context, *socket) {
		ctx, end := context.WithCancelCause(t.Context())
		s := &socket{player: player, out: make(chan []byte, liveQueue), end: end}
		require.True(t, l.add(s))
		return ctx, s
	}
	slow, _ := open("ply_1")
	quick, reader := open("ply_1")
	other, _ := open("ply_2")
	for range liveQueue {
		l.push("ply_1", []byte("x"))
		<-reader.out
	}
	require.NoError(t, slow.Err())
	l.push("ply_1", []byte("x"))
	require.ErrorIs(t, context.Cause(slow), tooSlow)
	require.NoError(t, quick.Err())
	require.NoError(t, other.Err())

	l.close()
	require.ErrorIs(t, context.Cause(other), goingAway)
	_, end := context.WithCancelCause(t.Context())
	require.False(t, l.add(&socket{player: "ply_3", end: end}), "nothing opens any more")
	end(nil)
}
