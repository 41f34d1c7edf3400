package subwallet

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/strictjson"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
)

const (
	base     = "/transfer/v1"
	maxBody  = 64 << 10
	maxSkew  = 5 * time.Minute
	pageSize = 100
)

var spinID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// Routes mounts the operator's API, the game and, behind guard, the administrator's.
func (b *Book) Routes(m *http.ServeMux, guard func(http.Handler) http.Handler) {
	signed := func(pattern, operation string, h func(*request) (int, any)) {
		method, path, _ := strings.Cut(pattern, " ")
		m.HandleFunc(method+" "+base+path, b.signed(operation, h))
	}
	signed("POST /transfers", "transfer.apply", b.postTransfer)
	signed("GET /transfers/{transfer_id}", "transfer.query", b.getTransfer)
	signed("GET /transfers", "transfer.query", b.listTransfers)
	signed("GET /players/{player_id}/balance", "transfer.funds", b.getBalance)
	signed("GET /balances", "transfer.funds", b.listBalances)
	signed("GET /history", "transfer.history", b.listHistory)
	signed("GET /games", "transfer.query", b.listGames)
	signed("POST /sessions", "transfer.query", b.postSession)
	signed("POST /players/{player_id}/sessions/close", "transfer.close", b.closeSessions)
	m.HandleFunc("GET /transfer/play/{session}", b.getPlay)
	m.HandleFunc("POST /transfer/play/{session}/spin", b.postSpin)
	m.Handle("PUT /transfer/admin/operators/{operator_id}", guard(http.HandlerFunc(b.putOperator)))
}

// request is a signed request of an operator.
type request struct {
	*http.Request
	operator string
	body     []byte
}

// signed checks who asks, does what the faults say, and signs the answer for this request.
func (b *Book) signed(operation string, h func(*request) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			reply(w, http.StatusRequestEntityTooLarge, failure("BAD_REQUEST"))
			return
		}
		q := &request{Request: r, operator: r.Header.Get("X-Operator-Id"), body: body}
		secret, ok := b.verified(q)
		if !ok {
			reply(w, http.StatusUnauthorized, failure("BAD_SIGNATURE"))
			return
		}
		plan := b.cfg.Faults.Take(operation)
		if plan.Has(Unavailable) {
			reply(w, http.StatusServiceUnavailable, failure("UNAVAILABLE"))
			return
		}
		if plan.Delay > 0 {
			t := time.NewTimer(plan.Delay)
			defer t.Stop()
			<-t.C // it arrives even if who asked has given up
		}
		status, answer := h(q)
		if plan.Drop {
			panic(http.ErrAbortHandler) // it was done, and the answer is lost
		}
		text, err := json.Marshal(answer)
		if err != nil {
			reply(w, http.StatusInternalServerError, failure("INTERNAL"))
			return
		}
		w.Header().Set("X-Signature", sign(secret, append([]byte(r.Header.Get("X-Signature")+"."), text...)))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(text) // the reader has gone away: nobody to tell
	}
}

// verified checks the signature: HMAC-SHA256 of timestamp, method, path with query, and body, joined by points.
func (b *Book) verified(q *request) (secret string, ok bool) {
	b.mu.Lock()
	o := b.operators[q.operator]
	b.mu.Unlock()
	if o == nil {
		return "", false
	}
	stamp := q.Header.Get("X-Timestamp")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || b.now().Sub(time.Unix(at, 0)).Abs() > maxSkew {
		return "", false
	}
	path := strings.TrimPrefix(q.URL.EscapedPath(), base)
	if q.URL.RawQuery != "" {
		path += "?" + q.URL.RawQuery
	}
	want := sign(o.Secret, bytes.Join([][]byte{[]byte(stamp), []byte(q.Method), []byte(path), q.body}, []byte(".")))
	return o.Secret, hmac.Equal([]byte(want), []byte(q.Header.Get("X-Signature")))
}

func sign(secret string, message []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(message)
	return hex.EncodeToString(h.Sum(nil))
}

func failure(code string) map[string]string { return map[string]string{"error": code} }

func bad(code string) (int, any) { return http.StatusBadRequest, failure(code) }

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}

// transferView is a transfer as the protocol writes it.
type transferView struct {
	TransferID string    `json:"transfer_id"`
	PlayerID   string    `json:"player_id,omitempty"`
	Direction  string    `json:"direction,omitempty"`
	Amount     string    `json:"amount,omitempty"`
	Currency   string    `json:"currency,omitempty"`
	Status     string    `json:"status"`
	Reason     string    `json:"reason,omitempty"`
	Ref        string    `json:"ref,omitempty"`
	At         time.Time `json:"at"`
}

func view(t Transfer) transferView {
	return transferView{
		TransferID: t.ID, PlayerID: t.Player, Direction: t.Direction, Amount: t.Amount, Currency: t.Currency, Status: t.Status, Reason: t.Reason, Ref: t.Ref, At: t.At,
	}
}

func (b *Book) postTransfer(q *request) (int, any) {
	var in struct {
		TransferID string `json:"transfer_id"`
		PlayerID   string `json:"player_id"`
		Direction  string `json:"direction"`
		Amount     string `json:"amount"`
		Currency   string `json:"currency"`
	}
	if strictjson.Decode(bytes.NewReader(q.body), &in) != nil || in.TransferID == "" || in.PlayerID == "" || in.Amount == "" || in.Currency == "" || in.Direction != In && in.Direction != Out {
		return bad("BAD_REQUEST")
	}
	t, err := b.move(Transfer{Operator: q.operator, ID: in.TransferID, Player: in.PlayerID, Direction: in.Direction, Amount: in.Amount, Currency: in.Currency})
	switch {
	case errors.Is(err, errMismatch):
		return http.StatusConflict, failure("TRANSFER_MISMATCH")
	case err != nil:
		return http.StatusInternalServerError, failure("INTERNAL")
	}
	return http.StatusOK, view(t)
}

func (b *Book) getTransfer(q *request) (int, any) {
	id := q.PathValue("transfer_id")
	b.mu.Lock()
	t := b.transfers[[2]string{q.operator, id}]
	b.mu.Unlock()
	if t == nil {
		return http.StatusOK, transferView{TransferID: id, Status: Unknown}
	}
	return http.StatusOK, view(*t)
}

func (b *Book) getBalance(q *request) (int, any) {
	player, currency := q.PathValue("player_id"), q.URL.Query().Get("currency")
	c, known := b.cfg.Currency(currency)
	if !known {
		return bad("BAD_CURRENCY")
	}
	return http.StatusOK, map[string]string{"player_id": player, "currency": currency, "balance": c.Format(b.balance(q.operator, player, currency))}
}

// page cuts a list: the cursor is how many entries were read.
func page[T any](q *request, all []T) (part []T, next string, ok bool) {
	at := 0
	if text := q.URL.Query().Get("cursor"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, "", false
		}
		at = min(n, len(all))
	}
	end := min(at+pageSize, len(all))
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return all[at:end], next, true
}

// span reads from and until of a query.
func span(q *request) (from, until time.Time, ok bool) {
	var err error
	for name, into := range map[string]*time.Time{"from": &from, "until": &until} {
		if text := q.URL.Query().Get(name); text != "" {
			if *into, err = time.Parse(time.RFC3339Nano, text); err != nil {
				return from, until, false
			}
		}
	}
	return from, until, true
}

func (b *Book) listTransfers(q *request) (int, any) {
	from, until, ok := span(q)
	part, next, fine := page(q, b.movements(q.operator, from, until))
	if !ok || !fine || until.IsZero() {
		return bad("BAD_REQUEST")
	}
	views := []transferView{}
	for _, t := range part {
		views = append(views, view(t))
	}
	return http.StatusOK, map[string]any{"transfers": views, "next_cursor": next}
}

func (b *Book) listBalances(q *request) (int, any) {
	part, next, ok := page(q, b.Balances(q.operator))
	if !ok {
		return bad("BAD_REQUEST")
	}
	views := []map[string]string{}
	for _, a := range part {
		c, _ := b.cfg.Currency(a.Currency)
		views = append(views, map[string]string{"player_id": a.Player, "currency": a.Currency, "balance": c.Format(a.Minor)})
	}
	return http.StatusOK, map[string]any{"balances": views, "next_cursor": next}
}

func (b *Book) listHistory(q *request) (int, any) {
	from, _, ok := span(q)
	part, next, fine := page(q, b.history(q.operator, from))
	if !ok || !fine {
		return bad("BAD_REQUEST")
	}
	views := []map[string]any{}
	for _, x := range part {
		c, _ := b.cfg.Currency(x.Currency)
		views = append(views, map[string]any{
			"bet_id": x.ID, "round_id": x.Round, "player_id": x.Player, "game_code": GameCode, "currency": x.Currency, "stake": c.Format(x.Stake),
			"payout": c.Format(x.Payout), "placed_at": x.At, "settled_at": x.At, "recorded_at": x.At,
		})
	}
	return http.StatusOK, map[string]any{"bets": views, "next_cursor": next}
}

func (b *Book) listGames(*request) (int, any) {
	return http.StatusOK, map[string]any{"games": []map[string]any{
		{"code": GameCode, "name": "Golden Purse", "studio": "Pitboss Studio", "category": "Video Slots", "rtp_bps": 9633},
	}}
}

func (b *Book) postSession(q *request) (int, any) {
	var in struct {
		PlayerID string `json:"player_id"`
		GameCode string `json:"game_code"`
		Currency string `json:"currency"`
		Country  string `json:"country"`
		Language string `json:"language"`
		LobbyURL string `json:"lobby_url"`
	}
	if strictjson.Decode(bytes.NewReader(q.body), &in) != nil || in.PlayerID == "" {
		return bad("BAD_REQUEST")
	}
	if _, known := b.cfg.Currency(in.Currency); !known {
		return bad("BAD_CURRENCY")
	}
	if in.GameCode != GameCode {
		return bad("BAD_GAME")
	}
	id, err := b.Launch(Session{Operator: q.operator, Player: in.PlayerID, Currency: in.Currency, LobbyURL: in.LobbyURL})
	if err != nil {
		return http.StatusInternalServerError, failure("INTERNAL")
	}
	return http.StatusOK, map[string]string{"url": b.cfg.PublicURL + "/transfer/play/" + id}
}

func (b *Book) closeSessions(q *request) (int, any) {
	var in struct {
		OpenedUntil time.Time `json:"opened_until"`
	}
	if strictjson.Decode(bytes.NewReader(q.body), &in) != nil || in.OpenedUntil.IsZero() {
		return bad("BAD_REQUEST")
	}
	player := q.PathValue("player_id")
	closed, err := b.close(q.operator, player, in.OpenedUntil)
	if err != nil {
		return http.StatusInternalServerError, failure("INTERNAL")
	}
	return http.StatusOK, map[string]any{"player_id": player, "closed": closed}
}

// getPlay answers what a player sees of a session.
func (b *Book) getPlay(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	x := b.sessions[r.PathValue("session")]
	closed := x != nil && x.ClosedAt != nil
	b.mu.Unlock()
	if x == nil {
		reply(w, http.StatusNotFound, failure(errSession.Error()))
		return
	}
	if closed {
		reply(w, http.StatusConflict, failure(errClosed.Error()))
		return
	}
	c, _ := b.cfg.Currency(x.Currency)
	var stakes []string
	for _, s := range c.Stakes {
		stakes = append(stakes, c.Format(s))
	}
	reply(w, http.StatusOK, map[string]any{
		"game_code": GameCode, "player_id": x.Player, "currency": x.Currency, "balance": c.Format(b.balance(x.Operator, x.Player, x.Currency)), "bets": stakes,
		"server_seed_hash": fair.Hash(x.Seeds.Server), "client_seed": x.Seeds.Client,
	})
}

// postSpin plays one round: {"spin_id","bet"}.
func (b *Book) postSpin(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SpinID string `json:"spin_id"`
		Bet    string `json:"bet"`
	}
	if strictjson.Decode(http.MaxBytesReader(w, r.Body, maxBody), &in) != nil || !spinID.MatchString(in.SpinID) {
		reply(w, http.StatusBadRequest, failure("bad_request"))
		return
	}
	x, has, err := b.spin(r.PathValue("session"), in.SpinID, in.Bet)
	switch {
	case errors.Is(err, errSession):
		reply(w, http.StatusNotFound, failure(err.Error()))
		return
	case errors.Is(err, errBet):
		reply(w, http.StatusBadRequest, failure(err.Error()))
		return
	case errors.Is(err, errReused), errors.Is(err, errFunds), errors.Is(err, errClosed):
		reply(w, http.StatusConflict, failure(err.Error()))
		return
	case err != nil:
		reply(w, http.StatusInternalServerError, failure("internal"))
		return
	}
	c, _ := b.cfg.Currency(x.Currency)
	reply(w, http.StatusOK, map[string]any{
		"bet_id": x.ID, "round_id": x.Round, "stake": c.Format(x.Stake), "win": c.Format(x.Payout), "multiple": x.Multiple, "balance": c.Format(has), "nonce": x.Nonce,
	})
}

// putOperator is PUT /transfer/admin/operators/{operator_id} {"signing_secret"}.
func (b *Book) putOperator(w http.ResponseWriter, r *http.Request) {
	o := Operator{}
	if err := strictjson.Decode(http.MaxBytesReader(w, r.Body, maxBody), &o); err != nil || o.ID != "" && o.ID != r.PathValue("operator_id") {
		reply(w, http.StatusBadRequest, failure("bad_request"))
		return
	}
	o.ID = r.PathValue("operator_id")
	err := b.Register(o)
	switch {
	case errors.Is(err, ErrOperator):
		reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	case err != nil:
		reply(w, http.StatusInternalServerError, failure("internal"))
	default:
		reply(w, http.StatusOK, map[string]string{"operator_id": o.ID, "api_base_url": b.cfg.PublicURL + base})
	}
}
