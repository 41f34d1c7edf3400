package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// protocol is what an adapter asks gaming for, as far as the protocols differ (providers.md 10).
type protocol struct {
	bet    func(*gamingv1.PlaceBetRequest)
	win    func(*gamingv1.SettleBetRequest)
	cancel func(*gamingv1.CancelTransactionRequest)
}

func (p protocol) bets(r *gamingv1.PlaceBetRequest) *gamingv1.PlaceBetRequest {
	if p.bet != nil {
		p.bet(r)
	}
	return r
}

func (p protocol) wins(r *gamingv1.SettleBetRequest) *gamingv1.SettleBetRequest {
	if p.win != nil {
		p.win(r)
	}
	return r
}

func (p protocol) cancels(r *gamingv1.CancelTransactionRequest) *gamingv1.CancelTransactionRequest {
	if p.cancel != nil {
		p.cancel(r)
	}
	return r
}

var protocols = map[string]protocol{
	"hub88":  {cancel: func(r *gamingv1.CancelTransactionRequest) { r.KeepWinnings = true }},
	"caleta": {cancel: func(r *gamingv1.CancelTransactionRequest) { r.ReferenceKind, r.KeepWinnings = bet, true }},
	"evolution": {
		win: func(r *gamingv1.SettleBetRequest) { r.SingleResult, r.AnyGame = true, true },
		cancel: func(r *gamingv1.CancelTransactionRequest) {
			r.ReferenceKind, r.RefuseUnknown, r.Tombstone, r.RefuseSettled, r.RefuseCancelled = bet, true, true, true, true
		},
	},
	"pragmatic": {
		bet:    func(r *gamingv1.PlaceBetRequest) { r.Caller.IdAlone = true },
		win:    func(r *gamingv1.SettleBetRequest) { r.BetProviderTxId, r.AnyGame, r.Caller.IdAlone = "", true, true },
		cancel: func(r *gamingv1.CancelTransactionRequest) { r.ReferenceKind, r.Caller.IdAlone = bet, true },
	},
	"redtiger": {
		bet: func(r *gamingv1.PlaceBetRequest) { r.Caller.IdAlone = true },
		win: func(r *gamingv1.SettleBetRequest) {
			r.BetProviderTxId, r.RefuseClosedRound, r.Caller.IdAlone = "", true, true
		},
		cancel: func(r *gamingv1.CancelTransactionRequest) {
			r.ReferenceKind, r.RefuseUnknown, r.RefuseSettled, r.Caller.IdAlone = bet, true, true, true
		},
	},
	"a8r": {
		win:    func(r *gamingv1.SettleBetRequest) { r.AcceptWithoutBet = true },
		cancel: func(r *gamingv1.CancelTransactionRequest) { r.KeepWinnings, r.IntoDebt = true, true },
	},
	"pam": {
		win: func(r *gamingv1.SettleBetRequest) { r.RefuseClosedRound = true },
		cancel: func(r *gamingv1.CancelTransactionRequest) {
			r.ReferenceKind, r.RefuseUnknown, r.RefuseSettled, r.RefuseCancelled, r.RefuseClosedRound = bet, true, true, true, true
		},
	},
}

const bet = gamingv1.TransactionKind_TRANSACTION_KIND_BET

// row is a row of the conflict matrix: what each protocol is answered, "" for success, and what the player then has.
type row map[string][2]string

// conflicts is the matrix of providers.md 10 by gaming's flags. Every player begins with 100.00; a bet is 10.00, a win 5.00.
var conflicts = map[string]struct {
	play func(g *guest, p protocol, round string) error
	want row
}{
	"repeat bet": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		again, err := g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00")))
		require.True(g.t, again.GetReceipt().GetReplayed())
		return err
	}, row{"": {"", "90.00"}}},
	"same id, other data": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		_, err := g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "11.00")))
		return err
	}, row{"": {"DUPLICATE_MISMATCH", "90.00"}, "pragmatic": {"", "90.00"}, "redtiger": {"", "90.00"}}},
	"rollback of an unknown bet": {func(g *guest, p protocol, r string) error {
		x, err := g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b")))
		require.False(g.t, x.GetFound())
		return err
	}, row{"": {"", "100.00"}, "evolution": {"BET_NOT_FOUND", "100.00"}, "redtiger": {"BET_NOT_FOUND", "100.00"}, "pam": {"BET_NOT_FOUND", "100.00"}}},
	"late bet after that": {func(g *guest, p protocol, r string) error {
		_, _ = g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b")))
		_, err := g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00")))
		return err
	}, row{"": {"BET_CANCELLED", "100.00"}, "redtiger": {"", "90.00"}, "pam": {"", "90.00"}}},
	"second rollback, other id": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b"))))
		x, err := g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c2", r+"b")))
		require.Equal(g.t, err == nil, x.GetAlreadyCancelled())
		return err
	}, row{"": {"", "100.00"}, "evolution": {"BET_VOIDED", "100.00"}, "pam": {"BET_VOIDED", "100.00"}}},
	"second rollback, same id": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b"))))
		x, err := g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b")))
		require.True(g.t, x.GetReceipt().GetReplayed())
		require.Equal(g.t, "10.00", x.GetAmount().GetAmount())
		return err
	}, row{"": {"", "100.00"}}},
	"rollback after win": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w", r+"b", "5.00"))))
		_, err := g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b")))
		return err
	}, row{
		"": {"BET_SETTLED", "95.00"}, "hub88": {"", "105.00"}, "caleta": {"", "105.00"}, "a8r": {"", "105.00"}, "pragmatic": {"", "100.00"},
	}},
	"win, unknown bet": {func(g *guest, p protocol, r string) error {
		_, err := g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w", r+"b", "5.00")))
		return err
	}, row{"": {"BET_NOT_FOUND", "100.00"}, "a8r": {"", "105.00"}}},
	"win after rollback": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b"))))
		_, err := g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w", r+"b", "5.00")))
		return err
	}, row{"": {"BET_VOIDED", "100.00"}, "a8r": {"", "105.00"}}},
	"second win, same round": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w", r+"b", "5.00"))))
		_, err := g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w2", r+"b", "5.00")))
		return err
	}, row{"": {"", "100.00"}, "evolution": {"BET_SETTLED", "95.00"}}},
	"second win, closed round": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		last := p.wins(g.winRequest(r, r+"w", r+"b", "5.00"))
		last.RoundClosed = true
		g.must(g.adapter.SettleBet(g.t.Context(), last))
		_, err := g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w2", r+"b", "5.00")))
		return err
	}, row{"": {"", "100.00"}, "evolution": {"BET_SETTLED", "95.00"}, "redtiger": {"ROUND_CLOSED", "95.00"}, "pam": {"ROUND_CLOSED", "95.00"}}},
	"result after an operator's": {func(g *guest, p protocol, r string) error {
		placed, err := g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00")))
		require.NoError(g.t, err)
		g.must(g.decide(r, placed.GetRoundId(), r+"b", "7.00"))
		_, err = g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w", r+"b", "5.00")))
		return err
	}, row{"": {"BET_SETTLED", "97.00"}}},
	"expired token on win and rollback": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b2", "10.00"))))
		g.must(g.as(g.id).EndGameSession(g.t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session}))
		_, err := g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b3", "10.00")))
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
		g.must(g.adapter.SettleBet(g.t.Context(), p.wins(g.winRequest(r, r+"w", r+"b", "5.00"))))
		_, err = g.adapter.CancelTransaction(g.t.Context(), p.cancels(g.cancelRequest(r, r+"c", r+"b2")))
		return err
	}, row{"": {"", "95.00"}}},
	"reconciliation token on win and rollback": {func(g *guest, p protocol, r string) error {
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b", "10.00"))))
		g.must(g.adapter.PlaceBet(g.t.Context(), p.bets(g.betRequest(r, r+"b2", "10.00"))))
		g.token = "the integration's own"
		stake := p.bets(g.betRequest(r, r+"b3", "10.00"))
		stake.Caller.Reconciliation = true
		_, err := g.adapter.PlaceBet(g.t.Context(), stake)
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND)
		w := p.wins(g.winRequest(r, r+"w", r+"b", "5.00"))
		w.Caller.Reconciliation = true
		g.must(g.adapter.SettleBet(g.t.Context(), w))
		x := p.cancels(g.cancelRequest(r, r+"c", r+"b2"))
		x.Caller.Reconciliation = true
		_, err = g.adapter.CancelTransaction(g.t.Context(), x)
		return err
	}, row{"": {"", "95.00"}}},
}

func TestConflictMatrix(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, situation := range conflicts {
		for protocolName, p := range protocols {
			t.Run(name+"/"+protocolName, func(t *testing.T) {
				g := c.in(t).seat("100.00")
				want, own := situation.want[protocolName]
				if !own {
					want = situation.want[""]
				}
				err := situation.play(g, p, ids.New("r"))
				require.Equal(t, want[0], errs.ReasonOf(err), "%v", err)
				g.available(want[1])
			})
		}
	}
	c.verify()
}

// must asserts that a call succeeded.
func (g *guest) must(_ any, err error) {
	g.t.Helper()
	require.NoError(g.t, err)
}
