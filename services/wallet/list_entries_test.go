package wallet

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListEntries(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.bet(f.player("5.00"), "1.00") // somebody else's entries are not seen
	for _, round := range []string{"r1", "r2"} {
		h, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: roundRef(round),
		})
		require.NoError(t, err)
		_, err = f.gaming.SettleHold(t.Context(), &walletv1.SettleHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: h.GetHoldId(), Payout: eur("3.00"), Provider: "acme", Reference: roundRef(round),
		})
		require.NoError(t, err)
	}
	me := f.as(testkit.Player(player))
	all := []string{
		"PAYOUT CASH 3.00", "SETTLE_DEBIT HELD_CASH -1.00", "HOLD HELD_CASH 1.00", "HOLD CASH -1.00",
		"PAYOUT CASH 3.00", "SETTLE_DEBIT HELD_CASH -1.00", "HOLD HELD_CASH 1.00", "HOLD CASH -1.00", "DEPOSIT CASH 10.00",
	}
	past, future := timestamppb.New(f.h.Clock.Now().Add(-time.Hour)), timestamppb.New(f.h.Clock.Now().Add(time.Hour))
	for name, tc := range map[string]struct {
		filter *walletv1.EntryFilter
		want   []string
	}{
		"all":      {nil, all},
		"currency": {&walletv1.EntryFilter{Currency: "EUR"}, all},
		"other":    {&walletv1.EntryFilter{Currency: "USD"}, nil},
		"round":    {&walletv1.EntryFilter{RoundId: "r1"}, all[4:8]},
		"held":     {&walletv1.EntryFilter{RoundId: "r1", Account: walletv1.AccountKind_ACCOUNT_KIND_HELD_CASH}, all[5:7]},
		"types":    {&walletv1.EntryFilter{Types: []walletv1.EntryType{walletv1.EntryType_ENTRY_TYPE_DEPOSIT}}, all[8:]},
		"time":     {&walletv1.EntryFilter{From: past, Until: future}, all},
		"later":    {&walletv1.EntryFilter{From: future}, nil},
		"earlier":  {&walletv1.EntryFilter{Until: past}, nil},
		"house":    {&walletv1.EntryFilter{Account: walletv1.AccountKind_ACCOUNT_KIND_HOUSE}, nil},
	} {
		for _, size := range []int32{0, 1, 2, 3} {
			require.Equal(t, tc.want, pages(t, me, tc.filter, size), "%s in pages of %d", name, size)
		}
	}
	for _, c := range []testkit.Caller{testkit.Peer("gaming"), testkit.Operator("admin")} {
		_, err := f.as(c).ListEntries(t.Context(), &walletv1.ListEntriesRequest{})
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
	_, err := me.ListEntries(t.Context(), &walletv1.ListEntriesRequest{Page: &commonv1.PageRequest{Size: 201}})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
}

// pages reads a whole statement page by page.
func pages(t *testing.T, c walletv1.WalletServiceClient, filter *walletv1.EntryFilter, size int32) []string {
	t.Helper()
	var lines []string
	page := &commonv1.PageRequest{Size: size}
	for {
		r, err := c.ListEntries(t.Context(), &walletv1.ListEntriesRequest{Filter: filter, Page: page})
		require.NoError(t, err)
		for _, e := range r.GetEntries() {
			lines = append(lines, fmt.Sprintf("%s %s %s", e.GetType().String()[len("ENTRY_TYPE_"):],
				e.GetAccount().String()[len("ACCOUNT_KIND_"):], e.GetAmount().GetAmount()))
		}
		if page.Token = r.GetPage().GetNextToken(); page.GetToken() == "" {
			return lines
		}
		require.Len(t, r.GetEntries(), int(size))
	}
}

// A statement shows bonus money with its grant, and debts.
func TestListEntries_BonusAndDebt(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	f.grant(player, "gnt_1", "5.00")
	f.settle(player, f.stake(player, "gnt_1", "3.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0).GetHoldId(), "0.00")
	f.chargeback(player, "1.00")
	me := f.as(testkit.Player(player))
	all := []string{
		"CHARGEBACK RECEIVABLE -1.00", "SETTLE_DEBIT HELD_BONUS -2.00", "SETTLE_DEBIT HELD_CASH -1.00", "HOLD HELD_BONUS 2.00", "HOLD BONUS -2.00",
		"HOLD HELD_CASH 1.00", "HOLD CASH -1.00", "BONUS_GRANT BONUS 5.00", "DEPOSIT CASH 1.00",
	}
	for _, size := range []int32{0, 1, 3} {
		require.Equal(t, all, pages(t, me, nil, size))
		require.Equal(t, all[1:7], pages(t, me, &walletv1.EntryFilter{RoundId: "r1"}, size))
		require.Equal(t, []string{all[4], all[7]}, pages(t, me, &walletv1.EntryFilter{Account: walletv1.AccountKind_ACCOUNT_KIND_BONUS}, size))
		require.Equal(t, all[:1], pages(t, me, &walletv1.EntryFilter{Account: walletv1.AccountKind_ACCOUNT_KIND_RECEIVABLE}, size))
		require.Empty(t, pages(t, me, &walletv1.EntryFilter{Account: walletv1.AccountKind_ACCOUNT_KIND_BONUS_COST}, size))
	}
	r, err := me.ListEntries(t.Context(), &walletv1.ListEntriesRequest{})
	require.NoError(t, err)
	for _, e := range r.GetEntries() {
		ofGrant := e.GetAccount() == walletv1.AccountKind_ACCOUNT_KIND_BONUS || e.GetAccount() == walletv1.AccountKind_ACCOUNT_KIND_HELD_BONUS
		require.Equal(t, ofGrant, e.GetGrantId() == "gnt_1", "%v", e)
	}
}
