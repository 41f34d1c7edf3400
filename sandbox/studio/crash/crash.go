// Package crash is the game Skyward: a multiplier grows from 1 until it crashes, and who has cashed out before is paid
// the stake times the multiplier of that moment. It is pure; multipliers are whole hundredths, so that a payout is exact.
package crash

import (
	"io"
	"math"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
)

const (
	// RTP is what every cash-out target returns on average, in per cent: the chance to reach the multiplier m is
	// 97 % / m. It is exact but for less than 2^-40, and before payouts are rounded down to the currency's minor unit.
	RTP = 97
	// MinTarget is the lowest multiplier that can be cashed out, in hundredths.
	MinTarget = 101
	// MaxTarget is the highest: a flight that gets so far is cashed out there.
	MaxTarget = 1_000_000
	// rate is how fast the multiplier grows: e^(rate t), t in seconds; it doubles every 4.6 seconds.
	rate = 0.15
)

// Rate is the multiplier's growth per second, for the page that shows the flight.
const Rate = rate

// Draw draws where the flight ends, in hundredths: floor(RTP 2^52 / (2^52 - u)), u uniform below 2^52. What is below 1.00
// is a flight that never takes off, returned as 100.
func Draw(random io.Reader) (int64, error) {
	u, err := fair.Bits52(random)
	if err != nil {
		return 0, err
	}
	return PointOf(u), nil
}

// PointOf is Draw's formula.
func PointOf(u uint64) int64 {
	const all = uint64(1) << 52
	return min(max(int64(RTP*all/(all-u)), 100), MaxTarget)
}

// Chance is the exact number of values of u, of 2^52, whose flight reaches the target.
func Chance(target int64) uint64 { return RTP * (uint64(1) << 52) / uint64(target) }

// Payout is what the stake returns when cashed out at the target, in hundredths, rounded down to the minor unit.
func Payout(stake, target int64) int64 {
	whole, rest := stake/100, stake%100
	return whole*target + rest*target/100
}

// At is the multiplier after so long, in hundredths.
func At(elapsed time.Duration) int64 {
	if elapsed <= 0 {
		return 100
	}
	return int64(math.Min(math.Floor(100*math.Exp(rate*elapsed.Seconds())), MaxTarget))
}

// TimeTo is when the flight reaches the target.
func TimeTo(target int64) time.Duration {
	if target <= 100 {
		return 0
	}
	return time.Duration(math.Log(float64(target)/100) / rate * float64(time.Second))
}
