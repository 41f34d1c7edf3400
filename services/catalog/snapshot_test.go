package catalog_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// elsewhere is a change that another replica makes and answers.
func (s *shop) elsewhere(sql string, args ...any) {
	s.t.Helper()
	_, err := s.DB.Exec(s.t.Context(), sql, args...)
	require.NoError(s.t, err)
	_, err = s.DB.Exec(s.t.Context(), "UPDATE catalog_revision SET revision = revision + 1")
	require.NoError(s.t, err)
}

// TestOtherReplica: what another replica writes is taken in without being told.
func TestOtherReplica(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "slots"))
	s.sync()
	s.elsewhere("UPDATE game SET published = true")
	require.Eventually(t, func() bool { return len(s.shown(&catalogv1.ListGamesRequest{})) == 1 }, 10*time.Second, 10*time.Millisecond)
}

// TestOtherReplica_Operators: what another replica has answered as changed is what operators read and may go on with, at once, while players are answered from memory.
func TestOtherReplica_Operators(t *testing.T) {
	t.Parallel()
	s := openWith(t, &outside{revision: 1}, map[string]string{"PITBOSS_CATALOG_REFRESH": "1h"}) // nothing is taken in by itself
	s.stock()
	_, err := s.back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()["b"], Published: new(false)})
	require.NoError(t, err)
	ctx, id := t.Context(), s.ids()["a"]
	name := func(g *catalogv1.Game) string { return g.GetName() }
	for read, operator := range map[string]func() (string, error){
		"games": func() (string, error) {
			r, err := s.back.ListOperatorGames(ctx, &catalogv1.ListOperatorGamesRequest{Page: &commonv1.PageRequest{Size: 1}})
			return name(r.GetGames()[0]), err
		},
		"changes": func() (string, error) {
			r, err := s.back.ListGameChanges(ctx, &catalogv1.ListGameChangesRequest{Status: catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_APPROVED, Page: &commonv1.PageRequest{Size: 1}})
			return name(r.GetChanges()[0].GetNow()), err
		},
		"one game": func() (string, error) {
			r, err := s.back.GetGame(ctx, &catalogv1.GetGameRequest{GameId: id})
			return name(r.GetGame()), err
		},
		"as players see them": func() (string, error) {
			r, err := s.back.ListGames(ctx, &catalogv1.ListGamesRequest{Page: &commonv1.PageRequest{Size: 1}})
			return name(r.GetGames()[0]), err
		},
		"lobby": func() (string, error) {
			r, err := s.back.GetLobby(ctx, &catalogv1.GetLobbyRequest{})
			return name(r.GetRows()[1].GetGames()[0]), err
		},
		"categories": func() (string, error) {
			r, err := s.back.ListCategories(ctx, &catalogv1.ListCategoriesRequest{})
			return r.GetCategories()[1].GetTitle(), err
		},
		"studios": func() (string, error) {
			r, err := s.back.ListProviders(ctx, &catalogv1.ListProvidersRequest{})
			return r.GetProviders()[0].GetName(), err
		},
		"jurisdictions": func() (string, error) {
			r, err := s.back.ListJurisdictions(ctx, &catalogv1.ListJurisdictionsRequest{})
			return r.GetJurisdictions()[0].GetName(), err
		},
		"layouts": func() (string, error) {
			r, err := s.back.ListLobbyLayouts(ctx, &catalogv1.ListLobbyLayoutsRequest{})
			return r.GetLayouts()[0].GetSections()[0].GetTitle(), err
		},
	} {
		now := "A " + read
		s.elsewhere("UPDATE game SET name = $1 WHERE game_id = $2", now, id)
		s.elsewhere("UPDATE provider SET name = $1", now)
		s.elsewhere("INSERT INTO category VALUES ('slots', jsonb_build_object('en', $1::text), 20000, false, now()) ON CONFLICT (category) DO UPDATE SET titles = EXCLUDED.titles", now)
		s.elsewhere("INSERT INTO jurisdiction VALUES ('mga', $1, '{MT}', false, now()) ON CONFLICT (jurisdiction) DO UPDATE SET name = $1", now)
		s.elsewhere("UPDATE lobby SET sections = jsonb_build_array(jsonb_build_object('key', 'x', 'title', $1::text))", now)
		require.NotContains(t, s.shown(&catalogv1.ListGamesRequest{}), now, "players are answered from memory")
		got, err := operator()
		require.NoError(t, err, read)
		require.Equal(t, now, got)
		require.Contains(t, s.shown(&catalogv1.ListGamesRequest{}), now)
	}
}

// TestOtherReplica_NewGames: a game that is new on another replica may be laid out and given a jackpot here.
func TestOtherReplica_NewGames(t *testing.T) {
	t.Parallel()
	s := openWith(t, &outside{revision: 1}, map[string]string{"PITBOSS_CATALOG_REFRESH": "1h"})
	s.stock()
	ctx, id := t.Context(), s.ids()["a"]
	added := func(n string) string {
		s.elsewhere("INSERT INTO game SELECT (jsonb_populate_record(g, jsonb_build_object('game_id', $1::text, 'code', $1::text))).* FROM game g WHERE game_id = $2", n, id)
		return n
	}
	_, err := s.back.PutLobby(ctx, &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "x", Title: "X", GameIds: []string{added("gam_new1")}}}})
	require.NoError(t, err)
	_, err = s.back.PutJackpot(ctx, &catalogv1.PutJackpotRequest{Jackpot: "mega", IntegrationId: "studio", Amount: &commonv1.Money{Amount: "1.00", Currency: "EUR"}, GameIds: []string{added("gam_new2")}})
	require.NoError(t, err)
	_, err = s.as(testkit.Peer("hub88")).ReportJackpots(ctx, &catalogv1.ReportJackpotsRequest{IntegrationId: "studio", At: timestamppb.New(s.Clock.Now()), Jackpots: []*catalogv1.JackpotReport{
		{Jackpot: "mini", Amount: &commonv1.Money{Amount: "5.00", Currency: "EUR"}, GameCodes: []string{added("gam_new3")}}}})
	require.NoError(t, err)
	require.Len(t, s.get("gam_new3", "").GetJackpots(), 1)
}

// TestOtherReplica_ManyAtOnce: reads that come together share what they ask the database, and each of them still sees what was answered before it began.
func TestOtherReplica_ManyAtOnce(t *testing.T) {
	t.Parallel()
	s := openWith(t, &outside{revision: 1}, map[string]string{"PITBOSS_CATALOG_REFRESH": "1h"})
	s.out.offer(game("a", "Alpha", "slots"))
	s.sync()
	read := func() (string, error) {
		r, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})
		if err != nil || len(r.GetGames()) != 1 {
			return "", fmt.Errorf("%d games: %w", len(r.GetGames()), err)
		}
		return r.GetGames()[0].GetName(), nil
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := read(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer readers.Wait()
	defer close(done)
	for n := range 50 {
		name := fmt.Sprint("Name ", n)
		s.elsewhere("UPDATE game SET name = ''") // which somebody is reading while the next change comes
		s.elsewhere("UPDATE game SET name = $1", name)
		got, err := read()
		require.NoError(t, err)
		require.Equal(t, name, got)
	}
}
