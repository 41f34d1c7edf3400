// Package redtiger speaks the provider's side of Red Tiger's wallet: JSON with a key in the Authorization header, money
// as strings with two decimals, a token that changes with auth, and a reconciliation token for what is repeated later.
package redtiger

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Settings of a licensee; the reconciliation token may be missing.
const (
	settingCasino = "casino"
	settingKey    = "api_key"
	settingRecon  = "recon_token"
)

// Protocol is the only value there is.
type Protocol struct{}

// Name is redtiger.
func (Protocol) Name() string { return "redtiger" }

// Policy: a stake without an answer is asked about once more and then refunded.
func (Protocol) Policy() wallet.Policy {
	return wallet.Policy{BetAttempts: 2, CancelAttempts: 500, Decimals: 2}
}

// Check wants the casino's name and the key of the wallet.
func (Protocol) Check(l *wallet.Licensee) error {
	l.Key = l.Settings[settingCasino]
	return l.Require(settingCasino, settingKey)
}

type request struct {
	Token       string       `json:"token"`
	UserID      string       `json:"userId"`
	Casino      string       `json:"casino"`
	Currency    string       `json:"currency"`
	IP          string       `json:"ip"`
	Channel     string       `json:"channel,omitempty"`
	Transaction *transaction `json:"transaction,omitempty"`
	Game        *game        `json:"game,omitempty"`
	Round       *round       `json:"round,omitempty"`
	Retry       *bool        `json:"retry,omitempty"`
}

type transaction struct {
	ID          string   `json:"id"`
	Stake       string   `json:"stake,omitempty"`
	StakePromo  string   `json:"stakePromo,omitempty"`
	Payout      string   `json:"payout,omitempty"`
	PayoutPromo string   `json:"payoutPromo,omitempty"`
	Details     *details `json:"details,omitempty"`
}

type details struct {
	Game    string `json:"game"`
	Jackpot string `json:"jackpot"`
}

type game struct {
	Type    string `json:"type"`
	Key     string `json:"key"`
	Version string `json:"version"`
}

type round struct {
	ID     string `json:"id"`
	Starts bool   `json:"starts"`
	Ends   bool   `json:"ends"`
}

type balance struct {
	Cash json.RawMessage `json:"cash"`
}

type answer struct {
	Success bool `json:"success"`
	Result  struct {
		Token    string  `json:"token"`
		Currency string  `json:"currency"`
		UserID   string  `json:"userId"`
		Balance  balance `json:"balance"`
	} `json:"result"`
	Balance balance `json:"balance"` // of a refund
	Error   struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// Codes of errors.
const (
	codeAuth      = 100
	codeGeneric   = 201
	codeToken     = 301
	codeBanned    = 303
	codeFunds     = 304
	codeLimits    = 306
	codeNotFound  = 400
	codeInternal  = 500
	codeMaintains = 501
)

// Open authenticates the launch token and gets the session's.
func (p Protocol) Open(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	channel := "D"
	if s.Mobile {
		channel = "M"
	}
	q := p.base(c, s.Player)
	q.IP, q.Channel = s.IP, channel
	a, err := p.call(ctx, c, "info", "/auth", q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case !a.Success:
		return declined(a.Error.Code)
	case a.Result.UserID != s.Player.ID || a.Result.Currency != s.Player.Currency:
		return wallet.Answer{Verdict: wallet.Declined, Reason: wallet.ReasonWallet, Status: "the token is another player's"}
	}
	return a.done(a.Result.Balance, a.Result.Token)
}

// Balance: the protocol has no such call; the balance is what the last answer told.
func (Protocol) Balance(context.Context, wallet.Line, wallet.Session) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

// Bet stakes.
func (p Protocol) Bet(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	q, err := p.staking(c, m, m.ID, m.Staked.Units == 0)
	if err != nil {
		return wallet.Failed(err)
	}
	a, err := p.call(ctx, c, "bet", "/stake", q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Success:
		return a.done(a.Result.Balance, "")
	case uncertain(a.Error.Code):
		undo := declined(a.Error.Code)
		undo.Verdict = wallet.Undo
		return undo
	}
	return declined(a.Error.Code)
}

// Win pays out, also 0, and ends the round. What is repeated carries the reconciliation token, because the session's may
// be over by then.
func (p Protocol) Win(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	amount, err := m.Amount.Text(2)
	if err != nil {
		return wallet.Failed(err)
	}
	q := p.base(c, m.Player)
	again := m.Attempt > 1
	q.Retry = &again
	q.Transaction = &transaction{ID: wallet.Compact(m.ID), Payout: amount, PayoutPromo: "0.00", Details: &details{amount, "0.000000"}}
	q.Game, q.Round = gameOf(m), &round{ID: m.Round.ID, Ends: true}
	p.reconcile(c, &q, m.Attempt)
	a, err := p.call(ctx, c, "win", "/payout", q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Success:
		return a.done(a.Result.Balance, "")
	case uncertain(a.Error.Code) || a.Error.Code == codeAuth || a.Error.Code == codeToken && m.Attempt < 5:
		return wallet.Answer{Verdict: wallet.Retry, Status: strconv.Itoa(a.Error.Code)}
	}
	return wallet.Answer{Verdict: wallet.Final, Status: strconv.Itoa(a.Error.Code)}
}

// Cancel refunds a stake, named by its id. A stake that the wallet does not know needs no refund.
func (p Protocol) Cancel(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	q, err := p.staking(c, m, m.Bet, m.Staked.Units == 0)
	if err != nil {
		return wallet.Failed(err)
	}
	p.reconcile(c, &q, m.Attempt)
	a, err := p.call(ctx, c, "rollback", "/refund", q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Success:
		return a.done(a.Balance, "")
	case a.Error.Code == codeNotFound:
		return wallet.Answer{Verdict: wallet.Done, Status: strconv.Itoa(a.Error.Code)}
	case uncertain(a.Error.Code) || a.Error.Code == codeAuth || a.Error.Code == codeToken && m.Attempt < 5:
		return wallet.Answer{Verdict: wallet.Retry, Status: strconv.Itoa(a.Error.Code)}
	}
	return wallet.Answer{Verdict: wallet.Final, Status: strconv.Itoa(a.Error.Code)}
}

// Close has no message: the payout ends the round.
func (Protocol) Close(context.Context, wallet.Line, wallet.Movement) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

func (p Protocol) base(c wallet.Line, player wallet.Player) request {
	return request{Token: player.Token, UserID: player.ID, Casino: c.Licensee.Settings[settingCasino], Currency: player.Currency}
}

func (p Protocol) staking(c wallet.Line, m wallet.Movement, id string, starts bool) (request, error) {
	amount, err := m.Amount.Text(2)
	q := p.base(c, m.Player)
	q.Transaction = &transaction{ID: wallet.Compact(id), Stake: amount, StakePromo: "0.00", Details: &details{amount, "0.000000"}}
	q.Game, q.Round = gameOf(m), &round{ID: m.Round.ID, Starts: starts}
	return q, err
}

func gameOf(m wallet.Movement) *game {
	return &game{Type: m.Game.Kind, Key: m.Game.Code, Version: "1.0.0"}
}

func (p Protocol) reconcile(c wallet.Line, q *request, attempt int) {
	if recon := c.Licensee.Settings[settingRecon]; recon != "" && attempt > 1 {
		q.Token = recon
	}
}

// done takes a success with its balance, a string or a number.
func (a answer) done(b balance, token string) wallet.Answer {
	text := string(b.Cash)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	cash, err := wallet.Balance(text)
	if err != nil {
		return wallet.Failed(err)
	}
	return wallet.Answer{Verdict: wallet.Done, Status: "success", Balance: cash, Token: token}
}

// uncertain errors say nothing about what happened.
func uncertain(code int) bool {
	return code == codeGeneric || code == codeInternal || code == codeMaintains
}

func declined(code int) wallet.Answer {
	reason := wallet.ReasonWallet
	switch code {
	case codeFunds:
		reason = wallet.ReasonFunds
	case codeLimits:
		reason = wallet.ReasonLimit
	case codeToken:
		reason = wallet.ReasonExpired
	case codeBanned:
		reason = wallet.ReasonDisabled
	}
	return wallet.Answer{Verdict: wallet.Declined, Reason: reason, Status: strconv.Itoa(code)}
}

// call reads the answer; errors come with HTTP 400, 401 or 200.
func (p Protocol) call(ctx context.Context, c wallet.Line, operation, path string, q request) (answer, error) {
	if q.IP == "" {
		q.IP = "127.0.0.1"
	}
	raw, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	key := c.Licensee.Settings[settingKey]
	res, err := c.Send(ctx, wallet.Request{
		Operation: operation, URL: c.Licensee.WalletURL + path, Body: raw, Header: http.Header{"Authorization": {"Basic " + key}},
		Spoil: func(r wallet.Request) wallet.Request {
			r.Header = http.Header{"Authorization": {"Basic " + key + "x"}}
			return r
		},
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case res.Status != http.StatusOK && res.Status != http.StatusBadRequest && res.Status != http.StatusUnauthorized:
		return a, res.NotOK()
	case json.Unmarshal(res.Body, &a) != nil || !a.Success && a.Error.Code == 0:
		return a, errors.New("the wallet's answer is no JSON object of the protocol")
	}
	return a, nil
}
