package books

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func operation(t *testing.T, kind, caller string) *Operation {
	t.Helper()
	for _, o := range Operations {
		if o.Kind == kind && o.Caller == caller {
			return o
		}
	}
	t.Fatalf("no operation %s of %s", kind, caller)
	return nil
}

// TestBook_Sequence is one player's day: what is expected of each request, and what it leaves.
func TestBook_Sequence(t *testing.T) {
	t.Parallel()
	ann := Account{"ann", "EUR"}
	b := New(
		Guard{Player: "ann", Kind: walletv1.GuardKind_GUARD_KIND_NET_LOSS, Currency: "EUR", Maximum: 500},
		Guard{Player: "ann", Kind: walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL},
	)
	for _, step := range []struct {
		kind, caller   string
		amount, payout int64
		hold           string // closed, or opened
		reason         string
		after          Balance
	}{
		{"DEPOSIT", "cashier", 1_000, 0, "", "", Balance{1_000, 0, 1}},
		{"PLACE_HOLD", "gaming", 300, 0, "h1", "", Balance{700, 300, 2}},
		{"PLACE_HOLD", "gaming", 201, 0, "h2", "LIMIT_REACHED", Balance{700, 300, 2}}, // what is open counts as lost
		{"RESERVE_WITHDRAWAL", "cashier", 9_999, 0, "h3", "RESTRICTED", Balance{700, 300, 2}},
		{"RELEASE_HOLD", "gaming", 0, 0, "h4", "HOLD_NOT_FOUND", Balance{700, 300, 2}},
		{"COMPLETE_WITHDRAWAL", "cashier", 0, 0, "h1", "HOLD_MISMATCH", Balance{700, 300, 2}},
		{"SETTLE_HOLD", "gaming", 0, 350, "h1", "", Balance{1_050, 0, 3}},
		{"RELEASE_HOLD", "gaming", 0, 0, "h1", "HOLD_CLOSED", Balance{1_050, 0, 3}},
		{"PLACE_AND_SETTLE", "gaming", 500, 0, "h5", "", Balance{550, 0, 4}}, // winnings before were no credit, but they are subtracted
		{"PLACE_AND_SETTLE", "gaming", 51, 0, "h6", "LIMIT_REACHED", Balance{550, 0, 4}},
		{"DEBIT", "cashier", 551, 0, "", "INSUFFICIENT_FUNDS", Balance{550, 0, 4}},
		{"CREDIT", "gaming", 10, 0, "", "", Balance{560, 0, 5}},
	} {
		i := &Intent{Op: operation(t, step.kind, step.caller), Key: step.kind, Account: ann, Amount: step.amount, Payout: step.payout}
		if i.Op.Closes != None {
			i.Hold = step.hold
		}
		require.Equal(t, step.reason, b.Expect(i), "%v", i)
		if step.reason == "" {
			b.Apply(i, step.hold)
		}
		require.Equal(t, step.after, b.Balance(ann), "%v", i)
	}
	require.Empty(t, b.Open())
}
