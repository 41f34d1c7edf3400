package wallet

import (
	"context"
	"sort"

	"github.com/jackc/pgx/v5/pgxpool"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// CheckStake decides a stake as PlaceHold does, on what is committed now, and forgets the decision.
func (s *Server) CheckStake(ctx context.Context, req *walletv1.CheckStakeRequest) (*walletv1.CheckStakeResponse, error) {
	c, err := placeHoldCommand(&walletv1.PlaceHoldRequest{PlayerId: req.GetPlayerId(), Amount: req.GetAmount(), Funding: req.GetFunding()})
	if err != nil {
		return nil, err
	}
	c.player = req.GetPlayerId()
	l, n, err := s.look(ctx, &c)
	if err != nil {
		return nil, err
	}
	takes := func(amount int64) error {
		b, tried := s.newBook(l, n), c // the decision is made on a book of its own, because it changes it
		tried.amount = amount
		return b.placeHold(&operation{command: &tried, amount: amount})
	}
	b := s.newBook(l, n)
	cash := b.cash(&c)
	funds := cash.balance
	if c.funding.grantID != "" {
		funds = saturate(funds, b.pool(&c, c.funding.grantID).balance)
	}
	out := &walletv1.CheckStakeResponse{
		MaxStake: moneyOf(mostTaken(funds, takes), c.currency),
		Balance: balanceOf(c.player, c.currency, balances{
			available: cash.balance, held: cash.held, bonus: cash.bonus, heldBonus: cash.heldBonus, owed: cash.owed, version: cash.version,
		}),
	}
	refusal := takes(c.amount)
	if out.Allowed = refusal == nil; !out.Allowed {
		if out.Reason, out.Metadata = errs.ReasonOf(refusal), errs.Metadata(refusal); out.GetReason() == "" {
			return nil, refusal
		}
	}
	return out, nil
}

// mostTaken is the largest stake up to what there is that is taken: a stake that is taken would be taken if it were smaller, too.
func mostTaken(funds int64, takes func(int64) error) int64 {
	refused := sort.Search(int(funds), func(i int) bool { return takes(int64(i)+1) != nil })
	return int64(refused)
}

// look reads what the decision about a stake needs, without locks.
func (s *Server) look(ctx context.Context, c *command) (loaded, *needs, error) {
	var l loaded
	n := &needs{asked: map[accountKey]bool{}}
	n.load(accountKey{owner: c.player, currency: c.currency, kind: kindCash})
	if c.funding.grantID != "" {
		n.load(accountKey{owner: c.player, currency: c.currency, kind: kindBonus, pool: c.funding.grantID})
	}
	now, players := s.clock(), []string{c.player}
	err := s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		return db.Pipeline(ctx, conn.Conn(),
			db.Statement("begin isolation level repeatable read read only"),
			func(ctx context.Context, q *db.Queries) error {
				rows, err := q.LoadAccounts(ctx, n.own)
				l.accounts = appendRows(l.accounts, rows)
				return err
			},
			func(ctx context.Context, q *db.Queries) (err error) {
				l.guards, err = q.LoadGuards(ctx, guardsAt(now, players))
				return err
			},
			func(ctx context.Context, q *db.Queries) (err error) {
				l.moves, err = q.MoveGuards(ctx, movesAt(now, players))
				return err
			},
			db.Statement("commit"))
	})
	return l, n, err
}
