package studio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// TestARefusalAfterALostAnswer: the attempt whose answer was lost may have been taken, so a refusal of the next one is rolled back to be sure, but
// for refusals that a wallet which has the bet does not give.
func TestARefusalAfterALostAnswer(t *testing.T) {
	policy := wallet.Policy{BetAttempts: 3, CancelAttempts: 3}
	wait := func(int) time.Duration { return 0 }
	play := func(*round, time.Time) error { return nil }
	for reason, want := range map[string]state{
		wallet.ReasonExpired: cancelling, wallet.ReasonDisabled: cancelling, wallet.ReasonWallet: cancelling, wallet.ReasonFunds: refused, wallet.ReasonLimit: refused,
	} {
		for _, lost := range []bool{false, true} {
			r := &round{State: betting, Stakes: []stake{newStake(100, nil)}, Attempts: 1}
			expected := refused
			if lost {
				expected = want
				require.NoError(t, r.betAnswered(wallet.Answer{Verdict: wallet.Retry}, policy, time.Now(), wait, play))
				r.Attempts++
			}
			require.NoError(t, r.betAnswered(wallet.Answer{Verdict: wallet.Declined, Reason: reason}, policy, time.Now(), wait, play))
			require.Equal(t, expected, r.State, "%s, lost: %v", reason, lost)
			if r.State != cancelling {
				continue
			}
			require.NoError(t, r.cancelAnswered(wallet.Answer{Verdict: wallet.Final}, policy, time.Now(), wait, play))
			require.Equal(t, disputed, r.State, "nobody knows whether the bet stands")
		}
	}
}
