package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/traffic"
)

// transferView is a transfer with a studio that keeps players' money.
type transferView struct {
	TransferID string    `json:"transferId"`
	PlayerID   string    `json:"playerId"`
	Direction  string    `json:"direction"`
	State      string    `json:"state"`
	Amount     moneyView `json:"amount"`
}

func (t transferView) moved() traffic.Moved {
	m := traffic.Moved{Player: t.PlayerID, In: t.Direction == "TRANSFER_DIRECTION_TO_PROVIDER", Amount: t.Amount.Amount}
	switch t.State {
	case "TRANSFER_STATE_CONFIRMED":
		m.State = traffic.Done
	case "TRANSFER_STATE_FAILED":
		m.State = traffic.Undone
	}
	return m
}

// Move has the platform transfer a test player's money.
func (o *studioOperator) Move(ctx context.Context, order traffic.Order) (traffic.Moved, error) {
	body := map[string]any{"requestId": o.integration + "-" + order.ID, "playerId": order.Player.ID}
	amount := map[string]string{"amount": order.Amount, "currency": order.Player.Currency}
	switch {
	case order.In:
		body["toProvider"] = amount
	case order.Amount == "":
		body["everythingIn"] = order.Player.Currency
	default:
		body["fromProvider"] = amount
	}
	var res struct {
		Transfer transferView `json:"transfer"`
	}
	err := o.call(ctx, "POST", "/v1/operator/integrations/"+o.integration+"/test-transfers", body, &res)
	if refusedWith(err, "INSUFFICIENT_FUNDS") {
		return traffic.Moved{Player: order.Player.ID, In: order.In, Amount: order.Amount, State: traffic.Undone}, nil
	}
	if err != nil {
		return traffic.Moved{}, fmt.Errorf("transfer %s: %w", order.ID, err)
	}
	return res.Transfer.moved(), nil
}

// Transfers reads the integration's transfers.
func (o *studioOperator) Transfers(ctx context.Context) (map[string]traffic.Moved, error) {
	all := map[string]traffic.Moved{}
	for token := ""; ; {
		var page struct {
			Transfers []transferView `json:"transfers"`
			Page      struct {
				NextToken string `json:"nextToken"`
			} `json:"page"`
		}
		query := url.Values{"integrationId": {o.integration}, "page.size": {"200"}, "page.token": {token}}
		if err := o.call(ctx, "GET", "/v1/operator/provider-transfers?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Transfers {
			all[t.TransferID] = t.moved()
		}
		if token = page.Page.NextToken; token == "" {
			return all, nil
		}
	}
}

// Findings has the platform reconcile and reads what it found.
func (o *studioOperator) Findings(ctx context.Context, from time.Time) ([]string, error) {
	type runView struct {
		Run struct {
			RunID   string `json:"runId"`
			State   string `json:"state"`
			Problem string `json:"problem"`
		} `json:"run"`
	}
	var run runView
	err := o.call(ctx, "POST", "/v1/operator/integrations/"+o.integration+":reconcile", map[string]any{
		"from": from.UTC().Format(time.RFC3339Nano), "until": time.Now().UTC().Add(-time.Millisecond).Format(time.RFC3339Nano),
	}, &run)
	if err != nil {
		return nil, fmt.Errorf("start a reconciliation: %w", err)
	}
	for deadline := time.Now().Add(o.cmd.Patience); run.Run.State == "RECONCILIATION_STATE_RUNNING"; {
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("the reconciliation is not over after %s", o.cmd.Patience)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		if err = o.call(ctx, "GET", "/v1/operator/reconciliations/"+run.Run.RunID, nil, &run); err != nil {
			return nil, err
		}
	}
	if run.Run.State != "RECONCILIATION_STATE_DONE" {
		return nil, fmt.Errorf("the reconciliation ended as %s %s", run.Run.State, run.Run.Problem)
	}
	var list struct {
		Findings []struct {
			Kind         string `json:"kind"`
			PlayerID     string `json:"playerId"`
			ProviderTxID string `json:"providerTxId"`
			Ours         string `json:"ours"`
			Theirs       string `json:"theirs"`
		} `json:"findings"`
	}
	query := url.Values{"integrationId": {o.integration}, "page.size": {"200"}}
	if err = o.call(ctx, "GET", "/v1/operator/findings?"+query.Encode(), nil, &list); err != nil {
		return nil, err
	}
	var found []string
	for _, f := range list.Findings {
		found = append(found, fmt.Sprintf("%s %s of %s: ours %q, theirs %q", strings.TrimPrefix(f.Kind, "FINDING_KIND_"), f.ProviderTxID, f.PlayerID, f.Ours, f.Theirs))
	}
	return found, nil
}
