// Package a8r speaks the aggregator's side of the A8R v2 protocol: Twirp JSON, bodies signed with HMAC-SHA256 both ways,
// amounts as decimal strings, rounds of transactions that are applied all or not at all.
package a8r

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Settings of a licensee; provider has a default.
const (
	settingCasino   = "casino_id"
	settingToken    = "auth_token" // signs both ways
	settingProvider = "provider"
	defaultProvider = "pitboss"

	signatureHeader = "X-Request-Sign"
)

// Protocol is the only value there is.
type Protocol struct{}

// Name is a8r.
func (Protocol) Name() string { return "a8r" }

// Policy: a bet without an answer is asked about twice more and then rolled back.
func (Protocol) Policy() wallet.Policy {
	return wallet.Policy{BetAttempts: 3, CancelAttempts: 500, Decimals: 12, FreeRounds: true, FreeSilent: true}
}

// Check wants the casino's id and the secret of signatures.
func (Protocol) Check(l *wallet.Licensee) error {
	l.Key = l.Settings[settingCasino]
	return l.Require(settingCasino, settingToken)
}

// Sign is the hexadecimal HMAC-SHA256 of a body.
func Sign(token string, body []byte) string {
	m := hmac.New(sha256.New, []byte(token))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

type roundRequest struct {
	PlayerID     string        `json:"player_id"`
	Currency     string        `json:"currency"`
	GameID       string        `json:"game_id"`
	Provider     string        `json:"provider"`
	RoundID      string        `json:"round_id"`
	Finished     bool          `json:"finished"`
	Transactions []transaction `json:"transactions,omitempty"`
}

type transaction struct {
	ID         string `json:"id"`
	Type       string `json:"type,omitempty"`
	Amount     string `json:"amount,omitempty"`
	BetID      string `json:"bet_id,omitempty"`
	OriginalID string `json:"original_id,omitempty"`
}

type answer struct {
	Balance string `json:"balance"`

	// Of an error.
	Code string `json:"code"`
	Msg  string `json:"msg"`
	Meta struct {
		APICode string `json:"api_code"`
		Balance string `json:"balance"`
	} `json:"meta"`
}

// Open has no message: the protocol has no sessions.
func (Protocol) Open(context.Context, wallet.Line, wallet.Session) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

// Balance asks for the balance.
func (p Protocol) Balance(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	a, err := p.call(ctx, c, "balance", "Player/Balance", map[string]string{
		"player_id": s.Player.ID, "currency": s.Player.Currency, "game_id": s.Game.Code, "provider": c.Licensee.Setting(settingProvider, defaultProvider),
	})
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Code != "":
		return a.declined()
	}
	return a.done()
}

// Bet is a round's BetWin with one bet.
func (p Protocol) Bet(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	q := p.round(c, m)
	q.Transactions = []transaction{{ID: m.ID, Type: "bet", Amount: m.Amount.String()}}
	a, err := p.call(ctx, c, "bet", "Round/BetWin", q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Code == "":
		return a.done()
	case a.Meta.APICode == "500" || a.Meta.APICode == "" && a.Code == "internal":
		return wallet.Answer{Verdict: wallet.Retry, Status: a.status()}
	case a.Meta.APICode == "403" || a.Meta.APICode == "409":
		undo := a.declined()
		undo.Verdict = wallet.Undo
		return undo
	}
	return a.declined()
}

// Win is BetWin with one win; a lost round is only finished.
func (p Protocol) Win(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	q, method := p.round(c, m), "Round/BetWin"
	q.Finished = true
	if m.Amount.Units > 0 {
		q.Transactions = []transaction{{ID: m.ID, Type: "win", Amount: m.Amount.String(), BetID: m.Bet}}
	} else {
		method = "Round/Finish"
	}
	return p.insist(ctx, c, "win", method, q)
}

// Cancel is a Rollback, which is always accepted.
func (p Protocol) Cancel(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	q := p.round(c, m)
	q.Finished = m.Staked.Units == 0
	q.Transactions = []transaction{{ID: m.ID, OriginalID: m.Bet}}
	return p.insist(ctx, c, "rollback", "Round/Rollback", q)
}

func (p Protocol) insist(ctx context.Context, c wallet.Line, operation, method string, q roundRequest) wallet.Answer {
	a, err := p.call(ctx, c, operation, method, q)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Code == "":
		return a.done()
	case a.Meta.APICode == "400" || a.Meta.APICode == "409" || a.Meta.APICode == "101" || a.Meta.APICode == "154":
		return wallet.Answer{Verdict: wallet.Final, Status: a.status()}
	}
	return wallet.Answer{Verdict: wallet.Retry, Status: a.status()}
}

// Close has no message: the last transaction or Finish says that the round is over.
func (Protocol) Close(context.Context, wallet.Line, wallet.Movement) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

func (p Protocol) round(c wallet.Line, m wallet.Movement) roundRequest {
	return roundRequest{
		PlayerID: m.Player.ID, Currency: m.Player.Currency, GameID: m.Game.Code, Provider: c.Licensee.Setting(settingProvider, defaultProvider),
		RoundID: m.Round.ID,
	}
}

func (a answer) done() wallet.Answer {
	balance, err := wallet.Balance(a.Balance)
	if err != nil {
		return wallet.Failed(err)
	}
	return wallet.Answer{Verdict: wallet.Done, Status: "ok", Balance: balance}
}

func (a answer) declined() wallet.Answer {
	reason := wallet.ReasonWallet
	switch a.Meta.APICode {
	case "100":
		reason = wallet.ReasonFunds
	case "105", "106":
		reason = wallet.ReasonLimit
	case "101", "107", "110":
		reason = wallet.ReasonDisabled
	}
	out := wallet.Answer{Verdict: wallet.Declined, Reason: reason, Status: a.status()}
	if b, err := wallet.Balance(a.Meta.Balance); err == nil {
		out.Balance = b
	}
	return out
}

func (a answer) status() string { return a.Code + " " + a.Meta.APICode }

// call reads the answer; an error of the protocol has a code whatever its HTTP status.
func (p Protocol) call(ctx context.Context, c wallet.Line, operation, method string, q any) (answer, error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	token := c.Licensee.Settings[settingToken]
	res, err := c.Send(ctx, wallet.Request{
		Operation: operation, URL: c.Licensee.WalletURL + "/v2/a8r_casino." + method, Body: raw,
		Header: http.Header{signatureHeader: {Sign(token, raw)}},
		Spoil: func(r wallet.Request) wallet.Request {
			r.Header = http.Header{signatureHeader: {Sign(token+"x", raw)}}
			return r
		},
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case json.Unmarshal(res.Body, &a) != nil:
		return a, errors.New("the wallet's answer is no JSON object of the protocol")
	case res.Status != http.StatusOK && a.Code == "":
		return a, res.NotOK()
	}
	return a, nil
}
