package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/traffic"
)

// TestStudioProgress: a log gets lines, few of them; a terminal one line that is written over.
func TestStudioProgress(t *testing.T) {
	t.Parallel()
	now := time.Now()
	show := func(terminal bool) string {
		var out bytes.Buffer
		progress := studioProgress(&out, terminal)
		for _, p := range []struct {
			doing  string
			after  time.Duration
			played int64
		}{{"playing", 0, 1}, {"playing", 2 * time.Second, 2}, {"playing", 6 * time.Second, 3}, {"comparing the books", 7 * time.Second, 4}} {
			progress(traffic.Progress{Doing: p.doing, Played: p.played, Of: 4, Began: now.Add(-p.after)})
		}
		return out.String()
	}
	require.Equal(t, "0s  playing: 1 of 4 rounds\n6s  playing: 3 of 4 rounds\n7s  comparing the books: 4 of 4 rounds\n", show(false))
	require.Equal(t, "\r\x1b[K0s  playing: 1 of 4 rounds\r\x1b[K2s  playing: 2 of 4 rounds\r\x1b[K6s  playing: 3 of 4 rounds\r\x1b[K7s  comparing the books: 4 of 4 rounds", show(true))
}
