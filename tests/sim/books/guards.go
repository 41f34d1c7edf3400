package books

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Guard is a limit over a window, a maximum stake, or a restriction, which has no currency and no maximum.
type Guard struct {
	ID       string
	Player   string
	Kind     walletv1.GuardKind
	Layer    walletv1.GuardLayer
	Window   walletv1.GuardWindow
	Currency string
	Maximum  int64
	Expires  time.Time // zero when it does not
}

// Zone is the time zone of the guards with calendar windows.
const Zone = "Europe/Berlin"

// Rule is what a player has at most one guard for.
func (g Guard) Rule() Guard {
	g.ID, g.Maximum, g.Expires = "", 0, time.Time{}
	return g
}

func (g Guard) isLimit() bool { return g.Kind <= walletv1.GuardKind_GUARD_KIND_WITHDRAWAL }

// holds tells whether the guard has not expired.
func (g Guard) holds(now time.Time) bool { return g.Expires.IsZero() || g.Expires.After(now) }

// looser tells whether g allows anything that the guard before it does not.
func (g Guard) looser(before Guard) bool {
	return g.Maximum > before.Maximum || !g.Expires.IsZero() && (before.Expires.IsZero() || g.Expires.Before(before.Expires))
}

// Set puts the guard into a wallet.
func (g Guard) Set(ctx context.Context, c walletv1.WalletServiceClient) error {
	req := &walletv1.SetGuardRequest{PlayerId: g.Player, Kind: g.Kind, Layer: g.Layer, Window: g.Window, Reason: "test"}
	if g.Window >= walletv1.GuardWindow_GUARD_WINDOW_DAY {
		req.TimeZone = Zone
	}
	if g.Currency != "" {
		req.Maximum = money.Amount{Minor: g.Maximum, Currency: g.Currency}.Proto()
	}
	if !g.Expires.IsZero() {
		req.ExpiresAt = timestamppb.New(g.Expires)
	}
	_, err := c.SetGuard(ctx, req)
	return err
}

// Loosen sets the guard of this id to what g says.
func (g Guard) Loosen(ctx context.Context, c walletv1.WalletServiceClient) error {
	req := &walletv1.LoosenGuardRequest{PlayerId: g.Player, GuardId: g.ID, Reason: "test"}
	if g.Currency != "" {
		req.Maximum = money.Amount{Minor: g.Maximum, Currency: g.Currency}.Proto()
	}
	if !g.Expires.IsZero() {
		req.ExpiresAt = timestamppb.New(g.Expires)
	}
	_, err := c.LoosenGuard(ctx, req)
	return err
}

// Clear takes it away.
func (g Guard) Clear(ctx context.Context, c walletv1.WalletServiceClient) error {
	_, err := c.ClearGuard(ctx, &walletv1.ClearGuardRequest{PlayerId: g.Player, GuardId: g.ID, Reason: "test"})
	return err
}

// GuardOf reads a guard as the wallet tells it.
func GuardOf(p *walletv1.Guard) (Guard, error) {
	g := Guard{ID: p.GetGuardId(), Player: p.GetPlayerId(), Kind: p.GetKind(), Layer: p.GetLayer(), Window: p.GetWindow()}
	if p.GetMaximum() != nil {
		a, err := money.FromProto(p.GetMaximum())
		if err != nil {
			return g, err
		}
		g.Currency, g.Maximum = a.Currency, a.Minor
	}
	if p.GetExpiresAt() != nil {
		g.Expires = p.GetExpiresAt().AsTime()
	}
	return g, nil
}

// Put makes a guard or changes the one of its id.
func (b *Book) Put(g Guard) {
	b.Drop(g)
	b.guards[g.Player] = append(b.guards[g.Player], &g)
}

// Drop takes a guard away and tells whether it was there.
func (b *Book) Drop(g Guard) bool {
	before := len(b.guards[g.Player])
	b.guards[g.Player] = slices.DeleteFunc(slices.Clone(b.guards[g.Player]), func(x *Guard) bool { return x.ID == g.ID })
	return len(b.guards[g.Player]) < before
}

// Guards are a player's that have not expired.
func (b *Book) Guards(player string) []Guard {
	var out []Guard
	for _, g := range b.guards[player] {
		if g.holds(b.Now) {
			out = append(out, *g)
		}
	}
	return out
}

// Find is the guard of the same rule, or of the same id when there is one, if it holds.
func (b *Book) Find(g Guard) (Guard, bool) {
	all := b.Guards(g.Player)
	i := slices.IndexFunc(all, func(x Guard) bool { return x.ID == g.ID || g.ID == "" && x.Rule() == g.Rule() })
	if i < 0 {
		return Guard{}, false
	}
	return all[i], true
}

// WhyNotSet is the reason for which SetGuard refuses g now.
func (b *Book) WhyNotSet(g Guard) string {
	if before, ok := b.Find(g); ok && g.looser(before) {
		return "GUARD_LOOSER"
	}
	return ""
}

// slotLength is how finely usage is counted.
const slotLength = 15 * 60

func slot(t time.Time) int64 { return t.Unix() / slotLength }

// first is the first slot of a guard's window.
func (g Guard) first(now time.Time) int64 {
	switch g.Window {
	case walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H:
		return slot(now.Add(-24 * time.Hour))
	case walletv1.GuardWindow_GUARD_WINDOW_ROLLING_7D:
		return slot(now.Add(-7 * 24 * time.Hour))
	case walletv1.GuardWindow_GUARD_WINDOW_ROLLING_30D:
		return slot(now.Add(-30 * 24 * time.Hour))
	}
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		panic(err) // Go brings its time zones
	}
	year, month, day := now.In(zone).Date()
	return slot(time.Date(year, month, day, 0, 0, 0, 0, zone))
}

// Used is what a limit has counted: never below zero, and with the stakes of open bets where losses are counted.
func (b *Book) Used(g Guard) int64 {
	s, first, n := b.of(Account{g.Player, g.Currency}), g.first(b.Now), int64(0)
	for at, u := range s.used {
		if at >= first {
			n += u.of(g.Kind)
		}
	}
	n = max(n, 0)
	if g.Kind == walletv1.GuardKind_GUARD_KIND_NET_LOSS {
		n += s.staked
	}
	return n
}

// guarded asks the player's guards about an amount, of which a part is bonus: limits count cash, maximum stakes all of it.
func (e *entry) guarded(amount, bonus int64) string {
	reason := ""
	for _, g := range e.b.guards[e.i.Player] {
		asked, room := amount, g.Maximum
		switch {
		case !g.holds(e.b.Now) || !slices.Contains(e.i.Op.Watched, g.Kind):
			continue
		case g.Currency == "":
			return "RESTRICTED" // comes before all limits
		case g.Currency != e.i.Currency, g.Kind == walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS && bonus == 0:
			continue
		case g.isLimit():
			asked, room = amount-bonus, g.Maximum-e.b.Used(*g)
		}
		if asked > 0 && asked > room {
			reason = "LIMIT_REACHED"
		}
	}
	return reason
}

// Usage is what limits count, of cash.
type Usage struct{ Stake, NetLoss, Deposit, NetDeposit, Withdrawal int64 }

func (u Usage) plus(v Usage) Usage {
	return Usage{u.Stake + v.Stake, u.NetLoss + v.NetLoss, u.Deposit + v.Deposit, u.NetDeposit + v.NetDeposit, u.Withdrawal + v.Withdrawal}
}

func (u Usage) of(k walletv1.GuardKind) int64 {
	switch k {
	case walletv1.GuardKind_GUARD_KIND_STAKE:
		return u.Stake
	case walletv1.GuardKind_GUARD_KIND_NET_LOSS:
		return u.NetLoss
	case walletv1.GuardKind_GUARD_KIND_DEPOSIT:
		return u.Deposit
	case walletv1.GuardKind_GUARD_KIND_NET_DEPOSIT:
		return u.NetDeposit
	case walletv1.GuardKind_GUARD_KIND_WITHDRAWAL:
		return u.Withdrawal
	}
	return 0
}
