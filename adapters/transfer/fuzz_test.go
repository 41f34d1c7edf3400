package transfer

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// carried asserts that a message can be sent on, which one with text that is not UTF-8 cannot.
func carried(t *testing.T, m proto.Message) {
	t.Helper()
	_, err := proto.Marshal(m)
	require.NoError(t, err)
}

const fuzzBet = `{"bet_id":"b","round_id":"r","player_id":"p","game_code":"g","currency":"EUR","stake":"1.00","payout":"0.50","placed_at":"2026-11-26T10:00:00Z","settled_at":"2026-11-26T10:00:00Z","recorded_at":"2026-11-26T10:00:00.5Z"}`

// FuzzHistory: an entry of the history is either read, with every id, amount and time of it, or set aside in a form that can be sent and kept.
func FuzzHistory(f *testing.F) {
	for _, seed := range []string{
		fuzzBet, "null", "[]", "7", `"x"`, `{"bet_id":"b\u0000"}`, `{"bet_id":7,"recorded_at":"yesterday"}`, `{"bet_id":"b","stake":"-1.00","currency":"EUR"}`,
		`{"bet_id":"b","bet_id":"c"}`, "{\"bet_id\":\"\xff\"}", `{"bet_id":"b","recorded_at":"9999-12-31T23:59:59-23:59"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, problem := readBet(raw)
		if problem != nil {
			u := unreadable(raw, problem)
			carried(t, u)
			require.LessOrEqual(t, len(u.GetRaw()), maxRaw)
			require.NotContains(t, u.GetRaw(), "\x00")
			require.NotEmpty(t, u.GetProblem())
			require.True(t, u.GetBetRef() == "" || isName(u.GetBetRef()))
			return
		}
		carried(t, p)
		for _, id := range []string{p.GetBetRef(), p.GetRoundRef(), p.GetPlayerId()} {
			require.True(t, isName(id), "%q", id)
		}
		for _, m := range []interface {
			GetAmount() string
			GetCurrency() string
		}{p.GetStake(), p.GetPayout()} {
			a, err := money.Parse(m.GetAmount(), m.GetCurrency())
			require.NoError(t, err)
			require.GreaterOrEqual(t, a.Sign(), 0)
		}
		require.NoError(t, p.GetPlacedAt().CheckValid())
		require.NoError(t, p.GetSettledAt().CheckValid())
		require.NoError(t, p.GetRecordedAt().CheckValid())
	})
}

// FuzzTransfer: a transfer in the provider's book says that money moved, that it did not, or that nothing is known; nothing else is taken for an answer.
func FuzzTransfer(f *testing.F) {
	for _, seed := range []string{
		`{"transfer_id":"t","player_id":"p","direction":"in","amount":"1.00","currency":"EUR","status":"APPLIED","ref":"r","at":"2026-11-26T10:00:00Z"}`,
		`{"transfer_id":"t","status":"UNKNOWN"}`, `{"transfer_id":"t","direction":"out","amount":"1","currency":"JPY","status":"REFUSED","reason":"no \u0000 and more"}`,
		`{"status":"APPLIED","amount":"-1.00","currency":"EUR","direction":"in"}`, "null", `{"status":"REFUSED","amount":"1e2","currency":"EUR","direction":"in"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e entry
		if json.Unmarshal(raw, &e) != nil {
			return
		}
		x, err := e.proto()
		if err != nil {
			return
		}
		carried(t, x)
		switch x.GetState() {
		case adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_UNSPECIFIED:
			require.Equal(t, statusUnknown, e.Status)
			require.Nil(t, x.GetAmount())
		case adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED, adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_REFUSED:
			a, err := money.Parse(x.GetAmount().GetAmount(), x.GetAmount().GetCurrency())
			require.NoError(t, err)
			require.GreaterOrEqual(t, a.Sign(), 0)
			require.NotEqual(t, adapterv1.FundsDirection_FUNDS_DIRECTION_UNSPECIFIED, x.GetDirection())
		default:
			t.Fatalf("a state that is none: %v", x.GetState())
		}
	})
}

// FuzzRefusal: what an answer says besides its code is words that can be logged and sent on.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{`{"error":"BAD_REQUEST"}`, "", "<html>", `{"error":7}`, `{"error":"x` + strings.Repeat("\u00e9", 100) + `\u0000"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		said := adapter.Words(words(body))
		require.True(t, utf8.ValidString(said), "%q", said)
		require.LessOrEqual(t, len(said), 200)
	})
}
