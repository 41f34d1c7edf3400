package studio

import (
	"fmt"
	"io"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// slotGame is Golden Vault.
type slotGame struct{}

func (slotGame) about() about {
	f := slot.Published.Figures()
	return about{
		Game: wallet.Game{ID: 1001, Code: GameCode, Name: "Golden Vault", Kind: "slot", Category: "Video Slots", FreeSpins: true},
		RTP:  f.RTP, MaxOpen: 1,
		Method:      "exact enumeration of all combinations of reel stops, repeated by the studio's own tests",
		Description: "A 5x3 slot with ten lines, wilds, scatters and free spins.",
		Figures: map[string]any{
			"combinations": slot.Published.Combinations, "rtp_lines": f.RTPLines, "rtp_scatters": f.RTPScatters, "rtp_free_spins": f.RTPFreeSpins,
			"hit_frequency": f.HitFrequency, "free_spin_frequency": f.FreeSpinChance, "volatility_std_dev": f.StdDev, "max_win_total_bets": f.MaxWin,
		},
	}
}

func (slotGame) open(c currency, a ask) (opening, *apiError) {
	minor, err := oneBet(c, a)
	if err != nil {
		return opening{}, err
	}
	return opening{
		Stake: minor, Request: request(map[string]int64{"bet": minor}),
		Text: fmt.Sprintf("Golden Vault: %d lines x %s", slot.Lines, c.format(minor/slot.Lines)),
	}, nil
}

func (slotGame) position(r *round, c currency, random io.Reader, _ time.Time) (position, error) {
	var result slot.Round
	var err error
	if len(r.Stops) > 0 { // a round from before the seeds
		result, err = slot.Replay(r.Stops)
	} else {
		result, err = slot.Draw(random)
	}
	if err != nil {
		return position{}, err
	}
	line := r.Stakes[0].Amount / slot.Lines
	return position{Over: true, Win: line * int64(result.Multiple), View: outcomeOf(result, line, c)}, nil
}

func (slotGame) act(*round, position, action, time.Time) (action, int64, *apiError) {
	return action{}, 0, &apiError{Code: "bad_action", Message: "this game has no actions"}
}

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

func outcomeOf(result slot.Round, line int64, c currency) *outcomeView {
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

// slotTable is what the paytable's page and JSON are made of.
type slotTable struct {
	Game           string          `json:"game"`
	GameCode       string          `json:"game_code"`
	Lines          int             `json:"lines"`
	Pays           []payRow        `json:"line_pays"` // in line bets
	Scatters       []scatterRow    `json:"scatter_pays"`
	FreeSpins      int             `json:"free_spins"`
	FreeMultiplier int             `json:"free_spin_multiplier"`
	PayLines       []payLine       `json:"pay_lines"`
	Strips         [][]slot.Symbol `json:"reel_strips"`
}

type payRow struct {
	Symbol string `json:"symbol"`
	Three  int    `json:"3"`
	Four   int    `json:"4"`
	Five   int    `json:"5"`
}

type scatterRow struct {
	Count    int `json:"count"`
	LineBets int `json:"line_bets"`
	TotalBet int `json:"total_bets"`
}

type payLine struct {
	Line int   `json:"line"`
	Rows []int `json:"rows"` // per reel, 1 being the top
}

func makeSlotTable() slotTable {
	p := slotTable{
		Game: "Golden Vault", GameCode: GameCode, Lines: slot.Lines, FreeSpins: slot.FreeSpins, FreeMultiplier: slot.FreeMultiplier,
	}
	for symbol, pays := range slot.Pays {
		if pays[slot.Reels] > 0 {
			p.Pays = append(p.Pays, payRow{slot.Symbol(symbol).String(), pays[3], pays[4], pays[5]})
		}
	}
	for count, pay := range slot.ScatterPays {
		if pay > 0 {
			p.Scatters = append(p.Scatters, scatterRow{count, pay, pay / slot.Lines})
		}
	}
	for i, rows := range slot.PayLine {
		line := payLine{Line: i + 1}
		for _, row := range rows {
			line.Rows = append(line.Rows, row+1)
		}
		p.PayLines = append(p.PayLines, line)
	}
	for reel := range slot.Reels {
		p.Strips = append(p.Strips, slot.Strip(reel))
	}
	return p
}

func (slotGame) paytable() any { return makeSlotTable() }

func (slotGame) sheet() any {
	f := slot.Published.Figures()
	percent := func(v float64) string { return fmt.Sprintf("%.4f %%", 100*v) }
	return struct {
		slotTable
		RTP, RTPLines, RTPScatters, RTPFreeSpins, HitFrequency, FreeSpinChance, StdDev, MaxWin string
		Combinations                                                                           int64
	}{
		makeSlotTable(), percent(f.RTP), percent(f.RTPLines), percent(f.RTPScatters), percent(f.RTPFreeSpins),
		percent(f.HitFrequency), percent(f.FreeSpinChance), fmt.Sprintf("%.4f", f.StdDev), fmt.Sprintf("%.1f", f.MaxWin),
		slot.Published.Combinations,
	}
}
