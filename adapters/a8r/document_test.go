package a8r

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// FuzzBody: any body is answered without a panic, and an amount that is taken is one of the currency's.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"transactions":[{"id":"a","type":"bet","amount":"1.00"}]}`, `{"transactions":[{"amount":"-1"}]}`, `{"transactions":[1]}`, `{"issue_id":"a.b.EUR.c"}`, "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := adapter.Parse(body)
		if err != nil {
			return
		}
		c := callback{in: &integration{id: "i"}, Fields: adapter.Read(doc)}
		c.currency()
		list, refused := c.transactions()
		if refused != nil {
			require.NotEmpty(t, refused.Msg)
			return
		}
		for _, tx := range list {
			if r, refused := readTransaction(tx, "EUR"); refused == nil {
				require.NotEmpty(t, r.GetAmount().GetAmount())
			}
		}
	})
}

// FuzzIssue: a name that is read is the one that was written.
func FuzzIssue(f *testing.F) {
	f.Add("frg_1.ply_1.EUR.one")
	f.Add("....")
	f.Fuzz(func(t *testing.T, text string) {
		if i, ok := readIssue(text); ok {
			require.Equal(t, text, i.String())
		}
	})
}

// FuzzSignature: no signature but the right one is taken.
func FuzzSignature(f *testing.F) {
	secret := adapter.SecretOf(map[string]string{secretAuthToken: "token-of-mine"}, secretAuthToken)
	body := []byte(`{"a":1}`)
	good := adapter.SignHMAC("token-of-mine", body)
	f.Add(body, good)
	f.Add(body, good+"0")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, b []byte, signature string) {
		if secret.VerifyHMAC(b, signature) {
			require.Equal(t, adapter.SignHMAC("token-of-mine", b), strings.ToLower(signature))
		}
	})
}
