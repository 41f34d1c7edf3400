package e2e_test

import (
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sandboxToken reads a sandbox part's administrator's token.
func (p *platform) sandboxToken(part string) http.Header {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.home, "sandbox", part, "admin-token"))
	require.NoError(p.t, err)
	return http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(b))}, "Content-Type": {"application/json"}}
}

func (p *platform) setFaults(part, path, rules string) {
	p.t.Helper()
	status, _, body := p.request(http.MethodPut, p.sandbox+"/"+part+path, strings.NewReader(`{"seed":7,"rules":[`+rules+`]}`), p.sandboxToken(part))
	require.Less(p.t, status, 300, body)
}

// TestJourney_MisbehavingWorld plays a whole journey while studio, payment provider and mail server duplicate, delay, reorder and drop. Then
// the studio's own books are compared with the player's bets, to the cent.
func TestJourney_MisbehavingWorld(t *testing.T) {
	p := newPlatform(t)
	p.start()
	p.setFaults("studio", "/faults", `
		{"operation":"bet","kind":"duplicate","probability":0.3,"concurrent":true},
		{"operation":"bet","kind":"drop","probability":0.2},
		{"operation":"win","kind":"duplicate","probability":0.3,"times":3},
		{"operation":"win","kind":"drop","probability":0.3},
		{"operation":"rollback","kind":"duplicate"}`)
	p.setFaults("psp", "/admin/faults", `
		{"operation":"webhook.payment_intent.succeeded","kind":"duplicate","times":3,"concurrent":true},
		{"operation":"webhook.payment_intent.created","kind":"delay","delay_ms":1500},
		{"operation":"webhook.charge.succeeded","kind":"reorder"},
		{"operation":"webhook.refund.created","kind":"duplicate","times":2},
		{"operation":"webhook.refund.updated","kind":"delay","delay_ms":800}`)
	p.setFaults("inbox", "/admin/faults", `{"operation":"mail","kind":"fail","count":1}`)
	out, err := p.journey("--rounds", "40", "--patience", "90s")
	require.NoError(t, err, out)
	t.Log("\n" + out)
	p.verify()

	status, _, body := p.request(http.MethodGet, p.sandbox+"/studio/admin/books", nil, p.sandboxToken("studio"))
	require.Equal(t, http.StatusOK, status)
	var books struct {
		Rounds []struct {
			State, Bet, Win string
			BetConfirmed    bool `json:"bet_confirmed"`
		} `json:"rounds"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &books))
	theirs := new(big.Rat)
	settled := 0
	for _, r := range books.Rounds {
		if r.State == "settled" {
			settled++
			theirs.Add(theirs, amount(t, r.Win)).Sub(theirs, amount(t, r.Bet))
		}
	}
	require.GreaterOrEqual(t, settled, 20, "most rounds were played to their end")
	ours := new(big.Rat)
	for line := range strings.SplitSeq(out, "\n") {
		f := strings.Fields(line)
		if len(f) == 6 && f[2] == "cash" && (f[1] == "HOLD" || f[1] == "HOLD_RELEASE" || f[1] == "PAYOUT") {
			ours.Add(ours, amount(t, f[3]))
		}
	}
	require.Equal(t, theirs.FloatString(2), ours.FloatString(2), "the studio's books and the player's ledger agree to the cent")
}

func amount(t *testing.T, s string) *big.Rat {
	t.Helper()
	if s == "" {
		return new(big.Rat)
	}
	v, ok := new(big.Rat).SetString(s)
	require.True(t, ok, s)
	return v
}
