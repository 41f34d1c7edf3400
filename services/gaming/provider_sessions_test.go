package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// closedUntil is until when the player's sessions at the provider were closed; zero when nobody asked.
func (s *saver) closedUntil() (until time.Time) {
	s.out.bank.set(func() { until = s.out.bank.closed[s.id] })
	return until
}

// closesToDo counts the wallets whose sessions are to be closed.
func (c *casino) closesToDo() (n int) {
	c.t.Helper()
	require.NoError(c.t, c.DB.QueryRow(c.t.Context(), "SELECT count(*) FROM provider_wallet WHERE close_at IS NOT NULL").Scan(&n))
	return n
}

// TestCloseSessions: whoever logs out, is excluded or has no room in a limit has no session at a provider any more; it is asked for until the provider has done it, and what is
// opened later stays.
func TestCloseSessions(t *testing.T) {
	t.Parallel()
	c := purses(t)
	out, excluded, limited, empty, stays := c.saver("100.00"), c.saver("100.00"), c.saver("100.00"), c.saver("100.00"), c.saver("100.00")
	for _, s := range []*saver{out, excluded, limited, empty, stays} {
		s.to("40.00")
	}
	limited.limit(walletv1.GuardKind_GUARD_KIND_STAKE, "1.00")
	_, err := empty.as(empty.id).TransferFromProvider(t.Context(), empty.everything("all"))
	require.NoError(t, err)
	c.out.bank.failing("CloseSessions", beforeIt, afterIt, beforeIt)
	asked := c.Clock.Now()
	for _, s := range []*saver{out, empty} {
		for range 2 { // delivered twice
			c.Publish("session.ended.v1", s.id, 1, &identityv1.SessionEnded{SessionId: "ses_" + s.id, SubjectId: s.id, Reason: "LOGOUT"})
		}
	}
	c.Publish("player.updated.v1", excluded.id, 1, &identityv1.PlayerUpdated{PlayerId: excluded.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED})
	c.Publish("session.ended.v1", stays.id, 1, &identityv1.SessionEnded{SessionId: "ses_5", SubjectId: stays.id, Reason: "EXPIRED"})
	limited.plays("b", "1.00", "0.00", c.Clock.Now())
	for _, s := range []*saver{out, excluded, limited, empty} {
		eventually(t, "the sessions are closed and the money is back", func() bool {
			c.Clock.Advance(time.Second)
			return !s.closedUntil().IsZero() && s.thereNow() == "0.00"
		})
	}
	eventually(t, "nothing is left to be closed", func() bool { c.Clock.Advance(time.Second); return c.closesToDo() == 0 })
	require.False(t, out.closedUntil().Before(asked.Truncate(time.Microsecond)))
	require.False(t, out.closedUntil().After(c.Clock.Now()))
	require.Zero(t, stays.closedUntil())
	stays.there("40.00")
	c.verify()
}

// TestCloseSessions_GivenUp: a provider without such a call is asked once; one that does not answer for too long is not asked any more, and the money is back long before.
func TestCloseSessions_GivenUp(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	calls := func() (n int) {
		c.out.bank.set(func() { n = c.out.bank.calls["CloseSessions"] })
		return n
	}
	logout := func(version int64) {
		c.Publish("session.ended.v1", s.id, version, &identityv1.SessionEnded{SessionId: "ses_1", SubjectId: s.id, Reason: "LOGOUT"})
	}
	c.out.bank.set(func() { c.out.bank.noClosing = errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no") })
	logout(1)
	eventually(t, "it is asked once", func() bool { return calls() == 1 && c.closesToDo() == 0 })
	s.back()

	s.to("40.00")
	c.out.bank.set(func() {
		c.out.bank.noClosing = errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "away")
	})
	logout(2)
	eventually(t, "the money is back all the same", func() bool { c.Clock.Advance(time.Second); return s.thereNow() == "0.00" })
	eventually(t, "it is asked again", func() bool { c.Clock.Advance(time.Minute); return calls() > 3 })
	require.Equal(t, 1, c.closesToDo())
	c.Clock.Advance(24 * time.Hour)
	eventually(t, "and given up", func() bool { return c.closesToDo() == 0 })
	require.Zero(t, s.closedUntil())
}
