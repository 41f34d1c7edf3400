package hub88

import (
	"errors"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// who is the player of a callback: by id and token, or with Caleta by the token alone.
type who struct {
	player, token string
	shown         string // name that answers carry; empty: our own id of the player
}

// readWho reads the player. shown is the field with Caleta's own name of the player, which answers repeat; it is required but in a rollback.
func (c callback) readWho(shown string) who {
	w := who{token: c.Text("token")}
	switch {
	case !c.in.dialect.echoesSupplierUser:
		w.player = c.Text("user")
		w.shown = w.player
	case shown == "supplier_user":
		w.shown = c.Text(shown)
	default:
		w.shown = c.OptionalText(shown)
		if also := c.OptionalText("supplier_user"); also != "" {
			w.shown = also
		}
	}
	return w
}

// caller is who gaming is told.
func (w who) caller(c callback) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, SessionToken: w.token, PlayerId: w.player}
}

// knownCaller is caller for a call that only somebody who has played here may make: whoever it is about is remembered with what it is about.
func (w who) knownCaller(c callback) *gamingv1.Caller {
	caller := w.caller(c)
	caller.Known = true
	return caller
}

// resultCaller is who gaming is told for winnings. Where the token alone names the player it must have been issued, over or not; where the player is named
// it is not looked at, as long as it is not another's (providers.md 2.4, conflict matrix).
func (w who) resultCaller(c callback) *gamingv1.Caller {
	if w.player == "" {
		return w.knownCaller(c)
	}
	return w.caller(c)
}

// name is what an answer calls the player.
func (w who) name(playerID string) string {
	if w.shown != "" {
		return w.shown
	}
	return playerID
}

// transaction is what bet, win and rollback have in common.
type transaction struct {
	who
	id, round, game string
	closed, free    bool
	amount, jackpot *commonv1.Money
	zero            bool // the amount is nothing
}

// readTransaction reads the fields that all three have.
func (c callback) readTransaction(shown string) transaction {
	t := transaction{who: c.readWho(shown), id: c.Text("transaction_uuid"), round: c.Text("round"), game: c.Text("game_code"), closed: c.Flag("round_closed")}
	c.Text("request_uuid")
	for _, name := range []string{"reward_uuid", "bet"} {
		c.FreeText(name)
	}
	if c.in.dialect.echoesSupplierUser {
		c.FreeText("campaign_uuid")
		c.OptionalInteger("game_id")
		return t
	}
	c.Text("supplier_transaction_id")
	c.FreeText("supplier_user")
	c.OptionalFlag("is_supplier_promo")
	c.OptionalFlag("is_aggregated")
	c.OptionalObject("meta")
	return t
}

// readStake reads a bet or a win, its amounts exactly. wrong is the status for what is wrong with it.
func (c callback) readStake() (t transaction, wrong string) {
	t = c.readTransaction("supplier_user")
	t.free = c.Flag("is_free")
	currency, wire, jackpot := c.Text("currency"), c.Integer("amount"), int64(0)
	if c.in.dialect.echoesSupplierUser {
		jackpot = c.OptionalInteger("jackpot_win")
	}
	if wrong = c.wrong(); wrong != "" {
		return t, wrong
	}
	if jackpot > wire {
		return t, statusWrongTypes
	}
	a, err := fromWire(wire, currency)
	if err == nil && jackpot > 0 {
		part, partErr := fromWire(jackpot, currency)
		t.jackpot, err = part.Proto(), partErr
	}
	switch {
	case errors.Is(err, adapter.ErrCurrency):
		return t, statusWrongCurrency
	case err != nil:
		return t, statusWrongTypes
	}
	t.amount, t.zero = a.Proto(), a.Minor == 0
	return t, ""
}
