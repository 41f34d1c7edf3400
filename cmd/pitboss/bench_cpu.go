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

// processStat is what Linux tells of a process: the processor time that it has used itself, and that of children which have ended.
type processStat struct {
	parent        int
	used, ofEnded time.Duration
}

// processes are all that run now. Where there is no /proc there are none.
func processes() map[int]processStat {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	all := make(map[int]processStat, len(stats))
	for _, path := range stats {
		text, err := os.ReadFile(path) //nolint:gosec // of /proc
		end := bytes.LastIndexByte(text, ')')
		if err != nil || end < 0 { // it has ended
			continue
		}
		f := strings.Fields(string(text[end+1:])) // from the third on, the state (proc(5))
		ticks := func(fields ...int) (sum time.Duration) {
			for _, n := range fields {
				t, _ := strconv.ParseInt(f[n], 10, 64)
				sum += time.Duration(t) * clockTick
			}
			return sum
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(f[1])
		all[pid] = processStat{parent: parent, used: ticks(11, 12), ofEnded: ticks(13, 14)}
	}
	return all
}

// usedCPU is the processor time that this process and a PostgreSQL server have used. It says what an operation costs more steadily than a rate does where
// other work shares the processors. Zero where /proc does not tell it.
type usedCPU struct{ own, postgres time.Duration }

func cpuTimes(dataDir string) usedCPU {
	all := processes()
	u := usedCPU{own: all[os.Getpid()].used}
	text, err := os.ReadFile(filepath.Join(dataDir, "data", "postmaster.pid"))
	if err != nil {
		return u
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		return u
	}
	u.postgres = all[postmaster].used + all[postmaster].ofEnded
	for _, p := range all {
		if p.parent == postmaster {
			u.postgres += p.used
		}
	}
	return u
}
