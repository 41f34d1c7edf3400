package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// journeyCmd plays one player's whole life on the platform through its public HTTP: register, confirm, second factor, deposit, play,
// withdraw, payout approved by two people, ledger verified.
type journeyCmd struct {
	URL      string        `help:"Gateway of the platform." default:"http://127.0.0.1:8080" env:"PITBOSS_JOURNEY_URL"`
	Sandbox  string        `help:"Sandbox, for the mail, the payment page and the game." default:"http://127.0.0.1:8090" env:"PITBOSS_JOURNEY_SANDBOX"`
	Operator string        `help:"File with an administrator's credentials, as up writes it; default: operator.json of PITBOSS_HOME." type:"path"`
	Rounds   int           `help:"Rounds to play at least; it goes on until one has won." default:"5"`
	Deposit  string        `help:"Amount to deposit." default:"2500.00"`
	Withdraw string        `help:"Amount to withdraw; from the four-eyes limit on, two people approve." default:"2000.00"`
	Currency string        `help:"Currency." default:"EUR"`
	Patience time.Duration `help:"How long each step goes on trying while the platform does not answer." default:"60s"`
}

const maxRounds = 60

// journey is the state of one run.
type journey struct {
	cmd      journeyCmd
	out      io.Writer
	player   *restClient
	admin    *restClient
	finance  *restClient
	plain    *restClient
	email    string
	password string
	secret   string
	playerID string
	usedStep int64
	gameURL  string
	deposit  struct{ ID, Redirect string }
	payoutID string
	wins     int
	began    time.Time
}

// Run plays the journey. The first step that fails ends it with an error.
func (c *journeyCmd) Run(ctx context.Context) error {
	j := &journey{cmd: *c, out: os.Stdout, began: time.Now(),
		player: newRestClient(c.URL, c.Patience), admin: newRestClient(c.URL, c.Patience),
		finance: newRestClient(c.URL, c.Patience), plain: newRestClient(c.Sandbox, c.Patience),
		email: "player-" + strings.ToLower(rand.Text()[:12]) + "@example.com", password: rand.Text()}
	steps := []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"register by e-mail and password", j.register},
		{"confirm the e-mail with the mailed code", j.confirmEmail},
		{"set up TOTP", j.setUpTOTP},
		{"log in with both factors", j.logIn},
		{"see the lobby", j.seeLobby},
		{"open a deposit", j.openDeposit},
		{"pay at the provider's page", j.pay},
		{"see the money", j.seeMoney},
		{"launch the game", j.launch},
		{"play rounds", j.play},
		{"see the bets", j.seeBets},
		{"withdraw", j.withdraw},
		{"first operator approves", j.approveFirst},
		{"the same operator again does not count", j.approveAgain},
		{"second operator joins and approves", j.approveSecond},
		{"payout arrives", j.seePayout},
		{"statement", j.statement},
		{"ledger verified", j.verify},
	}
	for _, s := range steps {
		began := time.Now()
		detail, err := s.do(ctx)
		if err != nil {
			fmt.Fprintf(j.out, "FAIL  %-42s %8s  %v\n", s.name, time.Since(began).Round(time.Millisecond), err)
			return errReported
		}
		fmt.Fprintf(j.out, "ok    %-42s %8s  %s\n", s.name, time.Since(began).Round(time.Millisecond), detail)
	}
	retries := j.player.retried + j.admin.retried + j.finance.retried + j.plain.retried
	fmt.Fprintf(j.out, "\njourney complete in %s, %d requests had to be repeated\n", time.Since(j.began).Round(time.Millisecond), retries)
	return nil
}

type tokens struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	ACR          string `json:"acr"`
}

func (j *journey) register(ctx context.Context) (string, error) {
	err := j.player.call(ctx, "POST", "/v1/auth/register", map[string]any{
		"email": j.email, "password": j.password, "country": "MT", "language": "en", "timeZone": "Europe/Malta", "adultConfirmed": true}, nil)
	return j.email, err
}

var codePattern = regexp.MustCompile(`\b([0-9]{6})\b`)

func (j *journey) confirmEmail(ctx context.Context) (string, error) {
	text, err := j.mail(ctx, j.email, codePattern)
	if err != nil {
		return "", err
	}
	var res struct {
		Tokens tokens `json:"tokens"`
		Player struct {
			PlayerID string `json:"playerId"`
		} `json:"player"`
	}
	err = j.player.call(ctx, "POST", "/v1/auth/verify-email", map[string]any{"email": j.email, "code": text}, &res)
	if refusedWith(err, "CODE_INVALID") && j.player.retried > 0 {
		// The confirmation may have been committed and its answer lost; the account then takes a login.
		return "answer was lost, logged in instead", j.passwordLogin(ctx)
	}
	if err != nil {
		return "", err
	}
	j.playerID, j.player.token = res.Player.PlayerID, res.Tokens.AccessToken
	return j.playerID, nil
}

// mail waits for a message to address whose text matches and answers the first group.
func (j *journey) mail(ctx context.Context, address string, pattern *regexp.Regexp) (string, error) {
	deadline := time.Now().Add(j.cmd.Patience)
	for {
		var list struct {
			Messages []struct {
				ID string `json:"id"`
			} `json:"messages"`
		}
		if err := j.plain.call(ctx, "GET", "/inbox/api/messages?limit=20&to="+url.QueryEscape(address), nil, &list); err != nil {
			return "", err
		}
		for _, m := range list.Messages {
			var msg struct {
				Text string `json:"text"`
			}
			if err := j.plain.call(ctx, "GET", "/inbox/api/messages/"+url.PathEscape(m.ID), nil, &msg); err != nil {
				return "", err
			}
			if found := pattern.FindStringSubmatch(msg.Text); found != nil {
				return found[1], nil
			}
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("no mail to %s arrived within %s", address, j.cmd.Patience)
		}
		if err := pauseFor(ctx, 50*time.Millisecond); err != nil {
			return "", err
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// nextCode answers a TOTP code that was not used before. A code counts once and the one before the current still counts, so that most
// of the time nobody waits.
func nextCode(ctx context.Context, secret string, used *int64) (string, error) {
	for {
		now := time.Now().Unix() / 30
		for _, step := range []int64{now - 1, now} {
			if step > *used {
				*used = step
				return totp.GenerateCode(secret, time.Unix(step*30, 0))
			}
		}
		if err := pauseFor(ctx, time.Until(time.Unix((now+1)*30, 0))); err != nil {
			return "", err
		}
	}
}

func (j *journey) setUpTOTP(ctx context.Context) (string, error) {
	var enrolled struct {
		Secret string `json:"secret"`
	}
	if err := j.player.call(ctx, "POST", "/v1/me/totp", map[string]any{}, &enrolled); err != nil {
		return "", err
	}
	j.secret = enrolled.Secret
	code, err := nextCode(ctx, j.secret, &j.usedStep)
	if err != nil {
		return "", err
	}
	var confirmed struct {
		RecoveryCodes []string `json:"recoveryCodes"`
		Tokens        tokens   `json:"tokens"`
	}
	err = j.player.call(ctx, "POST", "/v1/me/totp:confirm", map[string]any{"code": code}, &confirmed)
	if err != nil && j.player.retried > 0 {
		// Its answer may have been lost after the commit; the next step logs in with both factors and shows it.
		return "answer was lost", nil
	}
	if err != nil {
		return "", err
	}
	j.player.token = confirmed.Tokens.AccessToken
	return fmt.Sprintf("%d recovery codes", len(confirmed.RecoveryCodes)), nil
}

func (j *journey) logIn(ctx context.Context) (string, error) {
	return "", j.passwordLogin(ctx)
}

// passwordLogin logs the player in with whatever factors are enrolled.
func (j *journey) passwordLogin(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		var first struct {
			Tokens    *tokens `json:"tokens"`
			Challenge string  `json:"challenge"`
		}
		if err := j.player.call(ctx, "POST", "/v1/auth/login", map[string]any{"email": j.email, "password": j.password}, &first); err != nil {
			return err
		}
		done := first.Tokens
		if done == nil {
			code, err := nextCode(ctx, j.secret, &j.usedStep)
			if err != nil {
				return err
			}
			var second struct {
				Tokens *tokens `json:"tokens"`
			}
			err = j.player.call(ctx, "POST", "/v1/auth/login:complete", map[string]any{"challenge": first.Challenge, "totpCode": code}, &second)
			if err != nil && attempt < 3 && (refusedWith(err, "CODE_INVALID") || refusedWith(err, "CHALLENGE_INVALID")) && j.player.retried > 0 {
				continue // the answer was lost after the code was used
			}
			if err != nil {
				return err
			}
			done = second.Tokens
		}
		j.player.token = done.AccessToken
		var me struct {
			Player struct {
				PlayerID string `json:"playerId"`
			} `json:"player"`
		}
		if err := j.player.call(ctx, "GET", "/v1/me", nil, &me); err != nil {
			return err
		}
		j.playerID = me.Player.PlayerID
		return nil
	}
}

func (j *journey) seeLobby(ctx context.Context) (string, error) {
	var lobby struct {
		Rows []struct {
			Title string `json:"title"`
			Games []struct {
				GameID string `json:"gameId"`
				Name   string `json:"name"`
			} `json:"games"`
		} `json:"rows"`
	}
	if err := j.player.call(ctx, "GET", "/v1/lobby", nil, &lobby); err != nil {
		return "", err
	}
	for _, row := range lobby.Rows {
		for _, g := range row.Games {
			j.gameURL = g.GameID
			return fmt.Sprintf("%s: %s", row.Title, g.Name), nil
		}
	}
	return "", fmt.Errorf("the lobby has no games")
}

type depositView struct {
	Deposit struct {
		DepositID   string `json:"depositId"`
		State       string `json:"state"`
		RedirectURL string `json:"redirectUrl"`
		FailureCode string `json:"failureCode"`
		Instrument  string `json:"instrument"`
	} `json:"deposit"`
}

func (j *journey) openDeposit(ctx context.Context) (string, error) {
	var methods struct {
		Methods []struct {
			MethodID string `json:"methodId"`
			Deposits bool   `json:"deposits"`
		} `json:"methods"`
	}
	if err := j.player.call(ctx, "GET", "/v1/payment-methods", nil, &methods); err != nil {
		return "", err
	}
	for _, m := range methods.Methods {
		if !m.Deposits {
			continue
		}
		var res depositView
		err := j.player.call(ctx, "POST", "/v1/deposits", map[string]any{"methodId": m.MethodID, "requestId": "deposit-" + j.email, "amount": j.money(j.cmd.Deposit)}, &res)
		if err != nil {
			return "", err
		}
		j.deposit.ID, j.deposit.Redirect = res.Deposit.DepositID, res.Deposit.RedirectURL
		return j.deposit.ID + " by " + m.MethodID, nil
	}
	return "", fmt.Errorf("no payment method takes deposits")
}

func (j *journey) money(amount string) map[string]string {
	return map[string]string{"amount": amount, "currency": j.cmd.Currency}
}

func (j *journey) pay(ctx context.Context) (string, error) {
	form := url.Values{"card_number": {"4242424242424242"}, "exp": {time.Now().AddDate(2, 0, 0).Format("01/06")}, "cvc": {"123"}, "name": {"Journey Player"}}
	location, err := j.plain.postForm(ctx, j.deposit.Redirect, form)
	if err != nil {
		return "", err
	}
	return "returned to " + strings.SplitN(location, "?", 2)[0], nil
}

func (j *journey) seeMoney(ctx context.Context) (string, error) {
	var last depositView
	err := j.until(ctx, func() (bool, error) {
		last = depositView{}
		err := j.player.call(ctx, "GET", "/v1/deposits/"+j.deposit.ID, nil, &last)
		return strings.HasSuffix(last.Deposit.State, "_CAPTURED"), err
	})
	if err != nil {
		return "", fmt.Errorf("deposit is %s %s: %w", last.Deposit.State, last.Deposit.FailureCode, err)
	}
	balance, err := j.balance(ctx)
	return balance + " by " + last.Deposit.Instrument, err
}

// until asks again until done, or patience ends.
func (j *journey) until(ctx context.Context, done func() (bool, error)) error {
	deadline := time.Now().Add(j.cmd.Patience)
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("nothing changed within %s", j.cmd.Patience)
		}
		if err := pauseFor(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

type moneyView struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func (m moneyView) String() string { return m.Amount + " " + m.Currency }

func (j *journey) balance(ctx context.Context) (string, error) {
	var res struct {
		Balances []struct {
			Available moneyView `json:"available"`
			Held      moneyView `json:"held"`
		} `json:"balances"`
	}
	if err := j.player.call(ctx, "GET", "/v1/wallet/balances", nil, &res); err != nil {
		return "", err
	}
	var parts []string
	for _, b := range res.Balances {
		parts = append(parts, fmt.Sprintf("%s available, %s held", b.Available, b.Held))
	}
	return strings.Join(parts, "; "), nil
}

func (j *journey) launch(ctx context.Context) (string, error) {
	var res struct {
		GameSessionID string `json:"gameSessionId"`
		URL           string `json:"url"`
	}
	if err := j.player.call(ctx, "POST", "/v1/games/"+j.gameURL+":launch", map[string]any{"currency": j.cmd.Currency, "language": "en"}, &res); err != nil {
		return "", err
	}
	j.gameURL = res.URL
	return res.GameSessionID, nil
}

type spinView struct {
	Round struct {
		Status  string  `json:"status"`
		Reason  string  `json:"reason"`
		Message string  `json:"message"`
		Bet     string  `json:"bet"`
		Win     *string `json:"win"`
	} `json:"round"`
}

func (j *journey) play(ctx context.Context) (string, error) {
	page, err := url.Parse(j.gameURL)
	if err != nil {
		return "", err
	}
	page.Path = strings.Replace(page.Path, "/game/", "/play/", 1)
	api := newRestClient(page.Scheme+"://"+page.Host, j.cmd.Patience)
	var session struct {
		DefaultBet string `json:"default_bet"`
		MinCycleMS int64  `json:"min_cycle_ms"`
	}
	if err := api.call(ctx, "GET", page.Path, nil, &session); err != nil {
		return "", err
	}
	staked, won, played := new(big.Rat), new(big.Rat), 0
	for (played < j.cmd.Rounds || j.wins == 0) && played < maxRounds {
		if played > 0 {
			if err := pauseFor(ctx, time.Duration(session.MinCycleMS)*time.Millisecond); err != nil {
				return "", err
			}
		}
		round, err := j.spin(ctx, api, page.Path, session.DefaultBet)
		if err != nil {
			return "", err
		}
		add(staked, round.Round.Bet)
		if round.Round.Win != nil && add(won, *round.Round.Win) {
			j.wins++
		}
		played++
	}
	j.plain.retried += api.retried
	return fmt.Sprintf("%d rounds, %d won, staked %s, paid %s", played, j.wins, staked.FloatString(2), won.FloatString(2)), nil
}

// add sums an amount and tells whether it is more than nothing.
func add(sum *big.Rat, amount string) bool {
	v, ok := new(big.Rat).SetString(amount)
	if !ok {
		return false
	}
	sum.Add(sum, v)
	return v.Sign() > 0
}

// spin plays one round to its end, whatever happens to the answers.
func (j *journey) spin(ctx context.Context, api *restClient, path, bet string) (spinView, error) {
	id := rand.Text()
	var round spinView
	if err := api.call(ctx, "POST", path+"/spin", map[string]any{"spin_id": id, "bet": bet}, &round); err != nil {
		return round, err
	}
	err := j.until(ctx, func() (bool, error) {
		if round.Round.Status != "pending" && round.Round.Status != "cancelling" {
			return true, nil
		}
		return false, api.call(ctx, "GET", path+"/spins/"+id, nil, &round)
	})
	if err != nil {
		return round, fmt.Errorf("round is %s: %w", round.Round.Status, err)
	}
	if s := round.Round.Status; s != "settled" && s != "cancelled" {
		return round, fmt.Errorf("round was %s: %s %s", s, round.Round.Reason, round.Round.Message)
	}
	return round, nil
}

func (j *journey) seeBets(ctx context.Context) (string, error) {
	var bets struct {
		Bets []struct {
			BetID string `json:"betId"`
			State string `json:"state"`
		} `json:"bets"`
	}
	err := j.until(ctx, func() (bool, error) {
		if err := j.player.call(ctx, "GET", "/v1/bets?page.size=100", nil, &bets); err != nil {
			return false, err
		}
		for _, b := range bets.Bets {
			if !strings.HasSuffix(b.State, "_SETTLED") && !strings.HasSuffix(b.State, "_VOIDED") {
				return false, nil
			}
		}
		return len(bets.Bets) >= j.cmd.Rounds, nil
	})
	if err != nil {
		return "", err
	}
	balance, err := j.balance(ctx)
	return fmt.Sprintf("%d bets, all with a result; %s", len(bets.Bets), balance), err
}

type withdrawalView struct {
	Withdrawal struct {
		WithdrawalID    string            `json:"withdrawalId"`
		State           string            `json:"state"`
		Revision        string            `json:"revision"`
		ApprovalsNeeded int               `json:"approvalsNeeded"`
		Approvals       []json.RawMessage `json:"approvals"`
		Reason          string            `json:"reason"`
	} `json:"withdrawal"`
}

func (j *journey) withdraw(ctx context.Context) (string, error) {
	send := func() (withdrawalView, error) {
		var res withdrawalView
		err := j.player.call(ctx, "POST", "/v1/withdrawals", map[string]any{
			"requestId": "withdrawal-" + j.email, "amount": j.money(j.cmd.Withdraw), "destination": "DESTINATION_KIND_SOURCE"}, &res)
		return res, err
	}
	res, err := send()
	if refusedWith(err, "STEP_UP_REQUIRED") || refusedWith(err, "TOKEN_EXPIRED") {
		if err := j.passwordLogin(ctx); err != nil {
			return "", err
		}
		res, err = send()
	}
	if err != nil {
		return "", err
	}
	j.payoutID = res.Withdrawal.WithdrawalID
	return fmt.Sprintf("%s %s, needs %d approvals", j.payoutID, res.Withdrawal.State, res.Withdrawal.ApprovalsNeeded), nil
}

// operatorFile is what `up` writes for the first administrator.
func (j *journey) operatorFile() string {
	if j.cmd.Operator != "" {
		return j.cmd.Operator
	}
	dir := os.Getenv("PITBOSS_HOME")
	if dir == "" {
		dir = ".pitboss"
	}
	return filepath.Join(dir, "operator.json")
}
