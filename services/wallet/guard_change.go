package wallet

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// guardChange is one change of a player's guards, under the lock of the player's accounts: operations that hold them have been committed, and
// those that come later see the change.
type guardChange struct {
	tx       pgx.Tx
	q        *db.Queries
	s        *Server
	player   string
	now      time.Time
	accounts map[string]int64 // cash account by currency
}

func (s *Server) changeGuards(ctx context.Context, player string, do func(ctx context.Context, c *guardChange) error) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		c := &guardChange{tx: tx, q: db.New(tx), s: s, player: player, accounts: map[string]int64{}}
		locked, err := c.q.LockPlayer(ctx, player)
		if err != nil {
			return err
		}
		for _, a := range locked {
			c.accounts[a.Currency] = a.ID
		}
		c.now = s.clock().UTC().Truncate(time.Microsecond)
		return do(ctx, c)
	})
}

// put writes the guard and tells it, and answers it with what is used and left. Repeating what holds already changes nothing.
func (c *guardChange) put(ctx context.Context, before *db.Guard, want guard) (*walletv1.Guard, error) {
	if before != nil && unchanged(before, &want) {
		return c.read(ctx, want.id)
	}
	err := c.q.PutGuard(ctx, db.PutGuardParams{
		ID: want.id, PlayerID: want.player, Kind: int16(want.kind), Layer: int16(want.layer), GuardWindow: int16(want.window),
		TimeZone: want.timeZone, Currency: want.currency, MaximumMinor: want.maximum, Reason: want.reason, ExpiresAt: want.expiresAt,
		Now: c.now, SetBy: authn.From(ctx).ID, AccountID: c.accounts[want.currency],
	})
	if err != nil {
		return nil, err
	}
	g, err := c.read(ctx, want.id)
	if err != nil {
		return nil, err
	}
	e := guardEvent("wallet.guard_set.v1", want.player, want.id, c.now)
	e.Message = &walletv1.GuardSet{Guard: g, Loosened: before != nil && !expired(before.ExpiresAt, c.now) && looser(before, &want)}
	return g, bus.Publish(ctx, c.tx, e)
}

func (c *guardChange) read(ctx context.Context, id string) (*walletv1.Guard, error) {
	all, err := c.s.guardsNow(ctx, c.q, c.player, c.now)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(g *walletv1.Guard) bool { return g.GetGuardId() == id })
	if i < 0 {
		return nil, guardNotFound(id)
	}
	return all[i], nil
}

// find answers a player's guard by id. Errors: GUARD_NOT_FOUND.
func (c *guardChange) find(ctx context.Context, id string) (*db.Guard, error) {
	g, err := c.q.GetGuard(ctx, db.GetGuardParams{ID: id, PlayerID: c.player})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && expired(g.ExpiresAt, c.now) {
		return nil, guardNotFound(id)
	}
	return &g, err
}

// guardsNow are a player's guards that hold at a time, with what is used and left.
func (s *Server) guardsNow(ctx context.Context, q *db.Queries, player string, now time.Time) ([]*walletv1.Guard, error) {
	rows, err := q.LoadGuards(ctx, guardsAt(now, []string{player}))
	if err != nil {
		return nil, err
	}
	moves, err := q.MoveGuards(ctx, movesAt(now, []string{player}))
	if err != nil {
		return nil, err
	}
	accounts, err := q.StakedOf(ctx, player)
	if err != nil {
		return nil, err
	}
	cash := map[string]*account{}
	for _, a := range accounts {
		cash[a.Currency] = &account{
			staked: a.StakedMinor, slot: a.UsageSlot,
			used: usage{a.UsedStake, a.UsedNetLoss, a.UsedDeposit, a.UsedNetDeposit, a.UsedWithdrawal},
		}
	}
	guards := make([]*walletv1.Guard, len(rows))
	for i, g := range inOrder(guardsOf(rows, moves)) {
		c := cash[g.currency]
		if c == nil {
			c = &account{}
		}
		guards[i] = g.proto(c, now)
	}
	return guards, nil
}

func expired(at *time.Time, now time.Time) bool { return at != nil && !at.After(now) }

// unchanged tells whether a guard is already what is wanted.
func unchanged(g *db.Guard, want *guard) bool {
	sameEnd := g.ExpiresAt == nil && want.expiresAt == nil ||
		g.ExpiresAt != nil && want.expiresAt != nil && g.ExpiresAt.Equal(*want.expiresAt)
	return sameEnd && g.MaximumMinor == want.maximum && g.TimeZone == want.timeZone && g.Reason == want.reason
}

// looser tells whether what is wanted allows anything that the guard does not: a higher maximum, an earlier end, or another time zone, in which
// what is used now may lie in the window before.
func looser(g *db.Guard, want *guard) bool {
	endsEarlier := want.expiresAt != nil && (g.ExpiresAt == nil || want.expiresAt.Before(*g.ExpiresAt))
	return endsEarlier || want.maximum > g.MaximumMinor || want.timeZone != g.TimeZone
}

// authorOf is who changes guards.
func authorOf(ctx context.Context) author {
	c := authn.From(ctx)
	if c.Kind == authn.KindOperator {
		return ""
	}
	return author(c.Peer)
}
