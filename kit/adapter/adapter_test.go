package adapter_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, currency, want string
		err                  error
	}{
		{"10", "EUR", "10.00", nil}, {"10.1", "EUR", "10.10", nil}, {"10.110000", "EUR", "10.11", nil}, {"0", "EUR", "0.00", nil},
		{"63727092.34", "EUR", "63727092.34", nil}, {"1e2", "EUR", "100.00", nil}, {"1.5E1", "EUR", "15.00", nil}, {"5e-2", "EUR", "0.05", nil},
		{"100e-1", "EUR", "10.00", nil}, {"0.0", "JPY", "0", nil}, {"1236.123456", "BTC", "1236.12345600", nil}, {"-0", "EUR", "0.00", nil},
		{"10.001", "EUR", "", adapter.ErrAmount}, {"-1", "EUR", "", adapter.ErrNegative}, {"-0.001", "EUR", "", adapter.ErrNegative},
		{"", "EUR", "", adapter.ErrAmount}, {"1.", "EUR", "", adapter.ErrAmount}, {".5", "EUR", "", adapter.ErrAmount}, {"1e400", "EUR", "", adapter.ErrAmount},
		{"1e18", "EUR", "", adapter.ErrAmount}, {"abc", "EUR", "", adapter.ErrAmount}, {"NaN", "EUR", "", adapter.ErrAmount}, {"1e", "EUR", "", adapter.ErrAmount},
		{"1", "QQQ", "", adapter.ErrCurrency}, {" 1", "EUR", "", adapter.ErrAmount}, {"0x10", "EUR", "", adapter.ErrAmount},
	} {
		a, err := adapter.Decimal(c.text, c.currency)
		if c.err != nil {
			require.ErrorIs(t, err, c.err, "%q", c.text)
			continue
		}
		require.NoError(t, err, "%q", c.text)
		require.Equal(t, c.want, a.String(), "%q", c.text)
	}
}

// TestFixedThereAndBack: what is written with six decimals is read as the same amount.
func TestFixedThereAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount{Minor: rapid.Int64Min(0).Draw(t, "minor"), Currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency")}
		back, err := adapter.Decimal(adapter.Fixed(a, 6), a.Currency)
		if err != nil || back != a {
			t.Fatalf("%s became %s (%v)", a, back, err)
		}
	})
	require.Equal(t, "0.123456", adapter.Fixed(money.Amount{Minor: 12345678, Currency: "BTC"}, 6), "never more than there is")
	require.Equal(t, "5.00", adapter.Fixed(money.Amount{Minor: 5, Currency: "JPY"}, 2))
}

func TestFields(t *testing.T) {
	t.Parallel()
	doc, err := adapter.Parse([]byte(`{"id":"a","n":12.50,"i":7,"b":true,"o":{"x":"y","none":null},"l":[{"id":"1"},{"id":"2"}],"empty":""}`))
	require.NoError(t, err)
	f := adapter.Read(doc)
	require.Equal(t, "a", f.Text("id"))
	require.Equal(t, "12.50", f.Number("n"))
	require.EqualValues(t, 7, f.Integer("i"))
	require.True(t, f.Flag("b"))
	require.Equal(t, "y", f.Object("o").Text("x"))
	require.Empty(t, f.Object("o").OptionalText("none"))
	require.Len(t, f.Objects("l"), 2)
	require.True(t, f.OK())

	f.Integer("n")
	p, at := f.Problem()
	require.Equal(t, adapter.WrongType, p)
	require.Equal(t, "n", at)
	f.TextUpTo("id", 0)
	p, at = f.Problem()
	require.Equal(t, adapter.Unfit, p, "and so does a text that is too long")
	require.Equal(t, "id", at)
	f.Object("o").Text("gone")
	p, at = f.Problem()
	require.Equal(t, adapter.Missing, p, "a missing field outranks a wrong type")
	require.Equal(t, "o.gone", at)
	f.Text("empty")
	_, at = f.Problem()
	require.Equal(t, "o.gone", at, "the first of a rank is told")
}

// TestGlimpse: a text of a body that is broken, as far as it can be read.
func TestGlimpse(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"id":"x","a":1,"a":2}`: "x", `{"a":1,"id":"x","b":`: "x", `{"id":"x"} tail`: "x", "{\"a\":\"\xff\",\"id\":\"x\"}": "x",
		`{"a":,"id":"x"}`: "", `{"id":"x","id":"x"}`: "", `{"id":1}`: "", `{"id":null}`: "", `{"id":"a\u0000"}`: "", "{\"id\":\"\xff\"}": "",
		`{"id":"` + strings.Repeat("x", 256) + `"}`: "", `{"o":{"id":"x"}}`: "", `["id","x"]`: "", `"id"`: "", ``: "", `{`: "", `{"id"`: "", `{"id":"x`: "",
	} {
		require.Equal(t, want, adapter.Glimpse([]byte(body), "id"), "%s", body)
	}
	long := `"a":"` + strings.Repeat("x", adapter.MaxBody) + `"`
	require.Equal(t, "x", adapter.Glimpse([]byte(`{"id":"x",`+long+`}`), "id"), "at the front of a body that is too long")
	require.Empty(t, adapter.Glimpse([]byte(`{`+long+`,"id":"x"}`), "id"))
	require.Empty(t, adapter.Glimpse([]byte(`{"id":"x","id":"y",`+long+`}`), "id"))
}

func TestHeaderMustBeThereOnce(t *testing.T) {
	t.Parallel()
	h := []*adapterv1.Header{{Name: "X-Sign", Value: "a"}, {Name: "other", Value: "b"}}
	require.Equal(t, "a", adapter.Header(h, "x-sign"))
	require.Empty(t, adapter.Header(append(h, &adapterv1.Header{Name: "x-SIGN", Value: "c"}), "x-sign"))
}

func TestSecretsInRotation(t *testing.T) {
	t.Parallel()
	s := adapter.SecretOf(map[string]string{"key": "new", "key_previous": "old"}, "key")
	require.Equal(t, "new", s.Current())
	require.True(t, s.Equal("new"))
	require.True(t, s.Equal("old"))
	require.False(t, s.Equal("other"))
	require.False(t, adapter.SecretOf(nil, "key").Equal(""), "no secret opens nothing")
	require.True(t, adapter.Known("key_previous", "key"))
	require.False(t, adapter.Known("key_other", "key"))
}

func TestSettingsInRotation(t *testing.T) {
	t.Parallel()
	s := adapter.SettingOf(map[string]string{"casino": "New", "casino_previous": "Old"}, "casino")
	require.Equal(t, "New", s.Current())
	for named, taken := range map[string][2]bool{"New": {true, true}, "Old": {true, true}, "new": {false, true}, "old": {false, true}, "other": {}, "": {}} {
		require.Equal(t, taken, [2]bool{s.Takes(named), s.TakesAnyCase(named)}, named)
	}
	s = adapter.SettingOf(map[string]string{"casino": "New"}, "casino")
	require.False(t, s.Takes("Old"))
	require.False(t, s.Takes(""), "no former value is not a former value of nothing")
	s = adapter.SettingOf(map[string]string{"casino_previous": "Old"}, "casino")
	require.True(t, s.Takes("any"), "nothing is set")
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"https://a.example/x/": true, "http://127.0.0.1:1/": true, "http://localhost": true, "http://a.example": false, "https://u:p@a.example": false,
		"https://a.example?x=1": false, "ftp://a.example": false, "": false, "/x": false,
	} {
		_, err := adapter.BaseURL("api_base_url", text)
		require.Equal(t, good, err == nil, "%q", text)
	}
}

func TestNamedGames(t *testing.T) {
	t.Parallel()
	list, err := adapter.NamedGames("games", " a = One , b=Two=Three,, c ")
	require.NoError(t, err)
	require.Equal(t, []adapter.NamedGame{{Code: "a", Name: "One"}, {Code: "b", Name: "Two=Three"}, {Code: "c", Name: "c"}}, list)
	for _, text := range []string{"=x", "a,a=1", "a=b\nc", strings.Repeat("x", 129)} {
		_, err = adapter.NamedGames("games", text)
		require.Equal(t, "games", errs.Metadata(err)["field"], "%q", text)
	}
	list, err = adapter.NamedGames("games", "")
	require.NoError(t, err)
	require.Empty(t, list)
}

// FuzzParse: any body is answered without a panic, and what is taken is JSON that means the same to encoding/json.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"a":2}`, `{"a":[{"b":null}],"c":"\ud800"}`, `{"amount":1e400}`, `[`, `{"a":{"a":{}}} `, "\xff", `{"":{}}`, `{"a":{"b":1,"b":2}}`,
		` { "a\u0062\"\\" : [ ] , "c" : [ -1.5e+3 , true , false , { } , "\/" ] } `, `{"ab":1,"a\u0062":2}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := adapter.Parse(body)
		if err != nil {
			_ = adapter.Glimpse(body, "a")
			return
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		var theirs map[string]any
		require.NoError(t, dec.Decode(&theirs))
		require.Equal(t, theirs, plain(doc))
	})
}

// plain is a value of a document as encoding/json has it.
func plain(v any) any {
	switch v := v.(type) {
	case adapter.Document:
		m := map[string]any{}
		for name, x := range v {
			m[name] = plain(x)
		}
		return m
	case []any:
		list := []any{}
		for _, x := range v {
			list = append(list, plain(x))
		}
		return list
	default:
		return v
	}
}

// BenchmarkParse reads a bet as a studio sends it.
func BenchmarkParse(b *testing.B) {
	body := []byte(`{"transaction_uuid":"b1","request_uuid":"qb1","round_closed":false,"amount":100000,"user":"ply_01jcqz5k3v8e7s9m2n4p6r8t0w","token":"kq2v7x5n3m1b9c8d6f4g2h1j5k7l9p0q",` +
		`"supplier_transaction_id":"s1","supplier_user":null,"round":"r1","reward_uuid":null,"is_free":false,"is_supplier_promo":false,"is_aggregated":false,` +
		`"game_code":"slot","currency":"EUR","bet":null,"meta":{}}`)
	b.ReportAllocs()
	for b.Loop() {
		_, err := adapter.Parse(body)
		require.NoError(b, err)
	}
}

// FuzzDecimal: any text is answered without a panic, and what is taken is what the text says.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1", "1.10", "1e2", "-5", "0.000001", "99999999999999999999", "1e-18", "1E+3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := adapter.Decimal(text, "EUR")
		if err != nil {
			return
		}
		back, err := adapter.Decimal(a.String(), "EUR")
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}
