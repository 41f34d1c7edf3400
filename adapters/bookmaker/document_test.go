package bookmaker

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// FuzzBody: any body is answered without a panic, and what is taken has odds that can be multiplied.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"partner_id":"1","partner_player_id":"p","amount":100,"bet_id":"b","odds":2.5,"selection":"5","round_id":"r"}`, `{"legs":[{"odds":"1.01"}]}`, `{"legs":[1]}`, `{"amount":1e99}`, "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := adapter.Parse(body)
		if err != nil {
			return
		}
		c := callback{in: &integration{id: "i", currency: "EUR"}, Fields: adapter.Read(doc)}
		x, refused := c.slip()
		if refused != nil {
			return
		}
		if a, refused := amountIn(c.Fields, "amount", x.amount, "EUR"); refused == nil {
			require.GreaterOrEqual(t, a.Sign(), 0)
		}
		if l, refused := c.legs(); refused == nil && l.odds != "" {
			_, ok := readOdds(l.odds)
			require.True(t, ok)
		}
	})
}

// FuzzAnswer: any answer of a bookmaker is a result of the bet or refused.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"bet_id":"b","status":"win","payout":10.5}`))
	f.Add([]byte(`{"bet_id":"b","status":"lost"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if r, err := readResult(body, db.Bet{BetID: "b", Currency: "EUR"}); err == nil {
			require.GreaterOrEqual(t, r.payout, int64(0))
		}
	})
}

func TestPriced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stake int64
		odds  string
		want  int64
	}{{1000, "2.333", 2333}, {1000, "1.3333", 1333}, {1, "1.99", 1}, {6372709234, "1000000", 6372709234000000}, {333, "3", 999}} {
		odds, ok := readOdds(c.odds)
		require.True(t, ok)
		got, ok := priced(c.stake, odds)
		require.True(t, ok)
		require.Equal(t, c.want, got)
	}
	_, ok := priced(1<<62, big.NewRat(1000, 1))
	require.False(t, ok, "more than an amount holds")
	for _, text := range []string{"", "0.99", "-2", "1e3", "1/2", "1000001", "abc", "2.0000000000000000000001"} {
		_, ok := readOdds(text)
		require.False(t, ok, text)
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	won := db.Bet{Wanted: 1, Settled: 1, PayoutMinor: 200, PartnerSeq: noSeq}
	for name, c := range map[string]struct {
		bet     db.Bet
		result  result
		seq     int64
		want    verdict
		refused string
	}{
		"first":                     {db.Bet{PartnerSeq: noSeq}, result{payout: 200}, noSeq, next, ""},
		"repeated":                  {won, result{payout: 200}, noSeq, repeated, ""},
		"another without a number":  {won, result{}, noSeq, repeated, "bet_settled"},
		"another with a number":     {won, result{}, 7, next, ""},
		"overtaken":                 {db.Bet{Wanted: 1, Settled: 1, PartnerSeq: 7}, result{payout: 1}, 6, over, ""},
		"same number, other result": {db.Bet{Wanted: 1, Settled: 1, PartnerSeq: 7}, result{payout: 1}, 7, repeated, "bet_settled"},
		"one under way":             {db.Bet{Wanted: 2, Settled: 1, PartnerSeq: 7}, result{payout: 1}, 8, unfinished, ""},
		"the one under way":         {db.Bet{Wanted: 2, Settled: 1, PayoutMinor: 1, PartnerSeq: 7}, result{payout: 1}, 7, repeated, ""},
		"after a refund":            {db.Bet{Refunded: true, PartnerSeq: noSeq}, result{payout: 1}, noSeq, repeated, "bet_refunded"},
		"void after a refund":       {db.Bet{Refunded: true, PartnerSeq: noSeq}, result{void: true}, noSeq, repeated, ""},
		"push after a refund":       {db.Bet{Refunded: true, PartnerSeq: noSeq}, result{push: true}, noSeq, repeated, ""},
		"push of a void bet":        {db.Bet{Wanted: 1, Settled: 1, Void: true, PartnerSeq: 1}, result{push: true, payout: 1}, 2, repeated, ""},
		"overtaken and refunded":    {db.Bet{Wanted: 1, Settled: 1, Refunded: true, PartnerSeq: 7}, result{payout: 1}, 6, over, ""},
		"a win after void":          {db.Bet{Wanted: 1, Settled: 1, Void: true, PartnerSeq: 1}, result{payout: 1}, 2, repeated, "bet_refunded"},
	} {
		v, refused := decide(c.bet, c.result, c.seq, false)
		require.Equal(t, c.want, v, name)
		if c.refused == "" {
			require.Nil(t, refused, name)
			continue
		}
		require.Equal(t, c.refused, refused.code, name)
		v, refused = decide(c.bet, c.result, c.seq, true)
		require.Nil(t, refused, name)
		require.Equal(t, over, v, "accepted before: "+name)
	}
}
