package studio

import "github.com/pitboss-gaming/pitboss/sandbox/studio/slot"

// outcomeView is a drawn round with its amounts.
type outcomeView struct {
	spinView
	FreeSpins []spinView `json:"free_spins,omitempty"`
}

type spinView struct {
	Stops      slot.Stops  `json:"stops"`
	Window     slot.Window `json:"window"` // [reel][row], rows from the top
	Lines      []lineView  `json:"lines"`
	Scatters   int         `json:"scatters"`
	ScatterPay string      `json:"scatter_pay,omitempty"`
	Win        string      `json:"win"`
}

type lineView struct {
	Line   int         `json:"line"` // 1..10
	Symbol slot.Symbol `json:"symbol"`
	Count  int         `json:"count"`
	Rows   []int       `json:"rows"` // the line's row on each reel, from 0
	Pay    string      `json:"pay"`
}

// outcomeOf makes the round again from its stops. They were drawn by this game, so Replay cannot refuse them; a
// journal edited by hand shows no outcome.
func outcomeOf(r round, c currency) *outcomeView {
	result, err := slot.Replay(r.Stops)
	if err != nil {
		return nil
	}
	line := r.Bet / slot.Lines
	v := &outcomeView{spinView: spinOf(result.Paid, line, c)}
	for _, f := range result.Free {
		v.FreeSpins = append(v.FreeSpins, spinOf(f, line, c))
	}
	return v
}

func spinOf(s slot.Spin, line int64, c currency) spinView {
	v := spinView{
		Stops: s.Stops, Window: s.Window, Scatters: s.Scatters, Lines: []lineView{},
		Win: c.format(line * int64(s.Multiple)),
	}
	if s.ScatterPay > 0 {
		v.ScatterPay = c.format(line * int64(s.ScatterPay))
	}
	for _, l := range s.Lines {
		v.Lines = append(v.Lines, lineView{
			Line: l.Line, Symbol: l.Symbol, Count: l.Count, Rows: slot.PayLine[l.Line-1][:],
			Pay: c.format(line * int64(l.Multiple)),
		})
	}
	return v
}
