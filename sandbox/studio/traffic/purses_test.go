package traffic

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

const signingSecret = "a-secret-that-both-sides-know"

// treasury is an operator that moves money by the transfer wallet protocol, small and right: it asks until the studio tells. wrong makes it believe that an answer that did not
// come is a refusal, forget to give a player's money back, or read no second page of the history.
type treasury struct {
	url   string
	wrong string
	http  http.Client

	mu    sync.Mutex
	busy  map[string]*sync.Mutex // by order
	cash  map[string]*big.Rat
	moves map[string]Moved
}

func newTreasury() *treasury {
	return &treasury{http: http.Client{Timeout: 2 * time.Second}, busy: map[string]*sync.Mutex{}, cash: map[string]*big.Rat{}, moves: map[string]Moved{}}
}

func (c *treasury) Connect(_ context.Context, o Offer) (studio.Operator, error) {
	c.url = o.URL + "/transfer/v1"
	return studio.Operator{Protocol: o.Protocol, Settings: map[string]string{"operator_id": "small", "signing_secret": signingSecret}}, nil
}

func (c *treasury) Publish(context.Context) error { return nil }

func (c *treasury) Players(_ context.Context, n int) (out []Player, err error) {
	for i := range n {
		p := Player{ID: fmt.Sprintf("player-%d", i), Currency: "EUR", Funds: "500.00"}
		c.cash[p.ID] = rat(p.Funds)
		out = append(out, p)
	}
	return out, nil
}

func mac(message string) string {
	h := hmac.New(sha256.New, []byte(signingSecret))
	_, _ = io.WriteString(h, message)
	return hex.EncodeToString(h.Sum(nil))
}

// call is one signed request; an error says that nothing is known.
func (c *treasury) call(ctx context.Context, method, path string, body, into any) error {
	var raw []byte
	if body != nil {
		raw, _ = json.Marshal(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	for name, v := range map[string]string{"X-Operator-Id": "small", "X-Timestamp": stamp, "X-Signature": mac(stamp + "." + method + "." + path + "." + string(raw))} {
		req.Header.Set(name, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // only read from
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d", res.StatusCode)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// Move takes cash first, or pays it at last, and asks until the studio tells.
func (c *treasury) Move(ctx context.Context, o Order) (Moved, error) {
	c.mu.Lock()
	if c.busy[o.ID] == nil {
		c.busy[o.ID] = &sync.Mutex{}
	}
	one := c.busy[o.ID]
	c.mu.Unlock()
	one.Lock()
	defer one.Unlock()
	c.mu.Lock()
	m, known := c.moves[o.ID]
	c.mu.Unlock()
	if known {
		return m, nil
	}
	m = Moved{Player: o.Player.ID, In: o.In, Amount: o.Amount, State: Undone}
	direction := subwallet.Out
	if o.In {
		direction = subwallet.In
	}
	if o.Amount == "" {
		var has struct{ Balance string }
		if err := c.until(ctx, func() error {
			return c.call(ctx, http.MethodGet, "/players/"+o.Player.ID+"/balance?currency=EUR", nil, &has)
		}); err != nil {
			return m, err
		}
		m.Amount = has.Balance
	}
	if rat(m.Amount).Sign() == 0 || o.In && !c.add(o.Player.ID, "-"+m.Amount) {
		return c.end(o.ID, m), nil
	}
	var told struct{ Status string }
	err := c.until(ctx, func() error {
		err := c.call(ctx, http.MethodPost, "/transfers", map[string]string{
			"transfer_id": o.ID, "player_id": o.Player.ID, "direction": direction, "amount": m.Amount, "currency": "EUR",
		}, &told)
		if err != nil && c.wrong == "silence is a no" {
			told.Status, err = subwallet.Refused, nil
		}
		return err
	})
	switch {
	case err != nil:
		return m, err
	case told.Status == subwallet.Applied:
		m.State = Done
		if !o.In && c.wrong != "keeps the money" {
			c.add(o.Player.ID, m.Amount)
		}
	case o.In:
		c.add(o.Player.ID, m.Amount)
	}
	return c.end(o.ID, m), nil
}

func (c *treasury) end(id string, m Moved) Moved {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves[id] = m
	return m
}

// add changes a player's cash, unless it would be less than nothing.
func (c *treasury) add(player, amount string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := new(big.Rat).Add(c.cash[player], rat(amount))
	if sum.Sign() < 0 {
		return false
	}
	c.cash[player] = sum
	return true
}

func (c *treasury) until(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if err = pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// Book reads the studio's history anew each time.
func (c *treasury) Book(ctx context.Context, players []Player) (Book, error) {
	b := Book{Accounts: map[string]Account{}, Bets: map[string]Bet{}}
	for cursor := ""; ; {
		var page struct {
			Bets []struct {
				ID     string `json:"bet_id"`
				Player string `json:"player_id"`
				Stake  string `json:"stake"`
				Payout string `json:"payout"`
			} `json:"bets"`
			Next string `json:"next_cursor"`
		}
		path := "/history"
		if cursor != "" {
			path += "?" + url.Values{"cursor": {cursor}}.Encode()
		}
		if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return b, err
		}
		for _, x := range page.Bets {
			b.Bets[Key(x.ID)] = Bet{Player: x.Player, Stake: x.Stake, Payout: x.Payout, State: Settled}
		}
		if cursor = page.Next; cursor == "" || c.wrong == "one page" {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range players {
		b.Accounts[p.ID] = Account{Available: c.cash[p.ID].FloatString(2), Held: "0"}
	}
	return b, nil
}

func (c *treasury) Transfers(context.Context) (map[string]Moved, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]Moved{}
	for id, m := range c.moves {
		all[id] = m
	}
	return all, nil
}

func (c *treasury) Findings(context.Context, time.Time) ([]string, error) { return nil, nil }

func purseOptions() Options {
	rules := TransferFaults()
	for i := range rules {
		if rules[i].Kind == fault.Delay {
			rules[i].DelayMS = 300
		}
	}
	return Options{
		Protocol: Transfer, Players: 8, Rounds: 40, AtOnce: 8, Seed: 5, Faults: rules, Patience: 30 * time.Second, Listen: "127.0.0.1:0", Log: Discard,
	}
}

// TestPurseBooksAgree: money moves to and fro while answers are lost and requests come late and twice, and both books are the same to the cent.
func TestPurseBooksAgree(t *testing.T) {
	t.Parallel()
	c := newTreasury()
	defer c.http.CloseIdleConnections()
	report, err := Run(t.Context(), purseOptions(), c)
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	require.Zero(t, report.Open)
	require.Equal(t, 320, report.Bets)
	require.Greater(t, report.Moves[Done.String()], 30)
	require.Positive(t, report.Moves[Undone.String()], "some transfers are refused")
	struck := 0
	for _, f := range report.Struck {
		struck += f.Struck
	}
	require.Positive(t, struck, "faults happened")
	_, err = Run(t.Context(), purseOptions(), newCasino(t))
	require.ErrorContains(t, err, "moves no money")
}

// TestAWrongTreasuryIsFound: each way to be wrong shows up as a difference of its own.
func TestAWrongTreasuryIsFound(t *testing.T) {
	t.Parallel()
	for wrong, says := range map[string]string{
		"silence is a no": "the studio has applied it, at the operator it is undone",
		"keeps the money": "by the studio's books",
		"one page":        "not read by the operator",
	} {
		c := newTreasury()
		c.wrong = wrong
		o := purseOptions()
		// Not left to chance: the studio applies the first transfers and their answers are lost, and nothing else goes wrong.
		o.Faults = []fault.Rule{{Operation: "transfer.apply", Kind: fault.Drop, Count: 5}}
		o.Players, o.Rounds, o.Patience = 4, 30, 0
		report, err := Run(t.Context(), o, c)
		c.http.CloseIdleConnections()
		require.NoError(t, err)
		require.NotEmpty(t, report.Differences, wrong)
		require.Contains(t, fmt.Sprint(report.Differences), says, wrong)
	}
}
