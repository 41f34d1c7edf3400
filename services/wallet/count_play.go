package wallet

import (
	"context"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// CountPlay counts a stake that was played at a provider with the money in the player's wallet there. Errors: see the proto.
func (s *Server) CountPlay(ctx context.Context, req *walletv1.CountPlayRequest) (*walletv1.CountPlayResponse, error) {
	stake, err := positive(req.GetStake())
	if err != nil {
		return nil, err
	}
	r, err := s.submit(ctx, req, command{
		kind: opCountPlay, currency: stake.Currency, amount: stake.Minor, ref: referenceFrom(req.GetReference()), playedAt: req.GetPlayedAt().AsTime(),
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.CountPlayResponse{OperationId: r.operationID, BalanceAfter: r.balance(), Guard: r.told().guard, Replayed: r.replayed}, nil
}

// knowsPlayer refuses play of somebody whose cash account does not exist: nothing of the player's can be at a provider.
func (b *book) knowsPlayer(c *command) error {
	if a := b.cash(c); a.id == 0 && !a.dirty {
		return playerUnknown(c.player, c.currency)
	}
	return nil
}

// countPlay counts a stake in the slot in which it was played, as a void is taken off where its stake was: a limit is about when the player staked (domain.md: stakes
// in the window), and an import that comes after the end of a day must not take from the next one. It notes the guard that does not allow the player to go on.
func (b *book) countPlay(op *operation) {
	c := op.command
	played := c.playedAt
	if played.After(b.now) { // a provider's clock may be ahead
		played = b.now
	}
	b.use(c, slotOf(played), usage{stake: c.amount})
	if g := b.overplayed(c, played); g != nil {
		op.tell.guard = g.kind.String()
		b.tell(g, b.cash(c), c)
	}
}

// overplayed is the guard that does not allow the player to go on: a restriction of stakes, the limit on stakes with the least room when it has none, or a maximum stake
// that held when a larger one was played.
func (b *book) overplayed(c *command, played time.Time) *guard {
	cash := b.cash(c)
	var binding *guard
	for _, g := range b.guards[c.player] {
		switch {
		case g.kind == guardNoStake:
			return g
		case g.currency != c.currency:
		case g.kind == guardStake && g.room(cash) <= 0 && (binding == nil || binding.kind != guardStake || g.room(cash) < binding.room(cash)):
			binding = g
		case g.kind == guardSingleStake && c.amount > g.maximum && !played.Before(g.setAt) && binding == nil:
			binding = g
		}
	}
	return binding
}
