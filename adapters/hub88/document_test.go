package hub88

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		wire     int64
		currency string
		text     string // empty: refused
	}{
		{356000, "EUR", "3.56"}, {1, "EUR", ""}, {1000, "EUR", "0.01"}, {999, "EUR", ""}, {0, "EUR", "0.00"},
		{100000, "JPY", "1"}, {50000, "JPY", ""}, {100, "KWD", "0.001"}, {1, "BTC", "0.00001000"}, {6372709234000, "EUR", "63727092.34"},
		{math.MaxInt64, "EUR", ""}, {math.MaxInt64 - 807, "EUR", "92233720368547.75"}, {math.MaxInt64, "BTC", ""}, {1, "QQQ", ""},
	} {
		a, err := fromWire(c.wire, c.currency)
		if c.text == "" {
			require.Error(t, err, "%d %s", c.wire, c.currency)
			continue
		}
		require.NoError(t, err, "%d %s", c.wire, c.currency)
		require.Equal(t, c.text, a.String())
	}
	wire, err := toWire(money.Amount{Minor: 123456789, Currency: "BTC"})
	require.NoError(t, err)
	require.EqualValues(t, 123456, wire, "never more than there is")
	_, err = toWire(money.Amount{Minor: math.MaxInt64, Currency: "EUR"})
	require.Error(t, err)
}

// TestAmountsThereAndBack: what is read is written back the same.
func TestAmountsThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom(money.Currencies()).Draw(t, "currency")
		wire := rapid.Int64Min(0).Draw(t, "wire")
		a, err := fromWire(wire, currency)
		if err != nil {
			return
		}
		back, err := toWire(a)
		if err != nil || back != wire {
			t.Fatalf("%d %s became %s and %d (%v)", wire, currency, a, back, err)
		}
	})
}

// FuzzParse: any body is answered without a panic, and what is taken is JSON that means the same to encoding/json.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"a":2}`, `{"a":[{"b":null}],"c":"\ud800"}`, `{"amount":1e400}`, `[`, `{"a":{"a":{}}} `, "\xff", `{"":{}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := adapter.Parse(body)
		if err != nil {
			return
		}
		var theirs map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(body, &theirs))
		require.Len(t, doc, len(theirs))
		for _, d := range dialects {
			c := callback{in: &integration{dialect: d}, Fields: adapter.Read(doc)}
			if x, wrong := c.readStake(); wrong == "" {
				require.NotEmpty(t, x.amount.GetAmount())
			}
		}
		_ = echo(doc)
	})
}

// FuzzVerify: no input but the right one is taken.
func FuzzVerify(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	require.NoError(f, err)
	body := []byte(`{"a":1}`)
	prepared, err := prepare(&key.PublicKey)
	require.NoError(f, err)
	good, err := sign(key, body)
	require.NoError(f, err)
	f.Add(body, good)
	f.Add([]byte{}, "")
	f.Add(body, good+"\n")
	f.Add(append(body, ' '), good)
	f.Fuzz(func(t *testing.T, b []byte, signature string) {
		right := string(b) == string(body) && signature == good
		require.Equal(t, right, verify(prepared, b, signature))
	})
}

// TestSignatureIsOpenSSLs checks both directions against the program that the protocol's document names.
func TestSignatureIsOpenSSLs(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("no openssl here; the protocol's vectors are made with our own key only")
		return
	}
	dir := t.TempDir()
	key, text, err := newPrivateKey()
	require.NoError(t, err)
	body := []byte(`{"amount":100000,"currency":"EUR"}`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key.pem"), []byte(text), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "body"), body, 0o600))
	raw, err := exec.CommandContext(t.Context(), openssl, "dgst", "-sha256", "-sign", filepath.Join(dir, "key.pem"), filepath.Join(dir, "body")).Output()
	require.NoError(t, err)
	ours, err := sign(key, body)
	require.NoError(t, err)
	prepared, err := prepare(&key.PublicKey)
	require.NoError(t, err)
	require.True(t, verify(prepared, body, ours))
	require.Equal(t, base64.StdEncoding.EncodeToString(raw), ours, "the padding has no randomness")
	parsed, err := parsePrivateKey(text)
	require.NoError(t, err)
	require.True(t, parsed.Equal(key))
}

// TestDialects: gaming's refusals in the words of each dialect.
func TestDialects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason        gamingv1.ErrorReason
		result        bool
		hub88, caleta string
	}{
		{gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED, false, "RS_ERROR_LIMIT_REACHED", "RS_ERROR_BET_LIMIT_EXCEEDED"},
		{gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED, true, "RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "RS_ERROR_TRANSACTION_ROLLED_BACK"},
		{gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED, false, "RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "RS_ERROR_TRANSACTION_ROLLED_BACK"},
		{gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH, false, "RS_ERROR_INVALID_TOKEN", "RS_ERROR_INVALID_TOKEN"},
		{gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH, true, "RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "RS_ERROR_TRANSACTION_DOES_NOT_EXIST"},
		{gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED, false, "RS_ERROR_USER_DISABLED", "RS_ERROR_USER_DISABLED"},
		{gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED, false, "RS_ERROR_UNKNOWN", "RS_ERROR_UNKNOWN"},
		{gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE, true, "RS_ERROR_UNKNOWN", "RS_ERROR_UNKNOWN"},
	} {
		err := errs.New(c.reason, "no")
		require.Equal(t, c.hub88, dialects[dialectHub88].statusOf(err, c.result), c.reason)
		require.Equal(t, c.caleta, dialects[dialectCaleta].statusOf(err, c.result), c.reason)
	}
}
