package identity

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// testFunds is the test in the place of the wallet: it refuses with the reason it is told, or keeps what it was asked.
type testFunds struct {
	walletv1.UnimplementedWalletServiceServer
	mu     sync.Mutex
	refuse walletv1.ErrorReason
	asked  []*walletv1.FundTestPlayerRequest
}

func (f *testFunds) FundTestPlayer(_ context.Context, req *walletv1.FundTestPlayerRequest) (*walletv1.FundTestPlayerResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != walletv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
		return nil, errs.New(f.refuse, "told to")
	}
	f.asked = append(f.asked, req)
	return &walletv1.FundTestPlayerResponse{
		OperationId: "wop_1", BalanceAfter: &walletv1.Balance{PlayerId: req.GetPlayerId(), Available: req.GetAmount(), Version: 1}, Replayed: len(f.asked) > 1,
	}, nil
}

func (f *testFunds) refuseWith(reason walletv1.ErrorReason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = reason
}

func TestFundTestPlayer(t *testing.T) {
	w := newWorld(t)
	id, p := w.testPlayer(), w.player()
	admin := w.as(testkit.OperatorNamed("opr_1", "admin"))
	req := &identityv1.FundTestPlayerRequest{
		RequestId: "r1", PlayerId: id, Amount: &commonv1.Money{Amount: "100.00", Currency: "EUR"}, Direction: identityv1.TestFunding_TEST_FUNDING_IN,
	}
	for _, replayed := range []bool{false, true} {
		res, err := admin.FundTestPlayer(w.ctx(), req)
		require.NoError(t, err)
		require.True(t, proto.Equal(&identityv1.FundTestPlayerResponse{OperationId: "wop_1", Available: req.GetAmount(), Version: 1, Replayed: replayed}, res))
	}
	out := proto.CloneOf(req)
	out.Direction = identityv1.TestFunding_TEST_FUNDING_OUT
	_, err := admin.FundTestPlayer(w.ctx(), out)
	require.NoError(t, err)
	require.Len(t, w.fund.asked, 3)
	ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TEST, SourceId: "r1"}
	require.True(t, proto.Equal(&walletv1.FundTestPlayerRequest{RequestId: "opr_1/r1", PlayerId: id, Amount: req.GetAmount(), Reference: ref}, w.fund.asked[0]))
	require.True(t, proto.Equal(w.fund.asked[0], w.fund.asked[1]))
	require.True(t, w.fund.asked[2].GetWithdraw())

	// What the wallet refuses is told in identity's words.
	for reason, want := range map[walletv1.ErrorReason]string{
		walletv1.ErrorReason_ERROR_REASON_AMOUNT_NOT_POSITIVE:  "AMOUNT_INVALID",
		walletv1.ErrorReason_ERROR_REASON_EXCESS_PRECISION:     "AMOUNT_INVALID",
		walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS:   "INSUFFICIENT_FUNDS",
		walletv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_CONFLICT: "IDEMPOTENCY_CONFLICT",
		walletv1.ErrorReason_ERROR_REASON_HOLD_NOT_FOUND:       "INTERNAL",
	} {
		w.fund.refuseWith(reason)
		_, err = admin.FundTestPlayer(w.ctx(), req)
		requireReason(t, want, err)
		if want == "AMOUNT_INVALID" {
			require.Equal(t, reason.String()[len("ERROR_REASON_"):], errs.Metadata(err)["rule"])
		}
	}
	w.fund.refuseWith(walletv1.ErrorReason_ERROR_REASON_UNSPECIFIED)

	// A real player never gets test money, and nobody else gives it.
	for player, reason := range map[string]string{p.id: "NOT_A_TEST_PLAYER", "ply_x": "PLAYER_NOT_FOUND"} {
		r := proto.CloneOf(req)
		r.PlayerId = player
		_, err = admin.FundTestPlayer(w.ctx(), r)
		requireReason(t, reason, err)
	}
	aimless := proto.CloneOf(req)
	aimless.Direction = identityv1.TestFunding_TEST_FUNDING_UNSPECIFIED
	_, err = admin.FundTestPlayer(w.ctx(), aimless)
	requireReason(t, "VALIDATION", err)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Operator("finance"), testkit.Player(id), testkit.Peer("gaming")} {
		_, err = w.as(who).FundTestPlayer(w.ctx(), req)
		requireReason(t, "PERMISSION_DENIED", err)
	}
	require.Len(t, w.fund.asked, 3)
}
