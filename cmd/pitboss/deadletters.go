package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// deadCmd lists what a service could not handle.
type deadCmd struct {
	Service  string `arg:"" help:"Consuming service, for example notification."`
	URL      string `help:"PostgreSQL URL of its database; default: what PITBOSS_DATABASE_URL says, or the one of the platform that runs on PITBOSS_HOME."`
	Resolved bool   `help:"Those that were replayed with success too."`
	Limit    int    `help:"Most to list." default:"100"`
}

// Run prints the dead letters, newest first.
func (c *deadCmd) Run(ctx context.Context) error {
	pool, err := openService(ctx, c.Service, c.URL)
	if err != nil {
		return err
	}
	defer pool.Close()
	letters, err := bus.DeadLetters(ctx, pool, bus.DeadLetterFilter{Resolved: c.Resolved, Limit: c.Limit})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tconsumer\tevent\tevent id\tfailed\treplays\tresolved\treason")
	for _, d := range letters {
		resolved := ""
		if !d.ResolvedAt.IsZero() {
			resolved = d.ResolvedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", d.ID, d.Consumer, d.Message.Subject, d.Message.ID, d.FailedAt.UTC().Format(time.RFC3339), d.Replays, resolved, d.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("%d dead letters of %s\n", len(letters), c.Service)
	return nil
}

// replayCmd asks for a replay.
type replayCmd struct {
	Service string `arg:"" help:"Consuming service."`
	ID      int64  `arg:"" help:"Dead letter, as listed."`
	URL     string `help:"PostgreSQL URL of its database; default: what PITBOSS_DATABASE_URL says, or the one of the platform that runs on PITBOSS_HOME."`
}

// Run asks the running service, which alone has the handler; the list shows whether it succeeded.
func (c *replayCmd) Run(ctx context.Context) error {
	pool, err := openService(ctx, c.Service, c.URL)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := bus.RequestReplay(ctx, pool, c.ID); err != nil {
		return err
	}
	fmt.Printf("asked %s to handle dead letter %d again; `pitboss events dead %s --resolved` tells how it went\n", c.Service, c.ID, c.Service)
	return nil
}

func openService(ctx context.Context, service, url string) (*pgxpool.Pool, error) {
	if url == "" {
		set, err := loadSettings()
		if err != nil {
			return nil, err
		}
		if url, err = serviceURL(set, service); err != nil {
			return nil, err
		}
	}
	return pg.Open(ctx, url, pg.PoolOptions{AppName: "pitboss-events", MaxConns: 2})
}
