package transfer_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

const (
	in  = adapterv1.FundsDirection_FUNDS_DIRECTION_TO_PROVIDER
	out = adapterv1.FundsDirection_FUNDS_DIRECTION_FROM_PROVIDER

	applied = adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED
	refused = adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_REFUSED
)

// TestTransferFunds is the protocol's way through: transfers once for each id, a game, its history, and all of it read back.
func TestTransferFunds(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	first, err := x.bank.TransferFunds(t.Context(), x.order("ptr_1", "50.00", in))
	require.NoError(t, err)
	require.Equal(t, applied, first.GetTransfer().GetState())
	again, err := x.bank.TransferFunds(t.Context(), x.order("ptr_1", "50.00", in))
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	x.funds("50.00")
	_, err = x.bank.TransferFunds(t.Context(), x.order("ptr_1", "50.01", in))
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED), "%v", err)
	require.Equal(t, "TRANSFER_MISMATCH", errs.Metadata(err)["provider_message"])

	much, err := x.bank.TransferFunds(t.Context(), x.order("ptr_2", "50.01", out))
	require.NoError(t, err)
	require.Equal(t, refused, much.GetTransfer().GetState())
	require.Equal(t, "INSUFFICIENT_FUNDS", much.GetTransfer().GetRefusal())
	_, err = x.bank.TransferFunds(t.Context(), x.order("ptr_3", "10.00", in))
	require.NoError(t, err)
	much, err = x.bank.TransferFunds(t.Context(), x.order("ptr_2", "50.01", out))
	require.NoError(t, err)
	require.Equal(t, refused, much.GetTransfer().GetState(), "a refusal is final, whatever there is now")
	x.funds("60.00")

	launch, err := x.Provider.CreateLaunchUrl(t.Context(), &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: "0123456789", PlayerId: x.Player, GameCode: subwallet.GameCode, Currency: "EUR", Country: "DE", Language: "de",
	})
	require.NoError(t, err)
	code, body := x.http(http.MethodPost, launch.GetUrl()+"/spin", `{"spin_id":"spin-0001","bet":"1.00"}`)
	require.Equal(t, http.StatusOK, code, body)
	var spin struct {
		BetID   string `json:"bet_id"`
		Win     string `json:"win"`
		Balance string `json:"balance"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &spin))
	_, same := x.http(http.MethodPost, launch.GetUrl()+"/spin", `{"spin_id":"spin-0001","bet":"1.00"}`)
	require.Equal(t, body, same)
	x.funds(spin.Balance)

	history, err := x.bank.ListPlay(t.Context(), &adapterv1.ListPlayRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, history.GetPlay(), 1)
	p := history.GetPlay()[0]
	require.Equal(t, []string{spin.BetID, x.Player, subwallet.GameCode, "1.00", spin.Win}, []string{p.GetBetRef(), p.GetPlayerId(), p.GetGameCode(), p.GetStake().GetAmount(), p.GetPayout().GetAmount()})
	later, err := x.bank.ListPlay(t.Context(), &adapterv1.ListPlayRequest{IntegrationId: adaptertest.Licence, From: timestamppb.New(p.GetRecordedAt().AsTime().Add(time.Millisecond))})
	require.NoError(t, err)
	require.Empty(t, later.GetPlay())

	wallets, err := x.bank.ListFunds(t.Context(), &adapterv1.ListFundsRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Len(t, wallets.GetWallets(), 1)
	require.Equal(t, spin.Balance, wallets.GetWallets()[0].GetFunds().GetAmount())
	moved, err := x.bank.ListFundsTransfers(t.Context(), &adapterv1.ListFundsTransfersRequest{
		IntegrationId: adaptertest.Licence, From: timestamppb.New(time.Now().Add(-time.Hour)), Until: timestamppb.New(time.Now().Add(time.Hour)),
	})
	require.NoError(t, err)
	require.Len(t, moved.GetTransfers(), 2, "what moved money")
	require.True(t, proto.Equal(first.GetTransfer(), moved.GetTransfers()[0]))

	games, err := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog"))).ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	require.NoError(t, err)
	require.Equal(t, subwallet.GameCode, games.GetGames()[0].GetCode())
}

// TestFaults: an answer that is lost, a provider that cannot, and one that is slow are all the same: it is not known. The question afterwards tells.
func TestFaults(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"PITBOSS_TRANSFER_PROVIDER_TIMEOUT": "300ms"})
	ask := func(id string) *adapterv1.FundsTransfer {
		r, err := x.bank.GetFundsTransfer(t.Context(), &adapterv1.GetFundsTransferRequest{IntegrationId: adaptertest.Licence, TransferId: id})
		require.NoError(t, err)
		return r.GetTransfer()
	}
	for id, c := range map[string]struct {
		rule  fault.Rule
		state adapterv1.FundsTransferState
	}{
		"ptr_lost": {fault.Rule{Operation: "transfer.apply", Kind: fault.Drop, Count: 1}, applied},
		"ptr_away": {fault.Rule{Operation: "transfer.apply", Kind: subwallet.Unavailable, Count: 1}, adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_UNSPECIFIED},
	} {
		require.NoError(t, x.studio.Faults().Set(0, c.rule))
		_, err := x.bank.TransferFunds(t.Context(), x.order(id, "1.00", in))
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE), "%s: %v", id, err)
		require.Equal(t, c.state, ask(id).GetState(), id)
		r, err := x.bank.TransferFunds(t.Context(), x.order(id, "1.00", in))
		require.NoError(t, err)
		require.Equal(t, applied, r.GetTransfer().GetState())
	}
	x.funds("2.00")
	require.NoError(t, x.studio.Faults().Set(0, fault.Rule{Operation: "transfer.apply", Kind: fault.Delay, DelayMS: 600, Count: 1}))
	_, err := x.bank.TransferFunds(t.Context(), x.order("ptr_slow", "1.00", in))
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE), "%v", err)
	require.Eventually(t, func() bool { return ask("ptr_slow").GetState() == applied }, 10*time.Second, 20*time.Millisecond, "it arrives although nobody waits any more")
	x.funds("3.00")

	// Entries of the history that come twice, and late.
	launch, err := x.Provider.CreateLaunchUrl(t.Context(), &adapterv1.CreateLaunchUrlRequest{
		IntegrationId: adaptertest.Licence, SessionToken: "0123456789", PlayerId: x.Player, GameCode: subwallet.GameCode, Currency: "EUR", Country: "DE", Language: "de",
	})
	require.NoError(t, err)
	require.NoError(t, x.studio.Faults().Set(0, fault.Rule{Operation: "transfer.record", Kind: fault.Duplicate, Count: 1}))
	_, _ = x.http(http.MethodPost, launch.GetUrl()+"/spin", `{"spin_id":"spin-0001","bet":"0.10"}`)
	require.NoError(t, x.studio.Faults().Set(0, fault.Rule{Operation: "transfer.record", Kind: fault.Delay, DelayMS: 500, Count: 1}))
	_, _ = x.http(http.MethodPost, launch.GetUrl()+"/spin", `{"spin_id":"spin-0002","bet":"0.10"}`)
	listed := func() int {
		r, err := x.bank.ListPlay(t.Context(), &adapterv1.ListPlayRequest{IntegrationId: adaptertest.Licence})
		require.NoError(t, err)
		return len(r.GetPlay())
	}
	require.GreaterOrEqual(t, listed(), 2)
	require.Eventually(t, func() bool { return listed() == 3 }, 10*time.Second, 20*time.Millisecond)
}

func TestOnlyGamingMovesMoney(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, who := range []testkit.Caller{testkit.Peer("catalog"), testkit.Peer("operations")} {
		_, err := adapterv1.NewTransferWalletServiceClient(x.As(who)).TransferFunds(t.Context(), x.order("ptr_1", "1.00", in))
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	}
	x.Enable(false)
	require.Eventually(t, func() bool {
		_, err := x.bank.TransferFunds(t.Context(), x.order("ptr_1", "1.00", in))
		return errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_DISABLED)
	}, 5*time.Second, 10*time.Millisecond)
}
