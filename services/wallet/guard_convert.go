package wallet

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// guardsAt asks for the guards of players that hold at a time.
func guardsAt(now time.Time, players ...string) db.LoadGuardsParams {
	return db.LoadGuardsParams{KeptSlots: recountSlots, Now: now, NowSlot: slotOf(now), Players: players}
}

// guardOf moves a guard's counter on to the window of now.
func guardOf(r db.LoadGuardsRow) *guard {
	g := &guard{
		id: r.ID, player: r.PlayerID, kind: guardKind(r.Kind), layer: guardLayer(r.Layer), window: guardWindow(r.GuardWindow), timeZone: r.TimeZone,
		currency: r.Currency, maximum: r.MaximumMinor, reason: r.Reason, expiresAt: r.ExpiresAt, hitAt: r.HitAt, setAt: r.SetAt, setBy: r.SetBy,
		counted: r.UsedMinor, fromSlot: r.FromSlot, windowEnd: r.WindowEnd, hits: r.Hits,
	}
	if !g.kind.isLimit() {
		return g
	}
	switch {
	case r.Recount:
		g.counted = r.MovedMinor
	case r.FirstSlot > r.FromSlot: // otherwise another replica's clock is ahead, and its window stands
		g.counted = saturate(g.counted, -r.MovedMinor)
	}
	g.fromSlot = max(r.FirstSlot, r.FromSlot)
	g.resetsAt = r.WindowEnd
	if !g.window.isCalendar() {
		g.resetsAt = leaves(g.window, r.OldestSlot)
	}
	return g
}

// leaves is when usage of a slot leaves a rolling window.
func leaves(w guardWindow, slot int64) time.Time {
	length := [...]time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}[w]
	return time.Unix((slot+1)*int64(slotLength/time.Second), 0).Add(length)
}

// proto is the guard as others see it; staked is what open bets of the player hold in the guard's currency.
func (g *guard) proto(staked int64) *walletv1.Guard {
	p := &walletv1.Guard{
		GuardId: g.id, PlayerId: g.player, Kind: walletv1.GuardKind(g.kind), Layer: walletv1.GuardLayer(g.layer),
		Window: walletv1.GuardWindow(g.window), TimeZone: g.timeZone, Reason: g.reason, SetAt: timestamppb.New(g.setAt), SetBy: g.setBy,
	}
	if g.expiresAt != nil {
		p.ExpiresAt = timestamppb.New(*g.expiresAt)
	}
	if !g.kind.isRestriction() {
		p.Maximum = moneyOf(g.maximum, g.currency)
	}
	if g.kind.isLimit() {
		p.Used, p.Remaining = moneyOf(g.used(staked), g.currency), moneyOf(max(g.room(staked), 0), g.currency)
		p.ResetsAt = timestamppb.New(g.resetsAt)
	}
	return p
}

// guardEvent is an event about a guard. Its aggregate is the guard; the time in microseconds is the version, because a guard changes under
// the lock of its player.
func guardEvent(subject, player, id string, at time.Time) bus.Event {
	return bus.Event{Subject: subject, PlayerID: player, AggregateID: id, Version: at.UnixMicro(), OccurredAt: at}
}

// hitEvent tells a refusal.
func hitEvent(h hit, at time.Time) bus.Event {
	e := guardEvent("wallet.guard_hit.v1", h.guard.player, h.guard.id, at)
	e.Message = &walletv1.GuardHit{
		Guard: h.guard.proto(h.staked), OperationKind: string(h.command.kind), Requested: moneyOf(h.command.amount, h.command.currency),
		Reference: h.command.ref.proto(), At: timestamppb.New(at),
	}
	return e
}
