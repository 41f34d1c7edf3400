package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// noPartners are callers without the scope of the partners' wallet.
func noPartners(player string) []testkit.Caller {
	return []testkit.Caller{
		testkit.Peer("gaming"), testkit.Peer("cashier"), testkit.Peer("hub88"), testkit.Player(player), testkit.Operator("admin"), testkit.Partner("pcl_1"),
		testkit.Partner("pcl_1", "bets"),
	}
}

func TestDebitWallet(t *testing.T) {
	f := startWallet(t)
	player, partner := f.player("10.00"), f.as(testkit.Partner("pcl_1", "wallet"))
	f.grant(player, "gnt_1", "50.00")
	req := &walletv1.DebitWalletRequest{RequestId: "key 1", PlayerId: player, Amount: eur("4.00"), RoundId: "r1", GameId: "gam_x"}
	debit := func(c walletv1.WalletServiceClient) error { _, err := c.DebitWallet(t.Context(), req); return err }
	f.deniedTo(debit, noPartners(player)...)
	with := func(m *commonv1.Money) error {
		r := proto.CloneOf(req)
		r.Amount = m
		_, err := partner.DebitWallet(t.Context(), r)
		return err
	}
	f.badAmounts(false, with)
	f.refused("INSUFFICIENT_FUNDS", func() error { return with(eur("10.01")) })
	type request = *walletv1.DebitWalletRequest
	refuses(f, partner, walletv1.WalletServiceClient.DebitWallet, req, bad[request]{"VALIDATION", func(r request) { r.PlayerId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.RequestId = "key\n1" }}, bad[request]{"VALIDATION", func(r request) { r.RoundId = "r\u0085" }})

	first, err := partner.DebitWallet(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{player, "4.00", "EUR", "6.00"}, []string{first.GetPlayerId(), first.GetAmount().GetAmount(), first.GetAmount().GetCurrency(), first.GetBalanceAfter()})
	require.Equal(t, int64(3), first.GetVersion())
	require.Equal(t, []string{"SETTLE_DEBIT CASH -4.00", "SETTLE_DEBIT HOUSE 4.00"}, f.entries(first.GetOperationId()))
	ref := f.operation(first.GetOperationId()).GetReference()
	require.Equal(t, []string{"SOURCE_KIND_PARTNER", "key 1", "r1", "gam_x"}, []string{ref.GetSourceKind().String(), ref.GetSourceId(), ref.GetRoundId(), ref.GetGameId()})

	f.bet(player, "1.00") // the first answer stays what it was
	f.refused("IDEMPOTENT_REPLAY", func() error { return debit(partner) })
	require.True(t, proto.Equal(first, firstAnswer(t, debit(partner))))
	f.refused("IDEMPOTENCY_CONFLICT", func() error { return with(eur("4.01")) })
	f.refused("IDEMPOTENCY_CONFLICT", func() error { // the keys of both calls are in one space
		_, err := partner.SettleWallet(t.Context(), &walletv1.SettleWalletRequest{RequestId: "key 1", RoundId: "r1", Operations: []*walletv1.WalletDelta{delta(player, "-4.00")}})
		return err
	})
	lastEvent(f, "wallet.debited.v1", 1, first.GetOperationId(), &walletv1.FundsDebited{})
}

// TestDebitWallet_NotActive: who is locked or excluded gives no stake, but what was taken before is still told.
func TestDebitWallet_NotActive(t *testing.T) {
	f := startWallet(t)
	player, partner := f.player("10.00"), f.as(testkit.Partner("pcl_1", "wallet"))
	debit := func(key string) error {
		_, err := partner.DebitWallet(t.Context(), &walletv1.DebitWalletRequest{RequestId: key, PlayerId: player, Amount: eur("4.00")})
		return err
	}
	require.NoError(t, debit("before"))
	for reason, status := range map[string]identityv1.PlayerStatus{
		"LOCKED": identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, "EXCLUDED": identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED,
	} {
		f.people.statuses.Store(player, status)
		err := debit("then " + reason)
		require.True(t, errs.Is(err, walletv1.ErrorReason_ERROR_REASON_RESTRICTED), "%v", err)
		require.Equal(t, reason, errs.Metadata(err)["restriction_reason"])
		f.refused("IDEMPOTENT_REPLAY", func() error { return debit("before") })
		_, err = partner.SettleWallet(t.Context(), &walletv1.SettleWalletRequest{
			RequestId: "won " + reason, RoundId: "r", Operations: []*walletv1.WalletDelta{{PlayerId: player, Delta: "1.00", Currency: "EUR"}},
		})
		require.NoError(t, err)
	}
	f.people.statuses.Delete(player)
	require.NoError(t, debit("after"))
}

// firstAnswer is what the details of a refused replay hold.
func firstAnswer(t *testing.T, err error) *walletv1.DebitWalletResponse {
	t.Helper()
	require.Equal(t, "IDEMPOTENT_REPLAY", errs.ReasonOf(err))
	for _, d := range status.Convert(err).Details() {
		if r, ok := d.(*walletv1.DebitWalletResponse); ok {
			return r
		}
	}
	require.Fail(t, "the details do not have the first answer")
	return nil
}

// The key comes in the body, in the header, or in both when it is the same; it makes one request of them.
func TestDebitWallet_Keys(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	debit := func(header, body string) (*walletv1.DebitWalletResponse, error) {
		c := testkit.Partner("pcl_1", "wallet")
		if header != "" {
			c = c.With(rpc.HeaderIdempotencyKey, header)
		}
		return f.as(c).DebitWallet(t.Context(), &walletv1.DebitWalletRequest{RequestId: body, PlayerId: player, Amount: eur("1.00")})
	}
	for _, keys := range [][2]string{{"", ""}, {"a", "b"}} {
		f.refused("REQUEST_ID_MISSING", func() error { _, err := debit(keys[0], keys[1]); return err })
	}
	first, err := debit("key-1", "")
	require.NoError(t, err)
	for _, keys := range [][2]string{{"key-1", ""}, {"", "key-1"}, {"key-1", "key-1"}} {
		_, err := debit(keys[0], keys[1])
		require.True(t, proto.Equal(first, firstAnswer(t, err)), keys)
	}
	require.Equal(t, "9.00 0.00 v2", f.balance(player))
}

// A partner's key never meets another partner's, a service's or a person's.
func TestDebitWallet_KeysOfOthers(t *testing.T) {
	f := startWallet(t)
	player := f.player("20.00")
	req := &walletv1.DebitWalletRequest{RequestId: "shared key", PlayerId: player, Amount: eur("1.00")}
	operations := map[string]bool{}
	for _, id := range []string{"pcl_1", "pcl_2", "gaming", "cashier", "wallet"} {
		r, err := f.as(testkit.Partner(id, "wallet")).DebitWallet(t.Context(), req)
		require.NoError(t, err, id)
		operations[r.GetOperationId()] = true
	}
	gaming, err := f.gaming.Debit(t.Context(), &walletv1.DebitRequest{
		RequestId: "shared key", PlayerId: player, Amount: eur("1.00"), Counterparty: "house:acme", Reference: betRef("x"),
	})
	require.NoError(t, err)
	require.False(t, operations[gaming.GetOperationId()])
	require.Len(t, operations, 5)
	require.Equal(t, "14.00 0.00 v7", f.balance(player))
}

// What a partner takes is a stake for the player's guards.
func TestDebitWallet_Guards(t *testing.T) {
	f := startWallet(t)
	player, partner := f.player("100.00"), f.as(testkit.Partner("pcl_1", "wallet"))
	debit := func(amount string) error {
		_, err := partner.DebitWallet(t.Context(), &walletv1.DebitWalletRequest{RequestId: f.request(), PlayerId: player, Amount: eur(amount)})
		return err
	}
	compliance := f.as(testkit.Peer("compliance"))
	_, err := compliance.SetGuard(t.Context(), stakeLimit(player, "10.00"))
	require.NoError(t, err)
	require.NoError(t, debit("10.00"))
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(debit("0.01")))
	_, err = compliance.SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: player, Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Reason: "self-exclusion",
	})
	require.NoError(t, err)
	require.Equal(t, "RESTRICTED", errs.ReasonOf(debit("0.01")))
}
