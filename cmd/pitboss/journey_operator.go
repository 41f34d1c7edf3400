package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"
)

// adminCredentials is the content of operator.json.
type adminCredentials struct {
	Email      string `json:"email"`
	Password   string `json:"password"`
	TOTPSecret string `json:"totp_secret"`
	OtpauthURI string `json:"otpauth_uri"`
}

func (j *journey) approveFirst(ctx context.Context) (string, error) {
	b, err := os.ReadFile(j.operatorFile())
	if err != nil {
		return "", fmt.Errorf("credentials of an administrator: %w", err)
	}
	var cred adminCredentials
	if err := json.Unmarshal(b, &cred); err != nil {
		return "", fmt.Errorf("%s: %w", j.operatorFile(), err)
	}
	if err := j.operatorLogin(ctx, j.admin, cred); err != nil {
		return "", err
	}
	return j.approve(ctx, j.admin)
}

// operatorLogin logs staff in. Another login may have used this half minute's codes, so a refused code is tried again with the next.
func (j *journey) operatorLogin(ctx context.Context, c *restClient, cred adminCredentials) error {
	var used int64
	for attempt := 0; ; attempt++ {
		code, err := nextCode(ctx, cred.TOTPSecret, &used)
		if err != nil {
			return err
		}
		var res struct {
			Tokens tokens `json:"tokens"`
		}
		err = c.call(ctx, "POST", "/v1/operator/auth/login", map[string]any{"email": cred.Email, "password": cred.Password, "totpCode": code}, &res)
		if refusedWith(err, "CREDENTIALS_INVALID") && attempt < 3 {
			continue
		}
		c.token = res.Tokens.AccessToken
		return err
	}
}

func (j *journey) approve(ctx context.Context, c *restClient) (string, error) {
	var seen withdrawalView
	if err := c.call(ctx, "GET", "/v1/withdrawals/"+j.payoutID, nil, &seen); err != nil {
		return "", err
	}
	var res withdrawalView
	err := c.call(ctx, "POST", "/v1/operator/withdrawals/"+j.payoutID+":approve", map[string]any{"revision": seen.Withdrawal.Revision, "comment": "journey"}, &res)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d approvals, %s", len(res.Withdrawal.Approvals), res.Withdrawal.ApprovalsNeeded, res.Withdrawal.State), nil
}

// approveAgain shows that one person counts once.
func (j *journey) approveAgain(ctx context.Context) (string, error) {
	detail, err := j.approve(ctx, j.admin)
	if err != nil && !refusedWith(err, "APPROVER_NOT_DISTINCT") {
		return "", err
	}
	var seen withdrawalView
	if err := j.admin.call(ctx, "GET", "/v1/withdrawals/"+j.payoutID, nil, &seen); err != nil {
		return "", err
	}
	if len(seen.Withdrawal.Approvals) != 1 || !strings.HasSuffix(seen.Withdrawal.State, "_AWAITING_APPROVAL") {
		return "", fmt.Errorf("one person approved and it is %s with %d approvals", seen.Withdrawal.State, len(seen.Withdrawal.Approvals))
	}
	return detail, nil
}

var invitationPattern = regexp.MustCompile(`invitation[=: ]+([A-Za-z0-9_-]{20,})`)

// approveSecond invites a colleague from finance, who sets a password and a second factor and approves.
func (j *journey) approveSecond(ctx context.Context) (string, error) {
	email := "finance-" + strings.ToLower(rand.Text()[:12]) + "@example.com"
	err := j.admin.call(ctx, "POST", "/v1/operator/operators", map[string]any{"email": email, "name": "Journey Finance", "roles": []string{"ROLE_FINANCE"}}, nil)
	if err != nil && !refusedWith(err, "OPERATOR_EXISTS") {
		return "", err
	}
	invitation, err := j.mail(ctx, email, invitationPattern)
	if err != nil {
		return "", err
	}
	cred := adminCredentials{Email: email, Password: rand.Text()}
	var accepted struct {
		Secret string `json:"secret"`
	}
	if err := j.finance.call(ctx, "POST", "/v1/operator/auth/accept-invitation", map[string]any{"invitation": invitation, "password": cred.Password}, &accepted); err != nil {
		return "", err
	}
	cred.TOTPSecret = accepted.Secret
	var used int64
	code, err := nextCode(ctx, cred.TOTPSecret, &used)
	if err != nil {
		return "", err
	}
	var confirmed struct {
		Tokens tokens `json:"tokens"`
	}
	err = j.finance.call(ctx, "POST", "/v1/operator/auth/confirm-invitation", map[string]any{"invitation": invitation, "totpCode": code}, &confirmed)
	if err != nil && j.finance.retried > 0 {
		err = j.operatorLogin(ctx, j.finance, cred) // the confirmation was committed and its answer lost
	} else {
		j.finance.token = confirmed.Tokens.AccessToken
	}
	if err != nil {
		return "", err
	}
	return j.approve(ctx, j.finance)
}

func (j *journey) seePayout(ctx context.Context) (string, error) {
	var last withdrawalView
	err := j.until(ctx, func() (bool, error) {
		last = withdrawalView{}
		err := j.player.call(ctx, "GET", "/v1/withdrawals/"+j.payoutID, nil, &last)
		if refusedWith(err, "TOKEN_EXPIRED") {
			err = j.passwordLogin(ctx)
		}
		return strings.HasSuffix(last.Withdrawal.State, "_PAID"), err
	})
	if err != nil {
		return "", fmt.Errorf("withdrawal is %s %s: %w", last.Withdrawal.State, last.Withdrawal.Reason, err)
	}
	return j.balance(ctx)
}

// statement prints the player's ledger, oldest first, and checks that a journey's kinds of entries are all there.
func (j *journey) statement(ctx context.Context) (string, error) {
	type entry struct {
		Type         string    `json:"type"`
		Account      string    `json:"account"`
		Amount       moneyView `json:"amount"`
		BalanceAfter moneyView `json:"balanceAfter"`
		CreatedAt    string    `json:"createdAt"`
	}
	var all []entry
	for token := ""; ; {
		var res struct {
			Entries []entry `json:"entries"`
			Page    struct {
				NextToken string `json:"nextToken"`
			} `json:"page"`
		}
		if err := j.player.call(ctx, "GET", "/v1/wallet/entries?page.size=200&page.token="+token, nil, &res); err != nil {
			return "", err
		}
		all = append(all, res.Entries...)
		if token = res.Page.NextToken; token == "" {
			break
		}
	}
	seen := map[string]int{}
	w := tabwriter.NewWriter(j.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ttime\tentry\taccount\tamount\tbalance\t")
	for i := len(all) - 1; i >= 0; i-- {
		e := all[i]
		kind := strings.TrimPrefix(e.Type, "ENTRY_TYPE_")
		seen[kind]++
		fmt.Fprintf(w, "\t%s\t%s\t%s\t%s\t%s\t\n", e.CreatedAt, kind, strings.ToLower(strings.TrimPrefix(e.Account, "ACCOUNT_KIND_")), e.Amount, e.BalanceAfter.Amount)
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	need := []string{"DEPOSIT", "HOLD", "SETTLE_DEBIT", "WITHDRAWAL_HOLD", "WITHDRAWAL"}
	if j.wins > 0 {
		need = append(need, "PAYOUT")
	}
	for _, kind := range need {
		if seen[kind] == 0 {
			return "", fmt.Errorf("the statement has no %s", kind)
		}
	}
	return fmt.Sprintf("%d entries", len(all)), nil
}

func (j *journey) verify(ctx context.Context) (string, error) {
	var res struct {
		OK         bool              `json:"ok"`
		Violations []json.RawMessage `json:"violations"`
		Operations string            `json:"operations"`
		Entries    string            `json:"entries"`
		Currencies []struct {
			Currency string `json:"currency"`
			SumMinor string `json:"sumMinor"`
		} `json:"currencies"`
	}
	if err := j.admin.call(ctx, "POST", "/v1/operator/ledger:verify", map[string]any{}, &res); err != nil {
		return "", err
	}
	if !res.OK {
		return "", fmt.Errorf("the ledger is broken: %s", res.Violations)
	}
	var sums []string
	for _, c := range res.Currencies {
		sums = append(sums, c.Currency+" sums to "+c.SumMinor)
	}
	return fmt.Sprintf("%s operations, %s entries, %s", res.Operations, res.Entries, strings.Join(sums, ", ")), nil
}
