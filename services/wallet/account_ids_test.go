package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// What is remembered of ids does not outlive what the database says: a batch that locked other accounts than it asked for is not decided, and the next
// attempt asks by name.
func TestAccountIDs_AnIDThatIsAnothersIsNotBelieved(t *testing.T) {
	for name, wrong := range map[string]func(real int64) int64{
		"of another account": func(real int64) int64 { return real + 1 },
		"of none":            func(int64) int64 { return 1 << 40 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTimed(t, "2026-03-10T10:00:00Z")
			w.pays("10.00", "")
			w.stakes("1.00", "")
			cash := accountKey{owner: "ann", currency: "EUR", kind: kindCash}
			w.accountIDs.mu.Lock()
			known, ok := w.accountIDs.ids.get(cash)
			require.True(t, ok)
			w.accountIDs.ids.put(cash, wrong(known))
			w.accountIDs.mu.Unlock()

			w.stakes("2.00", "")
			b, err := w.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: "ann", Currency: "EUR"})
			require.NoError(t, err)
			require.Equal(t, "7.00", b.GetBalance().GetAvailable().GetAmount())
			w.accountIDs.mu.Lock()
			defer w.accountIDs.mu.Unlock()
			again, _ := w.accountIDs.ids.get(cash)
			require.Equal(t, known, again)
		})
	}
}
