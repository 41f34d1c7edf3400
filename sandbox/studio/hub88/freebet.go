package hub88

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// timeForm is how the protocol writes times, in UTC.
const timeForm = "2006-01-02T15:04:05"

// freeTime is how long free rounds live whose end the operator does not say.
const freeTime = 30 * 24 * time.Hour

// prepaidNamespace makes the ids of prepaids, of which there is one for each currency of each game that has free rounds.
var prepaidNamespace = uuid.MustParse("5f5bd8a1-7a3c-4d5e-9a44-6c3f0b7a9d10")

func prepaid(game, currency string) string {
	return uuid.NewSHA1(prepaidNamespace, []byte(game+" "+currency)).String()
}

// freeRoutes serves prepaids and rewards. Campaigns and bulk rewards are not offered.
func (p Protocol) freeRoutes(m *http.ServeMux, h wallet.Host) {
	base := "POST " + p.api + "/freebet/"
	m.HandleFunc(base+"prepaids/list", func(w http.ResponseWriter, r *http.Request) { p.prepaids(w, r, h) })
	m.HandleFunc(base+"rewards/create", func(w http.ResponseWriter, r *http.Request) { p.createReward(w, r, h) })
	m.HandleFunc(base+"rewards/list", func(w http.ResponseWriter, r *http.Request) { p.listRewards(w, r, h) })
	m.HandleFunc(base+"rewards/cancel", func(w http.ResponseWriter, r *http.Request) { p.cancelReward(w, r, h) })
}

// prepaids answers one for each game and currency; bet and number of rounds are the operator's choice.
func (p Protocol) prepaids(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q struct {
		GameCode string `json:"game_code"`
		Currency string `json:"currency"`
	}
	if _, ok := p.signed(w, r, h, &q); !ok {
		return
	}
	out := []map[string]any{}
	for _, g := range h.Games() {
		if !g.FreeSpins || q.GameCode != "" && q.GameCode != g.Code {
			continue
		}
		for _, c := range h.Currencies() {
			if q.Currency == "" || q.Currency == c {
				out = append(out, map[string]any{
					"prepaid_uuid": prepaid(g.Code, c), "game_code": g.Code, "game_id": g.ID, "currency": c, "bet_value": nil, "bet_count": nil, "bonus_buy": false,
				})
			}
		}
	}
	reply(w, http.StatusOK, out)
}

type rewardRequest struct {
	User        string  `json:"user"`
	PrepaidUUID string  `json:"prepaid_uuid"`
	BetValue    *int64  `json:"bet_value"`
	BetCount    *int    `json:"bet_count"`
	StartTime   *string `json:"start_time"`
	EndTime     *string `json:"end_time"`
	RewardUUID  string  `json:"reward_uuid"`
}

func (p Protocol) createReward(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q rewardRequest
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	f, err := p.freeRounds(q, h)
	if err == nil {
		f, err = h.Grant(l, f)
	}
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		fail(w, http.StatusBadRequest, freeFields[wrong.Field]+" "+wrong.Problem)
		return
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, "internal error")
		return
	}
	reply(w, http.StatusOK, rewardOf(f))
}

var freeFields = map[string]string{
	"game": "prepaid_uuid", "currency": "currency", "bet": "bet_value", "rounds": "bet_count", "player": "user", "time": "end_time", "name": "reward_uuid",
}

func (p Protocol) freeRounds(q rewardRequest, h wallet.Host) (wallet.FreeRounds, error) {
	f := wallet.FreeRounds{Name: q.RewardUUID, Player: wallet.Player{ID: q.User}}
	if f.Name == "" {
		f.Name = uuid.NewString()
	}
	for _, g := range h.Games() {
		for _, c := range h.Currencies() {
			if g.FreeSpins && prepaid(g.Code, c) == q.PrepaidUUID {
				f.Games, f.Player.Currency = []string{g.Code}, c
			}
		}
	}
	if f.Games == nil {
		return f, &wallet.LaunchError{Field: "game", Problem: "is unknown"}
	}
	if q.BetValue == nil || *q.BetValue <= 0 {
		return f, &wallet.LaunchError{Field: "bet", Problem: "is required"}
	}
	if q.BetCount == nil {
		return f, &wallet.LaunchError{Field: "rounds", Problem: "is required"}
	}
	f.Bet, f.Count = wallet.Amount{Units: *q.BetValue, Decimals: wireDecimals}, *q.BetCount
	f.Starts = time.Now().UTC().Truncate(time.Second)
	f.Expires = f.Starts.Add(freeTime)
	for _, t := range []struct {
		given *string
		into  *time.Time
	}{{q.StartTime, &f.Starts}, {q.EndTime, &f.Expires}} {
		if t.given == nil || *t.given == "" {
			continue
		}
		at, err := time.Parse(timeForm, *t.given)
		if err != nil {
			return f, &wallet.LaunchError{Field: "time", Problem: "is not YYYY-MM-DDThh:mm:ss"}
		}
		*t.into = at
	}
	return f, nil
}

func rewardOf(f wallet.FreeRounds) map[string]any {
	bet, err := f.Bet.In(wireDecimals)
	if err != nil {
		bet = 0 // was checked when the reward was made
	}
	state := map[string]string{"finished": "FRS_FINISHED", "finishing": "FRS_FINISHED", "cancelled": "FRS_CANCELLED", "expired": "FRS_EXPIRED"}[f.State]
	if f.State == "active" {
		if state = "FRS_NEW"; f.Used > 0 {
			state = "FRS_ACTIVE"
		}
	}
	return map[string]any{
		"reward_uuid": f.Name, "user": f.Player.ID, "prepaid_uuid": prepaid(f.Games[0], f.Player.Currency), "game_code": f.Games[0], "currency": f.Player.Currency,
		"bet_value": bet, "bet_count": f.Count, "start_time": f.Starts.UTC().Format(timeForm), "end_time": f.Expires.UTC().Format(timeForm), "status": state,
	}
}

func (p Protocol) listRewards(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q struct {
		User string `json:"user"`
	}
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	out := []map[string]any{}
	for _, f := range h.FreeRounds(l, q.User) {
		out = append(out, rewardOf(f))
	}
	reply(w, http.StatusOK, out)
}

func (p Protocol) cancelReward(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q struct {
		RewardUUID string `json:"reward_uuid"`
	}
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	if !h.Revoke(l, q.RewardUUID) {
		fail(w, http.StatusBadRequest, "reward_uuid names no reward that can be cancelled")
		return
	}
	for _, f := range h.FreeRounds(l, "") {
		if f.Name == q.RewardUUID {
			reply(w, http.StatusOK, rewardOf(f))
			return
		}
	}
}
