package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pgbenchThreads is how many threads pgbench divides the clients among.
const pgbenchThreads = 2

// pgbench finds the program, or nothing when the statements are to be sent from Go.
func (b *walletBench) pgbench() (string, error) {
	if b.TPCB == "go" {
		return "", nil
	}
	tool, err := exec.LookPath("pgbench")
	if err != nil && b.TPCB == "auto" {
		return "", nil
	}
	return tool, err
}

// runPgbench lets pgbench work for a time and reads what each transaction took from its log. The tables are there already, so it neither makes
// nor vacuums any. The password goes through the environment, because arguments can be seen by everybody on the machine.
func (b *walletBench) runPgbench(ctx context.Context, tool, server string, row *benchRow, length time.Duration) error {
	at, err := url.Parse(server)
	if err != nil {
		return errors.New("the server's URL does not parse") // the error would repeat the password
	}
	dir, err := os.MkdirTemp(b.home, "pgbench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	password, _ := at.User.Password()
	cmd := exec.CommandContext(ctx, tool, "--protocol=prepared", "--no-vacuum", fmt.Sprint("--client=", tpcbClients), fmt.Sprint("--jobs=", pgbenchThreads),
		fmt.Sprint("--time=", max(1, int(length.Round(time.Second).Seconds()))), "--log", "--log-prefix="+filepath.Join(dir, "log"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PGHOST="+at.Hostname(), "PGPORT="+at.Port(), "PGUSER="+at.User.Username(), "PGPASSWORD="+password,
		"PGDATABASE="+strings.TrimPrefix(at.Path, "/"), "PGSSLMODE=disable")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pgbench: %w: %s", err, strings.TrimSpace(problems.String()))
	}
	seen, err := readPgbenchLogs(dir)
	if err != nil {
		return err
	}
	rate, err := pgbenchRate(&out)
	if err != nil {
		return err
	}
	row.summarise(seen, time.Duration(float64(len(seen.all))/rate*float64(time.Second)))
	return nil
}

// pgbenchRate finds the transactions per second in what pgbench prints.
func pgbenchRate(out *bytes.Buffer) (float64, error) {
	for line := range strings.Lines(out.String()) {
		if rest, ok := strings.CutPrefix(line, "tps = "); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			if rate, err := strconv.ParseFloat(number, 64); err == nil && rate > 0 {
				return rate, nil
			}
		}
	}
	return 0, errors.New("pgbench told no rate")
}

// readPgbenchLogs reads the third column, microseconds, of the logs of all threads.
func readPgbenchLogs(dir string) (*latencies, error) {
	var seen latencies
	names, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) < 3 {
				continue
			}
			micros, err := strconv.ParseInt(fields[2], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("pgbench's log: %w", err)
			}
			seen.all = append(seen.all, time.Duration(micros)*time.Microsecond)
		}
	}
	if len(seen.all) == 0 {
		return nil, errors.New("pgbench logged no transaction")
	}
	return &seen, nil
}
