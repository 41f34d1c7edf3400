package studio

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

const (
	signatureHeader = "X-Hub88-Signature"
	maxAnswer       = 64 << 10
)

// transaction is the body of /transaction/bet and, with a reference, /transaction/win.
type transaction struct {
	User            string          `json:"user"`
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
	User            string          `json:"user"`
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
}

func (s *Studio) callBet(ctx context.Context, r round) reply {
	c := currencies[r.Currency]
	text := fmt.Sprintf("%s: %d lines x %s", gameName, slot.Lines, c.format(r.Bet/slot.Lines))
	body := transactionOf(r)
	body.TransactionUUID, body.Bet, body.Amount = r.BetTx, &text, c.wire(r.Bet)
	return s.callTransaction(ctx, r, "bet", s.cfg.BetTimeout, body.RequestUUID, body)
}

func (s *Studio) callWin(ctx context.Context, r round) reply {
	body := transactionOf(r)
	body.TransactionUUID, body.Reference, body.RoundClosed = r.WinTx, r.BetTx, true
	body.Amount = currencies[r.Currency].wire(r.Win)
	return s.callTransaction(ctx, r, "win", s.cfg.CallTimeout, body.RequestUUID, body)
}

func (s *Studio) callRollback(ctx context.Context, r round) reply {
	body := rollback{
		User: r.User, Token: r.Token, TransactionUUID: r.RollbackTx, SupplierTx: r.RollbackTx, Reference: r.BetTx,
		Round: r.ID, RoundClosed: true, RequestUUID: uuid.NewString(), GameCode: GameCode,
	}
	return s.callTransaction(ctx, r, "rollback", s.cfg.CallTimeout, body.RequestUUID, body)
}

func transactionOf(r round) transaction {
	return transaction{
		User: r.User, Token: r.Token, SupplierTx: r.View, Round: r.ID, RequestUUID: uuid.NewString(),
		GameCode: GameCode, Currency: r.Currency,
	}
}

// callBalance asks for the balance in wire units. Status is the wallet's.
func (s *Studio) callBalance(ctx context.Context, x session) reply {
	id := uuid.NewString()
	return s.call(ctx, x.OperatorID, "balance", "/user/balance", s.cfg.CallTimeout, map[string]string{
		"user": x.User, "token": x.Token, "game_code": GameCode, "request_uuid": id,
	}, func(a walletAnswer) error { return a.check(id, x.User, x.Currency) })
}

// callInfo asks who the player is; some operators want that before the first balance.
func (s *Studio) callInfo(ctx context.Context, x session) reply {
	id := uuid.NewString()
	return s.call(ctx, x.OperatorID, "info", "/user/info", s.cfg.CallTimeout, map[string]string{
		"user": x.User, "request_uuid": id,
	}, func(a walletAnswer) error {
		if a.RequestUUID != id {
			return errors.New("request_uuid is not the one asked with")
		}
		return nil
	})
}

func (s *Studio) callTransaction(ctx context.Context, r round, operation string, timeout time.Duration, requestUUID string, body any) reply {
	return s.call(ctx, r.OperatorID, operation, "/transaction/"+operation, timeout, body, func(a walletAnswer) error {
		return a.check(requestUUID, r.User, r.Currency)
	})
}

// check says why an RS_OK cannot be trusted.
func (a walletAnswer) check(requestUUID, user, currency string) error {
	switch {
	case a.RequestUUID != requestUUID:
		return errors.New("request_uuid is not the one asked with")
	case a.User != user:
		return errors.New("user is another")
	case a.Currency != currency:
		return errors.New("currency is another")
	case a.Balance == nil || *a.Balance < 0:
		return errors.New("balance is missing or negative")
	}
	return nil
}

// call sends one signed request, through the faults, and reads its answer. An answer that is late, not 200, not JSON
// or does not belong to the question counts as none.
func (s *Studio) call(ctx context.Context, operatorID int64, operation, path string, timeout time.Duration, body any, check func(walletAnswer) error) reply {
	s.mu.Lock()
	op := s.operators[operatorID]
	s.mu.Unlock()
	if op == nil || op.Disabled {
		return reply{err: fmt.Errorf("operator %d is not registered or disabled", operatorID)}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return reply{err: err}
	}
	signature, err := sign(s.key, raw)
	if err != nil {
		return reply{err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	a, err := fault.Do(ctx, s.faults, operation, timeout, func(ctx context.Context) (walletAnswer, error) {
		return s.post(ctx, op.WalletURL+path, raw, signature)
	})
	if err == nil && a.Status == statusOK {
		err = check(a)
	}
	if err != nil {
		return reply{err: err}
	}
	return reply{Status: a.Status, Balance: a.Balance}
}

func (s *Studio) post(ctx context.Context, url string, raw []byte, signature string) (walletAnswer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return walletAnswer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(signatureHeader, signature)
	res, err := s.http.Do(req)
	if err != nil {
		return walletAnswer{}, err
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return walletAnswer{}, err
	}
	var a walletAnswer
	switch {
	case res.StatusCode != http.StatusOK:
		return walletAnswer{}, fmt.Errorf("the wallet answered HTTP %d", res.StatusCode)
	case len(b) > maxAnswer:
		return walletAnswer{}, errors.New("the wallet's answer is too long")
	}
	if err = json.Unmarshal(b, &a); err != nil {
		return walletAnswer{}, fmt.Errorf("the wallet's answer is no JSON object of the protocol: %w", err)
	}
	if a.Status == "" {
		return walletAnswer{}, errors.New("the wallet's answer has no status")
	}
	return a, nil
}

// sign is RSASSA-PKCS1-v1_5 with SHA-256 over the body, in base64 (providers.md 2.1).
func sign(key *rsa.PrivateKey, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	b, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return base64.StdEncoding.EncodeToString(b), err
}

// verify checks what sign makes.
func verify(key *rsa.PublicKey, body []byte, signature string) bool {
	b, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], b) == nil
}

func walletClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 5 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
