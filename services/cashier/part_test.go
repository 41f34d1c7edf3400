package cashier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestPartJudge(t *testing.T) {
	other := money.Amount{Minor: 1, Currency: "EUR"}
	for _, c := range []struct {
		name      string
		state     partState
		ref       string
		revivable bool
		r         report
		want      partState
		finding   string
	}{
		{"sending, answered pending", partSending, "", false, report{status: reportPending}, partPending, ""},
		{"sending, answered paid", partSending, "", false, report{status: reportSucceeded}, partSucceeded, ""},
		{"sending, webhook faster than the answer", partSending, "", false, report{status: reportSucceeded}, partSucceeded, ""},
		{"unknown, found pending", partUnknown, "", false, report{status: reportPending}, partPending, ""},
		{"unknown, found failed", partUnknown, "", false, report{status: reportFailed}, partFailed, ""},
		{"pending, paid", partPending, "re_1", false, report{status: reportSucceeded}, partSucceeded, ""},
		{"pending, canceled", partPending, "re_1", false, report{status: reportCanceled}, partFailed, ""},
		{"pending, no known status", partPending, "re_1", false, report{}, partPending, ""},
		{"paid, pending is late", partSucceeded, "re_1", false, report{status: reportPending}, partSucceeded, ""},
		{"paid, failed later", partSucceeded, "re_1", false, report{status: reportFailed}, partSucceeded, kindLateReversal},
		{"failed, failed again", partFailed, "re_1", false, report{status: reportFailed}, partFailed, ""},
		{"failed, paid after all with room", partFailed, "re_0", true, report{status: reportSucceeded}, partSucceeded, ""},
		{"failed, paid after the money returned", partFailed, "re_1", false, report{status: reportSucceeded}, partFailed, kindLateReversal},
		{"other amount", partSending, "", false, report{status: reportSucceeded, amount: other}, partUnknown, kindAmountDiff},
		{"other amount after the end", partSucceeded, "re_1", false, report{status: reportSucceeded, amount: other}, partSucceeded, kindAmountDiff},
		{"other reference", partPending, "re_1", false, report{status: reportSucceeded, ourRef: "att_2"}, partUnknown, kindAmountDiff},
		{"a second refund with our reference", partSucceeded, "re_0", false, report{status: reportSucceeded}, partSucceeded, kindMissingOurs},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := partFacts{id: "att_1", state: c.state, amount: ten, ref: c.ref, revivable: c.revivable, changedAt: morning.UnixMicro()}
			c.r.ref, c.r.askedAt = "re_1", morning.Add(time.Minute)
			if c.r.ourRef == "" {
				c.r.ourRef = "att_1"
			}
			if c.r.amount.Currency == "" {
				c.r.amount = ten
			}
			got, f := p.judge(c.r)
			require.Equal(t, c.want, got)
			if c.finding == "" {
				require.Nil(t, f)
				return
			}
			require.Equal(t, c.finding, f.kind)
		})
	}
}

func TestAllocate(t *testing.T) {
	sources := []source{{"dep_1", "card", "stripe", 300}, {"dep_2", "other", "adyen", 1000}, {"dep_3", "card", "stripe", 500}}
	got, refundable := allocate(sources, 700)
	require.EqualValues(t, 800, refundable, "only one provider's deposits")
	require.Len(t, got, 2)
	require.EqualValues(t, 300, got[0].amount, "oldest first")
	require.EqualValues(t, 400, got[1].amount)
	require.Equal(t, "dep_3", got[1].depositID)
	got, refundable = allocate(sources, 801)
	require.Nil(t, got)
	require.EqualValues(t, 800, refundable)
	got, refundable = allocate(nil, 1)
	require.Nil(t, got)
	require.Zero(t, refundable)
}
