package wallet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// fixture is a wallet behind its whole chain, called as whoever. When the test ends, the ledger must be proven.
type fixture struct {
	t                      *testing.T
	h                      *testkit.Harness
	cashier, gaming, bonus walletv1.WalletServiceClient
	requests               int
	people                 *people
}

// people is identity: everybody may act but who is in it; whose status is unspecified does not exist.
type people struct {
	identityv1.UnimplementedIdentityServiceServer
	statuses sync.Map // player id -> identityv1.PlayerStatus
}

func (p *people) GetPlayerStatus(_ context.Context, r *identityv1.GetPlayerStatusRequest) (*identityv1.GetPlayerStatusResponse, error) {
	status, ok := p.statuses.Load(r.GetPlayerId())
	if !ok {
		status = identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE
	}
	if status == identityv1.PlayerStatus_PLAYER_STATUS_UNSPECIFIED {
		return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND, "nobody")
	}
	return &identityv1.GetPlayerStatusResponse{Status: status.(identityv1.PlayerStatus)}, nil
}

// dial serves identity to a wallet that has no chain around it.
func (p *people) dial(t *testing.T) func(string) (*grpc.ClientConn, error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	identityv1.RegisterIdentityServiceServer(server, p)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-served)
	})
	return func(string) (*grpc.ClientConn, error) { return conn, nil }
}

func startWallet(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	p := &people{}
	h := testkit.Start(t, Service(), testkit.Options{
		Remote: map[string]func(grpc.ServiceRegistrar){"identity": func(r grpc.ServiceRegistrar) {
			testkit.Play(r, identityv1.IdentityService_ServiceDesc, p, "GetPlayerStatus")
		}},
	})
	f := &fixture{t: t, h: h, people: p}
	f.cashier, f.gaming, f.bonus = f.as(testkit.Peer("cashier")), f.as(testkit.Peer("gaming")), f.as(testkit.Peer("bonus"))
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

// settled is a settled hold of a player for a bet.
func (f *fixture) settled(player, stake, payout string) string {
	f.t.Helper()
	hold := f.bet(player, stake)
	f.settle(player, hold, payout)
	return hold
}

// settle settles all of a hold, and answers the operation.
func (f *fixture) settle(player, hold, payout string) string {
	f.t.Helper()
	r, err := f.gaming.SettleHold(f.t.Context(), &walletv1.SettleHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur(payout), Provider: "acme", Reference: roundRef("r1"),
	})
	require.NoError(f.t, err)
	return r.GetOperationId()
}

// stake is an open hold of a player for a bet that a grant pays, as the policy says.
func (f *fixture) stake(player, grant, amount string, policy walletv1.FundingPolicy, wins walletv1.WinDistribution) *walletv1.PlaceHoldResponse {
	f.t.Helper()
	r, err := f.gaming.PlaceHold(f.t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur(amount), Reference: roundRef("r1"),
		Funding: &walletv1.Funding{Policy: policy, GrantId: grant, Wins: wins},
	})
	require.NoError(f.t, err)
	return r
}

// grant puts bonus money of a player into the pool of a grant.
func (f *fixture) grant(player, grant, amount string) {
	f.t.Helper()
	_, err := f.bonus.GrantBonus(f.t.Context(), &walletv1.GrantBonusRequest{
		RequestId: f.request(), PlayerId: player, GrantId: grant, Amount: eur(amount), Reference: bonusRef(grant),
	})
	require.NoError(f.t, err)
}

// closePool closes the pool of a grant; all that is free is forfeited.
func (f *fixture) closePool(player, grant string, late walletv1.LateMoney) {
	f.t.Helper()
	_, err := f.bonus.ForfeitBonus(f.t.Context(), &walletv1.ForfeitBonusRequest{
		RequestId: f.request(), PlayerId: player, GrantId: grant, Currency: "EUR", Close: true, LateMoney: late, Reference: bonusRef(grant),
	})
	require.NoError(f.t, err)
}

// chargeback takes a deposit of a player back.
func (f *fixture) chargeback(player, amount string) {
	f.t.Helper()
	_, err := f.cashier.PostChargeback(f.t.Context(), &walletv1.PostChargebackRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur(amount), Psp: "stripe", Reference: betRef("dep"),
	})
	require.NoError(f.t, err)
}

// balance is "available held version" of a player in EUR, with what short adds.
func (f *fixture) balance(player string) string {
	f.t.Helper()
	r, err := f.gaming.GetBalance(f.t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
	require.NoError(f.t, err)
	return short(r.GetBalance())
}

// short is "available held version", with b<bonus>/<held bonus> and owes<amount> in between where they are present; absent is "-".
func short(b *walletv1.Balance) string {
	text := b.GetAvailable().GetAmount() + " " + b.GetHeld().GetAmount()
	if b.GetBonus() != nil || b.GetHeldBonus() != nil {
		text += " b" + orDash(b.GetBonus()) + "/" + orDash(b.GetHeldBonus())
	}
	if b.GetOwed() != nil {
		text += " owes" + b.GetOwed().GetAmount()
	}
	return fmt.Sprintf("%s v%d", text, b.GetVersion())
}

func orDash(m *commonv1.Money) string {
	if m == nil {
		return "-"
	}
	return m.GetAmount()
}

// operation is an operation as the back office sees it.
func (f *fixture) operation(id string) *walletv1.Operation {
	f.t.Helper()
	r, err := f.gaming.GetOperation(f.t.Context(), &walletv1.GetOperationRequest{OperationId: id})
	require.NoError(f.t, err)
	return r.GetOperation()
}

// entries is an operation's ledger, one "TYPE account amount" per line, as the back office sees it.
func (f *fixture) entries(operationID string) []string {
	f.t.Helper()
	var lines []string
	for _, e := range f.operation(operationID).GetEntries() {
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
	require.NoError(t, q.QueryRow(ctx, `SELECT concat_ws('/', (SELECT count(*) || ' accounts ' || coalesce(sum(abs(balance_minor)) || ' ' || sum(held_minor) || ' ' || sum(late_to) || ' ' || sum(version), '') FROM account),
		(SELECT count(*) FROM operation), (SELECT count(*) FROM entry), (SELECT count(*) FROM operation_key),
		(SELECT count(*) || ' ' || count(closed_at) || ' ' || coalesce(sum(settled_minor + released_minor + paid_minor), 0) FROM hold),
		(SELECT coalesce(sum(abs(late_minor)), 0) FROM hold_late),
		(SELECT count(*) || ' ' || coalesce(sum(state), 0) FROM adjustment), (SELECT count(*) || ' ' || coalesce(sum(maximum_minor), 0) FROM guard), (SELECT count(*) FROM outbox WHERE subject NOT LIKE '%audit%'))`).Scan(&s))
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

// others are callers of every kind but the services that may.
func others(player string, allowed ...string) []testkit.Caller {
	callers := []testkit.Caller{testkit.Player(player), testkit.Operator("admin"), testkit.Partner("pcl_1", "wallet")}
	for _, peer := range []string{"gaming", "cashier", "bonus", "compliance", "risk", "catalog", "hub88"} {
		if !slices.Contains(allowed, peer) {
			callers = append(callers, testkit.Peer(peer))
		}
	}
	return callers
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
	proto.Message
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
	want := proto.CloneOf(first)
	set(want, "replayed", protoreflect.ValueOfBool(true))
	require.True(f.t, proto.Equal(want, second), "first %v, then %v", first, second)
	require.Equal(f.t, before, f.footprint())
	f.refused("IDEMPOTENCY_CONFLICT", changed)
}

// method is an RPC as a method expression, for example walletv1.WalletServiceClient.Deposit.
type method[Q proto.Message, A any] = func(walletv1.WalletServiceClient, context.Context, Q, ...grpc.CallOption) (A, error)

// bad is a change of a request for which it is refused.
type bad[Q proto.Message] struct {
	reason string
	change func(Q)
}

// refuses asserts that each change of a request is refused for its reason and leaves nothing.
func refuses[Q proto.Message, A any](f *fixture, c walletv1.WalletServiceClient, do method[Q, A], req Q, changes ...bad[Q]) {
	f.t.Helper()
	for _, b := range changes {
		r := proto.CloneOf(req)
		b.change(r)
		f.refused(b.reason, func() error { _, err := do(c, f.t.Context(), r); return err })
	}
}

// moving is an RPC of one service that moves money, one request, and what has to come of it.
type moving[Q mutation, A answer] struct {
	do       method[Q, A]
	peer     string
	also     []string // other services that may call it
	req      Q
	amount   protoreflect.Name // field of the amount, unless it is optional
	zero     bool              // the amount may be zero
	bad      []bad[Q]
	conflict func(Q) // makes another request of it
	balance  string
	entries  []string
}

// run asserts what every such RPC keeps: who may call, what is refused, the entries, and that a repeated request does nothing. It answers the first answer.
func run[Q mutation, A answer](f *fixture, m moving[Q, A]) A {
	f.t.Helper()
	client, ctx := f.as(testkit.Peer(m.peer)), f.t.Context()
	call := func() (A, error) { return m.do(client, ctx, m.req) }
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := m.do(c, ctx, m.req); return err }, others(m.req.GetPlayerId(), append(m.also, m.peer)...)...)
	for _, field := range []protoreflect.Name{"request_id", "player_id", "reference"} {
		refuses(f, client, m.do, m.req, bad[Q]{"VALIDATION", func(r Q) { unset(r, field) }})
	}
	if m.amount != "" {
		f.badAmounts(m.zero, func(amount *commonv1.Money) error {
			r := proto.CloneOf(m.req)
			if unset(r, m.amount); amount != nil {
				set(r, m.amount, protoreflect.ValueOfMessage(amount.ProtoReflect()))
			}
			_, err := m.do(client, ctx, r)
			return err
		})
	}
	refuses(f, client, m.do, m.req, m.bad...)
	first, err := call()
	require.NoError(f.t, err)
	require.Equal(f.t, m.balance, short(first.GetBalanceAfter()))
	require.Equal(f.t, m.entries, f.entries(first.GetOperationId()))
	repeated(f, first, call, func() error {
		r := proto.CloneOf(m.req)
		m.conflict(r)
		_, err := m.do(client, ctx, r)
		return err
	})
	return first
}

func set(m proto.Message, field protoreflect.Name, v protoreflect.Value) {
	m.ProtoReflect().Set(m.ProtoReflect().Descriptor().Fields().ByName(field), v)
}

func unset(m proto.Message, field protoreflect.Name) {
	m.ProtoReflect().Clear(m.ProtoReflect().Descriptor().Fields().ByName(field))
}

// lastEvent is the last of n events of a subject, whose operation it must be.
func lastEvent[M interface {
	proto.Message
	GetOperationId() string
}](f *fixture, subject string, n int, operationID string, m M) M {
	f.t.Helper()
	require.NoError(f.t, f.h.Events(subject, n)[n-1].Decode(m))
	require.Equal(f.t, operationID, m.GetOperationId())
	return m
}

// asPeer is the context of a service that calls a Server without the chain.
func asPeer(name string) context.Context {
	return authn.NewContext(context.Background(), authn.Caller{Kind: authn.KindPeer, ID: name, Peer: name})
}

func usd(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "USD"} }

func eur(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "EUR"} }

func betRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: id}
}

func bonusRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BONUS, SourceId: id}
}

func withdrawalRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_WITHDRAWAL, SourceId: id}
}

func roundRef(round string) *walletv1.Reference {
	return &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet of " + round, RoundId: round, ProviderTxId: "tx of " + round, GameId: "gam_x",
	}
}
