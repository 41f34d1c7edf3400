package pragmatic_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
)

// feed plays the provider's feed of finished rounds in answers of fifteen minutes.
type feed struct {
	mu    sync.Mutex
	lines map[time.Time]string // by the round's end
	asked []time.Time
}

func (f *feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	since, _ := strconv.ParseInt(r.URL.Query().Get("timepoint"), 10, 64)
	from := time.UnixMilli(since)
	f.asked = append(f.asked, from)
	next := from.Add(15 * time.Minute)
	_, _ = fmt.Fprintf(w, "timepoint=%d\n%s", next.UnixMilli(), feedHead)
	for at, line := range f.lines {
		if !at.Before(from) && at.Before(next) {
			_, _ = io.WriteString(w, line)
		}
	}
}

// finished puts lines of the round 71 of the player into the feed.
func (f *feed) finished(player string, at time.Time, status, bet, win string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	end := at.UTC().Format(time.DateTime)
	f.lines[at] += "1," + player + ",vs20doghouse,71,," + end + "," + end + "," + status + ",R," + bet + "," + win + ",EUR,0\n"
}

func openFeed(t *testing.T) (*table, *feed, *adapterv1.GetRoundStatusRequest) {
	t.Helper()
	f := &feed{lines: map[time.Time]string{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	x := open(t)
	x.Configure(map[string]string{"api_base_url": server.URL + "/", "secure_login": "pit_boss", "stylename": "dark"}, map[string]string{"secret_key": key, "feed_password": "feed"})
	x.Clock.Advance(time.Second)
	return x, f, &adapterv1.GetRoundStatusRequest{
		IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "vs20doghouse:71", GameCode: "vs20doghouse", Currency: "EUR",
	}
}

// TestRoundStatus_FromItsOpening: the feed is read from a little before the round opened, and of at most a day. Who does not know when it opened asks for the day.
func TestRoundStatus_FromItsOpening(t *testing.T) {
	t.Parallel()
	x, f, ask := openFeed(t)
	now := x.Clock.Now().Truncate(time.Second)
	f.finished(x.Player, now.Add(-21*time.Minute), "C", "10.00", "25.00") // by a clock that is a minute behind
	f.finished(x.Player, now.Add(-30*time.Hour), "C", "1.00", "0.00")
	for name, c := range map[string]struct {
		opened *timestamppb.Timestamp
		since  time.Duration
		calls  int
		payout string
	}{
		"opened lately":      {timestamppb.New(now.Add(-20 * time.Minute)), -25 * time.Minute, 2, "25.00"},
		"opened long before": {timestamppb.New(now.Add(-40 * time.Hour)), -24 * time.Hour, 48, ""},
		"not known":          {nil, -24 * time.Hour, 48, ""},
		"not yet":            {timestamppb.New(now.Add(time.Hour)), 55 * time.Minute, 1, ""},
	} {
		f.asked, ask.OpenedAt = nil, c.opened
		s, err := x.Provider.GetRoundStatus(t.Context(), ask)
		require.NoError(t, err)
		require.Equal(t, c.payout, s.GetRound().GetPayout().GetAmount(), name)
		require.Len(t, f.asked, c.calls, name)
		require.WithinDuration(t, now.Add(c.since), f.asked[0], time.Second, name)
	}
}

// TestRoundStatus_SeveralLines: all lines of a round to the end of the feed must tell the same sums; else none are answered. That it was under way before it ended is no
// contradiction.
func TestRoundStatus_SeveralLines(t *testing.T) {
	t.Parallel()
	x, f, ask := openFeed(t)
	now := x.Clock.Now().Truncate(time.Second)
	ask.OpenedAt = timestamppb.New(now.Add(-time.Hour))
	status := func() *adapterv1.ProviderRound {
		t.Helper()
		s, err := x.Provider.GetRoundStatus(t.Context(), ask)
		require.NoError(t, err)
		require.Equal(t, ask.GetRoundRef(), s.GetRound().GetRoundRef())
		return s.GetRound()
	}
	f.finished(x.Player, now.Add(-59*time.Minute), "I", "5.00", "0.00")
	require.Equal(t, adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_OPEN, status().GetState())
	for range 2 {
		f.finished(x.Player, now.Add(-50*time.Minute), "C", "10.00", "0.00")
		r := status()
		require.Equal(t, adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, r.GetState())
		require.Equal(t, "10.00 0.00", r.GetStake().GetAmount()+" "+r.GetPayout().GetAmount())
	}
	f.finished(x.Player, now.Add(-5*time.Minute), "C", "10.00", "25.00")
	r := status()
	require.Equal(t, adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, r.GetState())
	require.Nil(t, r.GetStake())
	require.Nil(t, r.GetPayout())
	f.finished(x.Player, now.Add(-4*time.Minute), "C", "10.00", "25.00")
	require.Nil(t, status().GetPayout(), "once it is contradicted it stays so")
}
