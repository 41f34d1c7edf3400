package gaming_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// purse is the integration of a provider that keeps players' money.
const purse = "purse-one"

// When a call of the bank fails.
const (
	beforeIt = "before" // it is lost on its way there
	afterIt  = "after"  // its answer is lost
)

// bank is a provider that keeps players' money, behind its adapter.
type bank struct {
	adapterv1.UnimplementedTransferWalletServiceServer
	mu        sync.Mutex
	now       func() time.Time
	wallets   map[string]int64
	transfers map[string]*adapterv1.FundsTransfer
	order     []string
	play      []*adapterv1.ProviderPlay
	garbage   []*adapterv1.UnreadablePlay // entries of its book that its adapter cannot read
	asked     []*timestamppb.Timestamp    // from where its book was read
	fail      map[string][]string         // by RPC: how the next calls fail
	calls     map[string]int
	closed    map[string]time.Time // by player: until when sessions were closed last
	noClosing error                // what it says to who wants sessions closed
	full      bool                 // it refuses what comes
	onFunds   func()               // after each answer about a balance
}

func (b *bank) do(call string, f func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls == nil {
		b.calls, b.wallets, b.transfers = map[string]int{}, map[string]int64{}, map[string]*adapterv1.FundsTransfer{}
	}
	b.calls[call]++
	how := ""
	if len(b.fail[call]) > 0 {
		how, b.fail[call] = b.fail[call][0], b.fail[call][1:]
	}
	lost := errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, "lost")
	if how == beforeIt {
		return lost
	}
	if err := f(); err != nil {
		return err
	}
	if how == afterIt {
		return lost
	}
	return nil
}

// set changes the bank under its lock.
func (b *bank) set(f func()) {
	_ = b.do("test", func() error { f(); return nil })
}

func (b *bank) failing(call string, how ...string) {
	b.set(func() { b.fail = map[string][]string{call: how} })
}

func (b *bank) TransferFunds(_ context.Context, r *adapterv1.TransferFundsRequest) (*adapterv1.TransferFundsResponse, error) {
	var out *adapterv1.FundsTransfer
	err := b.do("TransferFunds", func() error {
		if out = b.transfers[r.GetTransferId()]; out != nil {
			return nil
		}
		a, err := money.FromProto(r.GetAmount())
		if err != nil {
			return err
		}
		out = &adapterv1.FundsTransfer{
			TransferId: r.GetTransferId(), PlayerId: r.GetPlayerId(), Direction: r.GetDirection(), Amount: r.GetAmount(), ProviderRef: fmt.Sprint("ref-", len(b.order)),
			State: adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED, At: timestamppb.New(b.now()),
		}
		in := r.GetDirection() == adapterv1.FundsDirection_FUNDS_DIRECTION_TO_PROVIDER
		switch has := b.wallets[r.GetPlayerId()]; {
		case in && b.full:
			out.State, out.Refusal = adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_REFUSED, "WALLET_FULL"
		case in:
			b.wallets[r.GetPlayerId()] = has + a.Minor
		case has < a.Minor:
			out.State, out.Refusal = adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_REFUSED, "INSUFFICIENT_FUNDS"
		default:
			b.wallets[r.GetPlayerId()] = has - a.Minor
		}
		b.transfers[r.GetTransferId()] = out
		b.order = append(b.order, r.GetTransferId())
		return nil
	})
	return &adapterv1.TransferFundsResponse{Transfer: proto.CloneOf(out)}, err
}

func (b *bank) GetFundsTransfer(_ context.Context, r *adapterv1.GetFundsTransferRequest) (*adapterv1.GetFundsTransferResponse, error) {
	out := &adapterv1.FundsTransfer{TransferId: r.GetTransferId()}
	err := b.do("GetFundsTransfer", func() error {
		if t := b.transfers[r.GetTransferId()]; t != nil {
			out = proto.CloneOf(t)
		}
		return nil
	})
	return &adapterv1.GetFundsTransferResponse{Transfer: out}, err
}

func (b *bank) GetFunds(_ context.Context, r *adapterv1.GetFundsRequest) (*adapterv1.GetFundsResponse, error) {
	var has int64
	err := b.do("GetFunds", func() error {
		has = b.wallets[r.GetPlayerId()]
		if b.onFunds != nil {
			b.onFunds()
		}
		return nil
	})
	return &adapterv1.GetFundsResponse{Funds: money.Amount{Minor: has, Currency: r.GetCurrency()}.Proto()}, err
}

func (b *bank) CloseSessions(_ context.Context, r *adapterv1.CloseSessionsRequest) (*adapterv1.CloseSessionsResponse, error) {
	return &adapterv1.CloseSessionsResponse{}, b.do("CloseSessions", func() error {
		if b.noClosing != nil {
			return b.noClosing
		}
		if b.closed == nil {
			b.closed = map[string]time.Time{}
		}
		b.closed[r.GetPlayerId()] = r.GetOpenedUntil().AsTime()
		return nil
	})
}

func (b *bank) ListPlay(_ context.Context, r *adapterv1.ListPlayRequest) (*adapterv1.ListPlayResponse, error) {
	out := &adapterv1.ListPlayResponse{}
	err := b.do("ListPlay", func() error {
		if r.GetCursor() == "" {
			b.asked = append(b.asked, r.GetFrom())
		}
		for _, p := range b.play {
			if r.GetFrom() == nil || !p.GetRecordedAt().AsTime().Before(r.GetFrom().AsTime()) {
				out.Play = append(out.Play, proto.CloneOf(p))
			}
		}
		if r.GetCursor() == "" && len(out.Play) > 1 { // two pages
			out.Play, out.NextCursor = out.Play[:1], "rest"
		} else if r.GetCursor() != "" {
			out.Play = out.Play[1:]
		}
		if r.GetCursor() == "" {
			out.Unreadable = b.garbage
		}
		return nil
	})
	return out, err
}

func (b *bank) ListFunds(_ context.Context, _ *adapterv1.ListFundsRequest) (*adapterv1.ListFundsResponse, error) {
	out := &adapterv1.ListFundsResponse{}
	err := b.do("ListFunds", func() error {
		for player, minor := range b.wallets {
			out.Wallets = append(out.Wallets, &adapterv1.PlayerFunds{PlayerId: player, Funds: money.Amount{Minor: minor, Currency: "EUR"}.Proto()})
		}
		return nil
	})
	return out, err
}

func (b *bank) ListFundsTransfers(_ context.Context, r *adapterv1.ListFundsTransfersRequest) (*adapterv1.ListFundsTransfersResponse, error) {
	out := &adapterv1.ListFundsTransfersResponse{}
	err := b.do("ListFundsTransfers", func() error {
		for _, id := range b.order {
			t := b.transfers[id]
			if at := t.GetAt().AsTime(); t.GetState() == adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED && !at.Before(r.GetFrom().AsTime()) && at.Before(r.GetUntil().AsTime()) {
				out.Transfers = append(out.Transfers, proto.CloneOf(t))
			}
		}
		return nil
	})
	return out, err
}

// purses is a casino with such a provider whose books are driven often.
func purses(t testing.TB, vars ...string) *casino {
	t.Helper()
	c := open(t, append([]string{"PITBOSS_GAMING_PLAY_EVERY", "50ms", "PITBOSS_GAMING_PROVIDER_IDLE", "0"}, vars...)...)
	c.out.bank.set(func() { c.out.bank.now = c.Clock.Now })
	return c
}

// saver is a player with money and a wallet at the provider.
type saver struct {
	*guest
	n int
}

func (c *casino) saver(euros string) *saver {
	return &saver{guest: &guest{casino: c, id: c.deposited(euros)}}
}

func (s *saver) toRequest(amount string) *gamingv1.TransferToProviderRequest {
	s.n++
	return toRequest(fmt.Sprint("to-", s.n), amount)
}

func toRequest(requestID, amount string) *gamingv1.TransferToProviderRequest {
	return &gamingv1.TransferToProviderRequest{IntegrationId: purse, RequestId: requestID, Amount: eur(amount)}
}

func (s *saver) to(amount string) *gamingv1.ProviderTransfer {
	s.t.Helper()
	r, err := s.as(s.id).TransferToProvider(s.t.Context(), s.toRequest(amount))
	require.NoError(s.t, err)
	return r.GetTransfer()
}

func (s *saver) from(amount string) *gamingv1.ProviderTransfer {
	s.t.Helper()
	s.n++
	r, err := s.as(s.id).TransferFromProvider(s.t.Context(), &gamingv1.TransferFromProviderRequest{
		IntegrationId: purse, RequestId: fmt.Sprint("from-", s.n), What: &gamingv1.TransferFromProviderRequest_Amount{Amount: eur(amount)},
	})
	require.NoError(s.t, err)
	return r.GetTransfer()
}

func (s *saver) everything(requestID string) *gamingv1.TransferFromProviderRequest {
	return &gamingv1.TransferFromProviderRequest{
		IntegrationId: purse, RequestId: requestID, What: &gamingv1.TransferFromProviderRequest_EverythingIn{EverythingIn: "EUR"},
	}
}

// there asserts what the player has at the provider.
func (s *saver) there(want string) {
	s.t.Helper()
	require.Equal(s.t, want, s.thereNow())
}

func (s *saver) thereNow() string {
	var minor int64
	s.out.bank.set(func() { minor = s.out.bank.wallets[s.id] })
	return money.Amount{Minor: minor, Currency: "EUR"}.String()
}

// plays has the player gain or lose at the provider, and the provider write a bet of it down.
func (s *saver) plays(bet, stake, payout string, at time.Time) *adapterv1.ProviderPlay {
	p := &adapterv1.ProviderPlay{
		BetRef: bet, RoundRef: "round-" + bet, PlayerId: s.id, GameCode: "slot", Stake: eur(stake), Payout: eur(payout), PlacedAt: timestamppb.New(at.Add(-time.Second)),
		SettledAt: timestamppb.New(at), RecordedAt: timestamppb.New(at),
	}
	lost, _ := money.FromProto(eur(stake))
	won, _ := money.FromProto(eur(payout))
	s.out.bank.set(func() {
		s.out.bank.play = append(s.out.bank.play, p)
		s.out.bank.wallets[s.id] += won.Minor - lost.Minor
	})
	return p
}

func (s *saver) list() []*gamingv1.ProviderTransfer {
	s.t.Helper()
	r, err := s.as(s.id).ListProviderTransfers(s.t.Context(), &gamingv1.ListProviderTransfersRequest{Page: &commonv1.PageRequest{Size: 100}})
	require.NoError(s.t, err)
	return r.GetTransfers()
}

// settles waits until no transfer of the player is under way.
func (s *saver) settles() []*gamingv1.ProviderTransfer {
	s.t.Helper()
	var list []*gamingv1.ProviderTransfer
	eventually(s.t, "every transfer ends", func() bool {
		s.Clock.Advance(askAgain)
		list = s.list()
		for _, t := range list {
			if t.GetFinishedAt() == nil {
				return false
			}
		}
		return true
	})
	return list
}

// askAgain is longer than any wait of a transfer that was put off a few times.
const askAgain = 2 * time.Minute

func state(t *gamingv1.ProviderTransfer) string {
	return t.GetState().String()[len("TRANSFER_STATE_"):]
}

// total asserts the sum of cash and what is at the provider: no transfer makes money or loses it.
func (s *saver) total(want string) {
	s.t.Helper()
	b, err := s.wallet.GetBalance(s.t.Context(), &walletv1.GetBalanceRequest{PlayerId: s.id, Currency: "EUR"})
	require.NoError(s.t, err)
	cash, err := money.FromProto(b.GetBalance().GetAvailable())
	require.NoError(s.t, err)
	there, err := money.Parse(s.thereNow(), "EUR")
	require.NoError(s.t, err)
	require.Equal(s.t, want, money.Amount{Minor: cash.Minor + there.Minor, Currency: "EUR"}.String())
}

func denied(t testing.TB, err error) {
	t.Helper()
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

// publish reads the games of another integration and shows one of them.
func (c *casino) publish(integrationID, code string) string {
	c.t.Helper()
	back := catalogv1.NewCatalogServiceClient(c.To("catalog", testkit.Operator("admin")))
	_, err := back.SyncGames(c.t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: integrationID})
	require.NoError(c.t, err)
	list, err := back.ListOperatorGames(c.t.Context(), &catalogv1.ListOperatorGamesRequest{IntegrationId: integrationID})
	require.NoError(c.t, err)
	for _, g := range list.GetGames() {
		if g.GetCode() == code && g.GetIntegrationId() == integrationID {
			_, err = back.SetGamePublished(c.t.Context(), &catalogv1.SetGamePublishedRequest{GameId: g.GetGameId(), Published: new(true)})
			require.NoError(c.t, err)
			return g.GetGameId()
		}
	}
	c.t.Fatal("there is no such game")
	return ""
}

// untilAnswered repeats a call as an app does that gets no answer from an overloaded machine.
func untilAnswered[R any](call func() (R, error)) (r R, err error) {
	for range 20 {
		if r, err = call(); status.Code(err) != codes.Unavailable && status.Code(err) != codes.DeadlineExceeded {
			break
		}
	}
	return r, err
}
