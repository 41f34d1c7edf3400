package gaming_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// prize pays a promotion of a protocol whose transactions are known by their ids alone.
func (v version) prize(tx, amount string) (*gamingv1.CreditPrizeResponse, error) {
	return v.g.adapter.CreditPrize(v.g.t.Context(), &gamingv1.CreditPrizeRequest{
		Caller: v.caller(), Kind: gamingv1.PrizeKind_PRIZE_KIND_PROMOTION, ProviderTxId: v.g.name(tx), Amount: eur(amount),
	})
}

// TestIDAlone_OtherAmountsAtOnce: of the same id with as many amounts at the same moment one is done, and all others are its repetitions (providers.md 10.2).
func TestIDAlone_OtherAmountsAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	const many = 12
	atOnce := func(do func(amount string) (*gamingv1.Receipt, error)) (fresh int) {
		var all sync.WaitGroup
		receipts := make([]*gamingv1.Receipt, many)
		for i := range many {
			all.Go(func() {
				var err error
				if receipts[i], err = do(fmt.Sprintf("%d.00", i+1)); err != nil {
					t.Errorf("amount %d: %v", i+1, err)
				}
			})
		}
		all.Wait()
		ids := map[string]bool{}
		for _, r := range receipts {
			ids[r.GetTransactionId()] = true
			if !r.GetReplayed() {
				fresh++
			}
		}
		require.Len(t, ids, 1)
		return fresh
	}
	for range 4 {
		g := c.seat("100.00").apart()
		v, _ := g.versions()
		atOnce(func(amount string) (*gamingv1.Receipt, error) {
			r, err := v.bet("slot", "b", amount)
			return r.GetReceipt(), err
		})
		atOnce(func(amount string) (*gamingv1.Receipt, error) {
			r, err := v.win("slot", "w", amount)
			return r.GetReceipt(), err
		})
		atOnce(func(amount string) (*gamingv1.Receipt, error) {
			r, err := v.prize("p", amount)
			return r.GetReceipt(), err
		})
		g.agrees()
	}
	c.verify()
}

// TestIDAlone_OtherAmountAfterACrash: what the wallet did and nobody wrote down is written as it was done, whatever amount the repetition names. Where the content counts too the
// repetition is refused, and the row of another amount is not written.
func TestIDAlone_OtherAmountAfterACrash(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, crash := range map[string]func(g *guest, v version){
		"a bet": func(g *guest, v version) {
			g.must(v.bet("slot", "b", "3.00"))
			g.lose("bet", "b")
			g.must(v.bet("slot", "b", "5.00"))
			g.cash("97.00", "3.00")
			g.must(v.win("slot", "w", "1.00"))
		},
		"a first result": func(g *guest, v version) {
			g.must(v.bet("slot", "b", "3.00"))
			g.must(v.win("slot", "w", "4.00"))
			g.lose("win", "w")
			g.unwritten()
			g.must(v.win("slot", "w", "9.00"))
			g.cash("101.00", "0.00")
		},
		"a later result": func(g *guest, v version) {
			g.must(v.bet("slot", "b", "3.00"))
			g.must(v.win("slot", "w", "4.00"))
			g.must(v.win("slot", "w2", "5.00"))
			g.lose("win", "w2")
			c.exec(`UPDATE bet SET payout_minor = 400 WHERE player_id = $1`, g.id)
			g.must(v.win("slot", "w2", "1.00"))
			g.cash("106.00", "0.00")
		},
		"a prize": func(g *guest, v version) {
			g.must(v.prize("p", "4.00"))
			g.lose("prize", "p")
			g.must(v.prize("p", "6.00"))
			g.cash("104.00", "0.00")
		},
		"a bet whose content counts, while its session is over": func(g *guest, _ version) {
			g.must(g.bet("r", "b", "3.00"))
			g.lose("bet", "b")
			c.exec(`UPDATE game_session SET ended_at = now() WHERE player_id = $1`, g.id)
			_, err := g.bet("r", "b", "5.00")
			refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
			g.must(g.bet("r", "b", "3.00"))
			g.cash("97.00", "3.00")
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			v, _ := g.versions()
			crash(g, v)
			g.agrees()
		})
	}
	c.verify()
}

// agrees holds the guest's transactions against what the wallet moved for them.
func (g *guest) agrees() {
	g.t.Helper()
	var minor int64
	require.NoError(g.t, g.DB.QueryRow(g.t.Context(),
		`SELECT 10000 + COALESCE(sum(CASE kind WHEN 'bet' THEN -amount_minor ELSE amount_minor END), 0) FROM provider_tx WHERE player_id = $1 AND state = 2`, g.id).Scan(&minor))
	g.available(money.Amount{Minor: minor, Currency: "EUR"}.String())
}
