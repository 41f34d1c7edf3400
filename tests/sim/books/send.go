package books

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Answer is what the wallet says about one committed operation.
type Answer struct {
	Operation, Hold string
	Account         Account
	Balance         Balance
	Replayed        bool
	// Knows is how much of the balance was told.
	Knows Knows
	// Text is the whole answer but for Replayed, as Via, the RPC, has it: a repetition is the same to the byte.
	Via, Text string
}

// Knows is how much of a balance an answer tells.
type Knows int

// Some answers tell less than all of the balance.
const (
	KnowsAll Knows = iota
	KnowsCash
	KnowsCashAndVersion
	KnowsNothing
)

// Marked tells whether the answer says that it is a repetition when it is one.
func (a Answer) Marked() bool { return a.Knows == KnowsAll || a.Knows == KnowsCashAndVersion }

// Same tells whether two answers are about the same result; a replay is one, also by another RPC.
func (a Answer) Same(b Answer) bool {
	if a.Via != b.Via {
		a.Text, b.Text, a.Via, b.Via = "", "", "", ""
	}
	a.Replayed, b.Replayed = false, false
	return a == b
}

// Of tells whether an answer is about an operation as the ledger has it.
func (a Answer) Of(row Answer) bool {
	switch a.Knows {
	case KnowsCash:
		row.Balance = Balance{Available: row.Balance.Available}
	case KnowsCashAndVersion:
		row.Balance = Balance{Available: row.Balance.Available, Version: row.Balance.Version}
	case KnowsNothing:
		row.Balance = Balance{}
	}
	return a.Operation == row.Operation && a.Account == row.Account && a.Balance == row.Balance && (a.Hold == "" || a.Hold == row.Hold)
}

// response is what most operations answer.
type response interface {
	proto.Message
	GetOperationId() string
	GetBalanceAfter() *walletv1.Balance
	GetReplayed() bool
}

// text is a response without its mark of a repetition.
func text(m proto.Message) string {
	m = proto.Clone(m)
	r := m.ProtoReflect()
	if f := r.Descriptor().Fields().ByName("replayed"); f != nil {
		r.Clear(f)
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// sender makes Send of an RPC and of how its request is made.
func sender[Q any, A response](call func(walletv1.WalletServiceClient, context.Context, Q, ...grpc.CallOption) (A, error), request func(i *Intent) Q) func(context.Context, Callers, *Intent) ([]Answer, error) {
	return func(ctx context.Context, as Callers, i *Intent) ([]Answer, error) {
		res, err := call(as(i.Op.Caller), ctx, request(i))
		if err != nil {
			return nil, err
		}
		a, err := answerOf(res.GetOperationId(), res.GetBalanceAfter())
		a.Replayed, a.Via, a.Text = res.GetReplayed(), i.Op.Kind, text(res)
		if h, ok := any(res).(interface{ GetHoldId() string }); ok {
			a.Hold = h.GetHoldId()
		}
		return []Answer{a}, err
	}
}

// answerOf reads an operation's id and the balance after it.
func answerOf(operation string, b *walletv1.Balance) (Answer, error) {
	a := Answer{Operation: operation, Account: Account{b.GetPlayerId(), b.GetAvailable().GetCurrency()}, Balance: Balance{Version: b.GetVersion()}}
	for _, x := range []struct {
		into *int64
		m    *commonv1.Money
	}{
		{&a.Balance.Available, b.GetAvailable()}, {&a.Balance.Held, b.GetHeld()}, {&a.Balance.Bonus, b.GetBonus()}, {&a.Balance.HeldBonus, b.GetHeldBonus()},
		{&a.Balance.Owed, b.GetOwed()},
	} {
		if x.m == nil {
			continue
		}
		n, err := money.FromProto(x.m)
		if err != nil {
			return a, err
		}
		*x.into = n.Minor
	}
	return a, nil
}

// BalanceOf reads a balance.
func BalanceOf(b *walletv1.Balance) (Balance, error) {
	a, err := answerOf("", b)
	return a.Balance, err
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
	a.Hold, a.Via = res.GetHoldId(), "found"
	return &a, err
}
