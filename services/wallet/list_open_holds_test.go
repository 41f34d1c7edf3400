package wallet

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// openHolds reads all pages of a caller's open holds.
func (f *fixture) openHolds(c walletv1.WalletServiceClient, age time.Duration, size int32) []*walletv1.Hold {
	f.t.Helper()
	var all []*walletv1.Hold
	page := &commonv1.PageRequest{Size: size}
	for {
		r, err := c.ListOpenHolds(f.t.Context(), &walletv1.ListOpenHoldsRequest{MinAge: durationpb.New(age), Page: page})
		require.NoError(f.t, err)
		all = append(all, r.GetHolds()...)
		if page.Token = r.GetPage().GetNextToken(); page.GetToken() == "" {
			return all
		}
		require.Len(f.t, r.GetHolds(), int(size))
	}
}

func holdIDs(holds []*walletv1.Hold) []string {
	ids := make([]string, len(holds))
	for i, h := range holds {
		ids[i] = h.GetHoldId()
	}
	return ids
}

// TestListOpenHolds: each service sees its own open holds, oldest first, from the age on that it asks for.
func TestListOpenHolds(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	var bets []string
	for range 3 {
		bets = append(bets, f.bet(player, "1.00"))
		f.h.Clock.Advance(time.Minute)
	}
	f.settled(player, "1.00", "5.00")
	paid := f.withdrawal(player, "7.00")
	f.grant(player, "bgr_1", "10.00")
	young := f.stake(player, "bgr_1", "96.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, walletv1.WinDistribution_WIN_DISTRIBUTION_PRO_RATA)

	for _, size := range []int32{0, 1, 2, 3, 200} {
		require.Equal(t, bets, holdIDs(f.openHolds(f.gaming, time.Minute, size)))
		require.Equal(t, append(bets[:3:3], young.GetHoldId()), holdIDs(f.openHolds(f.gaming, 0, size)))
		require.Equal(t, bets[:1], holdIDs(f.openHolds(f.gaming, 3*time.Minute, size)))
		require.Empty(t, f.openHolds(f.gaming, time.Hour, size))
		require.Equal(t, []string{paid}, holdIDs(f.openHolds(f.cashier, 0, size)))
	}
	all := f.openHolds(f.gaming, 0, 50)
	h := all[len(all)-1]
	require.Equal(t, []string{player, "96.00", "2.00", "bgr_1", "96.00", "0.00", "0.00", "bet of r1", "r1", "tx of r1", "gam_x"}, []string{
		h.GetPlayerId(), h.GetAmount().GetAmount(), h.GetBonusPart().GetAmount(), h.GetGrantId(), h.GetRemaining().GetAmount(), h.GetSettled().GetAmount(),
		h.GetPaid().GetAmount(), h.GetReference().GetSourceId(), h.GetReference().GetRoundId(), h.GetReference().GetProviderTxId(), h.GetReference().GetGameId(),
	})
	require.Equal(t, f.operation(young.GetOperationId()).GetRequestId(), h.GetRequestId())
	require.WithinDuration(t, f.h.Clock.Now(), h.GetCreatedAt().AsTime(), time.Minute)
	require.Nil(t, h.GetClosedAt())

	// A hold that is closed between two pages is left out, and nothing else is.
	first, err := f.gaming.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	f.settle(player, bets[0], "0.00")
	f.settle(player, bets[1], "0.00")
	second, err := f.gaming.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{Page: &commonv1.PageRequest{Size: 1, Token: first.GetPage().GetNextToken()}})
	require.NoError(t, err)
	require.Equal(t, bets[2:], holdIDs(second.GetHolds()))
}

// TestListOpenHolds_Provider: what a bet needs to be made anew is kept with its hold.
func TestListOpenHolds_Provider(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	ref := roundRef("r1")
	ref.ProviderRoundId = strings.Repeat("p", 255)
	_, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: ref})
	require.NoError(t, err)
	require.Equal(t, ref.GetProviderRoundId(), f.openHolds(f.gaming, 0, 1)[0].GetReference().GetProviderRoundId())
}

// TestListOpenHolds_BadInput: tokens lead on in their own list alone, and only the two services call.
func TestListOpenHolds_BadInput(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	for range 2 {
		f.bet(player, "1.00")
	}
	r, err := f.gaming.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	token := &commonv1.PageRequest{Size: 1, Token: r.GetPage().GetNextToken()}
	_, err = f.cashier.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{Page: token})
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err), "another service's list")
	_, err = f.gaming.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{MinAge: durationpb.New(time.Second), Page: token})
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err), "another age")
	for _, age := range []time.Duration{-time.Nanosecond, 366 * 24 * time.Hour} {
		_, err = f.gaming.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{MinAge: durationpb.New(age)})
		require.Equal(t, "VALIDATION", errs.ReasonOf(err), "%s", age)
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ListOpenHolds(t.Context(), &walletv1.ListOpenHoldsRequest{})
		return err
	}, others(player, "gaming", "cashier")...)
}

// TestListOpenHolds_Cheap: among many closed holds a page is read along the index of open ones.
func TestListOpenHolds_Cheap(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.bet(player, "1.00")
	var plan []string
	tx, err := f.h.DB.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(t.Context())) }()
	_, err = tx.Exec(t.Context(), "SET LOCAL enable_seqscan = off")
	require.NoError(t, err)
	rows, err := tx.Query(t.Context(), `EXPLAIN SELECT h.id FROM hold h WHERE h.state = 1 AND h.purpose = 1 AND h.created_at <= now()
		AND (h.created_at, h.id) > ('0001-01-01'::timestamptz, '') ORDER BY h.created_at, h.id LIMIT 51`)
	require.NoError(t, err)
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		plan = append(plan, line)
	}
	require.Contains(t, strings.Join(plan, "\n"), "hold_open")
	require.NotContains(t, strings.Join(plan, "\n"), "Sort")
}
