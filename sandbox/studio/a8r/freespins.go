package a8r

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// freeRoutes serves free spins. They are played without the wallet; Freespins/Finish tells their total.
func (p Protocol) freeRoutes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("POST /v2/casino_a8r.Freespins/Issue", func(w http.ResponseWriter, r *http.Request) { p.issue(w, r, h) })
	m.HandleFunc("POST /v2/casino_a8r.Freespins/Cancel", func(w http.ResponseWriter, r *http.Request) { p.cancelIssue(w, r, h) })
}

type issueRequest struct {
	IssueID  string   `json:"issue_id"`
	Quantity int      `json:"freespins_quantity"`
	Bet      string   `json:"bet_amount"`
	Games    []string `json:"games"`
	Until    string   `json:"valid_until"`
	Player   struct {
		ID       string `json:"id"`
		Currency string `json:"currency"`
	} `json:"player"`
}

func (p Protocol) issue(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q issueRequest
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	bet, err := wallet.ParseAmount(q.Bet)
	until, invalid := time.Parse(time.RFC3339, q.Until)
	if err != nil || invalid != nil {
		refuse(w, http.StatusBadRequest, "invalid_argument", "400", "bet_amount or valid_until is wrong")
		return
	}
	_, err = h.Grant(l, wallet.FreeRounds{
		Name: q.IssueID, Player: wallet.Player{ID: q.Player.ID, Currency: q.Player.Currency}, Games: q.Games, Bet: bet, Count: q.Quantity,
		Expires: until.UTC(),
	})
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		code, api := "invalid_argument", "400"
		if wrong.Field == "name" {
			code, api = "already_exists", "409"
		}
		refuse(w, http.StatusBadRequest, code, api, wrong.Error())
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal", "500", "internal error")
		return
	}
	wallet.Reply(w, http.StatusOK, map[string]string{})
}

func (p Protocol) cancelIssue(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q struct {
		IssueID string `json:"issue_id"`
	}
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	if !h.Revoke(l, q.IssueID) {
		refuse(w, http.StatusBadRequest, "invalid_argument", "620", "the issue cannot be cancelled")
		return
	}
	wallet.Reply(w, http.StatusOK, map[string]string{})
}

// Finish tells the total of an issue, once.
func (p Protocol) Finish(ctx context.Context, c wallet.Line, f wallet.FreeRounds, _ string) wallet.Answer {
	a, err := p.call(ctx, c, "free_finish", "Freespins/Finish", map[string]string{"issue_id": f.Name, "amount": f.Won.String()})
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Code == "":
		return a.done()
	case a.Meta.APICode == "400" || a.Meta.APICode == "101":
		return wallet.Answer{Verdict: wallet.Final, Status: a.status()}
	}
	return wallet.Answer{Verdict: wallet.Retry, Status: a.status()}
}
