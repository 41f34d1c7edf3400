package wallet

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// maxViolations bounds an answer; a broken ledger can have millions.
const maxViolations = 1000

// The invariants of the ledger by the names under which Verify reports them. docs/runbooks/ledger.md says what each violation can mean.
const (
	// CurrencySum: all entries of a currency sum to zero.
	CurrencySum = "CURRENCY_SUM"
	// OperationSum: an operation's entries sum to zero, in its one currency, and are as many as it says; no entry is without an operation.
	OperationSum = "OPERATION_SUM"
	// BalanceMismatch: a balance is the sum of its entries.
	BalanceMismatch = "BALANCE_MISMATCH"
	// RunningBalance: each entry's balance is the one before it plus its amount.
	RunningBalance = "RUNNING_BALANCE"
	// NegativeBalance: no player account is, or ever was, below zero.
	NegativeBalance = "NEGATIVE_BALANCE"
	// HeldMismatch: a held account is the sum of its open holds, and its part for bets the sum of open bets.
	HeldMismatch = "HELD_MISMATCH"
	// GuardMismatch: a limit's counter is the sum of the usage it counts.
	GuardMismatch = "GUARD_MISMATCH"
	// HoldHistory: a hold was opened by one operation, and closed by one if it is closed and by none if it is open.
	HoldHistory = "HOLD_HISTORY"
	// VersionMismatch: a balance's version is the number of its operations, and they carry the versions from 1 to it.
	VersionMismatch = "VERSION_MISMATCH"
	// KeyMismatch: each operation's idempotency key exists and leads to it.
	KeyMismatch = "KEY_MISMATCH"
	// EventMissing: each operation has one event, as far back as the outbox reaches.
	EventMissing = "EVENT_MISSING"
)

// Verify proves every invariant of the ledger in one read-only snapshot, so it may run beside a working service. It reads everything and may
// take long; only what is wrong is brought into memory, at most 1,000 violations. It needs no more rights than reading. A violation is not an error:
// the answer says so with ok false.
func Verify(ctx context.Context, pool *pgxpool.Pool) (*walletv1.VerifyLedgerResponse, error) {
	began := time.Now()
	v := &verifier{out: &walletv1.VerifyLedgerResponse{}}
	err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		v.q = db.New(tx)
		for _, check := range []func(context.Context) error{
			v.totals, v.operations, v.balances, v.running, v.negative, v.held, v.guards, v.holds, v.versions, v.keys, v.events,
		} {
			if err := check(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.out.Ok = len(v.out.Violations) == 0
	v.out.DurationMs = time.Since(began).Milliseconds()
	return v.out, nil
}

type verifier struct {
	q   *db.Queries
	out *walletv1.VerifyLedgerResponse
}

// room is how many violations still fit. Every check runs even when none do, because LIMIT 0 costs nothing.
func (v *verifier) room() int32 { return int32(maxViolations - len(v.out.Violations)) }

func (v *verifier) report(invariant, subject, detail string, args ...any) {
	if v.room() > 0 {
		v.out.Violations = append(v.out.Violations, &walletv1.Violation{
			Invariant: invariant, Subject: subject, Detail: fmt.Sprintf(detail, args...),
		})
	}
}

func (v *verifier) totals(ctx context.Context) error {
	n, err := v.q.CountLedger(ctx)
	if err != nil {
		return err
	}
	v.out.Operations, v.out.Entries, v.out.Accounts, v.out.Holds = n.Operations, n.Entries, n.Accounts, n.Holds
	rows, err := v.q.SumCurrencies(ctx)
	for _, r := range rows {
		v.out.Currencies = append(v.out.Currencies, &walletv1.CurrencySummary{
			Currency: r.Currency, SumMinor: r.SumMinor, Entries: r.Entries, PlayerFunds: moneyOf(r.PlayerFundsMinor, r.Currency),
		})
		if r.SumMinor != 0 {
			v.report(CurrencySum, "currency "+r.Currency, "entries sum to %d minor units, not to 0", r.SumMinor)
		}
	}
	return err
}

func (v *verifier) operations(ctx context.Context) error {
	rows, err := v.q.WrongOperations(ctx, v.room())
	for _, r := range rows {
		if r.OperationID == "" {
			v.report(OperationSum, fmt.Sprintf("operation number %d", r.Number), "does not exist, but has %d entries", r.Found)
			continue
		}
		v.report(OperationSum, "operation "+r.OperationID, "%d entries of %d, sum %s, currencies %v", r.Found, r.Said, r.Total, r.Currencies)
	}
	return err
}

func (v *verifier) balances(ctx context.Context) error {
	rows, err := v.q.WrongBalances(ctx, v.room())
	for _, r := range rows {
		v.report(BalanceMismatch, accountName(r.ID, r.Owner, r.Currency, r.Kind), "balance %d, sum of its entries %s", r.BalanceMinor, r.Total)
	}
	return err
}

func (v *verifier) running(ctx context.Context) error {
	rows, err := v.q.WrongRunningBalances(ctx, v.room())
	for _, r := range rows {
		v.report(RunningBalance, fmt.Sprintf("entry %d of account %d", r.Number, r.AccountID), "says %d, the entries up to it make %s",
			r.BalanceAfterMinor, r.Running)
	}
	return err
}

func (v *verifier) negative(ctx context.Context) error {
	rows, err := v.q.NegativeBalances(ctx, v.room())
	for _, r := range rows {
		v.report(NegativeBalance, accountName(r.ID, r.Owner, r.Currency, r.Kind), "was down to %d", r.Lowest)
	}
	return err
}

func (v *verifier) held(ctx context.Context) error {
	rows, err := v.q.WrongHeldBalances(ctx, v.room())
	for _, r := range rows {
		v.report(HeldMismatch, "player "+r.Owner+" "+r.Currency, "held %d, open holds %s; of it for bets %d, open bets %s",
			r.BalanceMinor, r.Total, r.StakedMinor, r.Staked)
	}
	return err
}

func (v *verifier) guards(ctx context.Context) error {
	rows, err := v.q.WrongGuards(ctx, db.WrongGuardsParams{KeptFrom: slotOf(time.Now()) - keptSlots, Most: v.room()})
	for _, r := range rows {
		v.report(GuardMismatch, "guard "+r.ID+" of player "+r.PlayerID, "counted %d, usage %s", r.UsedMinor, r.Total)
	}
	return err
}

func (v *verifier) holds(ctx context.Context) error {
	rows, err := v.q.WrongHolds(ctx, v.room())
	for _, r := range rows {
		v.report(HoldHistory, "hold "+r.HoldID, "state %q, opened by %d operations, closed by %d", holdState(r.State), r.Opened, r.Closed)
	}
	return err
}

func (v *verifier) versions(ctx context.Context) error {
	rows, err := v.q.WrongVersions(ctx, v.room())
	for _, r := range rows {
		v.report(VersionMismatch, "player "+r.Owner+" "+r.Currency, "version %d, %d operations with %d versions up to %d",
			r.Version, r.Operations, r.Versions, r.Highest)
	}
	return err
}

func (v *verifier) keys(ctx context.Context) error {
	rows, err := v.q.WrongKeys(ctx, v.room())
	for _, r := range rows {
		v.report(KeyMismatch, "operation "+r.OperationID, "key %s %q leads to %q", r.Caller, r.RequestID, r.KeyOperationID)
	}
	return err
}

func (v *verifier) events(ctx context.Context) error {
	rows, err := v.q.MissingEvents(ctx, v.room())
	for _, r := range rows {
		v.report(EventMissing, "operation "+r.OperationID, "%d events, not 1", r.Events)
	}
	return err
}

func accountName(id int64, owner, currency string, kind int16) string {
	return fmt.Sprintf("account %d: %s %s %s", id, owner, currency, accountKind(kind))
}
