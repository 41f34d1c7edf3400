package bus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPace(t *testing.T) {
	const ms = time.Millisecond
	type look struct {
		after time.Duration
		sent  int
		idle  bool
		pause time.Duration
	}
	for name, c := range map[string]struct {
		gather time.Duration
		looks  []look
	}{
		"a few are looked for closely, and then no more": {80 * ms, []look{{sent: 1, pause: 20 * ms}, {after: 20 * ms, sent: 1, pause: 20 * ms},
			{after: 240 * ms, idle: true, pause: 20 * ms}, {after: 20 * ms, idle: true, pause: 500 * ms}}},
		"those that fill a batch are waited for": {80 * ms, []look{{after: 20 * ms, sent: 1, pause: 20 * ms}, {after: 20 * ms, sent: 2, pause: 80 * ms},
			{after: 85 * ms, sent: 9, pause: 80 * ms}, {after: 90 * ms, sent: 8, pause: 20 * ms}}},
		"and not when they cease":              {80 * ms, []look{{after: 20 * ms, sent: 50, pause: 80 * ms}, {after: 80 * ms, idle: true, pause: 20 * ms}}},
		"nor after a pause, however many":      {80 * ms, []look{{after: 20 * ms, sent: 1, pause: 20 * ms}, {after: time.Minute, sent: 400, pause: 20 * ms}}},
		"looks in quick succession say little": {80 * ms, []look{{after: 20 * ms, sent: 1, pause: 20 * ms}, {after: ms, sent: 1, pause: 20 * ms}}},
		"older transactions change nothing": {80 * ms, []look{{after: 20 * ms, sent: 9, pause: 80 * ms}, {after: 80 * ms, pause: 80 * ms},
			{after: 2 * ms, sent: 9, pause: 80 * ms}}},
		"without gathering": {-1, []look{{after: 20 * ms, sent: 500, pause: 20 * ms}}},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			p := pace{gather: c.gather, lastSent: now}
			for i, l := range c.looks {
				now = now.Add(l.after)
				p.found(now, l.sent, !l.idle)
				require.Equal(t, l.pause, p.pause(now), "look %d", i)
				require.Equal(t, l.pause == c.gather, p.steady)
			}
		})
	}
}
