package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of processor time in /proc, 1/100 s on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// Who uses the processor while callbacks are measured.
const (
	userPlatform = "platform"
	userGamingDB = "gaming's PostgreSQL"
	userWalletDB = "wallet's PostgreSQL"
	userOtherDB  = "PostgreSQL else"
)

// processorTime is how much processor time a platform started by this process and its database have used so far, by who used it. It is what a callback costs
// whatever else the machine does. Where there is no /proc it is empty.
func processorTime(platform int) map[string]time.Duration {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	parents, ticks := map[int]int{}, map[int]int64{}
	for _, path := range stats {
		text, err := os.ReadFile(path) //nolint:gosec // of /proc
		end := bytes.LastIndexByte(text, ')')
		if err != nil || end < 0 { // it has ended
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		f := strings.Fields(string(text[end+1:])) // from the third on, the state (proc(5))
		parents[pid], _ = strconv.Atoi(f[1])
		for _, n := range []int{11, 12} { // user and system time
			t, _ := strconv.ParseInt(f[n], 10, 64)
			ticks[pid] += t
		}
	}
	used := map[string]time.Duration{}
	for pid, n := range ticks {
		if who := processorUser(platform, pid, parents); who != "" {
			used[who] += time.Duration(n) * clockTick
		}
	}
	return used
}

func processorUser(platform, pid int, parents map[int]int) string {
	if pid == platform {
		return userPlatform
	}
	for up := pid; up != platform; up = parents[up] {
		if up <= 1 {
			return ""
		}
	}
	title, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")) // empty when it has ended
	switch {
	case bytes.HasPrefix(title, []byte("postgres: pitboss_gaming")):
		return userGamingDB
	case bytes.HasPrefix(title, []byte("postgres: pitboss_wallet")):
		return userWalletDB
	default:
		return userOtherDB
	}
}

// sinceThen is what was used between two readings, for each of so many callbacks.
func sinceThen(before, after map[string]time.Duration, callbacks int) map[string]time.Duration {
	each := map[string]time.Duration{}
	for who, t := range after {
		each[who] = (t - before[who]) / time.Duration(max(callbacks, 1))
	}
	return each
}
