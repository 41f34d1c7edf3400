package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

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
	all, used := processes(), map[string]time.Duration{}
	for pid, p := range all {
		if who := processorUser(platform, pid, all); who != "" {
			used[who] += p.used
		}
	}
	return used
}

func processorUser(platform, pid int, all map[int]processStat) string {
	if pid == platform {
		return userPlatform
	}
	for up := pid; up != platform; up = all[up].parent {
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
