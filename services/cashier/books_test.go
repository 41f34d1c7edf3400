package cashier_test

import (
	"testing"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

// books are one player's payments, for tests of reads: three deposits, one withdrawal that waits and one that is paid. A stranger has an open
// deposit.
type books struct {
	*world
	player, stranger string
	deposits         []*cashierv1.Deposit
	x, y             *cashierv1.Withdrawal
}

func newBooks(t *testing.T) books {
	t.Helper()
	b := books{world: newWorld(t, options{}), player: newPlayer(), stranger: newPlayer()}
	for range 3 {
		b.deposits = append(b.deposits, b.paid(b.player, "300.00"))
	}
	b.open(b.stranger, "20.00")
	b.x, b.y = b.withdraw(b.player, "510.00"), b.withdraw(b.player, "200.00")
	b.withdrawal(b.player, b.y.GetWithdrawalId(), paidOut)
	return b
}
