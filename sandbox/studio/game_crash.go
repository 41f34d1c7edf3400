package studio

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/crash"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// crashGame is Skyward: each bet is a flight of its own, several of them at the same time.
type crashGame struct{}

const actionCashout = "cashout"

type crashRequest struct {
	Bet  int64 `json:"bet"`
	Auto int64 `json:"auto,omitempty"` // hundredths; 0: cash out by hand
}

func (crashGame) about() about {
	return about{
		Game: wallet.Game{ID: 1003, Code: CodeCrash, Name: "Skyward", Kind: "crash", Category: "Crash Games"},
		RTP:  crash.RTP / 100.0, MaxOpen: 4,
		Method:      "exact: the chance to reach the multiplier m is 97 % / m; payouts are rounded down to the currency's minor unit",
		Description: "A multiplier that grows until it crashes; up to four flights at the same time.",
		Figures:     map[string]any{"min_target": "1.01", "max_target": hundredths(crash.MaxTarget), "growth_per_second": crash.Rate},
	}
}

func (crashGame) open(c currency, a ask) (opening, *apiError) {
	auto := a.AutoCashout
	a.AutoCashout = ""
	minor, wrong := oneBet(c, a)
	if wrong != nil {
		return opening{}, wrong
	}
	q := crashRequest{Bet: minor}
	said := "cash out by hand"
	if auto != "" {
		target, err := parseHundredths(auto)
		if err != nil || target < crash.MinTarget || target > crash.MaxTarget {
			return opening{}, badBet("auto_cashout must be a multiplier from 1.01 to 10000.00")
		}
		q.Auto, said = target, "cash out at "+hundredths(target)
	}
	return opening{Stake: minor, Request: request(q), Text: "Skyward: " + said}, nil
}

// crashView is a flight. While it flies nothing in it tells where it ends.
type crashView struct {
	State     string `json:"state"` // flying, cashed_out, crashed
	StartedAt int64  `json:"started_ms"`
	Auto      string `json:"auto_cashout,omitempty"`
	CashedOut string `json:"cashed_out_at,omitempty"`
	CrashedAt string `json:"crash_point,omitempty"` // once the round is over
}

func (crashGame) position(r *round, c currency, random io.Reader, now time.Time) (position, error) {
	var q crashRequest
	if err := json.Unmarshal(r.Request, &q); err != nil {
		return position{}, err
	}
	point, err := crash.Draw(random)
	if err != nil {
		return position{}, err
	}
	auto := q.Auto
	if auto == 0 {
		auto = crash.MaxTarget
	}
	elapsed := now.Sub(r.StartedAt)
	v := crashView{State: "flying", StartedAt: r.StartedAt.UnixMilli()}
	if q.Auto > 0 {
		v.Auto = hundredths(q.Auto)
	}
	ends := crash.TimeTo(min(auto, point))
	cashed := int64(0)
	for _, a := range r.Actions {
		cashed = a.At // act has seen to it that the flight was still under way
	}
	if cashed == 0 && elapsed >= ends && auto <= point {
		cashed = auto
	}
	switch {
	case cashed > 0:
		v.State, v.CashedOut, v.CrashedAt = "cashed_out", hundredths(cashed), hundredths(point)
		return position{Over: true, Win: crash.Payout(q.Bet, cashed), View: v}, nil
	case elapsed >= ends:
		v.State, v.CrashedAt = "crashed", hundredths(point)
		return position{Over: true, View: v}, nil
	}
	return position{GoesOn: ends, Actions: []string{actionCashout}, View: v}, nil
}

// act cashes out at the multiplier of this moment on the server's clock.
func (crashGame) act(r *round, _ position, want action, now time.Time) (action, int64, *apiError) {
	if want.Name != actionCashout {
		return action{}, 0, &apiError{Code: "bad_action", Message: "the only action is cashout"}
	}
	at := crash.At(now.Sub(r.StartedAt))
	if at < crash.MinTarget {
		return action{}, 0, &apiError{Code: "too_early", Message: "the flight can be cashed out from 1.01 on"}
	}
	return action{ID: want.ID, Name: actionCashout, At: at}, 0, nil
}

func hundredths(v int64) string { return wallet.Amount{Units: v, Decimals: 2}.String() }

// parseHundredths reads "1.5" as 150.
func parseHundredths(s string) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(s) > 8 || len(frac) > 2 || !digits(whole) || !digits(frac) {
		return 0, errAmount
	}
	return strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
}

func (crashGame) paytable() any {
	type row struct {
		Target string `json:"target"`
		Chance string `json:"chance"`
		Return string `json:"return"`
	}
	var rows []row
	for _, target := range []int64{101, 110, 150, 200, 300, 500, 1000, 5000, 10_000, 100_000, 1_000_000} {
		chance := float64(crash.Chance(target)) / (1 << 52)
		rows = append(rows, row{hundredths(target), fmt.Sprintf("%.4f %%", 100*chance), fmt.Sprintf("%.4f %%", chance*float64(target))})
	}
	return map[string]any{
		"game": "Skyward", "game_code": CodeCrash, "rtp": fmt.Sprintf("%d.0000 %%", crash.RTP), "targets": rows,
		"min_target": "1.01", "max_target": hundredths(crash.MaxTarget), "growth_per_second": crash.Rate, "max_open": 4,
	}
}

func (g crashGame) sheet() any { return g.paytable() }
