package studio

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/hub88"
)

func TestLaunchErrors(t *testing.T) {
	h := newHouse(t)
	raw, err := json.Marshal(launchBody())
	require.NoError(t, err)
	signature, err := hub88.Sign(h.key, raw)
	require.NoError(t, err)
	const path = "/operator/generic/v2/game/url"
	post := func(body, signature string) (int, map[string]any) {
		return h.do(http.MethodPost, path, []byte(body), "X-Hub88-Signature", signature)
	}
	code, out := post(string(raw), signature)
	require.Equal(t, http.StatusOK, code, out)
	for _, bad := range []string{"", "x", signature[:len(signature)-4] + "AAA="} {
		code, out = post(string(raw), bad)
		require.Equal(t, http.StatusUnauthorized, code)
		require.Contains(t, out["error"], "signature")
	}
	code, _ = post(strings.Replace(string(raw), "player-1", "player-2", 1), signature)
	require.Equal(t, http.StatusUnauthorized, code, "one changed byte")

	other := h.operator()
	other.ID, other.PublicKey = 8, h.s.PublicKeyPEM()
	require.NoError(t, h.s.RegisterOperator(other))
	foreign := launchBody()
	foreign["operator_id"] = 8
	code, out = h.signed(path, foreign)
	require.Equal(t, http.StatusUnauthorized, code, "another operator's id")
	require.Contains(t, out["error"], "signature")
	foreign["operator_id"] = 9
	code, _ = h.signed(path, foreign)
	require.Equal(t, http.StatusNotFound, code)

	for _, body := range []string{"", "[]", "{", `{"operator_id":"7"}`, `{}`} {
		code, out = post(body, signature)
		require.Equal(t, http.StatusBadRequest, code, body)
		require.NotEmpty(t, out["error"])
	}
	code, _ = post(`{"operator_id":7,"x":"`+strings.Repeat("y", 64<<10)+`"}`, signature)
	require.Equal(t, http.StatusRequestEntityTooLarge, code)
}

func TestLaunchFields(t *testing.T) {
	h := newHouse(t)
	for field, bad := range map[string][]any{
		"user": {nil, "", "abc", 5}, "token": {nil, "short", strings.Repeat("x", 256)}, "game_code": {nil, "other"},
		"currency": {nil, "EURO", "eur"}, "country": {nil, "Malta"}, "lang": {nil, "1"}, "platform": {nil, "WEB"}, "ip": {nil},
		"lobby_url": {nil, "javascript:alert(1)", "/lobby"}, "deposit_url": {"javascript:alert(1)"},
	} {
		for _, value := range bad {
			body := launchBody()
			body[field] = value
			code, out := h.signed("/operator/generic/v2/game/url", body)
			require.Equal(t, http.StatusBadRequest, code, "%s=%v", field, value)
			require.Contains(t, out["error"], field)
		}
	}
	require.Empty(t, h.peer.paths())
}

func TestGameListAndRound(t *testing.T) {
	h := newHouse(t)
	raw := []byte(`{"operator_id":7}`)
	signature, err := hub88.Sign(h.key, raw)
	require.NoError(t, err)
	code, out := h.do(http.MethodPost, "/operator/generic/v2/game/list", raw, "X-Hub88-Signature", signature)
	require.Equal(t, http.StatusOK, code)
	var games []map[string]any
	require.NoError(t, json.Unmarshal([]byte(out["raw"].(string)), &games))
	require.Len(t, games, 4)
	for _, field := range []string{"url_thumb", "url_background", "product", "platforms", "name", "game_code", "game_id", "enabled", "category", "blocked_countries"} {
		require.Contains(t, games[0], field)
	}

	play := h.launch()
	_, r := h.spin(play, "spin-0001", "1.00")
	const path = "/operator/generic/v2/game/round"
	code, out = h.signed(path, map[string]any{"operator_id": 7, "user": "player-1", "transaction_uuid": r["transaction_uuid"], "round": r["round_id"]})
	require.Equal(t, http.StatusOK, code, out)
	code, page := h.do(http.MethodGet, strings.TrimPrefix(out["url"].(string), h.http.URL), nil)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page["raw"], r["round_id"])
	require.Contains(t, page["raw"], "Paid spin")
	for _, q := range []map[string]any{
		{"operator_id": 7, "user": "player-2", "transaction_uuid": r["transaction_uuid"], "round": r["round_id"]},
		{"operator_id": 7, "transaction_uuid": "none"},
	} {
		code, _ = h.signed(path, q)
		require.Equal(t, http.StatusNotFound, code)
	}
	code, _ = h.signed(path, map[string]any{"operator_id": 7})
	require.Equal(t, http.StatusBadRequest, code)
	code, _ = h.do(http.MethodGet, "/rounds/"+r["round_id"].(string), nil)
	require.Equal(t, http.StatusNotFound, code, "a round is shown only by its unguessable link")
}

func TestPagesRunNoInlineScript(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	game := strings.Replace(play, "/play/", "/game/", 1)
	for path, want := range map[string]string{game: "slot.js", "/games/" + GameCode + "/paytable": "96.3332 %"} {
		code, page := h.do(http.MethodGet, path, nil)
		require.Equal(t, http.StatusOK, code, path)
		require.Contains(t, page["raw"], want)
		require.Contains(t, page["csp"], "script-src 'self'")
		require.NotContains(t, page["csp"], "unsafe")
		require.NotContains(t, page["raw"], "style=")
		require.NotContains(t, strings.ReplaceAll(page["raw"].(string), "<script src=", ""), "<script")
	}
	_, page := h.do(http.MethodGet, game, nil)
	require.Contains(t, page["csp"], "frame-ancestors 'self' https://casino.example")
	code, _ := h.do(http.MethodGet, "/game/none", nil)
	require.Equal(t, http.StatusNotFound, code)
	for _, file := range []string{"slot.js", "game.css", "thumb-slot.svg", "symbols/wild.svg", "symbols/scatter.svg"} {
		code, _ = h.do(http.MethodGet, "/assets/"+file, nil)
		require.Equal(t, http.StatusOK, code, file)
	}
	for _, file := range []string{"round.html", "none.js", "..%2fstudio.go"} {
		code, _ = h.do(http.MethodGet, "/assets/"+file, nil)
		require.Equal(t, http.StatusNotFound, code, file)
	}
	_, info := h.do(http.MethodGet, "/games/"+GameCode+"/info.json", nil)
	require.InDelta(t, 0.963332, info["rtp"], 1e-6)
	require.Equal(t, false, info["laboratory_certified"])
	_, table := h.do(http.MethodGet, "/games/"+GameCode+"/paytable.json", nil)
	require.Len(t, table["reel_strips"], 5)
	require.Len(t, table["line_pays"], 8)
}

func TestAdmin(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/admin/operators", "/admin/books", "/faults"} {
		code, _ := h.do(http.MethodGet, path, nil)
		require.Equal(t, http.StatusUnauthorized, code, path)
		code, _ = h.admin(http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, code, path)
	}
	o := h.operator()
	good, err := json.Marshal(map[string]any{"wallet_url": o.WalletURL, "public_key": o.PublicKey})
	require.NoError(t, err)
	code, out := h.admin(http.MethodPut, "/admin/operators/12", string(good))
	require.Equal(t, http.StatusOK, code, out)
	require.Equal(t, h.s.PublicKeyPEM(), out["studio_public_key"])
	for _, bad := range []string{
		``, `{"wallet_url":"ftp://x","public_key":""}`, `{"wallet_url":"http://x"}`, `{"wallet_url":"http://x","public_key":"pem"}`,
		`{"operator_id":13,"wallet_url":"http://x","public_key":""}`, `{"wallet":"http://x"}`,
	} {
		code, _ = h.admin(http.MethodPut, "/admin/operators/12", bad)
		require.Equal(t, http.StatusBadRequest, code, bad)
	}
	for _, id := range []string{"0", "-1", "x"} {
		code, _ = h.admin(http.MethodPut, "/admin/operators/"+id, string(good))
		require.Equal(t, http.StatusBadRequest, code, id)
	}
	_, out = h.admin(http.MethodGet, "/admin/operators", "")
	require.Len(t, out["operators"], 2)
	code, pub := h.do(http.MethodGet, "/public-key.pem", nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, h.s.PublicKeyPEM(), pub["raw"])
}

func TestUserInfoIsAskedWhenTheOperatorWantsIt(t *testing.T) {
	h := newHouse(t)
	o := h.operator()
	o.UserInfo = true
	require.NoError(t, h.s.RegisterOperator(o))
	h.do(http.MethodGet, h.launch(), nil)
	require.Equal(t, []string{"/user/info", "/user/balance"}, h.peer.paths())
}
