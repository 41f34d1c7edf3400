// Package simulate plays a game's rules millions of times, on all processors, to hold what the game publishes against
// what it does.
package simulate

import (
	"bufio"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Result sums up the rounds: what a round of stake 1 returned.
type Result struct {
	Rounds int64
	Mean   float64
	Sigma  float64 // of the mean
}

// Deviation is how many sigma the mean is away from what was published.
func (r Result) Deviation(published float64) float64 { return (r.Mean - published) / r.Sigma }

// Source is a fast deterministic random source for one worker.
type Source = *bufio.Reader

// share is how many rounds are played from one seed; the result does not depend on the number of processors.
const share = 100_000

// Run plays so many rounds, rounded up to whole shares. play returns what one round returned for a stake of 1 in all. The same seed plays
// the same rounds.
func Run(rounds int64, seed uint64, play func(random Source) (float64, error)) (Result, error) {
	shares := (rounds + share - 1) / share
	sums := make([][2]float64, shares)
	errs := make([]error, shares)
	next := make(chan int64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				sums[i], errs[i] = one(seed, uint64(i), play)
			}
		})
	}
	for i := range shares {
		next <- i
	}
	close(next)
	workers.Wait()
	var sum, squares float64
	for i := range sums {
		if errs[i] != nil {
			return Result{}, errs[i]
		}
		sum, squares = sum+sums[i][0], squares+sums[i][1]
	}
	n := float64(shares * share)
	mean := sum / n
	return Result{Rounds: shares * share, Mean: mean, Sigma: math.Sqrt((squares/n - mean*mean) / n)}, nil
}

func one(seed, number uint64, play func(Source) (float64, error)) (sums [2]float64, err error) {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], number)
	random := bufio.NewReaderSize(rand.NewChaCha8(key), 4096)
	for range share {
		v, err := play(random)
		if err != nil {
			return sums, err
		}
		sums[0] += v
		sums[1] += v * v
	}
	return sums, nil
}
