package wallet

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash/fnv"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// mutation is what every request that moves money has.
type mutation interface {
	proto.Message
	GetRequestId() string
	GetPlayerId() string
}

// submit completes the command of a checked request with its key, lets it be committed in some batch, and answers when it is durable.
func (s *Server) submit(ctx context.Context, req mutation, c command) (result, error) {
	c.requestKey = requestKey{caller: authn.From(ctx).Peer, requestID: req.GetRequestId()}
	c.player = req.GetPlayerId()
	var err error
	if c.fingerprint, err = fingerprint(c.kind, req); err != nil {
		return result{}, err
	}
	r, err := s.batches.Do(ctx, pending{ctx: ctx, command: &c})
	if errors.Is(err, groupcommit.ErrQueueFull) || errors.Is(err, groupcommit.ErrClosed) {
		return result{}, overloaded(err)
	}
	return r, err
}

// fingerprint tells two requests under one key apart.
func fingerprint(kind operationKind, req proto.Message) ([32]byte, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(append([]byte(string(kind)+"\x00"), text...)), nil
}

// positive reads an amount that must be more than zero.
func positive(m *commonv1.Money) (money.Amount, error) {
	a, err := notNegative(m)
	if err == nil && a.Minor == 0 {
		err = amountNotPositive(a)
	}
	return a, err
}

// notNegative reads an amount that may be zero.
func notNegative(m *commonv1.Money) (money.Amount, error) {
	a, err := money.FromProto(m)
	switch {
	case errors.Is(err, money.ErrUnknownCurrency):
		return a, unknownCurrency(m.GetCurrency())
	case errors.Is(err, money.ErrPrecision):
		return a, excessPrecision(m.GetAmount(), m.GetCurrency())
	case errors.Is(err, money.ErrOverflow):
		return a, amountOverflow(m.GetCurrency())
	case err != nil:
		return a, amountSyntax()
	case a.Sign() < 0:
		return a, amountNotPositive(a)
	}
	return a, nil
}

// house is the account of the house against a game provider.
func house(provider, player string) accountKey {
	return accountKey{owner: "house:" + provider, kind: kindHouse, stripe: int16(spread(player) % stripes)}
}

// psp is the account of money that lies with a payment provider.
func psp(name, player string) accountKey {
	return accountKey{owner: "psp:" + name, kind: kindPSP, stripe: int16(spread(player) % stripes)}
}

// spread turns a player into a number that picks the worker and the stripes. It must never change, or a player changes stripes.
func spread(player string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(player)) // a hash does not fail to write
	x := h.Sum64()
	return x ^ x>>32
}
