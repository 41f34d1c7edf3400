package a8r

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// What the protocol allows as a text (providers.md 7).
var (
	amountForm   = regexp.MustCompile(`^\d{1,18}(\.\d{1,12})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z0-9]{2,15}$`)
)

// maxTransactions bounds one request, as gaming does.
const maxTransactions = 100

// timeForm writes processed_at.
const timeForm = "2006-01-02T15:04:05.000Z"

// balanceAnswer is the answer of the methods that only tell the balance.
type balanceAnswer struct {
	Balance string `json:"balance"`
}

// roundAnswer is the answer of BetWin and Rollback.
type roundAnswer struct {
	Balance       string              `json:"balance"`
	RoundIDCasino string              `json:"round_id_casino"`
	Transactions  []transactionAnswer `json:"transactions"`
}

// transactionAnswer is one transaction as it was taken. Money of a bonus is never used, so bonus_amount is always zero.
type transactionAnswer struct {
	ID          string `json:"id"`
	IDCasino    string `json:"id_casino"`
	BonusAmount string `json:"bonus_amount"`
	ProcessedAt string `json:"processed_at"`
}

// answerOf writes a receipt. One of a transaction that was repeated is the first one's.
func answerOf(id string, r *gamingv1.Receipt) transactionAnswer {
	return transactionAnswer{
		ID: id, IDCasino: r.GetTransactionId(), BonusAmount: "0", ProcessedAt: r.GetProcessedAt().AsTime().UTC().Truncate(time.Millisecond).Format(timeForm),
	}
}

// caller names the player and the currency in which the aggregator has the player's session; the protocol has no session token.
func (c callback) caller(player, currency string) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: player, Tokenless: true, Currency: currency}
}

// currency reads a required currency of the protocol's form.
func (c callback) currency() string {
	text := c.Text("currency")
	if text != "" && !currencyForm.MatchString(text) {
		c.Fail("currency", adapter.WrongType)
	}
	return text
}

// origin reads the fields that tell where a call comes from. Only BetWin must have them; here nothing is done with them, but their type counts.
func (c callback) origin() {
	c.OptionalText("game_id")
	c.OptionalText("provider")
}

// amountOf reads an amount exactly: the protocol's form first, then whether the currency has it.
func amountOf(f adapter.Fields, currency string) (*commonv1.Money, *refusal) {
	text := f.Text("amount")
	if text != "" && !amountForm.MatchString(text) {
		f.Fail("amount", adapter.WrongType)
	}
	if !f.OK() {
		return nil, invalidField(f)
	}
	a, err := adapter.Decimal(plain(text), currency)
	switch {
	case errors.Is(err, adapter.ErrCurrency):
		return nil, refuse(codeCurrency, "Currency is not allowed for the player")
	case err != nil:
		f.Fail("amount", adapter.WrongType)
		return nil, invalidField(f)
	}
	return a.Proto(), nil
}

// plain takes away the zeros before an amount, which the protocol allows and JSON numbers do not have.
func plain(amount string) string {
	short := strings.TrimLeft(amount, "0")
	if short == "" || short[0] == '.' {
		return "0" + short
	}
	return short
}

// balance answers what a player can spend.
func (s *Server) balance(ctx context.Context, c callback) (any, *refusal) {
	player, currency := c.Text("player_id"), c.currency()
	c.origin()
	if !c.OK() {
		return nil, invalidField(c.Fields)
	}
	text, refused := s.balanceOf(ctx, c, player, currency, "")
	if refused != nil {
		return nil, refused
	}
	return balanceAnswer{Balance: text}, nil
}

// balanceOf also checks that the player is known and plays in the currency, now or in the round that the call is about.
func (s *Server) balanceOf(ctx context.Context, c callback, player, currency, round string) (string, *refusal) {
	if _, known := money.Exponent(currency); !known {
		return "", refuse(codeCurrency, "Currency is not allowed for the player")
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(player, currency), Currency: currency, ProviderRoundId: round})
	if err != nil {
		r := s.refuseFor(ctx, c, "balance", err)
		if r.Meta.APICode == codeExists { // without a transaction a foreign player is an unknown one
			r = refuse(codePlayer, "Player is invalid")
		}
		return "", r
	}
	return b.GetFunds().GetCash().GetAmount(), nil
}

// finish closes a round. It moves no money of the player's: a round that is not known is closed already.
func (s *Server) finish(ctx context.Context, c callback) (any, *refusal) {
	player, currency, round := c.Text("player_id"), c.currency(), c.Text("round_id")
	c.origin()
	c.OptionalFlag("finished")
	if !c.OK() {
		return nil, invalidField(c.Fields)
	}
	text, refused := s.balanceOf(ctx, c, player, currency, round)
	if refused != nil {
		return nil, refused
	}
	if _, err := s.gaming.CloseRound(ctx, &gamingv1.CloseRoundRequest{Caller: c.caller(player, currency), ProviderRoundId: round}); err != nil {
		return nil, s.refuseFor(ctx, c, "finish", err)
	}
	return balanceAnswer{Balance: text}, nil
}

// finishFreespins pays the sum of an issue of free spins, once. The body names neither player nor currency: both are in the issue id that
// GrantFreeRounds made, and gaming knows whether there is such a grant.
func (s *Server) finishFreespins(ctx context.Context, c callback) (any, *refusal) {
	issue, ok := readIssue(c.Text("issue_id"))
	c.Text("amount")
	switch {
	case !c.OK():
		return nil, invalidField(c.Fields)
	case !ok:
		return nil, refuse(codeInvalid, "issue_id: the issue is unknown")
	}
	amount, refused := amountOf(c.Fields, issue.currency)
	if refused != nil {
		return nil, refused
	}
	req := &gamingv1.CreditPrizeRequest{
		Caller: c.caller(issue.player, issue.currency), ProviderTxId: issue.String(), Amount: amount, Kind: gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
		Campaign: issue.grant, FreeRoundsRef: issue.String(),
	}
	r, err := s.gaming.CreditPrize(ctx, req)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_FOUND) {
		req.FreeRoundsRef = issue.grant // gaming knows a grant whose answer was lost by its own id alone
		r, err = s.gaming.CreditPrize(ctx, req)
	}
	if err != nil {
		return nil, s.refuseFor(ctx, c, "freespins", err)
	}
	return balanceAnswer{Balance: r.GetReceipt().GetCurrent().GetCash().GetAmount()}, nil
}
