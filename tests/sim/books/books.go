// Package books is what the wallet should do, as simply as it can be said: the operations that callers send, their effect on balances, holds and
// limits, and the proof that a ledger holds nothing else. The simulator and the chaos run share it, so that both mean the same by "right".
package books

import (
	"context"
	"fmt"
	"slices"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Account is a player's money in one currency. Players are independent of one another, and so are their currencies.
type Account struct{ Player, Currency string }

// Balance is what an account has, in minor units.
type Balance struct{ Available, Held, Version int64 }

// Intent is one request: everything that decides about its effect. It does not change once it was sent.
type Intent struct {
	Op *Operation
	// Key is the request id.
	Key string
	Account
	// Amount is what is deposited, staked, reserved, credited or debited; Payout is what is won.
	Amount, Payout int64
	// Hold is the hold to close.
	Hold string
}

// Request names a request in the ledger: keys belong to the service that sends them.
func (i *Intent) Request() Request { return Request{i.Op.Caller, i.Key} }

// String describes the request for reports.
func (i *Intent) String() string {
	return fmt.Sprintf("%s %s of %s/%s: amount %d, payout %d, hold %q", i.Op.Kind, i.Key, i.Player, i.Currency, i.Amount, i.Payout, i.Hold)
}

// Request is a calling service and its request id.
type Request struct{ Caller, ID string }

// Answer is what the wallet says about a committed operation.
type Answer struct {
	Operation, Hold string
	Account         Account
	Balance         Balance
	Replayed        bool
}

// Same tells whether two answers are about the same result; a replay is one.
func (a Answer) Same(b Answer) bool {
	a.Replayed, b.Replayed = false, false
	return a == b
}

// Guard is a limit over the last day, a maximum stake, or a restriction, which has no currency and no maximum.
type Guard struct {
	Player   string
	Kind     walletv1.GuardKind
	Currency string
	Maximum  int64
}

// Set puts the guard into a wallet.
func (g Guard) Set(ctx context.Context, c walletv1.WalletServiceClient) error {
	req := &walletv1.SetGuardRequest{PlayerId: g.Player, Kind: g.Kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "test"}
	if g.Currency != "" {
		req.Maximum = money.Amount{Minor: g.Maximum, Currency: g.Currency}.Proto()
		if g.Kind != walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE {
			req.Window = walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H
		}
	}
	_, err := c.SetGuard(ctx, req)
	return err
}

// Hold is reserved money.
type Hold struct {
	ID string
	Account
	Amount  int64
	Purpose Purpose
	Closed  bool
}

// Book is the model: what a wallet holds after the operations that were applied. Guards have to be there before the first operation, and the
// operations have to lie within a day.
type Book struct {
	balances map[Account]*state
	holds    map[string]*Hold
	guards   map[string][]Guard
}

// state is one account with what its limits have counted.
type state struct {
	Balance
	staked int64 // part of the held money that bets hold
	used   Effect
}

// New makes an empty book.
func New(guards ...Guard) *Book {
	b := &Book{balances: map[Account]*state{}, holds: map[string]*Hold{}, guards: map[string][]Guard{}}
	for _, g := range guards {
		b.guards[g.Player] = append(b.guards[g.Player], g)
	}
	return b
}

// Balance is what an account has; zero when nothing ever happened.
func (b *Book) Balance(a Account) Balance { return b.of(a).Balance }

func (b *Book) of(a Account) *state {
	s := b.balances[a]
	if s == nil {
		s = &state{}
		b.balances[a] = s
	}
	return s
}

// Expect is the reason with which a request that was not done before is refused now; "" when it is accepted. The order of the checks is part of
// the wallet's contract.
func (b *Book) Expect(i *Intent) string {
	s := b.of(i.Account)
	if reason := b.guarded(i, s); reason != "" {
		return reason
	}
	var hold int64
	if i.Op.Closes != None {
		h := b.holds[i.Hold]
		switch {
		case h == nil:
			return "HOLD_NOT_FOUND"
		case h.Account != i.Account, h.Purpose != i.Op.Closes:
			return "HOLD_MISMATCH"
		case h.Closed:
			return "HOLD_CLOSED"
		}
		hold = h.Amount
	}
	if s.Available < i.Op.Effect(i, hold).Needs {
		return "INSUFFICIENT_FUNDS"
	}
	return ""
}

// guarded asks the player's guards.
func (b *Book) guarded(i *Intent, s *state) string {
	reason := ""
	for _, g := range b.guards[i.Player] {
		switch {
		case !slices.Contains(i.Op.Watched, g.Kind):
		case g.Currency == "":
			return "RESTRICTED" // comes before all limits
		case g.Currency == i.Currency && i.Amount > 0 && i.Amount > s.room(g):
			reason = "LIMIT_REACHED"
		}
	}
	return reason
}

// room is how much a guard leaves.
func (s *state) room(g Guard) int64 {
	switch g.Kind {
	case walletv1.GuardKind_GUARD_KIND_STAKE:
		return g.Maximum - max(s.used.Stake, 0)
	case walletv1.GuardKind_GUARD_KIND_NET_LOSS:
		return g.Maximum - max(s.used.NetLoss, 0) - s.staked
	case walletv1.GuardKind_GUARD_KIND_DEPOSIT:
		return g.Maximum - max(s.used.Deposit, 0)
	case walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT:
		return g.Maximum - max(s.used.NetDeposit, 0)
	case walletv1.GuardKind_GUARD_KIND_WITHDRAWAL:
		return g.Maximum - max(s.used.Withdrawals, 0)
	}
	return g.Maximum
}

// Apply does what an accepted request does. hold is the id of the hold that it opened, if it opened one.
func (b *Book) Apply(i *Intent, hold string) {
	s := b.of(i.Account)
	var amount int64
	if h := b.holds[i.Hold]; i.Op.Closes != None && h != nil {
		amount, h.Closed = h.Amount, true
	}
	e := i.Op.Effect(i, amount)
	s.Available += e.Cash
	s.Held += e.Held
	s.Version++
	s.used.Stake += e.Stake
	s.used.NetLoss += e.NetLoss
	s.used.Deposit += e.Deposit
	s.used.NetDeposit += e.NetDeposit
	s.used.Withdrawals += e.Withdrawals
	if i.Op.Opens == Bet || i.Op.Closes == Bet {
		s.staked += e.Held
	}
	if i.Op.Opens != None {
		b.holds[hold] = &Hold{ID: hold, Account: i.Account, Amount: i.Amount, Purpose: i.Op.Opens}
	}
}

// Find asks what the calling service did under a key; nil when it did nothing, or nothing yet.
func Find(ctx context.Context, c walletv1.WalletServiceClient, key string) (*Answer, error) {
	res, err := c.FindOperation(ctx, &walletv1.FindOperationRequest{RequestId: key})
	if errs.Is(err, walletv1.ErrorReason_ERROR_REASON_OPERATION_NOT_FOUND) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := answerOf(res.GetOperation().GetOperationId(), res.GetOperation().GetBalanceAfter())
	a.Hold = res.GetHoldId()
	return &a, err
}

// Open are the holds that are not closed, by id.
func (b *Book) Open() map[string]Hold {
	open := map[string]Hold{}
	for id, h := range b.holds {
		if !h.Closed {
			open[id] = *h
		}
	}
	return open
}
