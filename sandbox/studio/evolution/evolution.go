// Package evolution speaks the provider's side of Evolution's One Wallet: a secret in the query, amounts as JSON numbers
// with up to six decimals, bets told apart and matched with their results by a refId.
package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Settings of a licensee. Each is required but the last.
const (
	settingCasinoKey  = "casino_key"
	settingAPIToken   = "api_token"  // of the casino's calls of the studio
	settingAuthToken  = "auth_token" // of the studio's calls of the wallet
	settingSettlement = "settlement" // per_bet (default): each bet gets its own credit; per_round: one credit for all of a round
)

// Protocol is the only value there is.
type Protocol struct{}

// Name is evolution.
func (Protocol) Name() string { return "evolution" }

// Policy: a debit without an answer is asked about twice more and then cancelled.
func (Protocol) Policy() wallet.Policy {
	return wallet.Policy{BetAttempts: 3, CancelAttempts: 500, Decimals: 6}
}

// Check wants the casino's key and both tokens.
func (Protocol) Check(l *wallet.Licensee) error {
	l.Key = l.Settings[settingCasinoKey]
	if s := l.Setting(settingSettlement, "per_bet"); s != "per_bet" && s != "per_round" {
		return errors.New("settings: settlement is per_bet or per_round")
	}
	return l.Require(settingCasinoKey, settingAPIToken, settingAuthToken)
}

type request struct {
	SID         string       `json:"sid"`
	UserID      string       `json:"userId"`
	UUID        string       `json:"uuid"`
	Currency    string       `json:"currency,omitempty"`
	Channel     *channel     `json:"channel,omitempty"`
	Game        *game        `json:"game,omitempty"`
	Transaction *transaction `json:"transaction,omitempty"`
}

type channel struct {
	Type string `json:"type"`
}

type game struct {
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Details details `json:"details"`
}

type details struct {
	Table table `json:"table"`
}

type table struct {
	ID  string  `json:"id"`
	VID *string `json:"vid"`
}

type transaction struct {
	ID     string          `json:"id"`
	RefID  string          `json:"refId"`
	Amount json.RawMessage `json:"amount"` // a number, written exactly
}

type answer struct {
	Status  string      `json:"status"`
	SID     string      `json:"sid"`
	UUID    string      `json:"uuid"`
	Balance json.Number `json:"balance"`
}

// Open checks the sid, which may give another one.
func (p Protocol) Open(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	kind := "P"
	if s.Mobile {
		kind = "M"
	}
	q := request{SID: s.Player.Token, UserID: s.Player.ID, Channel: &channel{kind}}
	a, err := p.call(ctx, c, "info", "check", q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK && a.SID != "":
		return wallet.Answer{Verdict: wallet.Done, Status: a.Status, Token: a.SID}
	case temporary(a.Status):
		return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Declined, Reason: reasonFor(a.Status), Status: a.Status}
}

// Balance asks for the balance.
func (p Protocol) Balance(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	a, err := p.call(ctx, c, "balance", "balance", request{SID: s.Player.Token, UserID: s.Player.ID, Currency: s.Player.Currency})
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return a.done(true)
	case temporary(a.Status):
		return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Declined, Reason: reasonFor(a.Status), Status: a.Status}
}

// Bet debits. A refusal is final by the protocol; only an error that says nothing is cancelled to be sure.
func (p Protocol) Bet(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	a, err := p.money(ctx, c, "bet", "debit", m, m.ID, m.Bet, m.Amount.String())
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return a.done(true)
	case a.Status == "BET_ALREADY_EXIST":
		return a.done(false)
	case temporary(a.Status):
		return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
	case a.Status == "UNKNOWN_ERROR" || a.Status == "INVALID_TOKEN_ID":
		return wallet.Answer{Verdict: wallet.Undo, Reason: reasonFor(a.Status), Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Declined, Reason: reasonFor(a.Status), Status: a.Status}
}

// Win credits, also 0. With a credit for each bet the round's win is that of its first bet, and the others get 0 before.
func (p Protocol) Win(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	if c.Licensee.Setting(settingSettlement, "per_bet") == "per_bet" {
		for i, bet := range m.Bets {
			if bet == m.Bet {
				continue
			}
			if a := p.credit(ctx, c, m, fmt.Sprintf("%s-%d", m.ID, i), bet, "0"); a.Verdict != wallet.Done {
				return a
			}
		}
	}
	return p.credit(ctx, c, m, m.ID, m.Bet, m.Amount.String())
}

func (p Protocol) credit(ctx context.Context, c wallet.Line, m wallet.Movement, id, bet, amount string) wallet.Answer {
	a, err := p.money(ctx, c, "win", "credit", m, id, bet, amount)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return a.done(true)
	case a.Status == "BET_ALREADY_SETTLED": // an earlier attempt got through
		return a.done(false)
	case temporary(a.Status) || a.Status == "INVALID_TOKEN_ID" || a.Status == "UNKNOWN_ERROR":
		return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Final, Status: a.Status}
}

// Cancel voids a debit, with its own id and refId.
func (p Protocol) Cancel(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	a, err := p.money(ctx, c, "rollback", "cancel", m, m.Bet, m.Bet, m.Amount.String())
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return a.done(true)
	case a.Status == "BET_ALREADY_SETTLED" || a.Status == "BET_DOES_NOT_EXIST": // the wallet remembers the latter
		return a.done(false)
	case temporary(a.Status) || a.Status == "INVALID_TOKEN_ID" || a.Status == "UNKNOWN_ERROR":
		return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Final, Status: a.Status}
}

// Close has no message: a round is over with its bets.
func (Protocol) Close(context.Context, wallet.Line, wallet.Movement) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

const statusOK = "OK"

func temporary(status string) bool {
	return status == "TEMPORARY_ERROR" || status == "OPERATION_IN_PROCESS"
}

// done takes a success; one with a balance must tell a good one.
func (a answer) done(withBalance bool) wallet.Answer {
	balance, err := wallet.Balance(string(a.Balance))
	if err != nil && withBalance {
		return wallet.Failed(err)
	}
	if err != nil {
		balance = ""
	}
	return wallet.Answer{Verdict: wallet.Done, Status: a.Status, Balance: balance}
}

func (p Protocol) money(ctx context.Context, c wallet.Line, operation, method string, m wallet.Movement, id, ref, amount string) (answer, error) {
	return p.call(ctx, c, operation, method, request{
		SID: m.Player.Token, UserID: m.Player.ID, Currency: m.Player.Currency,
		Game:        &game{ID: m.Round.ID, Type: m.Game.Kind, Details: details{table{ID: m.Game.Code}}},
		Transaction: &transaction{ID: id, RefID: ref, Amount: json.RawMessage(amount)},
	})
}

// call reads the answer; one that is neither HTTP 200 nor 401, not JSON or of another question counts as none.
func (p Protocol) call(ctx context.Context, c wallet.Line, operation, method string, q request) (answer, error) {
	q.UUID = uuid.NewString()
	raw, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	address := func(token string) string {
		return c.Licensee.WalletURL + "/" + method + "?authToken=" + url.QueryEscape(token)
	}
	res, err := c.Send(ctx, wallet.Request{
		Operation: operation, URL: address(c.Licensee.Settings[settingAuthToken]), Body: raw,
		Spoil: func(r wallet.Request) wallet.Request {
			r.URL = address(c.Licensee.Settings[settingAuthToken] + "x")
			return r
		},
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case res.Status == http.StatusUnauthorized:
		return answer{Status: "INVALID_TOKEN_ID"}, nil
	case res.Status != http.StatusOK:
		return a, res.NotOK()
	case json.Unmarshal(res.Body, &a) != nil || a.Status == "":
		return a, errors.New("the wallet's answer is no JSON object of the protocol")
	case a.UUID != "" && a.UUID != q.UUID:
		return a, errors.New("uuid is not the one asked with")
	}
	return a, nil
}

func reasonFor(status string) string {
	switch {
	case status == "INSUFFICIENT_FUNDS":
		return wallet.ReasonFunds
	case strings.HasPrefix(status, "CASINO_LIMIT_EXCEEDED") || status == "BONUS_LIMIT_EXCEEDED":
		return wallet.ReasonLimit
	case status == "INVALID_SID" || strings.HasPrefix(status, "SESSION_"):
		return wallet.ReasonExpired
	case status == "ACCOUNT_LOCKED":
		return wallet.ReasonDisabled
	}
	return wallet.ReasonWallet
}
