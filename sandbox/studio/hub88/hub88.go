// Package hub88 speaks the provider's side of the Hub88 operator wallet protocol and of its Caleta dialect: calls signed
// with the provider's RSA key, amounts as integers of 0.00001, transactions told apart by UUID.
package hub88

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

const wireDecimals = 5 // amount x 100000

// Protocol is one of the two dialects.
type Protocol struct{ dialect }

// dialect is where the two differ.
type dialect struct {
	name      string
	signature string // header
	info      string // paths, appended to the wallet's URL; info is "" where there is no such call
	balance   string
	bet       string
	win       string
	rollback  string
	api       string // prefix of the operator's calls
	demo      string // currency of play money
	named     bool   // the player is named by "user" besides the token
	declined  map[string]bool
}

// New is Hub88 itself.
func New() Protocol {
	return Protocol{dialect{
		name: "hub88", signature: "X-Hub88-Signature", info: "/user/info", balance: "/user/balance", bet: "/transaction/bet",
		win: "/transaction/win", rollback: "/transaction/rollback", api: "/operator/generic/v2", demo: wallet.DemoCurrency, named: true,
		declined: set("RS_ERROR_NOT_ENOUGH_MONEY", "RS_ERROR_LIMIT_REACHED"),
	}}
}

// NewCaleta is the Caleta dialect.
func NewCaleta() Protocol {
	return Protocol{dialect{
		name: "caleta", signature: "X-Auth-Signature", info: "/wallet/check", balance: "/wallet/balance", bet: "/wallet/bet",
		win: "/wallet/win", rollback: "/wallet/rollback", api: "/api", demo: "FUN",
		declined: set("RS_ERROR_INVALID_TOKEN", "RS_ERROR_INVALID_GAME", "RS_ERROR_WRONG_CURRENCY", "RS_ERROR_NOT_ENOUGH_MONEY",
			"RS_ERROR_USER_DISABLED", "RS_ERROR_INVALID_SIGNATURE", "RS_ERROR_WRONG_SYNTAX", "RS_ERROR_WRONG_TYPES",
			"RS_ERROR_DUPLICATE_TRANSACTION", "RS_ERROR_BET_LIMIT_EXCEEDED"),
	}}
}

// Statuses after which the protocol stops repeating (provider retry behaviour).
var (
	winFinal = set("RS_ERROR_INVALID_TOKEN", "RS_ERROR_INVALID_GAME", "RS_ERROR_USER_DISABLED", "RS_ERROR_WRONG_CURRENCY",
		"RS_ERROR_DUPLICATE_TRANSACTION", "RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "RS_ERROR_TRANSACTION_ROLLED_BACK")
	rollbackFinal = set("RS_ERROR_INVALID_TOKEN", "RS_ERROR_INVALID_GAME", "RS_ERROR_WRONG_CURRENCY", "RS_ERROR_USER_DISABLED",
		"RS_ERROR_INVALID_SIGNATURE", "RS_ERROR_DUPLICATE_TRANSACTION")
	// rollbackDone: the wallet holds no such bet, which is what a rollback wants.
	rollbackDone = set("RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "RS_ERROR_TRANSACTION_ROLLED_BACK")
)

const statusOK = "RS_OK"

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// Name is hub88 or caleta.
func (p Protocol) Name() string { return p.name }

// Policy is four attempts of a bet and five hundred of a rollback.
func (p Protocol) Policy() wallet.Policy {
	return wallet.Policy{BetAttempts: 1 + 3, CancelAttempts: 500, Decimals: wireDecimals, FreeRounds: true}
}

// Check wants the operator's public key; operator_id is its number at Hub88, and a setting of that name at Caleta.
func (p Protocol) Check(l *wallet.Licensee) error {
	l.Key = strconv.FormatInt(l.ID, 10)
	if !p.named {
		l.Key = l.Setting("operator_id", l.Key)
	}
	return l.ParseKey()
}

// transaction is the body of a bet and, with a reference, of a win.
type transaction struct {
	User            *string         `json:"user,omitempty"`
	Token           string          `json:"token"`
	TransactionUUID string          `json:"transaction_uuid"`
	SupplierTx      string          `json:"supplier_transaction_id"`
	SupplierUser    *string         `json:"supplier_user"`
	Reference       string          `json:"reference_transaction_uuid,omitempty"`
	Round           string          `json:"round"`
	RoundClosed     bool            `json:"round_closed"`
	RequestUUID     string          `json:"request_uuid"`
	RewardUUID      *string         `json:"reward_uuid"`
	IsFree          bool            `json:"is_free"`
	IsSupplierPromo bool            `json:"is_supplier_promo"`
	IsAggregated    bool            `json:"is_aggregated"`
	GameCode        string          `json:"game_code"`
	Currency        string          `json:"currency"`
	Amount          int64           `json:"amount"`
	Bet             *string         `json:"bet"`
	Meta            json.RawMessage `json:"meta"`
}

type rollback struct {
	User            *string         `json:"user,omitempty"`
	Token           string          `json:"token"`
	TransactionUUID string          `json:"transaction_uuid"`
	SupplierTx      string          `json:"supplier_transaction_id"`
	Reference       string          `json:"reference_transaction_uuid"`
	Round           string          `json:"round"`
	RoundClosed     bool            `json:"round_closed"`
	RequestUUID     string          `json:"request_uuid"`
	GameCode        string          `json:"game_code"`
	Meta            json.RawMessage `json:"meta"`
}

type walletAnswer struct {
	User        string `json:"user"`
	Status      string `json:"status"`
	RequestUUID string `json:"request_uuid"`
	Currency    string `json:"currency"`
	Balance     *int64 `json:"balance"`
	Token       string `json:"token"`
}

// Open asks who the player is, where the operator wants that; in the Caleta dialect it exchanges the launch token.
func (p Protocol) Open(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	if !p.named {
		if c.Licensee.Setting("check", "true") != "true" {
			return wallet.Answer{Verdict: wallet.Done}
		}
		return p.check(ctx, c, s)
	}
	if !c.Licensee.UserInfo {
		return wallet.Answer{Verdict: wallet.Done}
	}
	id := uuid.NewString()
	a, err := p.call(ctx, c, "info", p.info, map[string]string{"user": s.Player.ID, "request_uuid": id})
	if err != nil {
		return wallet.Failed(err)
	}
	return wallet.Answer{Verdict: wallet.Done, Status: a.Status} // nothing of it is shown; the operator sees that it was asked
}

// check has no status in its answer: a failure is one that is not HTTP 200.
func (p Protocol) check(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	res, err := p.post(ctx, c, "info", p.info, map[string]string{"token": s.Player.Token})
	if err != nil {
		return wallet.Failed(err)
	}
	var a walletAnswer
	switch {
	case res.Status >= 500:
		return wallet.Failed(res.NotOK())
	case res.Status != http.StatusOK:
		return wallet.Answer{Verdict: wallet.Declined, Reason: wallet.ReasonExpired, Status: strconv.Itoa(res.Status)}
	case json.Unmarshal(res.Body, &a) != nil:
		return wallet.Failed(errNoAnswer)
	case a.Token == "":
		return wallet.Answer{Verdict: wallet.Declined, Reason: reasonFor(a.Status), Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Done, Status: statusOK, Token: a.Token}
}

// Balance asks for the balance.
func (p Protocol) Balance(ctx context.Context, c wallet.Line, s wallet.Session) wallet.Answer {
	id := uuid.NewString()
	body := map[string]string{"token": s.Player.Token, "game_code": s.Game.Code, "request_uuid": id}
	p.who(body, s.Player.ID)
	a, err := p.call(ctx, c, "balance", p.balance, body)
	if err != nil {
		return wallet.Failed(err)
	}
	if a.Status != statusOK {
		return wallet.Answer{Verdict: wallet.Declined, Reason: reasonFor(a.Status), Status: a.Status}
	}
	return p.done(a, id, s.Player)
}

// who names the player as the dialect does.
func (p Protocol) who(body map[string]string, player string) {
	if p.named {
		body["user"] = player
	} else {
		body["supplier_user"] = player
	}
}

// Bet places one bet.
func (p Protocol) Bet(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	body, err := p.transactionOf(m)
	if err != nil {
		return wallet.Failed(err)
	}
	body.Bet = &m.Text
	a, err := p.call(ctx, c, "bet", p.bet, body)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return p.done(a, body.RequestUUID, m.Player)
	case p.declined[a.Status]:
		return wallet.Answer{Verdict: wallet.Declined, Reason: reasonFor(a.Status), Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Undo, Reason: reasonFor(a.Status), Status: a.Status}
}

// Win delivers a round's win, also one of 0, and closes the round.
func (p Protocol) Win(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	body, err := p.transactionOf(m)
	if err != nil {
		return wallet.Failed(err)
	}
	body.Reference, body.RoundClosed = m.Bet, true
	a, err := p.call(ctx, c, "win", p.win, body)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return p.done(a, body.RequestUUID, m.Player)
	case winFinal[a.Status]:
		return wallet.Answer{Verdict: wallet.Final, Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
}

// Cancel rolls a bet back. The round stays open when other bets of it stand.
func (p Protocol) Cancel(ctx context.Context, c wallet.Line, m wallet.Movement) wallet.Answer {
	body := rollback{
		Token: m.Player.Token, TransactionUUID: m.ID, SupplierTx: m.ID, Reference: m.Bet, Round: m.Round.ID,
		RoundClosed: m.Staked.Units == 0, RequestUUID: uuid.NewString(), GameCode: m.Game.Code,
	}
	body.User = &m.Player.ID // in both dialects: a rollback has no supplier_user
	a, err := p.call(ctx, c, "rollback", p.rollback, body)
	switch {
	case err != nil:
		return wallet.Failed(err)
	case a.Status == statusOK:
		return p.done(a, body.RequestUUID, m.Player)
	case rollbackDone[a.Status]:
		return wallet.Answer{Verdict: wallet.Done, Status: a.Status}
	case rollbackFinal[a.Status]:
		return wallet.Answer{Verdict: wallet.Final, Status: a.Status}
	}
	return wallet.Answer{Verdict: wallet.Retry, Status: a.Status}
}

// Close has no message: the win says that the round is closed.
func (p Protocol) Close(context.Context, wallet.Line, wallet.Movement) wallet.Answer {
	return wallet.Answer{Verdict: wallet.Done}
}

func (p Protocol) transactionOf(m wallet.Movement) (transaction, error) {
	amount, err := m.Amount.In(wireDecimals)
	t := transaction{
		Token: m.Player.Token, TransactionUUID: m.ID, SupplierTx: m.View, Round: m.Round.ID, RequestUUID: uuid.NewString(),
		GameCode: m.Game.Code, Currency: m.Player.Currency, Amount: amount, IsFree: m.Free != "",
	}
	if p.named {
		t.User = &m.Player.ID
	} else {
		t.SupplierUser = &m.Player.ID
	}
	if m.Free != "" {
		t.RewardUUID = &m.Free
	}
	return t, err
}

// done says why an RS_OK cannot be trusted, or takes it.
func (p Protocol) done(a walletAnswer, requestUUID string, player wallet.Player) wallet.Answer {
	switch {
	case a.RequestUUID != requestUUID:
		return wallet.Failed(errors.New("request_uuid is not the one asked with"))
	case a.User != player.ID && (p.named || a.User != ""):
		return wallet.Failed(errors.New("user is another"))
	case a.Currency != player.Currency:
		return wallet.Failed(errors.New("currency is another"))
	case a.Balance == nil || *a.Balance < 0:
		return wallet.Failed(errors.New("balance is missing or negative"))
	}
	balance, err := wallet.Balance(wallet.Amount{Units: *a.Balance, Decimals: wireDecimals}.String())
	if err != nil {
		return wallet.Failed(err)
	}
	return wallet.Answer{Verdict: wallet.Done, Status: a.Status, Balance: balance}
}

var errNoAnswer = errors.New("the wallet's answer is no JSON object of the protocol")

// call reads the answer; one that is not HTTP 200, not JSON or without a status counts as none.
func (p Protocol) call(ctx context.Context, c wallet.Line, operation, path string, body any) (walletAnswer, error) {
	res, err := p.post(ctx, c, operation, path, body)
	if err != nil {
		return walletAnswer{}, err
	}
	var a walletAnswer
	switch {
	case res.Status != http.StatusOK:
		return a, res.NotOK()
	case json.Unmarshal(res.Body, &a) != nil || a.Status == "":
		return a, errNoAnswer
	}
	return a, nil
}

func (p Protocol) post(ctx context.Context, c wallet.Line, operation, path string, body any) (wallet.Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return wallet.Response{}, err
	}
	signature, err := Sign(c.Key, raw)
	if err != nil {
		return wallet.Response{}, err
	}
	return c.Send(ctx, wallet.Request{
		Operation: operation, URL: c.Licensee.WalletURL + path, Body: raw,
		Header: http.Header{http.CanonicalHeaderKey(p.signature): {signature}},
		Spoil: func(r wallet.Request) wallet.Request {
			other, err := Sign(c.Key, append(raw[:len(raw):len(raw)], ' ')) // the right key over other bytes
			if err == nil {
				r.Header = http.Header{http.CanonicalHeaderKey(p.signature): {other}}
			}
			return r
		},
	})
}

// reasonFor translates the wallet's status into what the player is told.
func reasonFor(status string) string {
	switch status {
	case "RS_ERROR_NOT_ENOUGH_MONEY":
		return wallet.ReasonFunds
	case "RS_ERROR_LIMIT_REACHED", "RS_ERROR_BET_LIMIT_EXCEEDED":
		return wallet.ReasonLimit
	case "RS_ERROR_INVALID_TOKEN", "RS_ERROR_TOKEN_EXPIRED":
		return wallet.ReasonExpired
	case "RS_ERROR_USER_DISABLED":
		return wallet.ReasonDisabled
	}
	return wallet.ReasonWallet
}

// Sign is RSASSA-PKCS1-v1_5 with SHA-256 over the body, in base64.
func Sign(key *rsa.PrivateKey, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	b, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return base64.StdEncoding.EncodeToString(b), err
}

// Verify checks what Sign makes.
func Verify(key *rsa.PublicKey, body []byte, signature string) bool {
	b, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], b) == nil
}
