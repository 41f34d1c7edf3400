package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopOrphan ends a server that a killed process left running on this cluster. The caller holds the folder's lock,
// so no living process of ours runs it. A pid file whose process is gone is left to the server, which recognises it
// as stale and looks for what may be left of its predecessor.
func stopOrphan(ctx context.Context, log *slog.Logger, data string) error {
	raw, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return nil
	}
	if !serves(pid, data) {
		return removeReused(filepath.Join(data, "postmaster.pid"), pid)
	}
	log.Warn("stopping a PostgreSQL that a killed process left behind", "pid", pid, "data", data)
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 20 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stopping the PostgreSQL left behind (pid %d): %w", pid, err)
		}
		if gone, err := awaitGone(ctx, pid, data, step.wait); gone || err != nil {
			return err
		}
	}
	return fmt.Errorf("the PostgreSQL left behind (pid %d) does not end", pid)
}

// removeReused removes the pid file when its number now belongs to another program, as after a reboot: the server
// would take that one for a server and refuse to start.
func removeReused(name string, pid int) error {
	if err := syscall.Kill(pid, 0); err != nil {
		return nil
	}
	if err := os.Remove(name); err != nil {
		return fmt.Errorf("pid file of a server that is gone: %w", err)
	}
	return nil
}

func awaitGone(ctx context.Context, pid int, data string, limit time.Duration) (bool, error) {
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		if !serves(pid, data) {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false, nil
}
