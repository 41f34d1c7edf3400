package studio

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/a8r"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/hub88"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/pragmatic"
)

// dialect is a wallet and a launch in one protocol, written from the protocol's description and not from the studio's code.
type dialect struct {
	name     string
	settings map[string]string
	// serve answers one call; the book is locked.
	serve func(b *book, d *dialected, path string, r *http.Request, raw []byte) (int, any)
	// launch starts a session of the player and returns the URL that the browser opens.
	launch func(h *dialected, code string) string
}

// dialected is a studio with one licensee of the protocol.
type dialected struct {
	*house
	book    *book
	server  *httptest.Server
	dialect dialect
	token   string // the session's, as the wallet knows it
}

func newDialected(t *testing.T, d dialect, change ...func(*Config)) *dialected {
	h := &dialected{house: newHouse(t, change...), book: newBook(), dialect: d, token: "token-0123456789-0123456789-012345"}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return // the studio gave up
		}
		h.book.mu.Lock()
		path := strings.TrimPrefix(r.URL.Path, "/callbacks/int_2")
		h.book.calls[path]++
		status, body := d.serve(h.book, h, path, r, raw)
		h.book.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(h.server.Close)
	o := h.operator()
	o.ID, o.Protocol, o.WalletURL, o.Settings = 9, d.name, h.server.URL+"/callbacks/int_2", d.settings
	require.NoError(t, h.s.RegisterOperator(o))
	return h
}

// amounts of answers.
func text2(v int64) string         { return currencies["EUR"].format(v) }
func number6(v int64) json.Number  { return json.Number(text2(v) + "0000") }
func read(raw []byte, v any) error { return json.Unmarshal(raw, v) }

var dialects = []dialect{caletaDialect, evolutionDialect, pragmaticDialect, redtigerDialect, pamDialect, a8rDialect}

var caletaDialect = dialect{
	name: "caleta", settings: map[string]string{"operator_id": "pitboss"},
	serve: func(b *book, d *dialected, path string, r *http.Request, raw []byte) (int, any) {
		var q struct {
			Token, Round, Currency string
			Tx                     string `json:"transaction_uuid"`
			Ref                    string `json:"reference_transaction_uuid"`
			Request                string `json:"request_uuid"`
			User                   string `json:"supplier_user"`
			Free                   bool   `json:"is_free"`
			Amount                 int64
		}
		if !hub88.Verify(&d.s.key.PublicKey, raw, r.Header.Get("X-Auth-Signature")) {
			return 200, map[string]any{"status": "RS_ERROR_INVALID_SIGNATURE"}
		}
		if read(raw, &q) != nil {
			return 200, map[string]any{"status": "RS_ERROR_WRONG_SYNTAX"}
		}
		if path == "/wallet/check" {
			d.token = "session-of-" + q.Token
			return 200, map[string]any{"token": d.token}
		}
		var did outcome
		switch path {
		case "/wallet/bet":
			if q.Free {
				q.Amount = 0
			}
			did = b.bet(q.Tx, q.Amount/1000)
		case "/wallet/win":
			did = b.win(q.Tx, q.Ref, q.Amount/1000)
		case "/wallet/rollback":
			did = b.cancel(q.Ref)
		}
		switch {
		case did == noFunds:
			return 200, map[string]any{"status": "RS_ERROR_NOT_ENOUGH_MONEY", "request_uuid": q.Request}
		case did == tomb:
			return 200, map[string]any{"status": "RS_ERROR_TRANSACTION_ROLLED_BACK", "request_uuid": q.Request}
		case did == unknown && path == "/wallet/win":
			return 200, map[string]any{"status": "RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "request_uuid": q.Request}
		}
		user := q.User
		if path == "/wallet/rollback" {
			user = "player-1"
		}
		return 200, map[string]any{"status": "RS_OK", "request_uuid": q.Request, "user": user, "currency": "EUR", "balance": b.balance * 1000}
	},
	launch: func(h *dialected, code string) string {
		body := launchBody()
		body["operator_id"], body["game_code"] = "pitboss", code
		raw, err := json.Marshal(body)
		require.NoError(h.t, err)
		signature, err := hub88.Sign(h.key, raw)
		require.NoError(h.t, err)
		status, out := h.do(http.MethodPost, "/api/game/url", raw, "X-Auth-Signature", signature)
		require.Equal(h.t, http.StatusOK, status, out)
		return out["url"].(string)
	},
}

var evolutionDialect = dialect{
	name: "evolution", settings: map[string]string{"casino_key": "casino", "api_token": "api-token", "auth_token": "auth-token"},
	serve: func(b *book, d *dialected, path string, r *http.Request, raw []byte) (int, any) {
		var q struct {
			SID         string `json:"sid"`
			UserID      string `json:"userId"`
			UUID        string
			Transaction struct {
				ID     string
				RefID  string `json:"refId"`
				Amount json.Number
			}
		}
		if r.URL.Query().Get("authToken") != "auth-token" {
			return 401, map[string]any{"status": "INVALID_TOKEN_ID"}
		}
		if read(raw, &q) != nil || q.UserID != "player-1" {
			return 200, map[string]any{"status": "INVALID_PARAMETER", "uuid": q.UUID}
		}
		say := func(status string) (int, any) {
			return 200, map[string]any{"status": status, "uuid": q.UUID, "balance": number6(b.balance), "bonus": 0}
		}
		switch path {
		case "/check":
			d.token = "sid-of-" + q.SID
			return 200, map[string]any{"status": "OK", "sid": d.token, "uuid": q.UUID}
		case "/balance":
			if q.SID != d.token {
				return say("INVALID_SID")
			}
		case "/debit":
			if q.SID != d.token {
				return say("INVALID_SID")
			}
			switch b.bet(q.Transaction.RefID, parse(string(q.Transaction.Amount))) {
			case noFunds:
				return say("INSUFFICIENT_FUNDS")
			case tomb:
				return say("FINAL_ERROR_ACTION_FAILED")
			}
		case "/credit":
			switch b.win(q.Transaction.RefID, q.Transaction.RefID, parse(string(q.Transaction.Amount))) {
			case unknown:
				return say("BET_DOES_NOT_EXIST")
			case tomb, repeated:
				return say("BET_ALREADY_SETTLED")
			}
		case "/cancel":
			switch b.cancel(q.Transaction.RefID) {
			case unknown:
				return say("BET_DOES_NOT_EXIST")
			case repeated:
				return say("BET_ALREADY_SETTLED")
			}
		}
		return say("OK")
	},
	launch: func(h *dialected, code string) string {
		status, out := h.post("/ua/v1/casino/api-token", map[string]any{
			"uuid": "launch-1", "player": map[string]any{
				"id": "player-1", "update": true, "firstName": "A", "lastName": "B", "country": "MT", "language": "en", "currency": "EUR",
				"session": map[string]string{"id": h.token, "ip": "192.0.2.1"},
			},
			"config": map[string]any{"game": map[string]any{"table": map[string]string{"id": code}}, "channel": map[string]bool{"wrapped": false, "mobile": false}},
		})
		require.Equal(h.t, http.StatusOK, status, out)
		return h.http.URL + out["entry"].(string)
	},
}

var pragmaticDialect = dialect{
	name: "pragmatic", settings: map[string]string{"secure_login": "pb_casino", "secret_key": "testKey", "provider_id": "pitbosssandbox"},
	serve: func(b *book, d *dialected, path string, _ *http.Request, raw []byte) (int, any) {
		q, err := url.ParseQuery(string(raw))
		if err != nil || pragmatic.Hash(q, "testKey") != q.Get("hash") {
			return 200, map[string]any{"error": 5, "description": "Invalid hash code"}
		}
		say := func(code int) (int, any) {
			if code != 0 {
				return 200, map[string]any{"error": code, "description": "no"}
			}
			return 200, map[string]any{"error": 0, "description": "Success", "cash": json.Number(text2(b.balance)), "bonus": 0, "currency": "EUR", "userId": "player-1", "transactionId": "t"}
		}
		if len(q.Get("reference")) > 32 {
			return say(7)
		}
		switch path {
		case "/bet.html":
			stake := parse(q.Get("amount"))
			if q.Get("bonusCode") != "" {
				stake = 0
			}
			switch b.bet(q.Get("reference"), stake) {
			case noFunds:
				return say(1)
			case tomb:
				return say(120)
			}
		case "/result.html":
			bet := ""
			for id := range b.bets { // any bet of the player that is not cancelled: the protocol knows rounds only
				if !b.bets[id].cancelled {
					bet = id
				}
			}
			if b.win(q.Get("reference"), bet, parse(q.Get("amount"))) == unknown {
				return say(100)
			}
		case "/refund.html":
			b.cancel(q.Get("reference"))
			return 200, map[string]any{"error": 0, "description": "Success", "transactionId": "t"}
		case "/bonusWin.html":
			b.calls["total "+q.Get("amount")]++
		case "/endRound.html":
			b.closed[q.Get("roundId")] = true
		case "/authenticate.html":
			if q.Get("token") != d.token {
				return say(4)
			}
		}
		return say(0)
	},
	launch: func(h *dialected, code string) string {
		form := url.Values{
			"secureLogin": {"pb_casino"}, "symbol": {code}, "language": {"en"}, "token": {h.token}, "externalPlayerId": {"player-1"}, "country": {"MT"},
			"currency": {"EUR"}, "platform": {"WEB"}, "lobbyUrl": {"https://casino.example/lobby"}, "playMode": {"REAL"},
		}
		form.Set("hash", pragmatic.Hash(form, "testKey"))
		status, out := h.do(http.MethodPost, "/IntegrationService/v3/http/CasinoGameAPI/game/url/", []byte(form.Encode()))
		require.Equal(h.t, http.StatusOK, status, out)
		require.Equal(h.t, "0", out["error"], out)
		return out["gameURL"].(string)
	},
}

var redtigerDialect = dialect{
	name: "redtiger", settings: map[string]string{"casino": "pitboss", "api_key": "key", "recon_token": "recon-token-0123456789-0123456789"},
	serve: func(b *book, d *dialected, path string, r *http.Request, raw []byte) (int, any) {
		var q struct {
			Token, UserID, Currency string
			Transaction             struct{ ID, Stake, Payout string }
			Round                   struct{ ID string }
		}
		fail := func(status, code int) (int, any) {
			return status, map[string]any{"success": false, "error": map[string]any{"code": code, "message": "no"}}
		}
		balance := map[string]string{"cash": text2(b.balance), "bonus": "0.00"}
		switch {
		case r.Header.Get("Authorization") != "Basic key":
			return fail(401, 100)
		case read(raw, &q) != nil || len(q.Transaction.ID) > 32:
			return fail(400, 200)
		case q.UserID != "player-1":
			return fail(400, 301)
		}
		switch path {
		case "/auth":
			d.token = "session-of-" + q.Token
			return 200, map[string]any{"success": true, "result": map[string]any{"token": d.token, "currency": "EUR", "userId": "player-1", "casino": "pitboss", "balance": balance}}
		case "/stake":
			if q.Token != d.token {
				return fail(400, 301)
			}
			switch b.bet(q.Transaction.ID, parse(q.Transaction.Stake)) {
			case noFunds:
				return fail(400, 304)
			case tomb:
				return fail(400, 401)
			}
			b.wins["round "+q.Round.ID] = 0
		case "/payout":
			if _, ok := b.wins["round "+q.Round.ID]; !ok {
				return fail(400, 400)
			}
			if _, twice := b.wins[q.Transaction.ID]; !twice {
				b.wins[q.Transaction.ID] = parse(q.Transaction.Payout)
				b.balance += parse(q.Transaction.Payout)
			}
		case "/refund":
			if b.cancel(q.Transaction.ID) == unknown {
				return fail(400, 400)
			}
			return 200, map[string]any{"success": true, "result": map[string]any{"token": q.Token, "id": "t"}, "balance": map[string]string{"cash": text2(b.balance), "bonus": "0.00"}, "currency": "EUR"}
		}
		return 200, map[string]any{"success": true, "result": map[string]any{"token": q.Token, "currency": "EUR", "id": "t", "balance": map[string]string{"cash": text2(b.balance), "bonus": "0.00"}}}
	},
	launch: func(h *dialected, code string) string {
		return h.redirected("/redtiger/" + code + "?token=" + h.token + "&currency=EUR&userId=player-1&casino=pitboss&playMode=real&lobbyUrl=https%3A%2F%2Fcasino.example%2F")
	},
}

var pamDialect = dialect{
	name: "pam", settings: map[string]string{"provider": "studio", "api_token": "pam-token", "recon_token": "recon-token-0123456789-0123456789"},
	serve: func(b *book, d *dialected, path string, r *http.Request, raw []byte) (int, any) {
		fail := func(status int, code string) (int, any) {
			return status, map[string]any{"status": "ERROR", "error": map[string]string{"code": code, "message": "no"}}
		}
		switch {
		case r.Header.Get("Authorization") != "Bearer pam-token":
			return fail(401, "PAM_ERR_API_TOKEN")
		case r.URL.Query().Get("provider") != "studio" || r.Header.Get("X-Correlation-ID") == "":
			return fail(400, "PAM_ERR_MISSING_PROVIDER")
		case path == "/players/session":
			return 200, map[string]any{"status": "OK", "session": map[string]string{"playerId": "player-1", "token": d.token, "currency": "EUR", "country": "MT", "language": "en"}}
		}
		balance := func() map[string]any {
			return map[string]any{"cashAmount": number6(b.balance), "bonusAmount": 0, "promoAmount": 0}
		}
		if path == "/players/player-1/balance" {
			return 200, map[string]any{"status": "OK", "balance": balance()}
		}
		var q struct {
			Type  string      `json:"transactionType"`
			ID    string      `json:"providerTransactionId"`
			Ref   string      `json:"providerBetRef"`
			Cash  json.Number `json:"cashAmount"`
			Round string      `json:"providerRoundId"`
		}
		if read(raw, &q) != nil || path != "/players/player-1/transactions" || len(q.ID) > 40 || len(q.Ref) > 40 || len(q.Round) > 40 {
			return fail(400, "PAM_ERR_UNDEFINED")
		}
		var did outcome
		switch q.Type {
		case "WITHDRAW":
			did = b.bet(q.ID, parse(string(q.Cash)))
		case "DEPOSIT":
			did = b.win(q.ID, q.Ref, parse(string(q.Cash)))
		case "CANCEL":
			did = b.cancel(q.Ref)
		}
		switch {
		case did == noFunds:
			return fail(200, "PAM_ERR_CASH_OVERDRAFT")
		case did == tomb:
			return fail(200, "PAM_ERR_TRANS_ALREADY_CANCELLED")
		case did == unknown && q.Type == "CANCEL":
			return fail(200, "PAM_ERR_CANCEL_NOT_FOUND")
		case did == unknown:
			return fail(200, "PAM_ERR_TRANS_NOT_FOUND")
		}
		return 200, map[string]any{"status": "OK", "transactionResult": map[string]any{"transactionId": "t", "balance": balance()}}
	},
	launch: func(h *dialected, code string) string {
		return h.redirected("/pam/launch?provider=studio&gameId=" + code + "&playerId=player-1&currency=EUR&token=" + h.token + "&language=en&country=MT")
	},
}

var a8rDialect = dialect{
	name: "a8r", settings: map[string]string{"casino_id": "pitboss", "auth_token": "hmac-secret"},
	serve: func(b *book, _ *dialected, path string, r *http.Request, raw []byte) (int, any) {
		fail := func(status int, code, api string) (int, any) {
			return status, map[string]any{"code": code, "msg": "no", "meta": map[string]string{"api_code": api, "api_message": "no", "balance": text2(b.balance)}}
		}
		var q struct {
			Player       string `json:"player_id"`
			Round        string `json:"round_id"`
			Finished     bool
			Transactions []struct {
				ID, Type, Amount string
				Bet              string `json:"bet_id"`
				Original         string `json:"original_id"`
			}
		}
		if a8r.Sign("hmac-secret", raw) != r.Header.Get("X-REQUEST-SIGN") {
			return fail(403, "permission_denied", "403")
		}
		if strings.HasSuffix(path, "Freespins/Finish") {
			var f struct{ Amount string }
			if read(raw, &f) != nil {
				return fail(400, "invalid_argument", "400")
			}
			b.balance += parse(f.Amount)
			b.wins["issue"] = parse(f.Amount)
			return 200, map[string]any{"balance": text2(b.balance)}
		}
		if read(raw, &q) != nil || q.Player != "player-1" {
			return fail(400, "invalid_argument", "400")
		}
		for _, t := range q.Transactions {
			switch {
			case strings.HasSuffix(path, "Rollback"):
				b.cancel(t.Original)
			case t.Type == "bet":
				if b.bet(t.ID, parse(t.Amount)) == noFunds {
					return fail(400, "invalid_argument", "100")
				}
			case t.Type == "win":
				b.win(t.ID, t.Bet, parse(t.Amount))
			}
		}
		b.closed[q.Round] = b.closed[q.Round] || q.Finished || strings.HasSuffix(path, "Finish")
		return 200, map[string]any{"balance": text2(b.balance), "round_id_casino": "r"}
	},
	launch: func(h *dialected, code string) string {
		raw, err := json.Marshal(map[string]any{
			"casino_id": "pitboss", "client_type": "desktop", "game": code, "ip": "192.0.2.1", "locale": "en",
			"player": map[string]string{"id": "player-1", "currency": "EUR", "country": "MT"}, "urls": map[string]string{"return_url": "https://casino.example/"},
		})
		require.NoError(h.t, err)
		status, out := h.do(http.MethodPost, "/v2/casino_a8r.Launcher/Real", raw, "X-REQUEST-SIGN", a8r.Sign("hmac-secret", raw))
		require.Equal(h.t, http.StatusOK, status, out)
		return out["launch_url"].(string)
	},
}

// redirected opens a launch URL as a browser does, without going further.
func (h *dialected) redirected(path string) string {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.http.URL+path, nil)
	require.NoError(h.t, err)
	res, err := client.Do(req)
	require.NoError(h.t, err)
	require.NoError(h.t, res.Body.Close())
	client.CloseIdleConnections()
	require.Equal(h.t, http.StatusSeeOther, res.StatusCode)
	return res.Header.Get("Location")
}
