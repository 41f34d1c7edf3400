package cashier

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestApprovalsNeeded(t *testing.T) {
	r := rules{auto: map[string]int64{"EUR": 50000, "USD": 50000}, fourEyes: map[string]int64{"EUR": 200000}}
	for _, c := range []struct {
		minor    int64
		currency string
		want     int32
	}{{50000, "EUR", 0}, {50001, "EUR", 1}, {199999, "EUR", 1}, {200000, "EUR", 2}, {1, "USD", 2}, {1, "GBP", 2}} {
		got, _, _ := r.approvalsNeeded(c.minor, c.currency)
		require.Equal(t, c.want, got, "%d %s", c.minor, c.currency)
	}
}

// TestPayoutMoves writes parts as letters of their state with amounts: q queued, s sending, p pending, u unknown, f failed, ok; a "!" means
// that it was asked about in this turn.
func TestPayoutMoves(t *testing.T) {
	states := map[string]partState{"q": partQueued, "s": partSending, "p": partPending, "u": partUnknown, "f": partFailed, "ok": partSucceeded}
	for _, c := range []struct {
		parts string
		want  move
		part  int
	}{
		{"q10", moveSend, 0},
		{"q5 q5", moveSend, 0},
		{"s10", moveAsk, 0},
		{"s10!", moveWait, -1},
		{"u10!", moveWait, -1},
		{"p10", moveAsk, 0},
		{"p10!", moveWait, -1},
		{"ok10", movePaid, -1},
		{"ok5 q5", moveSend, 1},
		{"p5! q5", moveWait, -1}, // nothing is paid yet: the first decides about all
		{"u5! q5", moveWait, -1}, // never send while one is unknown
		{"f5 q5", moveFail, -1},  // nothing was paid: all of it returns
		{"f5 u5!", moveWait, -1}, // it may have been paid
		{"f10", moveFail, -1},    //
		{"ok5 f5", moveReplace, -1},
		{"ok3 f5 q2", moveSend, 2},
		{"ok3 f5 u2!", moveWait, -1},
		{"ok5 p5! q0", moveSend, 2},
		{"ok5 p5!", moveWait, -1},
		{"ok5 f5 ok5", movePaid, -1},
		{"ok5 f5 p5!", moveWait, -1},
	} {
		t.Run(c.parts, func(t *testing.T) {
			w := payoutFacts{state: withdrawalSubmitted, destination: destinationSource, amount: 10, reserved: true, asked: map[string]bool{}}
			for i, text := range strings.Fields(c.parts) {
				id := "att_" + strconv.Itoa(i)
				rest := strings.TrimLeft(text, "qspufok")
				w.asked[id] = strings.HasSuffix(rest, "!")
				n, err := strconv.ParseInt(strings.TrimSuffix(rest, "!"), 10, 64)
				require.NoError(t, err)
				w.parts = append(w.parts, partFacts{id: id, state: states[text[:len(text)-len(rest)]], amount: money.Amount{Minor: n, Currency: "EUR"}})
			}
			m, i := w.next()
			require.Equal(t, c.want, m)
			require.Equal(t, c.part, i)
		})
	}
}

func TestPayoutMovesByState(t *testing.T) {
	for _, c := range []struct {
		w    payoutFacts
		want move
	}{
		{payoutFacts{state: withdrawalRequested}, moveReserve},
		{payoutFacts{state: withdrawalAwaiting}, moveWait},
		{payoutFacts{state: withdrawalAwaiting, outcome: withdrawalRejected}, moveFinish},
		{payoutFacts{state: withdrawalApproved}, moveSubmit},
		{payoutFacts{state: withdrawalSubmitted, destination: destinationBank}, moveWait},
		{payoutFacts{state: withdrawalSubmitted, destination: destinationBank, outcome: withdrawalPaid}, moveFinish},
		{payoutFacts{state: withdrawalPaid, outcome: withdrawalPaid}, moveWait},
		{payoutFacts{state: withdrawalFailed}, moveRecheck},
		{payoutFacts{state: withdrawalFailed, outcome: withdrawalFailed, reserved: true}, moveWait},
	} {
		m, _ := c.w.next()
		require.Equal(t, c.want, m, "%+v", c.w)
	}
}
