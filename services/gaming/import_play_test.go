package gaming_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestImportPlay: what a provider's book says is the player's history, each bet once, however often and however late it is listed; no money moves.
func TestImportPlay(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	game := c.publish(purse, "slot")
	s.to("40.00")
	start := c.Clock.Now()
	won, lost := s.plays("won", "2.00", "5.00", start), s.plays("lost", "3.00", "0.00", start.Add(time.Second))
	c.Clock.Advance(2 * time.Second)
	c.out.bank.set(func() { c.out.bank.play = append(c.out.bank.play, won, lost, won) }) // listed again
	eventually(t, "both are read", func() bool { return s.rounds() == 2 })

	// A late entry, 9 minutes old; a bet of the same round; one of somebody who never had money there.
	c.Clock.Advance(9 * time.Minute)
	now := s.plays("now", "1.00", "0.00", c.Clock.Now())
	eventually(t, "the third is read", func() bool { return s.rounds() == 3 })
	s.plays("late", "1.00", "0.50", start.Add(3*time.Second))
	s.plays("second", "1.00", "1.00", c.Clock.Now()).RoundRef = now.GetRoundRef()
	stranger := c.saver("1.00")
	stranger.plays("strange", "1.00", "0.00", c.Clock.Now())
	eventually(t, "the late one is read, and the second bet of a round", func() bool {
		return s.rounds() == 4 && len(s.round(now.GetRoundRef()).GetBets()) == 2
	})
	require.Zero(t, stranger.rounds())

	r, err := s.as(s.id).ListBets(t.Context(), &gamingv1.ListBetsRequest{})
	require.NoError(t, err)
	require.Len(t, r.GetBets(), 5)
	for _, b := range r.GetBets() {
		require.True(t, b.GetProviderWallet())
		require.Equal(t, gamingv1.BetState_BET_STATE_SETTLED, b.GetState())
		require.Equal(t, game, b.GetGameId())
		require.Empty(t, b.GetHoldId())
	}
	x := s.round(won.GetRoundRef())
	require.Equal(t, []string{"2.00", "5.00", "ROUND_STATE_SETTLED"}, []string{x.GetStake().GetAmount(), x.GetPayout().GetAmount(), x.GetState().String()})

	c.Events("bet.imported.v1", 5)
	told := map[string]*gamingv1.RoundSettled{}
	for _, m := range c.Events("round.settled.v1", 5) {
		var e gamingv1.RoundSettled
		require.NoError(t, m.Decode(&e))
		require.True(t, e.GetProviderWallet())
		told[e.GetProviderRoundId()] = &e
	}
	require.Len(t, told[now.GetRoundRef()].GetBets(), 2, "the last word about a round is all of it")
	require.Empty(t, c.Published("bet.placed.v1"))
	s.cash("60.00", "0.00")

	// An operator cannot correct in the ledger what the ledger does not have.
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Operator("finance").Fresh())).VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: "v", RoundId: x.GetRoundId(), Reason: "mistake"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYED_AT_PROVIDER)
	s.cash("60.00", "0.00")

	var from []time.Time
	c.out.bank.set(func() {
		for _, f := range c.out.bank.asked {
			if f != nil {
				from = append(from, f.AsTime())
			}
		}
	})
	require.Contains(t, from, start.Add(time.Second).Add(-10*time.Minute).Truncate(time.Microsecond), "each time the last ten minutes are read again")
	c.verify()
}

// TestImportPlay_Broken: a page that cannot be read is read again, and what a book says with a clock that is ahead hides nothing.
func TestImportPlay_Broken(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	c.out.bank.failing("ListPlay", beforeIt, afterIt, beforeIt)
	s.plays("ahead", "1.00", "0.00", c.Clock.Now().Add(48*time.Hour))
	bad := s.plays("bad", "1.00", "0.00", c.Clock.Now())
	c.out.bank.set(func() { bad.Payout.Currency = "USD" })
	c.driven()
	require.LessOrEqual(t, s.rounds(), 1)
	c.out.bank.set(func() { bad.Payout.Currency = "EUR" })
	eventually(t, "both are read", func() bool { c.Clock.Advance(time.Second); return s.rounds() == 2 })
	s.plays("next", "1.00", "0.00", c.Clock.Now())
	eventually(t, "and the next", func() bool { c.Clock.Advance(time.Second); return s.rounds() == 3 })
}

// listener is a test that remembers its log.
type listener struct {
	testing.TB
	mu    sync.Mutex
	lines []string
}

func (l *listener) Log(args ...any) {
	l.TB.Log(args...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprint(args...))
}

// about counts lines with both texts.
func (l *listener) about(message, tx string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, message) && strings.Contains(line, "provider_tx_id="+tx) {
			n++
		}
	}
	return n
}

// TestImportPlay_WarnsOnce: the book is read over and over; what is not imported from it is logged once as it is, and again when it changes. Reconciliation makes findings of it.
func TestImportPlay_WarnsOnce(t *testing.T) {
	t.Parallel()
	log := &listener{TB: t}
	c := purses(log)
	from := c.Clock.Now().Add(-time.Hour)
	s, stranger := c.saver("100.00"), c.saver("1.00")
	s.to("40.00")
	changed := s.plays("changed", "1.00", "0.00", c.Clock.Now())
	stranger.plays("strange", "1.00", "0.00", c.Clock.Now())
	eventually(t, "the first is read", func() bool { return s.rounds() == 1 })
	c.driven()
	c.driven()
	require.Equal(t, 1, log.about("who never had money there", "strange"))
	require.Zero(t, log.about("otherwise than before", "changed"))
	for n, payout := range []string{"2.00", "3.00"} {
		c.out.bank.set(func() { changed.Payout = eur(payout) })
		c.driven()
		c.driven()
		require.Equal(t, n+1, log.about("otherwise than before", "changed"))
	}
	require.Equal(t, 1, log.about("who never had money there", "strange"))
	_, found := c.wallets(from)
	require.Equal(t, []string{"MISSING_OURS 1.00", "AMOUNT_MISMATCH -3.00"}, []string{found["strange"], found["changed"]})
}
