package wallet

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// guardsAt asks for the guards of players that hold at a time, movesAt for those whose window has moved on.
func guardsAt(now time.Time, players []string) db.LoadGuardsParams {
	return db.LoadGuardsParams{Now: now, Players: players}
}

func movesAt(now time.Time, players []string) db.MoveGuardsParams {
	return db.MoveGuardsParams{KeptSlots: recountSlots, Now: now, NowSlot: slotOf(now), Players: players}
}

// inOrder sorts guards by id, in which order they are asked and listed.
func inOrder(guards []*guard) []*guard {
	slices.SortFunc(guards, func(a, b *guard) int { return strings.Compare(a.id, b.id) })
	return guards
}

// guardsOf are guards with their counters moved on to the windows of now.
func guardsOf(rows []db.Guard, moves []db.MoveGuardsRow) []*guard {
	guards, all := make([]*guard, len(rows)), make([]guard, len(rows))
	for i := range rows {
		g, r := &all[i], &rows[i]
		*g = guard{
			id: r.ID, player: r.PlayerID, kind: guardKind(r.Kind), layer: guardLayer(r.Layer), window: guardWindow(r.GuardWindow), timeZone: r.TimeZone,
			currency: r.Currency, maximum: r.MaximumMinor, reason: r.Reason, expiresAt: r.ExpiresAt, hitAt: r.HitAt, setAt: r.SetAt, setBy: r.SetBy,
			counted: r.UsedMinor, fromSlot: r.FromSlot, oldestSlot: r.OldestSlot, windowEnd: r.WindowEnd, hits: r.Hits,
		}
		guards[i] = g
		for _, m := range moves {
			if m.ID == g.id {
				g.move(m.FirstSlot, m.MovedMinor, m.Recount, m.WindowEnd, m.OldestSlot)
			}
		}
	}
	return guards
}

// proto is the guard as others see it, with what the player's cash account of its currency says.
func (g *guard) proto(cash *account, now time.Time) *walletv1.Guard {
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
		p.Used, p.Remaining = moneyOf(g.used(cash), g.currency), moneyOf(max(g.room(cash), 0), g.currency)
		p.ResetsAt = timestamppb.New(g.resetsAt(cash, now))
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
		Guard: h.guard.proto(&h.cash, at), OperationKind: string(h.command.kind), Requested: moneyOf(h.command.amount, h.command.currency),
		Reference: h.command.ref.proto(), At: timestamppb.New(at),
	}
	return e
}
