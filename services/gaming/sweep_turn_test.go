package gaming_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

var (
	roundOpen      = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_OPEN}
	roundCancelled = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED}
)

// openRounds puts rounds of the other provider on the books, each with a stake, that open now and are looked at in a minute.
func (c *casino) openRounds(n int) {
	c.t.Helper()
	c.exec(`INSERT INTO round (round_id, integration_id, player_id, provider_round_id, game_id, currency, state, closing, opened_at, touched_at, sweep_at)
		SELECT 'rnd_' || n, $1, 'ply_none', n::text, 'gam_none', 'EUR', 1, false, $2::timestamptz, $2, $2::timestamptz + interval '1 minute' FROM generate_series(1, $3::int) n`,
		purse, c.Clock.Now(), n)
	c.exec(`INSERT INTO bet (bet_id, round_id, integration_id, player_id, game_id, game_code, game_session_id, provider_tx_id, currency, stake_minor, free_round, state, placed_at)
		SELECT 'bet_' || n, 'rnd_' || n, $1, 'ply_none', 'gam_none', 'none', 'gms_none', n::text, 'EUR', 100, false, 2, $2 FROM generate_series(1, $3::int) n`,
		purse, c.Clock.Now(), n)
}

// howMany counts rounds of the other provider.
func (c *casino) howMany(condition string, args ...any) (n int) {
	c.t.Helper()
	require.NoError(c.t, c.DB.QueryRow(c.t.Context(), "SELECT count(*) FROM round WHERE integration_id = '"+purse+"' AND "+condition, args...).Scan(&n))
	return n
}

// asked are the questions about rounds, in their order.
type asked struct {
	mu        sync.Mutex
	questions []*adapterv1.GetRoundStatusRequest
}

func (a *asked) add(r *adapterv1.GetRoundStatusRequest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.questions = append(a.questions, r)
}

// of counts those of an integration.
func (a *asked) of(integrationID string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range a.questions {
		if q.GetIntegrationId() == integrationID {
			n++
		}
	}
	return n
}

// rounds counts the rounds that were asked about.
func (a *asked) rounds() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	refs := map[string]bool{}
	for _, q := range a.questions {
		refs[q.GetRoundRef()] = true
	}
	return len(refs)
}

// TestSweep_SilentProvider: a provider that does not answer keeps no other's rounds waiting. It is asked once a turn, its other rounds are put off as if it had been asked about
// them, and handed over in the end.
func TestSweep_SilentProvider(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_SWEEP_EVERY", "50ms", "PITBOSS_GAMING_WALLET_TIMEOUT", "2s")
	g := c.seat("100.00")
	g.must(g.bet("R", "b1", "10.00"))
	c.openRounds(60)
	var questions asked
	c.out.books.set(func(b *books) {
		b.ask = func(ctx context.Context, r *adapterv1.GetRoundStatusRequest) (*adapterv1.ProviderRound, error) {
			questions.add(r)
			if r.GetIntegrationId() == integration {
				return roundCancelled, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the round is voided", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_VOIDED })
	require.Less(t, questions.of(purse), 3)
	require.Eventually(t, func() bool { return c.howMany("sweep_at >= $1", c.Clock.Now().Add(80*time.Second)) == 60 }, time.Minute, 50*time.Millisecond, "all are put off")
	require.Equal(t, 2, questions.of(purse), "once for each turn that had some of its rounds")

	c.out.books.set(func(b *books) {
		b.ask = func(_ context.Context, r *adapterv1.GetRoundStatusRequest) (*adapterv1.ProviderRound, error) {
			questions.add(r)
			return nil, status.Error(codes.Unavailable, "no")
		}
	})
	c.Clock.Advance(25 * time.Hour)
	require.Eventually(t, func() bool { return c.howMany("state = 4") == 60 }, time.Minute, 50*time.Millisecond, "all are handed over")
	require.Equal(t, 4, questions.of(purse))
	require.Len(t, c.Events("round.handed_over.v1", 60), 60)
	g.cash("100.00", "0.00")
}

// TestSweep_FairByIntegration: a provider with very many rounds does not keep another's single one from the same turn.
func TestSweep_FairByIntegration(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	g.must(g.bet("R", "b1", "10.00"))
	c.openRounds(200)
	var questions asked
	c.out.books.set(func(b *books) {
		b.ask = func(_ context.Context, r *adapterv1.GetRoundStatusRequest) (*adapterv1.ProviderRound, error) {
			questions.add(r)
			return roundOpen, nil
		}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "it is asked about", func() bool { return questions.of(integration) > 0 })
	eventually(t, "and about all others", func() bool { return questions.of(purse) == 200 })
	first := 0
	for questions.questions[first].GetIntegrationId() != integration {
		first++
	}
	require.Less(t, first, 50)
	require.True(t, g.round("R").GetOpenedAt().AsTime().Equal(questions.questions[first].GetOpenedAt().AsTime()), "the question says when the round opened")
}

// TestSweep_TurnEnds: no question begins when another replica may ask about the round too, however slowly a provider answers. What is left has its turn later.
func TestSweep_TurnEnds(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	c.openRounds(20)
	var questions asked
	late := make(chan string, 1000)
	c.out.books.set(func(b *books) {
		b.ask = func(ctx context.Context, r *adapterv1.GetRoundStatusRequest) (*adapterv1.ProviderRound, error) {
			var again time.Time
			err := c.DB.QueryRow(ctx, "SELECT sweep_at FROM round WHERE integration_id = $1 AND provider_round_id = $2", purse, r.GetRoundRef()).Scan(&again)
			if err != nil || !again.After(c.Clock.Now().Add(10*time.Second)) {
				late <- r.GetRoundRef()
			}
			questions.add(r)
			c.Clock.Advance(10 * time.Second)
			return roundOpen, nil
		}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the turn is over", func() bool { return questions.of(purse) == 3 })
	// What was left is due 70 s after the turn began, 30 s of which have passed; what was asked about is due again 92 s after its answer, which the next turn must not reach.
	c.Clock.Advance(41 * time.Second)
	eventually(t, "the next one is over", func() bool { return questions.of(purse) == 6 })
	require.Equal(t, 6, questions.rounds(), "of others")
	require.Empty(t, late)
}

// TestSweep_AskLater: the time to the next question runs from the answer.
func TestSweep_AskLater(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	c.openRounds(1)
	var questions asked
	c.out.books.set(func(b *books) {
		b.ask = func(_ context.Context, r *adapterv1.GetRoundStatusRequest) (*adapterv1.ProviderRound, error) {
			questions.add(r)
			c.Clock.Advance(20 * time.Minute)
			return nil, status.Error(codes.Unavailable, "no")
		}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "it is put off", func() bool { return c.howMany("sweep_at >= $1", c.Clock.Now().Add(5*time.Minute)) == 1 })
	require.Equal(t, 1, questions.of(purse))
}

// TestSweep_BooksContradict: a provider whose books tell several sums of a round decides nothing.
func TestSweep_BooksContradict(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	g.must(g.bet("R", "b1", "10.00"))
	c.out.books.set(func(b *books) {
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "an operator has to decide", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_MANUAL })
	var e gamingv1.RoundHandedOver
	require.NoError(t, c.Events("round.handed_over.v1", 1)[0].Decode(&e))
	require.Equal(t, "BOOKS_DIFFER", e.GetWhy())
	g.cash("90.00", "10.00")
}
