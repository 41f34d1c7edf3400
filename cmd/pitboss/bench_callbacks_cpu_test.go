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
	var own syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	require.InDelta(t, own.Utime.Nano()+own.Stime.Nano(), processorTime(os.Getpid())[userPlatform].Nanoseconds(), float64(3*clockTick))
	require.Empty(t, processorTime(1<<30), "there is no such process")

	all := map[int]processStat{2000: {parent: 1000}, 3000: {parent: 2000}, 4000: {parent: 1}}
	require.Equal(t, userPlatform, processorUser(1000, 1000, all))
	require.Equal(t, userOtherDB, processorUser(1000, 3000, all), "a process that has ended, of the platform's")
	require.Empty(t, processorUser(1000, 4000, all), "nobody's")
	require.Equal(t, map[string]time.Duration{userWalletDB: 2 * time.Millisecond},
		sinceThen(map[string]time.Duration{userWalletDB: time.Second}, map[string]time.Duration{userWalletDB: 2 * time.Second}, 500))
}
