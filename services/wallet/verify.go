package wallet

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// The invariants of the ledger by the names under which Verify reports them. docs/runbooks/ledger.md says what each violation can mean.
const (
	// CurrencySum: all entries of a currency sum to zero.
	CurrencySum = "CURRENCY_SUM"
	// OperationSum: an operation's entries sum to zero, in its one currency, and are those that it says; no entry is without an operation.
	OperationSum = "OPERATION_SUM"
	// BalanceMismatch: a balance is the sum of its entries.
	BalanceMismatch = "BALANCE_MISMATCH"
	// RunningBalance: each entry's balance is the one before it plus its amount.
	RunningBalance = "RUNNING_BALANCE"
	// NegativeBalance: no player account is, or ever was, below zero.
	NegativeBalance = "NEGATIVE_BALANCE"
	// AnswerMismatch: the cash and the held cash that an operation says it left are those that its entries left.
	AnswerMismatch = "ANSWER_MISMATCH"
	// FundingMismatch: what was put on hold stays on the other side of the account that it came from, and the bonus part of a hold is of its grant's pool alone.
	FundingMismatch = "FUNDING_MISMATCH"
	// LateMismatch: the late money of a hold is what the entries of its operations say.
	LateMismatch = "LATE_MISMATCH"
	// HeldMismatch: a held account is the sum of its open holds, and its part for bets the sum of open bets.
	HeldMismatch = "HELD_MISMATCH"
	// GuardMismatch: a limit's counter is the sum of the usage it counts.
	GuardMismatch = "GUARD_MISMATCH"
	// HoldHistory: a hold was opened by one operation, and closed by one if it is closed and by none if it is open.
	HoldHistory = "HOLD_HISTORY"
	// VersionMismatch: a balance's version is the number of its operations, and they carry the versions from 1 to it, in order.
	VersionMismatch = "VERSION_MISMATCH"
	// KeyMismatch: each operation's idempotency key exists, leads to it and has its answer, and no key leads to an operation that does not exist.
	KeyMismatch = "KEY_MISMATCH"
	// EventMissing: each operation has one event, as far back as the outbox reaches.
	EventMissing = "EVENT_MISSING"
	// CheckpointMismatch: the ledger up to the last checkpoint is what it was when the checkpoint was written.
	CheckpointMismatch = "CHECKPOINT_MISMATCH"
)

// VerifyOptions say how the ledger is verified. The zero value reads everything that is not archived, on two connections, and writes nothing.
type VerifyOptions struct {
	// Since reads only what was committed after the last complete checkpoint, chained to it. Errors: NO_CHECKPOINT.
	Since bool
	// Resume goes on behind what a full verification with Checkpoint has proven that was interrupted less than a day ago, if there is one.
	Resume bool
	// Checkpoint writes a checkpoint when nothing is violated, and on the way there marks that Resume goes on from. It needs the right to insert.
	Checkpoint bool
	// Parallel is how many connections read at once, from the same snapshot; 0 means 2.
	Parallel int
	// Found is told each violation when it is found, of each kind at most 1,000 and more for those that are found range by range; nil for nobody.
	Found func(*walletv1.Violation)
	// Progress is told whenever a part is done; nil for nobody.
	Progress func(VerifyProgress)

	rangeOperations int64 // operations in a range; 0 means the default
	markEvery       int64 // operations between marks for Resume; 0 means the default
	every           int64 // operations since the last checkpoint that are worth a new one by Since; 0 means the default
}

// VerifyProgress is how far a verification has come.
type VerifyProgress struct {
	// Part is what was done: an invariant, or ranges of the ledger.
	Part string
	// Done of Of parts of this name are done.
	Done, Of int
}

// Verification is the outcome: the answer of VerifyLedger, and why no checkpoint was written although it was wanted.
type Verification struct {
	*walletv1.VerifyLedgerResponse
	// NoCheckpoint is the reason, or empty.
	NoCheckpoint string
}

// Verify proves every invariant of the ledger in one read-only snapshot, so it may run beside a working service. It reads everything that is not archived and
// may take long; only what is wrong is kept, at most 1,000 violations, beside some 70 bytes for each account. It needs no more rights than
// reading. A violation is not an error: the answer says so with ok false.
func Verify(ctx context.Context, pool *pgxpool.Pool) (*walletv1.VerifyLedgerResponse, error) {
	v, err := VerifyWith(ctx, pool, VerifyOptions{})
	if err != nil {
		return nil, err
	}
	return v.VerifyLedgerResponse, nil
}

// VerifyWith is Verify with options.
func VerifyWith(ctx context.Context, pool *pgxpool.Pool, o VerifyOptions) (*Verification, error) {
	began := time.Now()
	v := newVerification(pool, o)
	if err := v.run(ctx); err != nil {
		return nil, err
	}
	v.out.Violations, v.out.ViolationCount = v.findings.kept, v.findings.count
	v.out.Ok = v.out.ViolationCount == 0
	v.out.DurationMs = time.Since(began).Milliseconds()
	return v.out, nil
}

func newVerification(pool *pgxpool.Pool, o VerifyOptions) *verification {
	setDefault(&o.Parallel, 2)
	setDefault(&o.rangeOperations, 250_000)
	setDefault(&o.markEvery, 2_000_000)
	setDefault(&o.every, 250_000)
	return &verification{o: o, pool: pool, findings: &findings{tell: o.Found}, out: &Verification{VerifyLedgerResponse: &walletv1.VerifyLedgerResponse{}}}
}

func setDefault[T int | int64](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}
