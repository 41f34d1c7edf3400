package catalog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// openFelt is a catalogue with changes that are answered so long after they were made, when they forbid play.
func openFelt(t *testing.T, after time.Duration) *shop {
	t.Helper()
	s := openWith(t, &outside{revision: 1}, map[string]string{"PITBOSS_CATALOG_FELT_AFTER": after.String()})
	s.stock()
	return s
}

func (s *shop) hide(ctx context.Context, code string) error {
	_, err := s.back.SetGamePublished(ctx, &catalogv1.SetGamePublishedRequest{GameId: s.ids()[code], Published: new(false)})
	return err
}

func (s *shop) describe(code string, change func(*catalogv1.UpdateGameRequest)) error {
	q := &catalogv1.UpdateGameRequest{GameId: s.ids()[code]}
	change(q)
	_, err := s.back.UpdateGame(s.t.Context(), q)
	return err
}

func (s *shop) play(code, build string) error {
	_, err := s.back.PutGameBuilds(s.t.Context(), &catalogv1.PutGameBuildsRequest{
		GameId: s.ids()[code], Builds: []*catalogv1.GameBuild{{Build: "94", RtpBps: 9400, Active: build == "94"}, {Build: "96", RtpBps: 9600, Active: build == "96"}}})
	return err
}

// TestForbidding_AnsweredWhenFelt: whoever is answered that something may no longer be played relies on it, so that the answer waits for all who remember what was before.
func TestForbidding_AnsweredWhenFelt(t *testing.T) {
	t.Parallel()
	const after = 300 * time.Millisecond
	s := openFelt(t, after)
	s.jurisdiction("mga", true, "MT")
	papers := s.certificate("a", "", "1")
	made, err := s.back.PutCertificate(t.Context(), papers)
	require.NoError(t, err)
	for _, change := range []struct {
		name string
		make func() error
	}{
		{"another category", func() error { return s.describe("a", func(q *catalogv1.UpdateGameRequest) { q.Category = "live" }) }},
		{"a country less", func() error {
			return s.describe("a", func(q *catalogv1.UpdateGameRequest) { q.Category, q.ExcludedCountries = "live", []string{"DE"} })
		}},
		{"another build", func() error { return s.play("a", "94") }},
		{"a certificate that ends", func() error {
			papers.ValidTo = timestamppb.New(s.Clock.Now().Add(time.Hour))
			_, err := s.back.PutCertificate(t.Context(), papers)
			return err
		}},
		{"a certificate that is revoked", func() error {
			_, err := s.back.RevokeCertificate(t.Context(), &catalogv1.RevokeCertificateRequest{CertificateId: made.GetCertificate().GetCertificateId(), Reason: "test"})
			return err
		}},
		{"a jurisdiction", func() error {
			_, err := s.back.PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "se", Name: "se", Countries: []string{"SE"}, CertificatesRequired: new(true)})
			return err
		}},
		{"a list that withdraws", func() error {
			s.out.offer(game("a", "alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"))
			_, err := s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
			return err
		}},
		{"a change that is approved", func() error {
			moved := game("b", "Beta", "crash")
			s.out.offer(game("a", "alpha", "slots"), moved, game("c", "Crash", "crash"))
			s.sync()
			began := time.Now()
			s.decide(s.waiting()[kindChanged]["b"], true)
			require.GreaterOrEqual(t, time.Since(began), after)
			return nil
		}},
		{"hiding", func() error { return s.hide(t.Context(), "a") }},
	} {
		began := time.Now()
		require.NoError(t, change.make(), change.name)
		require.GreaterOrEqual(t, time.Since(began), after, change.name)
	}
}

// TestForbidding_Left: a caller who leaves has made the change, and one who repeats it waits for the rest.
func TestForbidding_Left(t *testing.T) {
	t.Parallel()
	const after = 2 * time.Second
	s := openFelt(t, after)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		_ = s.hide(ctx, "a")
	}()
	require.Eventually(t, func() bool { return len(s.shown(&catalogv1.ListGamesRequest{})) == 3 }, 10*time.Second, 5*time.Millisecond)
	leave()
	<-left
	r, err := s.back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()["a"], Published: new(false)})
	require.NoError(t, err)
	require.GreaterOrEqual(t, s.Clock.Now().Sub(r.GetGame().GetUpdatedAt().AsTime()), after)
}

// TestAllowing_AnsweredAtOnce: what lets nobody lose play by what was before waits for nobody, or publishing a thousand games would take an hour.
func TestAllowing_AnsweredAtOnce(t *testing.T) {
	t.Parallel()
	s := openFelt(t, time.Hour)
	s.elsewhere("INSERT INTO jurisdiction VALUES ('mga', 'MGA', '{MT}', true, now())")
	papers := s.certificate("a", "94", "1")
	papers.ValidTo = timestamppb.New(s.Clock.Now().Add(time.Hour))
	for name, make := range map[string]func() error{
		"tags": func() error {
			return s.describe("a", func(q *catalogv1.UpdateGameRequest) { q.Tags = []string{"new"} })
		},
		"a category of a hidden game":  func() error { return s.describe("f", func(q *catalogv1.UpdateGameRequest) { q.Category = "live" }) },
		"the build of a hidden game":   func() error { return s.play("f", "94") },
		"hiding what is hidden, later": func() error { s.Clock.Advance(2 * time.Hour); return s.hide(t.Context(), "f") },
		"publishing": func() error {
			_, err := s.back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: s.ids()["e"], Published: new(true)})
			return err
		},
		"a certificate, and a longer one": func() error {
			_, err := s.back.PutCertificate(t.Context(), papers)
			require.NoError(t, err)
			papers.ValidTo = nil
			_, err = s.back.PutCertificate(t.Context(), papers)
			return err
		},
		"a category": func() error {
			_, err := s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "slots", Hidden: true})
			return err
		},
	} {
		s.out.offer(game("a", "alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"), game("d", "Delta", "slots"), game("e", "hidden", "slots"), game("f", "Flop", "slots"))
		began := time.Now()
		s.sync()
		require.NoError(t, make(), name)
		require.Less(t, time.Since(began), 8*time.Second, name) // one that waits does so until its deadline, which is 10 s
	}
}

// TestResolveGame_PublishedElsewhere: publishing is answered at once, so that a replica that has not heard of it asks before it says that a game is not to be played.
func TestResolveGame_PublishedElsewhere(t *testing.T) {
	t.Parallel()
	s := openWith(t, &outside{revision: 1}, map[string]string{"PITBOSS_CATALOG_REFRESH": "1h"})
	s.stock()
	resolve := func(code string) *catalogv1.ResolveGameResponse {
		r, err := s.as(testkit.Peer("gaming")).ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{IntegrationId: "studio", Code: code})
		require.NoError(t, err)
		return r
	}
	require.Equal(t, "NOT_PUBLISHED", resolve("e").GetUnavailableReason())
	s.elsewhere("UPDATE game SET published = true WHERE code = 'e'")
	require.True(t, resolve("e").GetPlayable())
	s.elsewhere("INSERT INTO game SELECT (jsonb_populate_record(g, '{\"game_id\": \"gam_new\", \"code\": \"new\"}')).* FROM game g WHERE code = 'a'")
	require.True(t, resolve("new").GetPlayable())
	s.elsewhere("UPDATE game SET published = false WHERE code = 'a'")
	require.True(t, resolve("a").GetPlayable(), "what may be played is answered from memory")
}
