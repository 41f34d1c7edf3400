// Command pitboss is the whole platform in one binary: `pitboss up` runs everything on one machine with embedded engines,
// `pitboss serve` runs services in production, and the other commands look after them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Up       upCmd       `cmd:"" help:"Run the whole platform with embedded engines."`
	Serve    serveCmd    `cmd:"" help:"Run one or several services against external engines."`
	Sandbox  sandboxCmd  `cmd:"" help:"Run the outside world alone: studio, payment provider, mail, Telegram."`
	Journey  journeyCmd  `cmd:"" help:"Play a player's whole journey against a running platform, over public HTTP."`
	Studio   studioCmd   `cmd:"" help:"Play a game studio against a running platform."`
	Ledger   ledgerCmd   `cmd:"" help:"Look after the ledger."`
	Bench    benchCmd    `cmd:"" help:"Measure."`
	Events   eventsCmd   `cmd:"" help:"Look at the events."`
	Setup    setupCmd    `cmd:"" help:"Prepare external engines and a new platform."`
	Migrate  migrateCmd  `cmd:"" help:"Bring services' databases to this binary's version."`
	Certs    certsCmd    `cmd:"" help:"Issue certificates from the development CA."`
	Config   configCmd   `cmd:"" help:"Print every environment variable with its meaning and default."`
	Describe describeCmd `cmd:"" help:"Print every service with what it publishes, consumes and watches, and the configuration, as JSON."`
}

// gcPercent lets the heap grow to four times what is in use before it is collected, unless GOGC says otherwise: services hold little and allocate much, and
// collecting often cost a fifth of the processor under load.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name("pitboss"), kong.Description("An online-casino platform."), kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(); err != nil {
		if errors.Is(err, errReported) {
			os.Exit(1)
		}
		fmt.Fprintln(os.Stderr, "pitboss:", err)
		var coded interface{ ExitCode() int }
		if errors.As(err, &coded) {
			os.Exit(coded.ExitCode())
		}
		os.Exit(1)
	}
}

// errReported ends a command with a failure whose reasons are printed already.
var errReported = errors.New("reported")
