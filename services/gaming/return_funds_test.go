package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// back waits until nothing is left at the provider and says why it came back.
func (s *saver) back() *gamingv1.ProviderTransfer {
	s.t.Helper()
	var x *gamingv1.ProviderTransfer
	eventually(s.t, "everything is back", func() bool {
		x = s.list()[0]
		return s.thereNow() == "0.00" && x.GetState() == gamingv1.TransferState_TRANSFER_STATE_CONFIRMED && x.GetDirection() == gamingv1.TransferDirection_TRANSFER_DIRECTION_FROM_PROVIDER
	})
	return x
}

func TestReturn_Logout(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s, other := c.saver("100.00"), c.saver("100.00")
	s.to("40.00")
	other.to("40.00")
	s.plays("b", "10.00", "25.00", c.Clock.Now())
	c.Publish("session.ended.v1", s.id, 1, &identityv1.SessionEnded{SessionId: "ses_1", SubjectId: s.id, Reason: "LOGOUT"})
	x := s.back()
	require.Equal(t, []string{"55.00", "TRANSFER_CAUSE_LOGOUT"}, []string{x.GetAmount().GetAmount(), x.GetCause().String()})
	s.cash("115.00", "0.00")
	other.there("40.00")
	c.Publish("session.ended.v1", "opr_1", 1, &identityv1.SessionEnded{SessionId: "ses_2", SubjectId: "opr_1", Reason: "LOGOUT"}) // nobody with a wallet
	s.to("5.00")
	c.Publish("session.ended.v1", s.id, 2, &identityv1.SessionEnded{SessionId: "ses_3", SubjectId: s.id, Reason: "EXPIRED"}) // an old one, somewhere else
	c.Clock.Advance(time.Hour)
	c.driven()
	s.there("5.00")
	c.verify()
}

// TestReturn_Locked: a player who is locked or excluded gets everything back, also what was on its way when it happened.
func TestReturn_Locked(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	c.out.bank.failing("TransferFunds", beforeIt, beforeIt)
	require.Equal(t, "UNKNOWN", state(s.to("10.00")))
	c.Publish("player.updated.v1", s.id, 1, &identityv1.PlayerUpdated{PlayerId: s.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED})
	eventually(t, "all 100.00 are back, and no transfer is open", func() bool {
		c.Clock.Advance(askAgain)
		var open int
		require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT count(*) FROM provider_transfer WHERE state IN (1, 2, 4)").Scan(&open))
		return open == 0 && s.thereNow() == "0.00"
	})
	s.cash("100.00", "0.00")
	require.Equal(t, gamingv1.TransferCause_TRANSFER_CAUSE_LOCKED, s.list()[0].GetCause())
	c.verify()
}

func TestReturn_Idle(t *testing.T) {
	t.Parallel()
	c := purses(t, "PITBOSS_GAMING_PROVIDER_IDLE", "30m")
	s := c.saver("100.00")
	s.to("40.00")
	c.Clock.Advance(20 * time.Minute)
	s.plays("b", "1.00", "0.00", c.Clock.Now()) // plays on
	eventually(t, "the bet is read", func() bool { return s.rounds() == 1 })
	c.Clock.Advance(20 * time.Minute)
	c.driven()
	s.there("39.00")
	c.Clock.Advance(11 * time.Minute)
	require.Equal(t, gamingv1.TransferCause_TRANSFER_CAUSE_IDLE, s.back().GetCause())
	s.cash("99.00", "0.00")
}

// driven waits until the background task has been through everything once more.
func (c *casino) driven() {
	c.t.Helper()
	count := func() (n int) {
		c.out.bank.set(func() { n = c.out.bank.calls["ListPlay"] })
		return n
	}
	c.Clock.Advance(time.Second)
	for range 2 {
		was := count()
		eventually(c.t, "another turn", func() bool { c.Clock.Advance(time.Second); return count() > was })
	}
}

// TestReturn_PlaysOn: a player who loses while everything is being read gets what is left, and what is won after it follows.
func TestReturn_PlaysOn(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	b := &c.out.bank
	left := 3
	b.set(func() {
		b.onFunds = func() { // after each look, while there is money, 1.00 is lost
			if left > 0 && b.wallets[s.id] > 100 {
				left--
				b.wallets[s.id] -= 100
			}
		}
	})
	c.Publish("session.ended.v1", s.id, 1, &identityv1.SessionEnded{SessionId: "ses_1", SubjectId: s.id, Reason: "REVOKED"})
	eventually(t, "37.00 are back", func() bool { c.Clock.Advance(askAgain); return s.thereNow() == "0.00" })
	s.settles()
	s.cash("97.00", "0.00")
	failed := 0
	for _, x := range s.list() {
		if state(x) == "FAILED" {
			failed++
		}
	}
	require.Positive(t, failed, "what did not fit any more was refused")
	c.verify()
}

// TestReturn_ProviderAway: a provider that does not answer is asked until it does.
func TestReturn_ProviderAway(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	c.out.bank.set(func() {
		c.out.bank.fail = map[string][]string{"GetFunds": {beforeIt, beforeIt, beforeIt}, "TransferFunds": {afterIt, beforeIt}}
	})
	c.Publish("session.ended.v1", s.id, 1, &identityv1.SessionEnded{SessionId: "ses_1", SubjectId: s.id, Reason: "LOGOUT"})
	eventually(t, "everything is back", func() bool { c.Clock.Advance(askAgain); return s.thereNow() == "0.00" })
	s.settles()
	s.cash("100.00", "0.00")
	c.verify()
}
