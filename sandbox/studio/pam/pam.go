// Package pam speaks a provider's side of the PAM API 0.7.0, as an aggregator in front of a player-account system does:
// bearer token, the session's token in a header, amounts as JSON numbers with up to six decimals.
package pam

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Settings of a licensee; the reconciliation token may be missing.
const (
	settingProvider = "provider"  // the name the PAM knows the studio by
	settingToken    = "api_token" // of every call
	settingRecon    = "recon_token"
)

// Protocol is the only value there is.
type Protocol struct{}

// Name is pam.
func (Protocol) Name() string { return "pam" }

// Policy: a withdrawal without an answer is asked about once more and then cancelled.
func (Protocol) Policy() wallet.Policy {
	return wallet.Policy{BetAttempts: 2, CancelAttempts: 500, Decimals: 6}
}

// Check wants the provider's name and the API token.
func (Protocol) Check(l *wallet.Licensee) error {
	l.Key = l.Settings[settingProvider]
	return l.Require(settingProvider, settingToken)
}

// Types of transactions.
const (
	withdraw = "WITHDRAW"
	deposit  = "DEPOSIT"
	cancel   = "CANCEL"
)

type transaction struct {
	Currency   string          `json:"currency"`
	Provider   string          `json:"provider"`
	Type       string          `json:"transactionType"`
	Cash       json.RawMessage `json:"cashAmount"` // a number, written exactly
	Bonus      json.RawMessage `json:"bonusAmount"`
	Promo      json.RawMessage `json:"promoAmount"`
	At         string          `json:"transactionDateTime"`
	ID         string          `json:"providerTransactionId"`
	BetRef     string          `json:"providerBetRef"`
	GameID     string          `json:"providerGameId"`
	RoundID    string          `json:"providerRoundId"`
	BetCode    string          `json:"betCode,omitempty"`
	IsGameOver bool            `json:"isGameOver"`
}

type balance struct {
	Cash json.Number `json:"cashAmount"`
}

type answer struct {
	Status string `json:"status"`
	Error  struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Session struct {
		PlayerID string `json:"playerId"`
		Token    string `json:"token"`
		Currency string `json:"currency"`
	} `json:"session"`
	Balance balance `json:"balance"`
	Result  struct {
		Balance balance `json:"balance"`
	} `json:"transactionResult"`
}

// Open asks whose session it is.
func (p Protocol) Open(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	a, err := p.call(ctx, c, "info", http.MethodGet, "/players/session", s.Player.Token, nil)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status != statusOK:
		return declined(a.Error.Code)
	case a.Session.PlayerID != s.Player.ID || a.Session.Currency != s.Player.Currency:
		return wallet.Answer{Verdict: wallet.Declined, Reason: wallet.ReasonWallet, Status: "the session is another player's"}
	}
	return wallet.Answer{Verdict: wallet.Done, Status: a.Status}
}

// Balance asks for the balance.
func (p Protocol) Balance(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	a, err := p.call(ctx, c, "balance", http.MethodGet, "/players/"+url.PathEscape(s.Player.ID)+"/balance", s.Player.Token, nil)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status != statusOK:
		return declined(a.Error.Code)
	}
	return a.Balance.done()
}

// Bet withdraws.
func (p Protocol) Bet(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	a, err := p.add(ctx, c, "bet", withdraw, m, false)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return a.Result.Balance.done()
	case uncertain(a.Error.Code):
		undo := declined(a.Error.Code)
		undo.Verdict = wallet.Undo
		return undo
	}
	return declined(a.Error.Code)
}

// Win deposits, also 0, and ends the round.
func (p Protocol) Win(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	return p.insist(ctx, c, "win", deposit, m, nil)
}

// Cancel cancels a withdrawal; that there is none, or that it is cancelled, is what it wants.
func (p Protocol) Cancel(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	return p.insist(ctx, c, "rollback", cancel, m, map[string]bool{
		"PAM_ERR_CANCEL_NOT_FOUND": true, "PAM_ERR_TRANS_ALREADY_CANCELLED": true, "PAM_ERR_TRANS_NOT_FOUND": true, "PAM_ERR_ROUND_NOT_FOUND": true,
	})
}

func (p Protocol) insist(ctx context.Context, c wallet.Line, operation, kind string, m wallet.Movement, done map[string]bool) wallet.Answer {
	a, err := p.add(ctx, c, operation, kind, m, kind == deposit)
	code := a.Error.Code
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return a.Result.Balance.done()
	case done[code]:
		return wallet.Answer{Verdict: wallet.Done, Status: code}
	case uncertain(code) || code == "PAM_ERR_API_TOKEN" || strings.HasPrefix(code, "PAM_ERR_SESSION") && m.Attempt < 5:
		return wallet.Answer{Verdict: wallet.Retry, Status: code}
	}
	return wallet.Answer{Verdict: wallet.Final, Status: code}
}

// Close has no message: the deposit ends the round.
func (Protocol) Close(context.Context, wallet.Line, wallet.Movement) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

const statusOK = "OK"

// add posts a transaction. What is repeated carries the reconciliation token, because the session may be over by then.
func (p Protocol) add(ctx context.Context, c wallet.Line, operation, kind string, m wallet.Movement, over bool) (answer, error) {
	token := m.Player.Token
	if recon := c.Licensee.Settings[settingRecon]; recon != "" && m.Attempt > 1 && kind != withdraw {
		token = recon
	}
	zero := json.RawMessage("0")
	return p.call(ctx, c, operation, http.MethodPost, "/players/"+url.PathEscape(m.Player.ID)+"/transactions", token, transaction{
		Currency: m.Player.Currency, Provider: c.Licensee.Settings[settingProvider], Type: kind, Cash: json.RawMessage(m.Amount.String()), Bonus: zero, Promo: zero,
		At: m.At.Format(time.RFC3339Nano), ID: m.ID, BetRef: m.Bet, GameID: m.Game.Code, RoundID: m.Round.ID, BetCode: m.Game.Kind, IsGameOver: over,
	})
}

func (b balance) done() wallet.Answer {
	cash, err := wallet.Balance(string(b.Cash))
	if err != nil {
		return wallet.Failed(err)
	}
	return wallet.Answer{Verdict: wallet.Done, Status: statusOK, Balance: cash}
}

// uncertain errors say nothing about what happened.
func uncertain(code string) bool { return code == "PAM_ERR_UNDEFINED" || code == "PAM_ERR_TIMEOUT" }

func declined(code string) wallet.Answer {
	reason := wallet.ReasonWallet
	switch code {
	case "PAM_ERR_CASH_OVERDRAFT", "PAM_ERR_BONUS_OVERDRAFT", "PAM_ERR_PROMO_OVERDRAFT":
		reason = wallet.ReasonFunds
	case "PAM_ERR_SESSION_NOT_FOUND", "PAM_ERR_SESSION_EXPIRED":
		reason = wallet.ReasonExpired
	case "PAM_ERR_BET_NOT_ALLOWED":
		reason = wallet.ReasonDisabled
	}
	return wallet.Answer{Verdict: wallet.Declined, Reason: reason, Status: code}
}

// call reads the answer; errors come with HTTP 200, 400, 401 or 404.
func (p Protocol) call(ctx context.Context, c wallet.Line, operation, method, path, token string, body any) (answer, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return answer{}, err
		}
	}
	key := c.Licensee.Settings[settingToken]
	header := http.Header{"Authorization": {"Bearer " + key}, "X-Player-Token": {token}, "X-Correlation-Id": {uuid.NewString()}}
	res, err := c.Send(ctx, wallet.Request{
		Operation: operation, Method: method, URL: c.Licensee.WalletURL + path + "?provider=" + url.QueryEscape(c.Licensee.Settings[settingProvider]),
		Body: raw, Header: header,
		Spoil: func(r wallet.Request) wallet.Request {
			r.Header = r.Header.Clone()
			r.Header.Set("Authorization", "Bearer "+key+"x")
			return r
		},
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case res.Status >= 500:
		return a, res.NotOK()
	case json.Unmarshal(res.Body, &a) != nil || a.Status != statusOK && a.Error.Code == "":
		return a, errors.New("the wallet's answer is no JSON object of the protocol")
	}
	return a, nil
}
