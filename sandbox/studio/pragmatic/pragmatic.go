// Package pragmatic speaks the provider's side of Pragmatic Play's seamless wallet (v3): forms with an MD5 hash, every
// call of money with a reference of its own, a bet without a good answer refunded.
package pragmatic

import (
	"context"
	"crypto/md5" //nolint:gosec // the protocol's hash
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Settings of a licensee; provider_id has a default.
const (
	settingLogin    = "secure_login"
	settingKey      = "secret_key"
	settingProvider = "provider_id"
	defaultProvider = "pitbosssandbox"
)

// Protocol is the only value there is.
type Protocol struct{}

// Name is pragmatic.
func (Protocol) Name() string { return "pragmatic" }

// Policy: a bet without an answer is refunded at once; results and refunds are repeated for a day.
func (Protocol) Policy() wallet.Policy {
	return wallet.Policy{BetAttempts: 1, CancelAttempts: 2000, CloseRound: true, FreeRounds: true, Decimals: 2}
}

// Check wants the login of launches and the secret of hashes.
func (Protocol) Check(l *wallet.Licensee) error {
	l.Key = l.Settings[settingLogin]
	return l.Require(settingLogin, settingKey)
}

// Hash is the MD5 of all parameters that are not empty but hash itself, sorted by name, with the secret behind them.
func Hash(form url.Values, secret string) string {
	var pairs []string
	for k := range form {
		if k != "hash" && form.Get(k) != "" {
			pairs = append(pairs, k+"="+form.Get(k))
		}
	}
	slices.Sort(pairs)
	sum := md5.Sum([]byte(strings.Join(pairs, "&") + secret)) //nolint:gosec // the protocol's hash
	return hex.EncodeToString(sum[:])
}

type answer struct {
	Error       *int        `json:"error"`
	Description string      `json:"description"`
	UserID      string      `json:"userId"`
	Currency    string      `json:"currency"`
	Cash        json.Number `json:"cash"`
	Transaction any         `json:"transactionId"`
}

// Open authenticates the token: the wallet says whose it is.
func (p Protocol) Open(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	a, err := p.call(ctx, c, "info", "authenticate", url.Values{"token": {s.Player.Token}, "gameId": {s.Game.Code}, "ipAddress": {s.IP}})
	switch {
	case err != nil:
		return wallet.Failed(err)
	case *a.Error != 0:
		return declined(*a.Error)
	case a.UserID != s.Player.ID || a.Currency != s.Player.Currency:
		return wallet.Answer{Verdict: wallet.Declined, Reason: wallet.ReasonWallet, Status: "the token is another player's"}
	}
	return a.done()
}

// Balance asks for the balance.
func (p Protocol) Balance(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	a, err := p.call(ctx, c, "balance", "balance", url.Values{"userId": {s.Player.ID}, "token": {s.Player.Token}})
	switch {
	case err != nil:
		return wallet.Failed(err)
	case *a.Error != 0:
		return declined(*a.Error)
	}
	return a.done()
}

// Bet debits. Which refusals are followed by a refund is the protocol's table.
func (p Protocol) Bet(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	form, err := p.money(m)
	if err != nil {
		return wallet.Failed(err)
	}
	form.Set("reference", wallet.Compact(m.ID))
	a, err := p.call(ctx, c, "bet", "bet", form)
	if err != nil {
		return wallet.Failed(err)
	}
	switch *a.Error {
	case 0:
		return a.done()
	case 1, 3, 50, 120, 310:
		return declined(*a.Error)
	}
	undo := declined(*a.Error)
	undo.Verdict = wallet.Undo
	return undo
}

// Win is the round's result, also of 0; it is repeated until it is taken, but for two codes.
func (p Protocol) Win(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	form, err := p.money(m)
	if err != nil {
		return wallet.Failed(err)
	}
	form.Set("reference", wallet.Compact(m.ID))
	return p.insist(ctx, c, "win", "result", form)
}

// Cancel refunds a bet, named by its reference.
func (p Protocol) Cancel(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	form, err := p.money(m)
	if err != nil {
		return wallet.Failed(err)
	}
	form.Set("reference", wallet.Compact(m.Bet))
	return p.insist(ctx, c, "rollback", "refund", form)
}

// Close ends the round.
func (p Protocol) Close(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	form, err := p.money(m)
	if err != nil {
		return wallet.Failed(err)
	}
	for _, name := range []string{"amount", "timestamp"} {
		form.Del(name)
	}
	return p.insist(ctx, c, "close", "endRound", form)
}

// insist repeats everything but what the protocol says is not to be repeated.
func (p Protocol) insist(ctx context.Context, c wallet.Line, operation, method string, form url.Values) wallet.Answer {
	a, err := p.call(ctx, c, operation, method, form)
	if err != nil {
		return wallet.Failed(err)
	}
	switch *a.Error {
	case 0:
		return a.done()
	case 120, 310:
		return wallet.Answer{Verdict: wallet.Final, Status: strconv.Itoa(*a.Error)}
	}
	return wallet.Answer{Verdict: wallet.Retry, Status: strconv.Itoa(*a.Error)}
}

func (p Protocol) money(m wallet.Movement) (url.Values, error) {
	amount, err := m.Amount.Text(2)
	return url.Values{
		"userId": {m.Player.ID}, "token": {m.Player.Token}, "bonusCode": {m.Free}, "gameId": {m.Game.Code}, "roundId": {RoundID(m.Round.ID)}, "amount": {amount},
		"timestamp": {strconv.FormatInt(m.At.UnixMilli(), 10)}, "roundDetails": {"spin"},
	}, err
}

// RoundID is the round as the protocol's Long: the first 63 bits of its UUID.
func RoundID(id string) string {
	u, err := uuid.Parse(id)
	if err != nil {
		return "0"
	}
	return strconv.FormatUint(binary.BigEndian.Uint64(u[:8])>>1, 10)
}

// done takes a success; a refund and an end of round may come without a balance.
func (a answer) done() wallet.Answer {
	balance := ""
	if a.Cash != "" {
		var err error
		if balance, err = wallet.Balance(string(a.Cash)); err != nil {
			return wallet.Failed(err)
		}
	}
	return wallet.Answer{Verdict: wallet.Done, Status: "0", Balance: balance}
}

func declined(code int) wallet.Answer {
	reason := wallet.ReasonWallet
	switch code {
	case 1:
		reason = wallet.ReasonFunds
	case 50, 310, 210:
		reason = wallet.ReasonLimit
	case 4:
		reason = wallet.ReasonExpired
	case 3, 6:
		reason = wallet.ReasonDisabled
	}
	return wallet.Answer{Verdict: wallet.Declined, Reason: reason, Status: strconv.Itoa(code)}
}

func (p Protocol) call(ctx context.Context, c wallet.Line, operation, method string, form url.Values) (answer, error) {
	form.Set("providerId", c.Licensee.Setting(settingProvider, defaultProvider))
	secret := c.Licensee.Settings[settingKey]
	signed := func(secret string) []byte {
		form.Set("hash", Hash(form, secret))
		return []byte(form.Encode())
	}
	wrong := signed(secret + "x")
	res, err := c.Send(ctx, wallet.Request{
		Operation: operation, URL: c.Licensee.WalletURL + "/" + method + ".html", Body: signed(secret),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Spoil: func(r wallet.Request) wallet.Request {
			r.Body = wrong
			return r
		},
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	switch {
	case res.Status != http.StatusOK:
		return a, res.NotOK()
	case json.Unmarshal(res.Body, &a) != nil || a.Error == nil:
		return a, errors.New("the wallet's answer is no JSON object of the protocol")
	}
	return a, nil
}
