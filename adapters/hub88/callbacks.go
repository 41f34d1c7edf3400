package hub88

import (
	"context"
	"errors"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// minUser is the least length of a user in /user/info (providers.md 2.3).
const minUser = 4

// userInfo answers who a player is. The protocol sends no token here, so gaming answers only for players of this integration.
func (s *Server) userInfo(ctx context.Context, c callback) answer {
	r := reader{doc: c.doc}
	user := r.text("user")
	r.text("request_uuid")
	if r.wrong == "" && len(user) < minUser {
		r.wrong = statusWrongSyntax
	}
	if r.wrong != "" {
		return answer{Status: r.wrong}
	}
	p, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: user}})
	if err != nil {
		return s.refuse(ctx, c, "info", err, false)
	}
	return answer{User: p.GetPlayerId(), Status: statusOK, Country: p.GetCountry(), SubPartnerID: c.in.subPartner}
}

// userBalance answers the balance of a token's session; the session may be over (only bets check that).
func (s *Server) userBalance(ctx context.Context, c callback) answer {
	r := reader{doc: c.doc}
	req := &gamingv1.GetPlayerBalanceRequest{
		Caller: &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: r.text("user"), SessionToken: r.text("token")}, GameCode: r.text("game_code"),
	}
	r.text("request_uuid")
	if r.wrong != "" {
		return answer{Status: r.wrong}
	}
	b, err := s.gaming.GetPlayerBalance(ctx, req)
	if err != nil {
		return s.refuse(ctx, c, "balance", err, false)
	}
	return s.accept(ctx, b.GetPlayerId(), b.GetFunds())
}

// transaction is what bet, win and rollback have in common.
type transaction struct {
	user, token, id, reference, round, game string
	closed, free                            bool
	amount                                  *commonv1.Money
}

// caller is who the transaction is about.
func (t transaction) caller(c callback) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, SessionToken: t.token, PlayerId: t.user}
}

// readTransaction reads the fields that all three have.
func readTransaction(r *reader) transaction {
	t := transaction{
		user: r.text("user"), token: r.text("token"), id: r.text("transaction_uuid"), round: r.text("round"),
		game: r.text("game_code"), closed: r.flag("round_closed"),
	}
	r.text("request_uuid")
	r.text("supplier_transaction_id")
	r.optionalText("supplier_user", "reward_uuid", "bet")
	r.optionalFlag("is_supplier_promo", "is_aggregated")
	r.optionalObject("meta")
	return t
}

// readStake reads what bet and win have besides, the amount exactly.
func (t *transaction) readStake(r *reader) {
	t.free = r.flag("is_free")
	currency, wire := r.text("currency"), r.integer("amount")
	if r.wrong != "" {
		return
	}
	a, err := fromWire(wire, currency)
	switch {
	case errors.Is(err, errCurrency):
		r.fail(statusWrongCurrency)
	case err != nil:
		r.fail(statusWrongTypes)
	default:
		t.amount = a.Proto()
	}
}

// bet takes a stake.
func (s *Server) bet(ctx context.Context, c callback) answer {
	r := reader{doc: c.doc}
	t := readTransaction(&r)
	t.readStake(&r)
	if r.wrong != "" {
		return answer{Status: r.wrong}
	}
	b, err := s.gaming.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
		Caller: t.caller(c), GameCode: t.game, ProviderRoundId: t.round, ProviderTxId: t.id,
		Amount: t.amount, FreeRound: t.free, RoundClosed: t.closed,
	})
	if err != nil {
		return s.refuse(ctx, c, "bet", err, false)
	}
	return s.accept(ctx, b.GetReceipt().GetPlayerId(), b.GetReceipt().GetFunds())
}

// win pays winnings.
func (s *Server) win(ctx context.Context, c callback) answer {
	r := reader{doc: c.doc}
	t := readTransaction(&r)
	t.reference = r.text("reference_transaction_uuid")
	t.readStake(&r)
	if r.wrong != "" {
		return answer{Status: r.wrong}
	}
	w, err := s.gaming.SettleBet(ctx, &gamingv1.SettleBetRequest{
		Caller: t.caller(c), GameCode: t.game, ProviderRoundId: t.round, ProviderTxId: t.id,
		BetProviderTxId: t.reference, Amount: t.amount, FreeRound: t.free, RoundClosed: t.closed,
	})
	if err != nil {
		return s.refuse(ctx, c, "win", err, true)
	}
	return s.accept(ctx, w.GetReceipt().GetPlayerId(), w.GetReceipt().GetFunds())
}

// rollback takes a bet or a win back: the amount of the transaction referred to and no other, so winnings of a bet stay until they are
// rolled back themselves (providers.md 2.3).
func (s *Server) rollback(ctx context.Context, c callback) answer {
	r := reader{doc: c.doc}
	t := readTransaction(&r)
	t.reference = r.text("reference_transaction_uuid")
	if r.wrong != "" {
		return answer{Status: r.wrong}
	}
	x, err := s.gaming.CancelTransaction(ctx, &gamingv1.CancelTransactionRequest{
		Caller: t.caller(c), ProviderRoundId: t.round, ProviderTxId: t.id,
		ReferenceProviderTxId: t.reference, RoundClosed: t.closed, KeepWinnings: true,
	})
	switch {
	case err != nil:
		return s.refuse(ctx, c, "rollback", err, true)
	case x.GetReceipt().GetFunds() == nil: // neither the transaction nor the token was ever ours: there is no balance to answer with
		return answer{Status: statusInvalidToken}
	}
	return s.accept(ctx, x.GetReceipt().GetPlayerId(), x.GetReceipt().GetFunds())
}

// accept is RS_OK with a balance.
func (s *Server) accept(ctx context.Context, user string, funds *gamingv1.Funds) answer {
	a, err := withBalance(user, statusOK, funds.GetCash())
	if err != nil {
		s.log.ErrorContext(ctx, "a balance cannot be written in the protocol's units", "err", err)
		return answer{Status: statusUnknown}
	}
	return a
}

// refuse is a refusal in the protocol's words; for a lack of money with the balance.
func (s *Server) refuse(ctx context.Context, c callback, operation string, err error, result bool) answer {
	status := statusOf(err, result)
	if status == statusUnknown {
		s.log.WarnContext(ctx, "a callback was answered with "+statusUnknown, "integration_id", c.in.id, "operation", operation, "err", err)
	}
	if status == statusNotEnoughMoney {
		m := errs.Metadata(err)
		user, _ := c.doc["user"].(string)
		if a, err := withBalance(user, status, &commonv1.Money{Amount: m["available"], Currency: m["currency"]}); err == nil {
			return a
		}
	}
	return answer{Status: status}
}

func withBalance(user, status string, balance *commonv1.Money) (answer, error) {
	m, err := money.FromProto(balance)
	if err != nil {
		return answer{}, err
	}
	wire, err := toWire(m)
	return answer{User: user, Status: status, Currency: m.Currency, Balance: &wire}, err
}
