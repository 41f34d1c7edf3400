package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPlayerBalances(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	req := &walletv1.ListPlayerBalancesRequest{PlayerId: player}
	for _, role := range []string{"support", "finance", "admin"} {
		r, err := f.as(testkit.Operator(role)).ListPlayerBalances(t.Context(), req)
		require.NoError(t, err)
		require.Len(t, r.GetBalances(), 1)
		require.Equal(t, "10.00 0.00 v1", short(r.GetBalances()[0]))
	}
	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("gaming"), testkit.Operator("player")} {
		_, err := f.as(c).ListPlayerBalances(t.Context(), req)
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}

// Balances as they were: before the first operation, at the instant of each, between two, and now.
func TestListPlayerBalances_At(t *testing.T) {
	f := startWallet(t)
	support := f.as(testkit.Operator("support"))
	at := func(player string, when time.Time) []string {
		r, err := support.ListPlayerBalances(t.Context(), &walletv1.ListPlayerBalancesRequest{PlayerId: player, At: timestamppb.New(when)})
		require.NoError(t, err)
		var lines []string
		for _, b := range r.GetBalances() {
			lines = append(lines, b.GetAvailable().GetCurrency()+" "+short(b))
		}
		return lines
	}
	player := f.player("10.00")
	began := f.h.Clock.Now()
	require.Empty(t, at(player, began.Add(-time.Hour)), "before the first")
	steps := []func(){
		func() { f.grant(player, "a", "5.00") },
		func() { f.grant(player, "b", "2.00") },
		func() { f.stake(player, "a", "12.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0) },
		func() { f.chargeback(player, "3.00") },
		func() {
			_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
				RequestId: f.request(), PlayerId: player, Amount: usd("9.00"), Psp: "stripe", Reference: depositRef("dep_2"),
			})
			require.NoError(t, err)
		},
	}
	want := [][]string{
		{"EUR 10.00 0.00 b5.00/- v2"},
		{"EUR 10.00 0.00 b7.00/- v3"},
		{"EUR 0.00 10.00 b5.00/2.00 v4"},
		{"EUR 0.00 10.00 b5.00/2.00 owes3.00 v5"},
		{"EUR 0.00 10.00 b5.00/2.00 owes3.00 v5", "USD 9.00 0.00 v1"},
	}
	var between []time.Time
	for _, step := range steps {
		between = append(between, f.h.Clock.Now())
		f.h.Clock.Advance(time.Hour)
		step()
	}
	require.Equal(t, []string{"EUR 10.00 0.00 v1"}, at(player, between[0]))
	for i := range want {
		if i+1 < len(between) {
			require.Equal(t, want[i], at(player, between[i+1]), i)
		}
	}
	require.Equal(t, want[len(want)-1], at(player, f.h.Clock.Now()))
	require.Equal(t, want[len(want)-1], at(player, f.h.Clock.Now().Add(1000*time.Hour)))

	// The instant of an operation counts it, the microsecond before does not.
	var last time.Time
	require.NoError(t, f.h.DB.QueryRow(t.Context(), "SELECT max(created_at) FROM operation WHERE currency = 'EUR'").Scan(&last))
	require.Equal(t, want[3], at(player, last))
	require.Equal(t, want[2], at(player, last.Add(-time.Microsecond)))
	now, err := support.ListPlayerBalances(t.Context(), &walletv1.ListPlayerBalancesRequest{PlayerId: player})
	require.NoError(t, err)
	require.Equal(t, want[4], []string{"EUR " + short(now.GetBalances()[0]), "USD " + short(now.GetBalances()[1])})
}
