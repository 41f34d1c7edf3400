package pragmatic

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

const freePath = "/IntegrationService/v3/http/FreeRoundsBonusAPI/v2"

// freeRoutes serves free round bonuses of single players.
func (p Protocol) freeRoutes(m *http.ServeMux, h wallet.Host) {
	create := func(w http.ResponseWriter, r *http.Request) { p.createBonus(w, r, h) }
	m.HandleFunc("POST "+freePath+"/bonus/player/create", create)
	m.HandleFunc("POST "+freePath+"/bonus/player/create/{$}", create)
	m.HandleFunc("POST "+freePath+"/bonus/cancel/{$}", func(w http.ResponseWriter, r *http.Request) { p.cancelBonus(w, r, h) })
	m.HandleFunc("POST "+freePath+"/getPlayersFRB/{$}", func(w http.ResponseWriter, r *http.Request) { p.listBonuses(w, r, h) })
}

// createBonus has its parameters, which the hash covers, in the query, and the games in a JSON body.
func (p Protocol) createBonus(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	raw, err := wallet.ReadBody(w, r)
	if err != nil {
		return
	}
	q := r.URL.Query()
	l := h.Licensee(p.Name(), q.Get("secureLogin"))
	if l == nil || subtle.ConstantTimeCompare([]byte(strings.ToLower(q.Get("hash"))), []byte(Hash(q, l.Settings[settingKey]))) != 1 {
		refuse(w, "2", "login or hash is wrong")
		return
	}
	f, err := freeRoundsOf(q, raw)
	if err == nil {
		_, err = h.Grant(l, f)
	}
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		refuse(w, "7", wrong.Error())
		return
	}
	if err != nil {
		refuse(w, "1", "internal error")
		return
	}
	wallet.Reply(w, http.StatusOK, map[string]string{"error": "0", "description": "OK", "bonusCode": f.Name})
}

// freeRoundsOf reads a bonus. One bet for all its games is all that the studio offers.
func freeRoundsOf(q url.Values, raw []byte) (wallet.FreeRounds, error) {
	f := wallet.FreeRounds{Name: q.Get("bonusCode"), Player: wallet.Player{ID: q.Get("playerId"), Currency: q.Get("currency")}}
	var body struct {
		Games []struct {
			ID   string `json:"gameId"`
			Bets []struct {
				Currency string      `json:"currency"`
				Total    json.Number `json:"totalBet"`
			} `json:"betValues"`
		} `json:"gameList"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return f, &wallet.LaunchError{Field: "game", Problem: "list is no JSON"}
	}
	for _, g := range body.Games {
		f.Games = append(f.Games, g.ID)
		for _, b := range g.Bets {
			if b.Currency != f.Player.Currency {
				continue
			}
			bet, err := wallet.ParseAmount(string(b.Total))
			if err != nil || f.Bet.Units > 0 && bet != f.Bet {
				return f, &wallet.LaunchError{Field: "bet", Problem: "must be one amount for all games"}
			}
			f.Bet = bet
		}
	}
	f.Count, _ = strconv.Atoi(q.Get("rounds")) // 0 is refused
	for name, into := range map[string]*time.Time{"startDate": &f.Starts, "expirationDate": &f.Expires} {
		if seconds, err := strconv.ParseInt(q.Get(name), 10, 64); err == nil {
			*into = time.Unix(seconds, 0).UTC()
		}
	}
	return f, nil
}

func (p Protocol) cancelBonus(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	l, form, ok := p.verified(w, r, h)
	if !ok {
		return
	}
	if !h.Revoke(l, form.Get("bonusCode")) {
		refuse(w, "7", "there is no such bonus that can be cancelled")
		return
	}
	refuse(w, "0", "OK")
}

func (p Protocol) listBonuses(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	l, form, ok := p.verified(w, r, h)
	if !ok {
		return
	}
	out := []map[string]any{}
	for _, f := range h.FreeRounds(l, form.Get("playerId")) {
		if f.State == "active" {
			out = append(out, map[string]any{
				"bonusCode": f.Name, "currency": f.Player.Currency, "gameIDList": strings.Join(f.Games, ","), "rounds": f.Count, "roundsPlayed": f.Used,
				"expirationDate": strconv.FormatInt(f.Expires.Unix(), 10),
			})
		}
	}
	wallet.Reply(w, http.StatusOK, map[string]any{"error": "0", "description": "OK", "bonuses": out})
}

// Finish sends bonusWin with the total of a bonus. Whether it pays or the results before it did is the operator's setting.
func (p Protocol) Finish(ctx context.Context, c wallet.Line, f wallet.FreeRounds, id string) wallet.Answer {
	amount, err := f.Won.Text(2)
	if err != nil {
		return wallet.Failed(err)
	}
	return p.insist(ctx, c, "free_finish", "bonusWin", url.Values{
		"userId": {f.Player.ID}, "amount": {amount}, "reference": {wallet.Compact(id)}, "timestamp": {strconv.FormatInt(time.Now().UnixMilli(), 10)},
		"bonusCode": {f.Name},
	})
}
