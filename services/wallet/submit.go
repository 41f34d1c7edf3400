package wallet

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash/fnv"
	"strconv"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/groupcommit"
	"github.com/pitboss-gaming/pitboss/kit/ids"
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
	c.player = req.GetPlayerId()
	all, err := s.submitAll(ctx, authn.From(ctx).Peer, req.GetRequestId(), req, &c)
	if err != nil {
		return result{}, err
	}
	return all[0], nil
}

// submitAll does so for a request of several commands, which are committed all or none. The first has the request's key, the others keys that follow from it.
func (s *Server) submitAll(ctx context.Context, caller, requestID string, req proto.Message, commands ...*command) (answers, error) {
	print, err := fingerprint(commands[0].kind, req)
	if err != nil {
		return nil, err
	}
	for i, c := range commands {
		c.requestKey, c.fingerprint = requestKey{caller: caller, requestID: requestID}, print
		if i > 0 {
			c.caller += "#" + strconv.Itoa(i+1) // no caller has such a name, so no request of anybody has such a key
		}
		c.hash = c.requestKey.hash()
	}
	return s.submitKeyed(ctx, commands)
}

// submitKeyed lets commands that have their keys be committed, all or none.
func (s *Server) submitKeyed(ctx context.Context, commands []*command) (answers, error) {
	r, err := s.batches.Do(ctx, pending{ctx: ctx, commands: commands})
	return r, queueRefusal(err)
}

// queueRefusal makes OVERLOADED of a queue that takes no more; other errors, and nil, stay what they are.
func queueRefusal(err error) error {
	if full, ok := errors.AsType[*groupcommit.QueueFullError](err); ok {
		return overloaded(err, full.RetryAfter)
	}
	if errors.Is(err, groupcommit.ErrClosed) {
		return overloaded(err, closedRetry)
	}
	return err
}

// hash is the key as the database has it: request_key in migrations/00004_operations.sql.
func (k requestKey) hash() [16]byte {
	sum := sha256.Sum256([]byte(k.caller + "\x00" + k.requestID))
	return [16]byte(sum[:16])
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

// readPart reads an optional part of a hold, which is all of it when it is absent.
func readPart(m *commonv1.Money, c *command, zero bool) error {
	c.amount = allParts
	if m == nil {
		return nil
	}
	read := positive
	if zero {
		read = notNegative
	}
	a, err := read(m)
	if err != nil {
		return err
	}
	if c.currency != "" && c.currency != a.Currency {
		return currencyMismatch(c.currency, a.Currency)
	}
	c.amount, c.currency = a.Minor, a.Currency
	return nil
}

// fundingOf reads how a stake is paid. What does not fit together is refused, because it would be paid otherwise than the caller thinks.
func fundingOf(f *walletv1.Funding) (funding, error) {
	out := funding{policy: fundingPolicy(f.GetPolicy()), grantID: f.GetGrantId(), wins: winTo(f.GetWins())}
	if out.policy == 0 {
		out.policy = fundCashOnly
	}
	if (out.policy == fundCashOnly) != (out.grantID == "") {
		return out, fundingInvalid("grant_id")
	}
	if out.policy == fundCashOnly && out.wins != winsToCash {
		return out, fundingInvalid("wins")
	}
	return out, nil
}

// jackpotsOf reads contributions to jackpots in the currency of an operation.
func jackpotsOf(parts []*walletv1.JackpotPart, currency string) ([]jackpotPart, error) {
	var out []jackpotPart
	for _, p := range parts {
		a, err := positive(p.GetAmount())
		if err != nil {
			return nil, err
		}
		if a.Currency != currency {
			return nil, currencyMismatch(currency, a.Currency)
		}
		out = append(out, jackpotPart{p.GetJackpotId(), a.Minor})
	}
	return out, nil
}

// realMoney refuses to take real money for a test player, or to pay any out.
func realMoney(player string) error {
	if ids.IsTestPlayer(player) {
		return testPlayerMoney(player)
	}
	return nil
}

// house is the account of the house against a game provider.
func house(provider, player string) accountKey {
	return systemAccount(kindHouse, "house:"+provider, player)
}

// psp is the account of money that lies with a payment provider.
func psp(name, player string) accountKey { return systemAccount(kindPSP, "psp:"+name, player) }

// testPrefix begins the names of test players' system accounts.
const testPrefix = "test:"

// systemAccount is a system account in the stripe of a player. Test players have system accounts of their own, so that what they stake, win and are granted never
// mixes with real money.
func systemAccount(kind accountKind, name, player string) accountKey {
	if ids.IsTestPlayer(player) {
		name = testPrefix + name
	}
	return accountKey{owner: name, kind: kind, stripe: stripeOf(player)}
}

// stripeOf is the stripe of system accounts that a player uses.
func stripeOf(player string) int16 { return int16(spread(player) % stripes) }

// spread turns a player into a number that picks the partition (see groupcommit) and the stripes. It must never change, or a player changes stripes.
func spread(player string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(player)) // a hash does not fail to write
	x := h.Sum64()
	return x ^ x>>32
}
