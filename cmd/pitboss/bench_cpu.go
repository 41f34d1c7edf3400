package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit in which Linux tells processes' times; it is the same on every architecture that we build for.
const clockTick = 10 * time.Millisecond

// usedCPU is the processor time that this process and a PostgreSQL server have used. It says what an operation costs more steadily than a rate does where
// other work shares the processors. Zero where /proc does not tell it.
type usedCPU struct{ own, postgres time.Duration }

func cpuTimes(dataDir string) (u usedCPU) {
	u.own = statOf("self").used
	text, err := os.ReadFile(filepath.Join(dataDir, "data", "postmaster.pid"))
	if err != nil {
		return u
	}
	postmaster, _, _ := strings.Cut(string(text), "\n")
	main := statOf(postmaster)
	u.postgres = main.used + main.ofEnded
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return u
	}
	for _, p := range processes {
		if s := statOf(filepath.Base(p)); s.parent == postmaster {
			u.postgres += s.used
		}
	}
	return u
}

type processStat struct {
	parent        string
	used, ofEnded time.Duration // by itself, and by children that have ended
}

// statOf reads what Linux tells of a process; zero of one that has ended.
func statOf(pid string) (s processStat) {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return s
	}
	// The name, in parentheses, may contain anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return s
	}
	ticks := func(i int) time.Duration {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0
		}
		return time.Duration(n) * clockTick
	}
	return processStat{parent: fields[1], used: ticks(11) + ticks(12), ofEnded: ticks(13) + ticks(14)}
}
