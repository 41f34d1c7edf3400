package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// trial is a test player with money.
func (c *casino) trial(euros string) *saver {
	c.t.Helper()
	id := ids.New("tpl")
	_, err := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("identity"))).FundTestPlayer(c.t.Context(), &walletv1.FundTestPlayerRequest{
		RequestId: ids.New("req"), PlayerId: id, Amount: eur(euros), Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TRANSFER, SourceId: "suite"},
	})
	require.NoError(c.t, err)
	return &saver{guest: &guest{casino: c, id: id}}
}

// TestTransferTestFunds: an operator moves a test player's money to a provider and back, under the rules of the player's own transfers; a real player's is the player's.
func TestTransferTestFunds(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s, real := c.trial("100.00"), c.saver("100.00")
	admin := c.staff("admin")
	there := &gamingv1.TransferTestFundsRequest{
		IntegrationId: purse, RequestId: "in", PlayerId: s.id, What: &gamingv1.TransferTestFundsRequest_ToProvider{ToProvider: eur("40.00")},
	}
	first, err := admin.TransferTestFunds(t.Context(), there)
	require.NoError(t, err)
	require.Equal(t, []string{"CONFIRMED", "TRANSFER_CAUSE_OPERATOR"}, []string{state(first.GetTransfer()), first.GetTransfer().GetCause().String()})
	s.cash("60.00", "0.00")
	s.there("40.00")
	again, err := admin.TransferTestFunds(t.Context(), there)
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, first.GetTransfer().GetTransferId(), again.GetTransfer().GetTransferId())
	other := proto.CloneOf(there)
	other.What = &gamingv1.TransferTestFundsRequest_FromProvider{FromProvider: eur("40.00")}
	_, err = admin.TransferTestFunds(t.Context(), other)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)

	other.RequestId, other.What = "out", &gamingv1.TransferTestFundsRequest_FromProvider{FromProvider: eur("15.00")}
	_, err = admin.TransferTestFunds(t.Context(), other)
	require.NoError(t, err)
	s.cash("75.00", "0.00")
	other.RequestId, other.What = "all", &gamingv1.TransferTestFundsRequest_EverythingIn{EverythingIn: "EUR"}
	all, err := admin.TransferTestFunds(t.Context(), other)
	require.NoError(t, err)
	require.Equal(t, "25.00", all.GetTransfer().GetAmount().GetAmount())
	s.cash("100.00", "0.00")
	s.there("0.00")

	for name, bad := range map[string]struct {
		change func(*gamingv1.TransferTestFundsRequest)
		reason gamingv1.ErrorReason
	}{
		"real player": {func(r *gamingv1.TransferTestFundsRequest) { r.PlayerId = real.id }, gamingv1.ErrorReason_ERROR_REASON_NOT_TEST_PLAYER},
		"integration": {func(r *gamingv1.TransferTestFundsRequest) { r.IntegrationId = integration }, gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET},
		"nothing": {func(r *gamingv1.TransferTestFundsRequest) {
			r.What = &gamingv1.TransferTestFundsRequest_ToProvider{ToProvider: eur("0.00")}
		}, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"too much": {func(r *gamingv1.TransferTestFundsRequest) {
			r.What = &gamingv1.TransferTestFundsRequest_ToProvider{ToProvider: eur("100.01")}
		}, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS},
		"currency": {func(r *gamingv1.TransferTestFundsRequest) {
			r.What = &gamingv1.TransferTestFundsRequest_EverythingIn{EverythingIn: "QQQ"}
		}, gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY},
	} {
		r := proto.CloneOf(there)
		r.RequestId = name
		bad.change(r)
		_, err = admin.TransferTestFunds(t.Context(), r)
		t.Log(name)
		refused(t, err, bad.reason)
	}
	_, err = admin.TransferTestFunds(t.Context(), &gamingv1.TransferTestFundsRequest{IntegrationId: purse, RequestId: "x", PlayerId: s.id})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	c.trialDenied(s, there)
	real.cash("100.00", "0.00")
	c.verify()
}

// trialDenied: an excluded player's money does not go there, and nobody else asks.
func (c *casino) trialDenied(s *saver, there *gamingv1.TransferTestFundsRequest) {
	t := c.t
	c.out.mu.Lock()
	c.out.statuses[s.id] = identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED
	c.out.mu.Unlock()
	there.RequestId = "excluded"
	_, err := c.staff("admin").TransferTestFunds(t.Context(), there)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Player(s.id), testkit.Peer("transfer")} {
		_, err = gamingv1.NewGamingServiceClient(c.As(who)).TransferTestFunds(t.Context(), there)
		denied(t, err)
	}
}
