package catalog_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSyncGames(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "Video Slots"), game("b", "Beta", "Table"), &adapterv1.ProviderGame{
		Code: "dirty", Name: " \x00Dirty\n", Category: "?!", ThumbnailUrl: "javascript:alert(1)", RtpBps: 99999, Enabled: true, BlockedCountries: []string{"us", "US", "Atlantis", "uk", "EL", "ZZ", "deu", "Atlantis"},
	}, &adapterv1.ProviderGame{Code: "", Name: "no code"}, &adapterv1.ProviderGame{Code: "bad\ncode"})
	require.Equal(t, [3]int32{3, 0, 0}, s.sync())
	require.Equal(t, [3]int32{0, 0, 0}, s.sync(), "again: nothing more")
	again, err := s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	require.NoError(t, err)
	require.Equal(t, []string{"Atlantis", "ZZ"}, again.GetUnreadCountries(), "an operator is told what is not blocked")
	require.Empty(t, s.shown(&catalogv1.ListGamesRequest{}), "review comes before publishing")
	list, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: "studio"})
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 3)
	dirty := list.GetGames()[2]
	require.Equal(t, []string{"Dirty", "other", ""}, []string{dirty.GetName(), dirty.GetCategory(), dirty.GetThumbnailUrl()})
	require.Equal(t, []string{"DE", "GB", "GR", "US"}, dirty.GetBlockedCountries(), "UK and EL are what studios call GB and GR")
	require.Zero(t, dirty.GetRtpBps())
	require.Equal(t, "video-slots", list.GetGames()[0].GetCategory())
	require.Len(t, s.Events("game.changed.v1", 3), 3)

	s.publish("a", true)
	s.publish("b", true)
	s.out.offer(game("a", "Alpha II", "Video Slots"), game("c", "Gamma", "Table"))
	require.Equal(t, [3]int32{1, 0, 2}, s.sync())
	require.Equal(t, []string{"Alpha"}, s.shown(&catalogv1.ListGamesRequest{}), "b is withdrawn, c and the new name are not yet reviewed")
	s.out.offer(game("b", "Beta", "Table"))
	require.Equal(t, [3]int32{0, 1, 2}, s.sync())
	require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{}))

	for _, none := range [][]*adapterv1.ProviderGame{nil, {game("", "no code", "Table")}} {
		s.out.offer(none...)
		_, err = s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
		require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE), "%v", err)
		require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{}), "a list without games is a fault")
	}
	s.out.offer()
	nothing := open(t)
	require.Equal(t, [3]int32{0, 0, 0}, nothing.sync(), "who had none before may have none")

	for theirs, ours := range map[*errs.Error]catalogv1.ErrorReason{
		errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED, "no"):                                catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED,
		errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, "no", "field", "key"):                 catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID,
		errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "no", "provider_message", "who are you"): catalogv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED,
		errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL, "no", "problem", "no JSON"):             catalogv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL,
		errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no", "what", "list of games"):              catalogv1.ErrorReason_ERROR_REASON_LIST_NOT_SUPPORTED,
	} {
		s.out.refuse(theirs)
		_, err = s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
		require.True(t, errs.Is(err, ours), "%v: %v", theirs, err)
		for key, value := range errs.Metadata(theirs) {
			require.Equal(t, value, errs.Metadata(err)[key])
		}
	}
	s.out.refuse(errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "no"))
	for id, reason := range map[string]catalogv1.ErrorReason{
		"studio": catalogv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "bank": catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "none": catalogv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND,
	} {
		_, err := s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: id})
		require.True(t, errs.Is(err, reason), "%s: %v", id, err)
	}
	require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{}), "nothing was changed")
	_, err = s.as(testkit.Player("ply_x")).SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	denied(t, err)
}

// TestSyncGames_TooMany: a list that is too long is refused whole, for games that were left out would be withdrawn.
func TestSyncGames_TooMany(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("z", "Zeta", "Table"))
	require.Equal(t, [3]int32{1, 0, 0}, s.sync())
	s.publish("z", true)
	many := make([]*adapterv1.ProviderGame, 20_000, 20_001)
	for i := range many {
		many[i] = game(strconv.Itoa(i), "Game", "Table")
	}
	s.out.offer(append(many, game("z", "Zeta", "Table"))...)
	_, err := s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "%v", err)
	require.Equal(t, "20001", errs.Metadata(err)["games"])
	require.Equal(t, []string{"Zeta"}, s.shown(&catalogv1.ListGamesRequest{}))
}

// TestSyncGames_OutlivesItsCall: a list that takes longer than its caller waits is taken over all the same.
func TestSyncGames_OutlivesItsCall(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "Table"))
	tx, err := s.DB.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background()) //nolint:errcheck // nothing was written
	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1)", pg.LockKey("sync", "studio"))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = s.back.SyncGames(ctx, &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	require.Error(t, err)
	require.NoError(t, tx.Rollback(t.Context()))
	require.Eventually(t, func() bool {
		list, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: "studio"})
		return err == nil && len(list.GetGames()) == 1
	}, 20*time.Second, 20*time.Millisecond)
}
