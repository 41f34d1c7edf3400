package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// limit sets a guard of the player's: of a day when it is a limit.
func (s *saver) limit(kind walletv1.GuardKind, maximum string) {
	s.t.Helper()
	req := &walletv1.SetGuardRequest{PlayerId: s.id, Kind: kind, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Reason: "test"}
	if maximum != "" {
		req.Maximum = eur(maximum)
	}
	if kind == walletv1.GuardKind_GUARD_KIND_STAKE {
		req.Window = walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H
	}
	_, err := walletv1.NewWalletServiceClient(s.To("wallet", testkit.Peer("compliance"))).SetGuard(s.t.Context(), req)
	require.NoError(s.t, err)
}

// used is what the player's limit has counted.
func (s *saver) used() string {
	s.t.Helper()
	r, err := walletv1.NewWalletServiceClient(s.To("wallet", testkit.Peer("compliance"))).ListPlayerGuards(s.t.Context(), &walletv1.ListPlayerGuardsRequest{PlayerId: s.id})
	require.NoError(s.t, err)
	return r.GetGuards()[0].GetUsed().GetAmount()
}

// counted waits until the wallet has counted everything that was read.
func (s *saver) counted(rounds int, used string) {
	s.t.Helper()
	eventually(s.t, "it is read and counted", func() bool {
		s.Clock.Advance(time.Second)
		if s.rounds() != rounds { // before it is looked for what is open: a round is read and opened at once
			return false
		}
		var open int
		require.NoError(s.t, s.DB.QueryRow(s.t.Context(), "SELECT count(*) FROM play_count").Scan(&open))
		return open == 0
	})
	require.Equal(s.t, used, s.used())
}

// TestCountPlay: a limit on stakes counts what is played at a provider, each bet once; when it leaves no room the money comes back, and no more goes there.
func TestCountPlay(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s, other := c.saver("100.00"), c.saver("100.00")
	s.to("40.00")
	other.to("40.00")
	s.limit(walletv1.GuardKind_GUARD_KIND_STAKE, "10.00")
	first := s.plays("b1", "4.00", "9.00", c.Clock.Now())
	c.out.bank.set(func() { c.out.bank.play = append(c.out.bank.play, first) }) // listed twice
	s.plays("free", "0.00", "1.00", c.Clock.Now())
	s.counted(2, "4.00")
	s.there("46.00")
	_, err := s.as(s.id).TransferToProvider(t.Context(), s.toRequest("6.01"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED)
	require.Equal(t, []string{"STAKE", "6.00"}, []string{errs.Metadata(err)["rule"], errs.Metadata(err)["remaining"]})
	require.Equal(t, "CONFIRMED", state(s.to("6.00")))

	// A crash after the wallet has counted and before that is known: it is told again, and counts once.
	c.exec("INSERT INTO play_count (bet_id, next_at) SELECT bet_id, $1 FROM bet WHERE provider_tx_id = 'b1'", c.Clock.Now())
	s.counted(2, "4.00")

	s.plays("b2", "8.00", "0.00", c.Clock.Now())
	s.counted(3, "12.00") // it was played, and cannot be undone
	x := s.back()
	require.Equal(t, []string{"44.00", "TRANSFER_CAUSE_LIMIT"}, []string{x.GetAmount().GetAmount(), x.GetCause().String()})
	s.cash("98.00", "0.00")
	_, err = s.as(s.id).TransferToProvider(t.Context(), s.toRequest("0.01"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED)
	other.there("40.00")
	other.to("1.00")
	c.verify()
}

// TestCountPlay_Guards: a restriction in the ledger, and a stake above the maximum, bring the money back as well.
func TestCountPlay_Guards(t *testing.T) {
	t.Parallel()
	c := purses(t)
	single, none := c.saver("100.00"), c.saver("100.00")
	for _, s := range []*saver{single, none} {
		s.to("40.00")
	}
	single.limit(walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, "2.00")
	none.limit(walletv1.GuardKind_GUARD_KIND_NO_STAKE, "")
	c.Clock.Advance(time.Minute)
	single.plays("fits", "2.00", "0.00", c.Clock.Now())
	eventually(t, "it is read", func() bool { c.Clock.Advance(time.Second); return single.rounds() == 1 })
	c.driven()
	single.there("38.00")
	single.plays("too-much", "2.01", "0.00", c.Clock.Now())
	none.plays("not-at-all", "1.00", "0.00", c.Clock.Now())
	for _, s := range []*saver{single, none} {
		eventually(t, "everything is back", func() bool { c.Clock.Advance(time.Second); return s.thereNow() == "0.00" })
		require.Equal(t, gamingv1.TransferCause_TRANSFER_CAUSE_LIMIT, s.back().GetCause())
	}
	single.to("1.00") // a maximum is about each stake
	_, err := none.as(none.id).TransferToProvider(t.Context(), none.toRequest("1.00"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	c.verify()
}
