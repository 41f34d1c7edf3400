package slot

import (
	"fmt"
	"io"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
)

// Spin is one fall of the reels.
type Spin struct {
	Stops      Stops
	Window     Window
	Lines      []LineWin
	Scatters   int
	ScatterPay int // in line bets
	Multiple   int // the whole win in line bets
}

// Round is a paid spin with the free spins it won.
type Round struct {
	Paid     Spin
	Free     []Spin
	Multiple int // the whole win in line bets
}

// Draw plays one round with randomness from source, which must be a cryptographic one in play. Every combination of
// stops is equally likely. The error is the source's.
func Draw(source io.Reader) (Round, error) {
	stops, err := drawStops(source)
	if err != nil {
		return Round{}, err
	}
	all := []Stops{stops}
	w := WindowAt(stops)
	if w.Scatters() >= ScatterTrigger {
		for range FreeSpins {
			if stops, err = drawStops(source); err != nil {
				return Round{}, err
			}
			all = append(all, stops)
		}
	}
	return Replay(all)
}

// Replay computes a round from its stops: those of the paid spin and, if it won free spins, theirs. A studio that
// keeps the stops can therefore show any round again.
func Replay(all []Stops) (Round, error) {
	for _, stops := range all {
		for r, stop := range stops {
			if stop < 0 || stop >= len(strips[r]) {
				return Round{}, fmt.Errorf("slot: stop %d is not on reel %d", stop, r)
			}
		}
	}
	if len(all) == 0 {
		return Round{}, fmt.Errorf("slot: a round without a spin")
	}
	round := Round{Paid: paidSpin(all[0])}
	if won := round.Paid.Scatters >= ScatterTrigger; won != (len(all) == 1+FreeSpins) || !won && len(all) != 1 {
		return Round{}, fmt.Errorf("slot: %d spins in a round with %d scatters", len(all), round.Paid.Scatters)
	}
	round.Multiple = round.Paid.Multiple
	for _, stops := range all[1:] {
		s := spin(stops, FreeMultiplier)
		round.Free = append(round.Free, s)
		round.Multiple += s.Multiple
	}
	return round, nil
}

// Stops lists the round's stops, from which Replay makes the same round.
func (r Round) Stops() []Stops {
	all := []Stops{r.Paid.Stops}
	for _, s := range r.Free {
		all = append(all, s.Stops)
	}
	return all
}

func paidSpin(stops Stops) Spin {
	s := spin(stops, 1)
	s.ScatterPay = ScatterPays[s.Scatters]
	s.Multiple += s.ScatterPay
	return s
}

func spin(stops Stops, multiplier int) Spin {
	s := Spin{Stops: stops, Window: WindowAt(stops)}
	s.Lines = s.Window.LineWins(multiplier)
	s.Scatters = s.Window.Scatters()
	for _, l := range s.Lines {
		s.Multiple += l.Multiple
	}
	return s
}

func drawStops(source io.Reader) (Stops, error) {
	var stops Stops
	for r := range stops {
		n, err := fair.Uniform(source, uint32(len(strips[r])))
		if err != nil {
			return Stops{}, err
		}
		stops[r] = int(n)
	}
	return stops, nil
}
