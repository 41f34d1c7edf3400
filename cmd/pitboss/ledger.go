package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// ledgerCmd looks after the ledger.
type ledgerCmd struct {
	Verify     verifyCmd     `cmd:"" help:"Prove the ledger from one consistent snapshot; exit status 1 when it is broken, 2 when it could not be verified."`
	Partitions partitionsCmd `cmd:"" help:"List the ledger's months."`
	Archive    archiveCmd    `cmd:"" help:"Detach old months, which stay in the database as tables of their own."`
	Unarchive  unarchiveCmd  `cmd:"" help:"Bring the newest archived month back."`
}

// connectLimit is how long a database that does not answer is waited for.
const connectLimit = 15 * time.Second

// walletDatabase is the wallet's database as its runtime role.
type walletDatabase struct {
	URL string `help:"PostgreSQL URL of the wallet's database; default: what PITBOSS_DATABASE_URL says, or the one of the platform that runs on PITBOSS_HOME." env:"PITBOSS_WALLET_DATABASE_URL" secret:"true" doc:"PostgreSQL URL of the wallet's database as its runtime role, for the commands of ledger; empty takes what PITBOSS_DATABASE_URL says, or the platform that runs on PITBOSS_HOME."`
}

func (d walletDatabase) open(ctx context.Context, conns int) (*pgxpool.Pool, error) {
	set, err := loadSettings()
	if err != nil {
		return nil, err
	}
	if d.URL == "" {
		if d.URL, err = serviceURL(set, "wallet"); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	return pg.Open(ctx, d.URL, pg.PoolOptions{AppName: "pitboss-ledger", MaxConns: int32(conns), StatementTimeout: time.Hour})
}

type verifyCmd struct {
	walletDatabase
	JSON            bool `help:"One JSON object a line: violations as they are found, then a summary."`
	SinceCheckpoint bool `xor:"what" help:"Only what was committed after the last checkpoint, chained to it."`
	Full            bool `xor:"what" help:"Everything that is not archived, whatever checkpoints say; the default."`
	Resume          bool `help:"Go on behind what an interrupted full verification has proven within a day."`
	NoCheckpoint    bool `help:"Write nothing; otherwise a checkpoint is written when everything is right."`
	Parallel        int  `help:"Connections that read at once." default:"2"`
}

// couldNotVerify is a verification without an outcome, which is neither right nor broken.
type couldNotVerify struct{ error }

// ExitCode is the exit status of the process.
func (couldNotVerify) ExitCode() int { return 2 }

// Unwrap is the reason.
func (e couldNotVerify) Unwrap() error { return e.error }

// Run verifies: what is wrong goes to stdout while it is found, progress to stderr.
func (c *verifyCmd) Run(ctx context.Context) error {
	if c.Resume && c.SinceCheckpoint {
		return couldNotVerify{errors.New("--resume is for full verifications")}
	}
	c.Parallel = min(max(c.Parallel, 1), 32)
	pool, err := c.open(ctx, c.Parallel+2)
	if err != nil {
		return couldNotVerify{err}
	}
	defer pool.Close()
	var print sync.Mutex
	v, err := wallet.VerifyWith(ctx, pool, wallet.VerifyOptions{
		Since: c.SinceCheckpoint, Resume: c.Resume, Checkpoint: !c.NoCheckpoint, Parallel: c.Parallel,
		Found: func(v *walletv1.Violation) {
			print.Lock()
			defer print.Unlock()
			c.violation(v)
		},
		Progress: func(p wallet.VerifyProgress) {
			print.Lock()
			defer print.Unlock()
			fmt.Fprintf(os.Stderr, "%s: %d of %d\n", p.Part, p.Done, p.Of)
		},
	})
	if err != nil {
		return couldNotVerify{err}
	}
	return c.summary(v)
}

func (c *verifyCmd) violation(v *walletv1.Violation) {
	if c.JSON {
		fmt.Printf("{\"violation\":%s}\n", jsonLine(v))
		return
	}
	fmt.Printf("BROKEN %s %s: %s\n", v.GetInvariant(), v.GetSubject(), v.GetDetail())
}

// atProviders tells of players' money that was transferred to providers, in currencies in which any was.
func atProviders(s *walletv1.CurrencySummary) string {
	if s.GetAtProviders().GetAmount() == "" || strings.Trim(s.GetAtProviders().GetAmount(), "0.") == "" {
		return ""
	}
	return ", and " + s.GetAtProviders().GetAmount() + " at providers by transfers"
}

func (c *verifyCmd) summary(v *wallet.Verification) error {
	v.Violations = nil // they are printed already
	if c.JSON {
		fmt.Printf("{\"summary\":%s}\n", jsonLine(v.VerifyLedgerResponse))
	} else {
		for _, s := range v.GetCurrencies() {
			fmt.Printf("%s sums to %d over %d entries; players own %s%s\n", s.GetCurrency(), s.GetSumMinor(), s.GetEntries(), s.GetPlayerFunds().GetAmount(), atProviders(s))
		}
		fmt.Printf("%d operations, %d entries, %d accounts, %d holds checked in %d ms\n", v.GetOperations(), v.GetEntries(), v.GetAccounts(), v.GetHolds(), v.GetDurationMs())
		if v.GetSinceNumber() > 0 {
			fmt.Printf("balances were followed from number %d on, where a checkpoint was\n", v.GetSinceNumber())
		}
		if v.GetCheckpointNumber() > 0 {
			fmt.Printf("a checkpoint was written at number %d\n", v.GetCheckpointNumber())
		}
	}
	if v.NoCheckpoint != "" {
		fmt.Fprintln(os.Stderr, "no checkpoint was written:", v.NoCheckpoint)
	}
	if !v.GetOk() {
		fmt.Fprintf(os.Stderr, "the ledger is BROKEN, %d violations: see docs/runbooks/ledger.md\n", v.GetViolationCount())
		return errReported
	}
	if !c.JSON {
		fmt.Println("the ledger is right")
	}
	return nil
}

func jsonLine(m proto.Message) string {
	return protojson.MarshalOptions{EmitDefaultValues: true}.Format(m)
}

type partitionsCmd struct{ walletDatabase }

// Run lists the months.
func (c *partitionsCmd) Run(ctx context.Context) error {
	pool, err := c.open(ctx, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	parts, err := wallet.Partitions(ctx, pool)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "month\tstate\toperations\tentries\tMB\tcheckpoint")
	for _, p := range parts {
		month, state, about, checkpoint := p.Month.Format("2006-01"), "attached", "~", ""
		if !p.Attached {
			state, about, checkpoint = "archived", "", fmt.Sprint(p.CheckpointNumber)
		}
		if p.Month.IsZero() {
			month, about = "default", ""
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f\t%s\n", month, state, rows(about, p.Operations), rows(about, p.Entries), float64(p.Bytes)/(1<<20), checkpoint)
	}
	return w.Flush()
}

// rows is a number of rows; the server has no estimate for a table that it never looked at.
func rows(about string, n int64) string {
	if n < 0 {
		return "?"
	}
	return about + fmt.Sprint(n)
}

type archiveCmd struct {
	walletDatabase
	Before string `required:"" help:"First month that stays, as YYYY-MM."`
}

// Run archives all months before the given one, oldest first, and stops at the first that cannot be.
func (c *archiveCmd) Run(ctx context.Context) error {
	before, err := time.Parse("2006-01", c.Before)
	if err != nil {
		return fmt.Errorf("--before %q is not a month like 2026-01", c.Before)
	}
	pool, err := c.open(ctx, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	parts, err := wallet.Partitions(ctx, pool)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if !p.Attached || p.Month.IsZero() || !p.Month.Before(before) {
			continue
		}
		checkpoint, err := wallet.Archive(ctx, pool, p.Month)
		if err != nil {
			return fmt.Errorf("archive %s: %w", p.Month.Format("2006-01"), err)
		}
		fmt.Printf("%s is archived behind the checkpoint at number %d\n", p.Month.Format("2006-01"), checkpoint)
	}
	return nil
}

type unarchiveCmd struct {
	walletDatabase
	Month string `arg:"" help:"The month, as YYYY-MM."`
}

// Run attaches the month again.
func (c *unarchiveCmd) Run(ctx context.Context) error {
	month, err := time.Parse("2006-01", c.Month)
	if err != nil {
		return fmt.Errorf("%q is not a month like 2026-01", c.Month)
	}
	pool, err := c.open(ctx, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := wallet.Unarchive(ctx, pool, month); err != nil {
		return err
	}
	fmt.Printf("%s is part of the ledger again; verify it with `pitboss ledger verify`\n", c.Month)
	return nil
}
