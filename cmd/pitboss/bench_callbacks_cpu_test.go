package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// This process stands for the platform, and one that it starts for its database.
func TestProcessorTime(t *testing.T) {
	for began := time.Now(); time.Since(began) < 5*clockTick; { // uses some
	}
	own := func() int64 {
		var u syscall.Rusage
		require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := own()
	seen := processorTime(os.Getpid())[userPlatform].Nanoseconds()
	require.GreaterOrEqual(t, seen, before-int64(3*clockTick))
	require.LessOrEqual(t, seen, own()+int64(3*clockTick), "looking at every process takes some, too")
	require.Empty(t, processorTime(1<<30), "there is no such process")

	all := map[int]processStat{2000: {parent: 1000}, 3000: {parent: 2000}, 4000: {parent: 1}}
	require.Equal(t, userPlatform, processorUser(1000, 1000, all))
	require.Equal(t, userOtherDB, processorUser(1000, 3000, all), "a process that has ended, of the platform's")
	require.Empty(t, processorUser(1000, 4000, all), "nobody's")
	require.Equal(t, map[string]time.Duration{userWalletDB: 2 * time.Millisecond},
		sinceThen(map[string]time.Duration{userWalletDB: time.Second}, map[string]time.Duration{userWalletDB: 2 * time.Second}, 500))
}
