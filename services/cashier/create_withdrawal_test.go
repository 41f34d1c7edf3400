package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	source = cashierv1.DestinationKind_DESTINATION_KIND_SOURCE
	bank   = cashierv1.DestinationKind_DESTINATION_KIND_BANK
	iban   = "DE89370400440532013000"
)

func TestCreateWithdrawal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "1000.00")
	c := w.player(player)
	req := func(change func(*cashierv1.CreateWithdrawalRequest)) *cashierv1.CreateWithdrawalRequest {
		r := &cashierv1.CreateWithdrawalRequest{RequestId: "k1", Amount: eur("600.00"), Destination: source}
		change(r)
		return r
	}
	same := func(*cashierv1.CreateWithdrawalRequest) {}
	first, err := c.CreateWithdrawal(t.Context(), req(same))
	require.NoError(t, err)
	require.Equal(t, awaiting, first.GetWithdrawal().GetState())
	require.EqualValues(t, 1, first.GetWithdrawal().GetApprovalsNeeded())
	again, err := c.CreateWithdrawal(withKey(t.Context(), "k1"), req(func(r *cashierv1.CreateWithdrawalRequest) { r.RequestId = "" }))
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, first.GetWithdrawal().GetWithdrawalId(), again.GetWithdrawal().GetWithdrawalId())
	w.funds(player, "400.00", "600.00")

	account := &cashierv1.BankAccount{Iban: iban, Holder: "A. Player"}
	for want, change := range map[string]func(*cashierv1.CreateWithdrawalRequest){
		"IDEMPOTENCY_CONFLICT":    func(r *cashierv1.CreateWithdrawalRequest) { r.Amount = eur("600.01") },
		"IDEMPOTENCY_KEY_MISSING": func(r *cashierv1.CreateWithdrawalRequest) { r.RequestId = "" },
		"AMOUNT_OUT_OF_RANGE":     func(r *cashierv1.CreateWithdrawalRequest) { r.RequestId, r.Amount = "k2", eur("9.99") },
		"INVALID_AMOUNT":          func(r *cashierv1.CreateWithdrawalRequest) { r.RequestId, r.Amount = "k2", eur("0.00") },
		"CURRENCY_NOT_SUPPORTED": func(r *cashierv1.CreateWithdrawalRequest) {
			r.Amount = &commonv1.Money{Amount: "20.00", Currency: "SEK"}
		},
		"DESTINATION_INVALID": func(r *cashierv1.CreateWithdrawalRequest) { r.RequestId, r.BankAccount = "k2", account },
		"REFUNDABLE_EXCEEDED": func(r *cashierv1.CreateWithdrawalRequest) { r.RequestId, r.Amount = "k2", eur("400.01") },
		"VALIDATION":          func(r *cashierv1.CreateWithdrawalRequest) { r.Destination = 0 },
	} {
		_, err := c.CreateWithdrawal(t.Context(), req(change))
		reason(t, want, err)
		if want == "REFUNDABLE_EXCEEDED" {
			require.Equal(t, map[string]string{"refundable": "400.00", "currency": "EUR"}, errs.Metadata(err))
		}
	}
	for _, bad := range []*cashierv1.BankAccount{nil, {Iban: iban}, {Holder: "A"}, {Iban: "DE89370400440532013001", Holder: "A"}} {
		_, err := c.CreateWithdrawal(t.Context(), &cashierv1.CreateWithdrawalRequest{RequestId: "k2", Amount: eur("20.00"), Destination: bank, BankAccount: bad})
		reason(t, "DESTINATION_INVALID", err)
	}
	for _, who := range []testkit.Caller{testkit.Player(player), testkit.Player(player).Stale()} {
		_, err := w.as(who).CreateWithdrawal(t.Context(), req(same))
		reason(t, "STEP_UP_REQUIRED", err)
	}
	_, err = w.operator("opr_1").CreateWithdrawal(t.Context(), req(same))
	reason(t, "PERMISSION_DENIED", err)
	_, err = w.as(testkit.Anonymous()).CreateWithdrawal(t.Context(), req(same))
	reason(t, "UNAUTHENTICATED", err)
}

// TestCreateWithdrawal_TheWalletRefuses: what was deposited is lost in play; the refusal is answered again under the same key.
func TestCreateWithdrawal_TheWalletRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "100.00")
	_, err := walletv1.NewWalletServiceClient(w.h.To("wallet", testkit.Peer("gaming"))).PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: "bet", PlayerId: player, Amount: eur("80.00"), Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet_1"},
	})
	require.NoError(t, err)
	for range 2 {
		_, err = w.player(player).CreateWithdrawal(t.Context(), &cashierv1.CreateWithdrawalRequest{RequestId: "k", Amount: eur("50.00"), Destination: source})
		reason(t, "INSUFFICIENT_FUNDS", err)
		require.Equal(t, map[string]string{"available": "20.00", "currency": "EUR"}, errs.Metadata(err))
	}
	w.h.Clock.Advance(recheck)
	x := w.withdrawal(player, w.withdraw(player, "20.00").GetWithdrawalId(), paidOut)
	require.Len(t, x.GetParts(), 1, "what the refused one had claimed is free again")
	require.Len(t, w.h.Events("payout.requested.v1", 1), 1)
	w.verify()
}

const recheck = 61_000_000_000 // ns: a minute and a second

// TestCreateWithdrawal_ALateReservationReturns: the wallet refuses, and an earlier call with the same key gets through after all.
func TestCreateWithdrawal_ALateReservationReturns(t *testing.T) {
	t.Parallel()
	f := &failingWallet{}
	w := newWorld(t, options{failing: f})
	player := newPlayer()
	w.paid(player, "100.00")
	f.refuseNext("ReserveWithdrawal", errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "no", "available", "1.00"))
	_, err := w.player(player).CreateWithdrawal(t.Context(), &cashierv1.CreateWithdrawalRequest{RequestId: "k", Amount: eur("50.00"), Destination: source})
	reason(t, "INSUFFICIENT_FUNDS", err)
	list, err := w.player(player).ListWithdrawals(t.Context(), &cashierv1.ListWithdrawalsRequest{})
	require.NoError(t, err)
	f.commit("withdrawal:" + list.GetWithdrawals()[0].GetWithdrawalId() + ":reserve")
	w.h.Clock.Advance(recheck)
	w.until(func() bool { return f.effects("CancelWithdrawal") == 1 }, func() string { return "the late reservation stays" })
}

func (f *failingWallet) refuseNext(rpc string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = map[string]error{rpc: err}
}

func (f *failingWallet) commit(requestID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[requestID] = "wop_late"
}

// TestCreateWithdrawal_LockedPlayersGetTheirMoney: who may not play may still withdraw.
func TestCreateWithdrawal_LockedPlayersGetTheirMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "100.00")
	w.identity.lock(player)
	w.withdrawal(player, w.withdraw(player, "100.00").GetWithdrawalId(), paidOut)
}

func (p *playedIdentity) lock(player string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.locked = map[string]bool{player: true}
}
