package wallet

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// fixture is a wallet behind its whole chain, called as whoever. When the test ends, the ledger must be proven.
type fixture struct {
	t               *testing.T
	h               *testkit.Harness
	cashier, gaming walletv1.WalletServiceClient
	requests        int
}

func startWallet(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	h := testkit.Start(t, Service(), testkit.Options{})
	f := &fixture{t: t, h: h}
	f.cashier, f.gaming = f.as(testkit.Peer("cashier")), f.as(testkit.Peer("gaming"))
	t.Cleanup(func() {
		v, err := Verify(context.Background(), h.DB)
		require.NoError(t, err)
		require.True(t, v.GetOk(), "violations: %v", v.GetViolations())
	})
	return f
}

func (f *fixture) as(c testkit.Caller) walletv1.WalletServiceClient {
	return walletv1.NewWalletServiceClient(f.h.As(c))
}

// request is a request id that was not used before.
func (f *fixture) request() string {
	f.requests++
	return fmt.Sprintf("request-%d", f.requests)
}

// player is a new player who has deposited an amount in EUR; "" for nothing.
func (f *fixture) player(amount string) string {
	f.t.Helper()
	id := ids.New("ply")
	if amount != "" {
		_, err := f.cashier.Deposit(f.t.Context(), &walletv1.DepositRequest{
			RequestId: f.request(), PlayerId: id, Amount: eur(amount), Psp: "stripe", Reference: betRef("dep"),
		})
		require.NoError(f.t, err)
	}
	return id
}

// bet is an open hold of a player for a bet.
func (f *fixture) bet(player, amount string) string {
	f.t.Helper()
	r, err := f.gaming.PlaceHold(f.t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur(amount), Reference: betRef("bet"),
	})
	require.NoError(f.t, err)
	return r.GetHoldId()
}

// withdrawal is an open hold of a player for a withdrawal.
func (f *fixture) withdrawal(player, amount string) string {
	f.t.Helper()
	r, err := f.cashier.ReserveWithdrawal(f.t.Context(), &walletv1.ReserveWithdrawalRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur(amount), Reference: withdrawalRef("wdr_1"),
	})
	require.NoError(f.t, err)
	return r.GetHoldId()
}

// balance is "available held version" of a player in EUR.
func (f *fixture) balance(player string) string {
	f.t.Helper()
	r, err := f.gaming.GetBalance(f.t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
	require.NoError(f.t, err)
	return short(r.GetBalance())
}

func short(b *walletv1.Balance) string {
	return fmt.Sprintf("%s %s v%d", b.GetAvailable().GetAmount(), b.GetHeld().GetAmount(), b.GetVersion())
}

// entries is an operation's ledger, one "TYPE account amount" per line, as the back office sees it.
func (f *fixture) entries(operationID string) []string {
	f.t.Helper()
	r, err := f.gaming.GetOperation(f.t.Context(), &walletv1.GetOperationRequest{OperationId: operationID})
	require.NoError(f.t, err)
	var lines []string
	for _, e := range r.GetOperation().GetEntries() {
		lines = append(lines, fmt.Sprintf("%s %s %s", e.GetType().String()[len("ENTRY_TYPE_"):], e.GetAccount().String()[len("ACCOUNT_KIND_"):],
			e.GetAmount().GetAmount()))
	}
	return lines
}

// refused asserts the reason of a refusal, and that it left nothing behind.
func (f *fixture) refused(reason string, call func() error) {
	f.t.Helper()
	before := f.footprint()
	err := call()
	require.Equal(f.t, reason, errs.ReasonOf(err), "error: %v", err)
	require.Equal(f.t, before, f.footprint(), "something was left behind by %s", reason)
}

// footprint changes with everything an operation leaves; that an audited call was refused is told, and not counted here.
func (f *fixture) footprint() string { return footprint(f.t, f.h.DB) }

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func footprint(t testing.TB, q querier) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var s string
	require.NoError(t, q.QueryRow(ctx, `SELECT concat_ws('/', (SELECT count(*) || ' accounts ' || coalesce(sum(abs(balance_minor)) || ' ' || sum(version), '') FROM account),
		(SELECT count(*) FROM operation), (SELECT count(*) FROM entry), (SELECT count(*) FROM operation_key),
		(SELECT count(*) || ' ' || count(closed_at) FROM hold), (SELECT count(*) FROM outbox WHERE subject NOT LIKE '%audit%'))`).Scan(&s))
	return s
}

// deniedTo asserts that callers may not call at all.
func (f *fixture) deniedTo(call func(c walletv1.WalletServiceClient) error, callers ...testkit.Caller) {
	f.t.Helper()
	for _, c := range callers {
		client := f.as(c)
		f.refused("PERMISSION_DENIED", func() error { return call(client) })
	}
	client := f.as(testkit.Anonymous())
	f.refused("UNAUTHENTICATED", func() error { return call(client) })
}

// notTheCashier and notGaming are callers who may not do what only these services may: other services, persons, partners.
func notTheCashier(player string) []testkit.Caller {
	return append(notGaming(player)[1:], testkit.Peer("gaming"))
}

func notGaming(player string) []testkit.Caller {
	return []testkit.Caller{
		testkit.Peer("cashier"), testkit.Peer("catalog"), testkit.Peer("hub88"), testkit.Player(player), testkit.Operator("admin"),
		testkit.Partner("pcl_1", "wallet"),
	}
}

// badAmounts asserts the reasons for amounts that no operation takes.
func (f *fixture) badAmounts(zeroAllowed bool, call func(m *commonv1.Money) error) {
	f.t.Helper()
	bad := map[*commonv1.Money]string{
		eur("-1.00"):                   "AMOUNT_NOT_POSITIVE",
		eur("1.001"):                   "EXCESS_PRECISION",
		eur("01.00"):                   "AMOUNT_SYNTAX",
		eur("92233720368547758.08"):    "AMOUNT_OVERFLOW",
		eur("1e3"):                     "VALIDATION",
		nil:                            "VALIDATION",
		{Amount: "1", Currency: "ZZZ"}: "UNKNOWN_CURRENCY",
	}
	if !zeroAllowed {
		bad[eur("0.00")] = "AMOUNT_NOT_POSITIVE"
	}
	for m, reason := range bad {
		f.refused(reason, func() error { return call(m) })
	}
}

// answer is what every operation answers.
type answer interface {
	GetOperationId() string
	GetBalanceAfter() *walletv1.Balance
	GetReplayed() bool
}

// repeated asserts that the same request again is answered with the first result and does nothing, and that another request under the
// same key is refused.
func repeated[A answer](f *fixture, first A, again func() (A, error), changed func() error) {
	f.t.Helper()
	require.False(f.t, first.GetReplayed())
	before := f.footprint()
	second, err := again()
	require.NoError(f.t, err)
	require.True(f.t, second.GetReplayed())
	require.Equal(f.t, first.GetOperationId(), second.GetOperationId())
	require.Equal(f.t, short(first.GetBalanceAfter()), short(second.GetBalanceAfter()))
	require.Equal(f.t, first.GetBalanceAfter().GetPlayerId(), second.GetBalanceAfter().GetPlayerId())
	require.Equal(f.t, before, f.footprint())
	f.refused("IDEMPOTENCY_CONFLICT", changed)
}

// asPeer is the context of a service that calls a Server without the chain.
func asPeer(name string) context.Context {
	return authn.NewContext(context.Background(), authn.Caller{Kind: authn.KindPeer, ID: name, Peer: name})
}

func eur(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "EUR"} }

func betRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: id}
}

func withdrawalRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_WITHDRAWAL, SourceId: id}
}

func roundRef(round string) *walletv1.Reference {
	return &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet of " + round, RoundId: round, ProviderTxId: "tx of " + round, GameId: "gam_x",
	}
}
