package gaming_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func (o *outside) stop(players ...*identityv1.StoppedPlayer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = append(o.stopped, players...)
	slices.SortFunc(o.stopped, func(a, b *identityv1.StoppedPlayer) int {
		return cmp.Or(a.GetChangedAt().AsTime().Compare(b.GetChangedAt().AsTime()), cmp.Compare(a.GetPlayerId(), b.GetPlayerId()))
	})
}

func stopped(id string, status identityv1.PlayerStatus, version int64, at time.Time) *identityv1.StoppedPlayer {
	return &identityv1.StoppedPlayer{PlayerId: id, Status: status, Version: version, ChangedAt: timestamppb.New(at)}
}

// Who is locked or excluded stakes nothing more although no event tells it; what was staked before is won and given back.
func TestStoppedPlayers_WithoutEvents(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_STOPS_EVERY", "50ms")
	for name, status := range map[string]identityv1.PlayerStatus{
		"locked": identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, "excluded": identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED,
	} {
		g := c.seat("100.00")
		for _, tx := range []string{name + "-b1", name + "-b2"} {
			_, err := g.bet(name, tx, "10.00")
			require.NoError(t, err)
		}
		c.out.stop(stopped(g.id, status, 2, c.Clock.Now()))
		eventually(t, "identity is asked", g.ended)
		_, err := g.bet(name, name+"-b3", "1.00")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
		_, err = g.win(name, name+"-w", name+"-b1", "15.00")
		require.NoError(t, err, "wins pass")
		_, err = g.cancel(name, name+"-c", name+"-b2")
		require.NoError(t, err, "cancellations pass")
		g.cash("105.00", "0.00")
	}
	c.verify()
}

// The latest version counts, whichever way it comes: an answer that is older than an event locks nobody again, and one that is asked for again changes nothing.
func TestStoppedPlayers_LatestCounts(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_STOPS_EVERY", "50ms")
	g, after := c.seat("100.00"), c.seat("100.00")
	c.Publish("player.updated.v1", g.id, 3, &identityv1.PlayerUpdated{PlayerId: g.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE})
	eventually(t, "the event arrives", func() bool {
		var version int64
		return c.DB.QueryRow(t.Context(), "SELECT version FROM player_block WHERE player_id = $1", g.id).Scan(&version) == nil && version == 3
	})
	c.out.stop(stopped(g.id, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, 2, c.Clock.Now()), stopped(after.id, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, 2, c.Clock.Now()))
	eventually(t, "both were taken over", after.ended)
	require.False(t, g.ended())
	_, err := g.bet("v", "v-b1", "1.00")
	require.NoError(t, err)
}

// More players than a page has, changed at one moment, are all found; so is one whose change is seen after a later one's, and one that a clock which is ahead has written.
func TestStoppedPlayers_AllAreFound(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_STOPS_EVERY", "50ms")
	at := c.Clock.Now()
	var many []*identityv1.StoppedPlayer
	for i := range 1203 {
		many = append(many, stopped(fmt.Sprintf("ply_many%05d", i), identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, 2, at))
	}
	known := func() (n int) {
		require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT count(*) FROM player_block WHERE blocked").Scan(&n))
		return n
	}
	c.out.stop(many...)
	eventually(t, "all are known", func() bool { return known() == 1203 })
	c.out.stop(stopped("ply_ahead", identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, 2, at.Add(time.Hour)))
	eventually(t, "the one with a clock that is ahead is known", func() bool { return known() == 1204 })
	c.out.stop(stopped("ply_late", identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, 2, at.Add(-10*time.Second)))
	eventually(t, "the late one is known", func() bool { return known() == 1205 })
}

// One player who cannot be taken over keeps up nobody else, and is taken over when that is possible again.
func TestStoppedPlayers_OneKeepsUpNobody(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_STOPS_EVERY", "50ms")
	at := c.Clock.Now()
	admin, err := pgx.Connect(t.Context(), c.Databases["gaming"].OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	_, err = admin.Exec(t.Context(), "ALTER TABLE player_block ADD CONSTRAINT refused CHECK (player_id <> 'ply_bad')")
	require.NoError(t, err)
	known := func(id string) bool {
		var blocked bool
		return c.DB.QueryRow(t.Context(), "SELECT blocked FROM player_block WHERE player_id = $1", id).Scan(&blocked) == nil && blocked
	}
	locked := identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
	c.out.stop(stopped("ply_bad", locked, 2, at.Add(-time.Hour)), stopped("ply_next", locked, 2, at))
	eventually(t, "the next one is known", func() bool { return known("ply_next") })
	require.False(t, known("ply_bad"))
	_, err = admin.Exec(t.Context(), "ALTER TABLE player_block DROP CONSTRAINT refused")
	require.NoError(t, err)
	eventually(t, "the one that failed is known", func() bool { return known("ply_bad") })
}
