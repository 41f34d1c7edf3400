package cashier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

var (
	ten     = money.Amount{Minor: 1000, Currency: "EUR"}
	morning = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
)

func TestDepositJudge(t *testing.T) {
	stay, opens, paid, declines, expires, disputed := depositStays, depositOpens, depositIsPaid, depositDeclines, depositExpires, depositIsDisputed
	for _, c := range []struct {
		name    string
		state   depositState
		paid    bool
		overdue bool
		r       report
		want    depositVerdict
		finding string
	}{
		{"created, page opened by a lost answer", depositCreated, false, false, report{status: reportPending}, opens, ""},
		{"created, success before the answer was stored", depositCreated, false, false, report{status: reportSucceeded}, paid, ""},
		{"pending, pending", depositPending, false, false, report{status: reportPending}, stay, ""},
		{"pending, success", depositPending, false, false, report{status: reportSucceeded}, paid, ""},
		{"pending, failed", depositPending, false, false, report{status: reportFailed}, declines, ""},
		{"pending, given up", depositPending, false, false, report{status: reportCanceled}, expires, ""},
		{"pending, time over, still pending", depositPending, false, true, report{status: reportPending}, expires, ""},
		{"pending, time over, success", depositPending, false, true, report{status: reportSucceeded}, paid, ""},
		{"pending, unknown status", depositPending, false, true, report{status: 0}, stay, ""},
		{"expired, success is real money", depositExpired, false, true, report{status: reportSucceeded}, paid, kindStatusDiff},
		{"declined, success is real money", depositDeclined, false, false, report{status: reportSucceeded}, paid, kindStatusDiff},
		{"expired, failed", depositExpired, false, true, report{status: reportFailed}, stay, ""},
		{"declined, pending", depositDeclined, false, false, report{status: reportPending}, stay, ""},
		{"captured, success again", depositCaptured, true, false, report{status: reportSucceeded}, stay, ""},
		{"captured, pending is late", depositCaptured, true, true, report{status: reportPending}, stay, ""},
		{"captured, failed", depositCaptured, true, false, report{status: reportFailed}, stay, kindLateReversal},
		{"captured, canceled", depositCaptured, true, false, report{status: reportCanceled}, stay, kindLateReversal},
		{"captured, failed but asked before", depositCaptured, true, false, report{status: reportFailed, askedAt: morning.Add(-time.Second)}, stay, ""},
		{"paid, not credited, failed", depositPending, true, false, report{status: reportFailed}, stay, kindLateReversal},
		{"paid, not credited, success again", depositPending, true, false, report{status: reportSucceeded}, stay, ""},
		{"other amount", depositPending, false, false, report{status: reportSucceeded, amount: money.Amount{Minor: 999, Currency: "EUR"}}, disputed, kindAmountDiff},
		{"other currency", depositPending, false, false, report{status: reportSucceeded, amount: money.Amount{Minor: 1000, Currency: "USD"}}, disputed, kindAmountDiff},
		{"other amount after the credit", depositCaptured, true, false, report{status: reportSucceeded, amount: money.Amount{Minor: 1, Currency: "EUR"}}, stay, kindAmountDiff},
		{"other reference", depositPending, false, false, report{status: reportSucceeded, ourRef: "dep_2"}, disputed, kindAmountDiff},
		{"other reference, failed", depositCreated, false, false, report{status: reportFailed, ourRef: "dep_2"}, disputed, kindAmountDiff},
		{"disputed, matches now", depositDisputed, false, false, report{status: reportSucceeded}, paid, ""},
		{"disputed, given up", depositDisputed, false, true, report{status: reportCanceled}, stay, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := depositFacts{id: "dep_1", state: c.state, amount: ten, overdue: c.overdue}
			if c.paid {
				f.paidAt = morning
			}
			if c.r.ourRef == "" {
				c.r.ourRef = "dep_1"
			}
			if c.r.amount.Currency == "" {
				c.r.amount = ten
			}
			if c.r.askedAt.IsZero() {
				c.r.askedAt = morning.Add(time.Minute)
			}
			got, found := f.judge(c.r)
			require.Equal(t, c.want, got)
			if c.finding == "" {
				require.Nil(t, found)
				return
			}
			require.NotNil(t, found)
			require.Equal(t, c.finding, found.kind)
		})
	}
}

// TestDepositJudge_NothingTakesACreditBack tries every state with every status: no verdict but staying is possible once it is settled.
func TestDepositJudge_NothingTakesACreditBack(t *testing.T) {
	for s := depositCreated; s <= depositDisputed; s++ {
		for status := reportStatus(0); status <= reportCanceled+1; status++ {
			for _, ref := range []string{"dep_1", "dep_2"} {
				f := depositFacts{id: "dep_1", state: s, amount: ten, paidAt: morning, overdue: true}
				got, _ := f.judge(report{ourRef: ref, status: status, amount: ten, askedAt: morning.Add(time.Hour)})
				require.Equal(t, depositStays, got, "%s %s %s", s, status, ref)
			}
		}
	}
}
