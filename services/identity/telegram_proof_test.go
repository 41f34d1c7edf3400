package identity

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Vectors that public libraries for Mini Apps test with: one signed with a bot token that was published for it, one signed by
// Telegram's production key.
const (
	vectorToken = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8"
	vectorHMAC  = "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D&auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
	vectorBotID = "7342037359"
	vectorEd    = "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D&chat_instance=8134722200314281151&chat_type=private&auth_date=1733584787&hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6&signature=zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ"
)

func productionKey(t *testing.T) ed25519.PublicKey {
	t.Helper()
	key, err := hex.DecodeString(telegramDefaults[setEd25519])
	require.NoError(t, err)
	return key
}

func TestVerifyInitDataVectors(t *testing.T) {
	byToken := telegram{botToken: vectorToken}
	who, err := byToken.verifyInitData(vectorHMAC, time.Unix(1662771648, 0))
	require.NoError(t, err)
	require.Equal(t, telegramPerson{id: "279058397", language: "ru"}, who)

	byKey := telegram{botID: vectorBotID, publicKey: productionKey(t)}
	who, err = byKey.verifyInitData(vectorEd, time.Unix(1733584787, 0))
	require.NoError(t, err)
	require.Equal(t, telegramPerson{id: "279058397", language: "ru", mayWrite: true}, who)
}

func TestVerifyInitDataAttacks(t *testing.T) {
	at := time.Unix(1662771648, 0)
	change := func(f func(url.Values)) string {
		v, err := url.ParseQuery(vectorHMAC)
		require.NoError(t, err)
		f(v)
		return v.Encode()
	}
	for name, c := range map[string]struct {
		raw  string
		now  time.Time
		want error
	}{
		"another user":     {change(func(v url.Values) { v.Set("user", `{"id":1}`) }), at, errProofSignature},
		"a field more":     {change(func(v url.Values) { v.Set("start_param", "x") }), at, errProofSignature},
		"a field less":     {change(func(v url.Values) { v.Del("query_id") }), at, errProofSignature},
		"repeated key":     {vectorHMAC + "&user=%7B%22id%22%3A1%7D", at, errProofMalformed},
		"no hash":          {change(func(v url.Values) { v.Del("hash") }), at, errProofUnsigned},
		"hash not hex":     {change(func(v url.Values) { v.Set("hash", "zz") }), at, errProofSignature},
		"no date":          {change(func(v url.Values) { v.Del("auth_date") }), at, errProofSignature},
		"empty":            {"", at, errProofMalformed},
		"broken escapes":   {"%zz", at, errProofMalformed},
		"six minutes old":  {vectorHMAC, at.Add(6 * time.Minute), errProofTooOld},
		"from the future":  {vectorHMAC, at.Add(-2 * time.Minute), errProofTooOld},
		"five minutes old": {vectorHMAC, at.Add(5 * time.Minute), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := telegram{botToken: vectorToken}.verifyInitData(c.raw, c.now)
			require.ErrorIs(t, err, c.want)
		})
	}
	_, err := telegram{botToken: "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}.verifyInitData(vectorHMAC, at)
	require.ErrorIs(t, err, errProofSignature)
	_, err = telegram{botID: vectorBotID, publicKey: productionKey(t)}.verifyInitData(vectorHMAC, at)
	require.ErrorIs(t, err, errProofUnsigned)
}

func TestVerifyInitDataThirdParty(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	now := time.Unix(1_800_000_000, 0)
	sign := func(botID string) string {
		f := map[string]string{"user": `{"id":42}`, "auth_date": "1800000000"}
		v := url.Values{"user": {f["user"]}, "auth_date": {f["auth_date"]}, "hash": {"00"}}
		v.Set("signature", base64.RawURLEncoding.EncodeToString(ed25519.Sign(private, []byte(botID+":WebAppData\n"+checkString(f)))))
		return v.Encode()
	}
	who, err := telegram{botID: "7", publicKey: public}.verifyInitData(sign("7"), now)
	require.NoError(t, err)
	require.Equal(t, "42", who.id)
	_, err = telegram{botID: "7", publicKey: public}.verifyInitData(sign("8"), now)
	require.ErrorIs(t, err, errProofSignature, "made for another bot")
	_, err = telegram{botID: "7", publicKey: productionKey(t)}.verifyInitData(sign("7"), now)
	require.ErrorIs(t, err, errProofSignature)
}

func TestReadIDToken(t *testing.T) {
	tg := telegram{issuer: "https://oauth.telegram.org", clientID: "12345"}
	now := time.Unix(1_800_000_000, 0)
	for payload, ok := range map[string]bool{
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:        true,
		`{"iss":"https://oauth.telegram.org","aud":12345,"sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:          true,
		`{"iss":"https://oauth.telegram.org","aud":["x",12345],"sub":42,"exp":1800000300,"iat":1800000000,"nonce":"n"}`:      true,
		`{"iss":"https://evil.example","aud":"12345","sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:              false,
		`{"iss":"https://oauth.telegram.org/","aud":"12345","sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:       false,
		`{"iss":"https://oauth.telegram.org","aud":"54321","sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:        false,
		`{"iss":"https://oauth.telegram.org","sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:                      false,
		`{"iss":"https://oauth.telegram.org","aud":{"a":12345},"sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:    false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"42","exp":1799999000,"iat":1799998000,"nonce":"n"}`:        false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"42","iat":1800000000,"nonce":"n"}`:                         false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"42","exp":1800000300,"iat":1800000200,"nonce":"n"}`:        false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"42","exp":1800000300,"iat":1800000000,"nonce":"m"}`:        false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"42","exp":1800000300,"iat":1800000000}`:                    false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":"admin","exp":1800000300,"iat":1800000000,"nonce":"n"}`:     false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","exp":1800000300,"iat":1800000000,"nonce":"n"}`:                   false,
		`{"iss":"https://oauth.telegram.org","aud":null,"sub":"42","exp":1800000300,"iat":1800000000,"nonce":"n"}`:           false,
		`{"iss":"https://oauth.telegram.org","aud":"12345","sub":["42","43"],"exp":1800000300,"iat":1800000000,"nonce":"n"}`: false,
		`[]`: false,
	} {
		who, err := tg.readIDToken([]byte(payload), "n", now)
		require.Equal(t, ok, err == nil, "%s: %v", payload, err)
		if ok {
			require.Equal(t, "42", who.id)
		}
	}
	for head, ok := range map[string]bool{"RS256": true, "ES256": true, "none": false, "HS256": false, "PS256": false} {
		raw := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+head+`"}`)) + ".e30.x"
		require.Equal(t, ok, checkAlgorithm(raw) == nil, head)
	}
	require.Error(t, checkAlgorithm(""))
}
