package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/alecthomas/kong"
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

// TestStudioRun_Flags: nothing is started with which nothing could be found out.
func TestStudioRun_Flags(t *testing.T) {
	t.Parallel()
	parse := func(args ...string) error {
		var c struct {
			Studio studioCmd `cmd:""`
		}
		k, err := kong.New(&c)
		require.NoError(t, err)
		_, err = k.Parse(append([]string{"studio", "run"}, args...))
		return err
	}
	require.NoError(t, parse())
	require.NoError(t, parse("--players=1", "--rounds=1", "--at-once=1", "--currency=USD", "--funds=0.01"))
	for flag, wrong := range map[string][]string{
		"--players": {"0", "-1"}, "--rounds": {"0", "-3", "x"}, "--at-once": {"0"}, "--patience": {"0s", "-1s"}, "--currency": {"", "eur", "ZZZ"}, "--funds": {"", "abc", "0", "-1.00", "0.001"},
	} {
		for _, value := range wrong {
			require.ErrorContains(t, parse(flag+"="+value), flag, value)
		}
	}
}
