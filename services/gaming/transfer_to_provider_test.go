package gaming_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestTransferToProvider(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	req := s.toRequest("30.00")
	first, err := s.as(s.id).TransferToProvider(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "CONFIRMED", state(first.GetTransfer()))
	require.Equal(t, gamingv1.TransferCause_TRANSFER_CAUSE_PLAYER, first.GetTransfer().GetCause())
	require.NotEmpty(t, first.GetTransfer().GetProviderRef())
	s.cash("70.00", "0.00")
	s.there("30.00")

	again, err := s.as(s.id).TransferToProvider(t.Context(), req)
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.True(t, proto.Equal(first.GetTransfer(), again.GetTransfer()))
	other := proto.CloneOf(req)
	other.Amount = eur("30.01")
	_, err = s.as(s.id).TransferToProvider(t.Context(), other)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	s.cash("70.00", "0.00")

	e := s.Events("provider_transfer.finished.v1", 1)[0]
	var told gamingv1.ProviderTransferFinished
	require.NoError(t, e.Decode(&told))
	require.True(t, proto.Equal(first.GetTransfer(), told.GetTransfer()))

	for reason, bad := range map[gamingv1.ErrorReason]*gamingv1.TransferToProviderRequest{
		gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT:        {IntegrationId: purse, RequestId: "x", Amount: eur("0.00")},
		gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET:   {IntegrationId: integration, RequestId: "x", Amount: eur("1.00")},
		gamingv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND: {IntegrationId: "nobody", RequestId: "x", Amount: eur("1.00")},
	} {
		_, err = s.as(s.id).TransferToProvider(t.Context(), bad)
		refused(t, err, reason)
	}
	_, err = s.as(s.id).TransferToProvider(t.Context(), &gamingv1.TransferToProviderRequest{IntegrationId: purse, RequestId: "x"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	for _, who := range []testkit.Caller{testkit.Operator("admin"), testkit.Peer("transfer")} {
		_, err = gamingv1.NewGamingServiceClient(c.As(who)).TransferToProvider(t.Context(), req)
		denied(t, err)
	}
	c.verify()
}

// TestTransferToProvider_Refused: the ledger's refusals are the transfer's, and repeated as they were; a provider's refusal brings the money back.
func TestTransferToProvider_Refused(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("10.00")
	poor := s.toRequest("10.01")
	for range 2 {
		_, err := s.as(s.id).TransferToProvider(t.Context(), poor)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
		require.Equal(t, "10.00", errs.Metadata(err)["available"])
	}
	require.Equal(t, "INSUFFICIENT_FUNDS", s.list()[0].GetFailure())

	risk := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Peer("risk")))
	_, err := risk.SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: s.id, Kind: walletv1.GuardKind_GUARD_KIND_NET_LOSS, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H,
		Maximum: eur("5.00"), Reason: "test",
	})
	require.NoError(t, err)
	limited := s.toRequest("6.00")
	for range 2 {
		_, err = s.as(s.id).TransferToProvider(t.Context(), limited)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED)
		require.Equal(t, "NET_LOSS", errs.Metadata(err)["rule"])
	}

	s.out.bank.set(func() { s.out.bank.full = true })
	full := s.to("5.00")
	require.Equal(t, []string{"FAILED", "WALLET_FULL"}, []string{state(full), full.GetFailure()})
	s.cash("10.00", "0.00")
	s.out.bank.set(func() { s.out.bank.full = false })
	require.Equal(t, "CONFIRMED", state(s.to("5.00")), "what came back is not lost")
	require.Equal(t, "CONFIRMED", state(s.from("1.00")), "and the way back is always open")
	s.total("10.00")

	c.out.mu.Lock()
	c.out.statuses[s.id] = identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED
	c.out.mu.Unlock()
	eventually(t, "identity's answer is felt", func() bool {
		_, err = s.as(s.id).TransferToProvider(t.Context(), s.toRequest("0.01"))
		return errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	})
	require.Equal(t, "CONFIRMED", state(s.from("1.00")))
	c.verify()
}

// TestTransferToProvider_Parallel: the same request many times at once is one transfer.
func TestTransferToProvider_Parallel(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	req := s.toRequest("40.00")
	var all sync.WaitGroup
	me := s.as(s.id)
	ids := make([]string, 20)
	for i := range ids {
		all.Go(func() {
			r, err := untilAnswered(func() (*gamingv1.TransferToProviderResponse, error) { return me.TransferToProvider(t.Context(), req) })
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
			ids[i] = r.GetTransfer().GetTransferId()
		})
	}
	all.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	s.settles()
	s.cash("60.00", "0.00")
	s.there("40.00")
	c.verify()
}

// TestLaunchGame_Transfer: money goes along only when the player says so, once for its key, however often the game is opened.
func TestLaunchGame_Transfer(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	game := c.publish(purse, "slot")
	launch := &gamingv1.LaunchGameRequest{GameId: game, Currency: "EUR"}
	_, err := s.as(s.id).LaunchGame(t.Context(), launch)
	require.NoError(t, err)
	s.there("0.00")
	launch.Transfer = &gamingv1.LaunchTransfer{RequestId: "launch-1", Amount: eur("25.00")}
	for range 2 {
		r, err := s.as(s.id).LaunchGame(t.Context(), launch)
		require.NoError(t, err)
		require.Equal(t, "CONFIRMED", state(r.GetTransfer()))
		require.Equal(t, gamingv1.TransferCause_TRANSFER_CAUSE_LAUNCH, r.GetTransfer().GetCause())
	}
	s.there("25.00")
	launch.Transfer = &gamingv1.LaunchTransfer{RequestId: "launch-2", Amount: eur("75.01")}
	before := len(c.out.launches)
	_, err = s.as(s.id).LaunchGame(t.Context(), launch)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	require.Len(t, c.out.launches, before, "no game without the money that was to go along")
	_, err = s.as(s.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{
		GameId: c.games["slot"], Currency: "EUR", Transfer: &gamingv1.LaunchTransfer{RequestId: "launch-3", Amount: eur("1.00")},
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET)
	s.total("100.00")
	c.verify()
}

// TestTransferToProvider_KillSwitch: what stops play stops money on its way to it, and no money on its way back.
func TestTransferToProvider_KillSwitch(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("10.00")
	for rule, off := range map[string]*operationsv1.KillSwitch{
		"ALL_PLAY_SWITCHED_OFF":     {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_ALL},
		"JURISDICTION_SWITCHED_OFF": {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, Value: "DE"},
		"INTEGRATION_SWITCHED_OFF":  {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION, Value: purse},
	} {
		c.switchOff(off)
		_, err := s.as(s.id).TransferToProvider(t.Context(), s.toRequest("1.00"))
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE)
		require.Equal(t, rule, errs.Metadata(err)["rule"])
		require.Equal(t, "CONFIRMED", state(s.from("1.00")))
	}
	c.switchOff(&operationsv1.KillSwitch{Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, Value: "FR"},
		&operationsv1.KillSwitch{Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION, Value: integration})
	require.Equal(t, "CONFIRMED", state(s.to("1.00")))
	s.total("100.00")
}
