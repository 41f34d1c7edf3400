package evolution

import (
	"context"
	"strconv"
	"strings"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Bounds of ids. A result is kept under its transaction's id and its bet's together, which must fit gaming's 255.
const (
	maxUser = 64
	maxCode = 128
	maxID   = 120
)

func (c *call) caller() *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, SessionToken: c.sid, PlayerId: c.user}
}

// who reads what every request has.
func (c *call) who() {
	c.sid, c.user = c.fields.Text("sid"), c.fields.TextUpTo("userId", maxUser)
	c.fields.Text("uuid")
}

// check validates a sid after launch. With rotate_sid it is replaced: the answer's is the one that takes stakes from then on.
func (s *Server) check(ctx context.Context, c call) answer {
	c.who()
	c.fields.OptionalObject("channel").OptionalText("type")
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	p, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller(), Rotate: c.in.rotate})
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED) {
		// A locked player's sessions are over too; a stake would tell which it is, and so does this.
		_, err = s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(), Live: true})
		if err == nil {
			return answer{Status: statusInvalidSid}
		}
	}
	switch {
	case err != nil:
		return s.refuse(ctx, c, err)
	case !p.GetLive():
		return answer{Status: statusLocked}
	case c.in.rotate:
		return answer{Status: statusOK, Sid: p.GetSessionToken()}
	}
	return answer{Status: statusOK, Sid: c.sid}
}

// balance answers what the player has; only with a sid that takes stakes (providers.md 3.4.5), or whose player is locked, which keeps stakes back and
// nothing else.
func (s *Server) balance(ctx context.Context, c call) answer {
	c.who()
	currency := c.fields.Text("currency")
	c.optionalGame()
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	req := &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(), Live: true, Currency: currency}
	b, err := s.gaming.GetPlayerBalance(ctx, req)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED) {
		req.Live = false
		b, err = s.gaming.GetPlayerBalance(ctx, req)
	}
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return s.accept(ctx, b.GetFunds())
}

// optionalGame reads the game of a call that may be without one, and the round that it is. What is there is of the protocol's types.
func (c *call) optionalGame() (round string) {
	game := c.fields.OptionalObject("game")
	game.OptionalText("type")
	table := game.OptionalObject("details").OptionalObject("table")
	table.OptionalText("id")
	table.OptionalText("vid")
	return game.OptionalText("id")
}

// bet is what debit, credit and cancel have in common: one bet, named by its refId, at a table.
type bet struct {
	round, table, id, ref string
	amount                *commonv1.Money
}

// resultID is the key of a result: the protocol's is transaction.id and refId together (providers.md 3.4.1). The bet itself is kept under its
// refId, by which its results find it. A refId that has the separator in it is told with its length, so that no two pairs have one key.
func (b bet) resultID() string {
	if strings.Contains(b.ref, "/") || strings.HasPrefix(b.ref, "#") {
		return "#" + strconv.Itoa(len(b.ref)) + ":" + b.ref + "/" + b.id
	}
	return b.ref + "/" + b.id
}

// readBet reads the fields of a debit, a credit or a cancel. Only a debit must say at which table.
func (c *call) readBet(tableNeeded bool) bet {
	c.who()
	game, tx := c.fields.Object("game"), c.fields.Object("transaction")
	b := bet{round: game.Text("id"), id: tx.TextUpTo("id", maxID), ref: tx.TextUpTo("refId", maxID)}
	game.OptionalText("type")
	if tableNeeded {
		table := game.Object("details").Object("table")
		table.OptionalText("vid")
		b.table = table.TextUpTo("id", maxCode)
	} else {
		table := game.OptionalObject("details").OptionalObject("table")
		table.OptionalText("vid")
		table.OptionalText("id")
	}
	b.amount = c.amount(tx)
	return b
}

// amount reads an amount, exactly.
func (c *call) amount(of adapter.Fields) *commonv1.Money {
	currency, text := c.fields.Text("currency"), of.Number("amount")
	if !c.fields.OK() {
		return nil
	}
	a, err := adapter.Decimal(text, currency)
	if err != nil {
		of.Fail("amount", adapter.WrongType)
		return nil
	}
	return a.Proto()
}

// debit takes a stake. Its repetition answers OK with the balance as it is now. The transaction's id goes along, because the key is both: another
// debit of the same refId is no repetition, and is refused, for no result could be told to be its own.
func (s *Server) debit(ctx context.Context, c call) answer {
	b := c.readBet(true)
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	req := &gamingv1.PlaceBetRequest{Caller: c.caller(), ProviderRoundId: b.round, ProviderTxId: b.ref, BetRef: b.id, Amount: b.amount}
	var (
		r   *gamingv1.PlaceBetResponse
		err error
	)
	for _, req.GameCode = range c.in.games(b.table) {
		r, err = s.gaming.PlaceBet(ctx, req)
		if !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH) {
			break
		}
	}
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return s.accept(ctx, r.GetReceipt().GetCurrent())
}

// credit is the one result of a bet, zero when it is lost. Its refId alone names the bet (providers.md 3.4.2): one that tells another game.id is of the bet's round. Neither an ended session, a locked player nor a table that is gone keeps winnings back.
// The round is over while all its bets have theirs, because the protocol tells no end of it, and at once where the casino is set up for one credit a
// round.
func (s *Server) credit(ctx context.Context, c call) answer {
	b := c.readBet(false)
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	r, err := s.gaming.SettleBet(ctx, &gamingv1.SettleBetRequest{
		Caller: c.caller(), ProviderRoundId: b.round, ProviderTxId: b.resultID(), BetProviderTxId: b.ref, Amount: b.amount,
		SingleResult: true, AnyGame: true, AnyRound: true, RoundClosed: c.in.perRound, RoundSettled: true,
	})
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return s.once(ctx, r.GetReceipt())
}

// cancel takes a bet back that has no result yet, by its own amount. One that never came is remembered and refused when it comes.
func (s *Server) cancel(ctx context.Context, c call) answer {
	b := c.readBet(false)
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	r, err := s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: c.caller(), ProviderRoundId: b.round, ProviderTxId: b.resultID(), ReferenceProviderTxId: b.ref,
		ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RefuseUnknown: true, Tombstone: true, RefuseSettled: true, RefuseCancelled: true, RoundSettled: true,
		Currency: b.amount.GetCurrency(),
	})
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return s.once(ctx, r.GetReceipt())
}

// once is OK for a result that was taken now and BET_ALREADY_SETTLED, which the provider takes for success, for one that was taken before.
func (s *Server) once(ctx context.Context, r *gamingv1.Receipt) answer {
	a := s.accept(ctx, r.GetCurrent())
	if a.Status == statusOK && r.GetReplayed() {
		a.Status = statusAlreadySettled
	}
	return a
}

// prizes are the kinds of promo payouts by their type; others are promotions, because the provider adds types without notice.
var prizes = map[string]gamingv1.PrizeKind{
	"JackpotWin":                   gamingv1.PrizeKind_PRIZE_KIND_JACKPOT,
	"FreeRoundPlayableSpent":       gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
	"RewardGamePlayableSpent":      gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
	"RewardGameWinCapReached":      gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
	"RewardGameMinBetLimitReached": gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
}

// promoPayout pays an award that needs no bet, once for each promoTransaction.id. Vouchers are issued in the provider's own back office, so
// a voucher's id is kept as the campaign and is not one of our grants.
func (s *Server) promoPayout(ctx context.Context, c call) answer {
	c.who()
	promo, round := c.fields.Object("promoTransaction"), c.optionalGame()
	id, kind, voucher := promo.Text("id"), promo.Text("type"), promo.OptionalText("voucherId")
	promo.OptionalInteger("remainingRounds")
	amount := c.amount(promo)
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	prize, known := prizes[kind]
	if !known {
		prize = gamingv1.PrizeKind_PRIZE_KIND_PROMOTION
	}
	// There is no bet to know the player by, so the sid must be one of the player's, over or not.
	if _, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller()}); err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED) {
		return s.refuse(ctx, c, err)
	}
	r, err := s.gaming.CreditPrize(ctx, &gamingv1.CreditPrizeRequest{
		Caller: c.caller(), ProviderTxId: id, Amount: amount, Kind: prize, ProviderRoundId: round, Campaign: voucher,
	})
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return s.accept(ctx, r.GetReceipt().GetCurrent())
}
