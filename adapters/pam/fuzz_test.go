package pam

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// FuzzMovement: any body is answered without a panic, and what is taken has no negative amount and ids within bounds.
func FuzzMovement(f *testing.F) {
	f.Add([]byte(`{"currency":"EUR","provider":"One","transactionType":"WITHDRAW","cashAmount":1.5,"bonusAmount":0,"promoAmount":0,"transactionDateTime":"2026-03-01T10:00:00Z","providerTransactionId":"t","promos":[{"promoType":"FREESPINS"}],"jackpots":[{"jackpotAmount":1}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := readMovement("One", body)
		if err != nil {
			require.NotEmpty(t, refusalOf(err).code)
			return
		}
		for _, a := range []int64{m.cash.Minor, m.bonus.Minor, m.promo.Minor, m.jackpot.Minor} {
			require.GreaterOrEqual(t, a, int64(0))
		}
		for _, id := range []string{m.id, m.betRef, m.game, m.round} {
			require.LessOrEqual(t, len(id), maxID)
		}
	})
}

// FuzzRoute: any path is answered without a panic, and an operation on a player names one.
func FuzzRoute(f *testing.F) {
	for _, p := range []string{"/players/session", "/players/p/balance", "/players/p/gamerounds/r", "/players/%2f/transactions", "//", "%"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		ops, player, _ := route(path)
		if ops != nil && !strings.Contains(path, "session") {
			require.NotEmpty(t, player)
		}
	})
}

// FuzzTemplate: any template is answered without a panic, and a filled one keeps no placeholder.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"https://a/{game}", "{", "{}", "{{game}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, template string) {
		filled, problem := fill(template, func(string) (string, bool) { return "x y", true })
		require.True(t, problem == "" || filled == "")
		require.False(t, problem == "" && strings.Contains(filled, "{"))
	})
}

// FuzzToken: nothing but the token opens anything.
func FuzzToken(f *testing.F) {
	f.Add("One", "x")
	f.Add("recon", "")
	f.Fuzz(func(t *testing.T, provider, token string) {
		in := &integration{secrets: map[string]string{"recon_token": "4dbbf1b7a3c24c4f9c6e", "recon_token_one": "c31b5c8d7c0f4a0a9a55"}}
		if in.recon(provider).Equal(token) {
			require.Contains(t, []string{"4dbbf1b7a3c24c4f9c6e", "c31b5c8d7c0f4a0a9a55"}, token)
		}
		require.False(t, adapter.SecretOf(nil, "x").Equal(token))
	})
}
