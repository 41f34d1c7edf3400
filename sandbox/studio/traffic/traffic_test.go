package traffic

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// casino is an operator that speaks Hub88, small and right; wrong makes it lose a win or a rollback.
type casino struct {
	server *httptest.Server
	wrong  string

	mu      sync.Mutex
	balance map[string]int64 // 0.00001
	bets    map[string]Bet
	amounts map[string]int64
	done    map[string]bool
	rounds  map[string]string // round -> its bets' state comes with the win
	tombs   map[string]bool
}

func newCasino(t *testing.T) *casino {
	c := &casino{balance: map[string]int64{}, bets: map[string]Bet{}, amounts: map[string]int64{}, done: map[string]bool{}, rounds: map[string]string{}, tombs: map[string]bool{}}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

func (c *casino) Connect(_ context.Context, o Offer) (studio.Operator, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return studio.Operator{}, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return studio.Operator{ID: 1, Protocol: o.Protocol, WalletURL: c.server.URL, PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, err
}

func (c *casino) Publish(context.Context) error { return nil }

func (c *casino) Players(_ context.Context, n int) (out []Player, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range n {
		p := Player{ID: fmt.Sprintf("player-%d", i), Token: fmt.Sprintf("token-%032d", i), Currency: "EUR", Funds: "100.00"}
		c.balance[p.ID] = 100_00000
		out = append(out, p)
	}
	return out, nil
}

func (c *casino) Book(_ context.Context, players []Player) (Book, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := Book{Accounts: map[string]Account{}, Bets: map[string]Bet{}}
	for _, p := range players {
		b.Accounts[p.ID] = Account{Available: wallet.Amount{Units: c.balance[p.ID], Decimals: 5}.String(), Held: "0"}
	}
	for key, bet := range c.bets {
		b.Bets[key] = bet
	}
	return b, nil
}

func (c *casino) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		User, Round, Currency string
		Tx                    string `json:"transaction_uuid"`
		Ref                   string `json:"reference_transaction_uuid"`
		Request               string `json:"request_uuid"`
		Amount                int64
	}
	if json.NewDecoder(r.Body).Decode(&q) != nil {
		return
	}
	c.mu.Lock()
	status := c.apply(r.URL.Path, q.User, q.Tx, q.Ref, q.Round, q.Amount)
	answer := map[string]any{"status": status, "request_uuid": q.Request, "user": q.User, "currency": "EUR", "balance": c.balance[q.User]}
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (c *casino) apply(path, user, tx, ref, round string, amount int64) string {
	key := Key(tx)
	switch {
	case path == "/user/balance" || c.done[tx] && !c.tombs[tx]:
		return "RS_OK"
	case path == "/transaction/bet" && c.tombs[tx]:
		return "RS_ERROR_TRANSACTION_ROLLED_BACK"
	case path == "/transaction/bet" && c.balance[user] < amount:
		return "RS_ERROR_NOT_ENOUGH_MONEY"
	}
	c.done[tx] = true
	switch path {
	case "/transaction/bet":
		c.balance[user] -= amount
		c.amounts[tx] = amount
		c.bets[key] = Bet{Player: user, Stake: wallet.Amount{Units: amount, Decimals: 5}.String(), State: Open}
		c.rounds[key] = round
	case "/transaction/win":
		if c.wrong != "win" || amount == 0 {
			c.balance[user] += amount
		}
		for k, in := range c.rounds {
			if b := c.bets[k]; in == round && b.State == Open {
				b.State = Settled
				c.bets[k] = b
			}
		}
	case "/transaction/rollback":
		c.tombs[ref] = true
		if b, ok := c.bets[Key(ref)]; ok && b.State == Open && c.wrong != "rollback" {
			c.balance[user] += c.amounts[ref]
			b.State = Void
			c.bets[Key(ref)] = b
		}
	}
	return "RS_OK"
}

func options() Options {
	return Options{
		Protocol: "hub88", Players: 8, Rounds: 12, AtOnce: 8, Seed: 5, Games: studio.GameCodes(), Faults: append(DefaultFaults(), fault.Rule{Operation: "bet", Kind: fault.Reorder, Probability: 0.02, DelayMS: 300}),
		Patience: 30 * time.Second, Listen: "127.0.0.1:0", Log: Discard,
	}
}

func TestBooksAgree(t *testing.T) {
	report, err := Run(t.Context(), options(), newCasino(t))
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	require.Zero(t, report.Open)
	require.Greater(t, report.Bets, 60)
	require.NotEmpty(t, report.Staked["EUR"])
	struck := 0
	for _, f := range report.Struck {
		struck += f.Struck
	}
	require.Positive(t, struck, "faults happened")
}

// TestAWrongOperatorIsFound: money that is not paid, or not given back, is told by player and bet.
func TestAWrongOperatorIsFound(t *testing.T) {
	t.Parallel()
	c := newCasino(t)
	c.wrong = "win"
	o := options()
	o.Faults, o.Games, o.Players, o.Patience = nil, []string{studio.CodeRoulette}, 2, time.Second // nothing is late
	report, err := Run(t.Context(), o, c)
	require.NoError(t, err)
	require.Len(t, report.Differences, 2, "one for each player")
	require.Contains(t, report.Differences[0], "by the studio's books")
}

func TestCompare(t *testing.T) {
	players := []Player{{ID: "p", Currency: "EUR", Funds: "10.00"}}
	rounds := []studio.BookedRound{
		{RoundID: "r1", User: "p", Currency: "EUR", State: "settled", Win: "3.00", Stakes: []studio.BookedStake{{BetUUID: "A-1", Amount: "1.00", State: "standing"}}},
		{RoundID: "r2", User: "p", Currency: "EUR", State: "cancelled", Win: "0.00", Stakes: []studio.BookedStake{{BetUUID: "A-2", Amount: "1.00", State: "cancelled"}}},
	}
	right := func() Book {
		return Book{Accounts: map[string]Account{"p": {"12.000000", "0"}}, Bets: map[string]Bet{"a1": {Player: "p", Stake: "1.00", State: Settled}, "a2": {Player: "p", Stake: "1.00", State: Void}}}
	}
	require.Empty(t, Compare(rounds, players, right()).Differences)
	for name, change := range map[string]func(*Book){
		"one cent less":           func(b *Book) { b.Accounts["p"] = Account{"11.99", "0"} },
		"held":                    func(b *Book) { b.Accounts["p"] = Account{"12", "0.01"} },
		"no account":              func(b *Book) { delete(b.Accounts, "p") },
		"bet missing":             func(b *Book) { delete(b.Bets, "a1") },
		"bet void":                func(b *Book) { b.Bets["a1"] = Bet{Player: "p", Stake: "1.00", State: Void} },
		"bet open":                func(b *Book) { b.Bets["a1"] = Bet{Player: "p", Stake: "1.00", State: Open} },
		"other stake":             func(b *Book) { b.Bets["a1"] = Bet{Player: "p", Stake: "1.01", State: Settled} },
		"rollback not taken":      func(b *Book) { b.Bets["a2"] = Bet{Player: "p", Stake: "1.00", State: Open} },
		"a bet out of the blue":   func(b *Book) { b.Bets["a3"] = Bet{Player: "p", Stake: "1.00", State: Settled} },
		"balance is not a number": func(b *Book) { b.Accounts["p"] = Account{"", "0"} },
	} {
		b := right()
		change(&b)
		require.Len(t, Compare(rounds, players, b).Differences, 1, name)
	}
	rounds[0].State = "disputed"
	require.Contains(t, Compare(rounds, players, right()).Differences[0], "disputed")
}
