package hub88

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// minUser is the least length of a user in /user/info (providers.md 2.3).
const minUser = 4

// userInfo answers who a player is. The protocol sends no token here, so gaming answers only for players of this integration.
func (s *Server) userInfo(ctx context.Context, c callback) answer {
	user := c.Text("user")
	c.Text("request_uuid")
	switch wrong := c.wrong(); {
	case wrong != "":
		return answer{Status: wrong}
	case len(user) < minUser:
		return answer{Status: statusWrongSyntax}
	}
	p, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: user}})
	switch {
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND): // there is no token that could be wrong
		return answer{Status: statusUnknown}
	case err != nil:
		return s.refuse(ctx, c, "info", "", err, false)
	}
	return answer{User: p.GetPlayerId(), Status: statusOK, Country: p.GetCountry(), SubPartnerID: c.in.subPartner.Current()}
}

// check exchanges the launch token for another, as Caleta does once when a game loads. The answer has no status, so a failure is told by HTTP (checkFailure).
func (s *Server) check(ctx context.Context, c callback) answer {
	token := c.Text("token")
	if wrong := c.wrong(); wrong != "" {
		return answer{Status: wrong}
	}
	p, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: c.in.id, SessionToken: token}, Rotate: true})
	if err != nil {
		return s.refuse(ctx, c, "check", "", err, false)
	}
	return answer{Token: p.GetSessionToken()}
}

// pathCheck is check's path.
const pathCheck = "/wallet/check"

// checkFailure is the HTTP status that tells of a failed check.
func checkFailure(status string) int {
	switch status {
	case statusWrongSyntax, statusWrongTypes:
		return http.StatusBadRequest
	case statusInvalidPartner:
		return http.StatusForbidden
	case statusUnknown:
		return http.StatusServiceUnavailable
	}
	return http.StatusUnauthorized
}

// balance answers the balance of a token's session; the session may be over (only bets check that).
func (s *Server) balance(ctx context.Context, c callback) answer {
	w := c.readWho("supplier_user")
	game := c.Text("game_code")
	c.Text("request_uuid")
	if c.in.dialect.echoesSupplierUser {
		c.OptionalInteger("game_id")
	}
	if wrong := c.wrong(); wrong != "" {
		return answer{Status: wrong}
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: w.caller(c), GameCode: game})
	if err != nil {
		return s.refuse(ctx, c, "balance", w.shown, err, false)
	}
	return s.accept(ctx, w.name(b.GetPlayerId()), b.GetFunds())
}

// bet takes a stake.
func (s *Server) bet(ctx context.Context, c callback) answer {
	t, wrong := c.readStake()
	if wrong != "" {
		return answer{Status: wrong}
	}
	promo := t.free && c.in.promoBets && !t.zero // nothing is never more than there is
	b, err := s.gaming.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
		Caller: t.caller(c), GameCode: t.game, ProviderRoundId: t.round, ProviderTxId: t.id,
		Amount: t.amount, FreeRound: t.free && !promo, FromBonus: promo, RoundClosed: t.closed,
	})
	if promo && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS) {
		return s.lacksBonus(ctx, c, t)
	}
	if err != nil {
		return s.refuse(ctx, c, "bet", t.shown, err, false)
	}
	return s.accept(ctx, t.name(b.GetReceipt().GetPlayerId()), b.GetReceipt().GetFunds())
}

// lacksBonus refuses a free bet that there is not enough bonus money for. The balance is the cash all the same, as in every other answer.
func (s *Server) lacksBonus(ctx context.Context, c callback, t transaction) answer {
	refused := answer{Status: statusNotEnoughMoney}
	if c.in.dialect.bareErrors {
		return refused
	}
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: t.caller(c)})
	if err != nil {
		s.log.WarnContext(ctx, "a lack of bonus money is told without the balance", "integration_id", c.in.id, "err", err)
		return refused
	}
	if a, err := withBalance(t.name(b.GetPlayerId()), statusNotEnoughMoney, b.GetFunds().GetCash()); err == nil {
		return a
	}
	return refused
}

// win pays winnings.
func (s *Server) win(ctx context.Context, c callback) answer {
	reference := c.Text("reference_transaction_uuid")
	t, wrong := c.readStake()
	if wrong != "" {
		return answer{Status: wrong}
	}
	req := &gamingv1.SettleBetRequest{
		Caller: t.resultCaller(c), GameCode: t.game, ProviderRoundId: t.round, ProviderTxId: t.id, BetProviderTxId: reference, Amount: t.amount,
		FreeRound: t.free, RoundClosed: t.closed, RefuseClosedRound: c.in.dialect.closedRounds, Jackpot: t.jackpot,
	}
	w, err := s.gaming.SettleBet(ctx, req)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED) && s.withoutWin(ctx, c, t) {
		req.RefuseClosedRound = false
		w, err = s.gaming.SettleBet(ctx, req)
	}
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND) && s.rolledBack(ctx, c, t, reference) {
		return answer{Status: c.in.dialect.cancelled}
	}
	if err != nil {
		return s.refuse(ctx, c, "win", t.shown, err, true)
	}
	return s.accept(ctx, t.name(w.GetReceipt().GetPlayerId()), w.GetReceipt().GetFunds())
}

// withoutWin tells whether nothing but this very win was won yet in a round that is closed: its bet closed it, and the first win is paid as any late one is.
// Only further ones need an open round (providers.md, conflict matrix: second win).
func (s *Server) withoutWin(ctx context.Context, c callback, t transaction) bool {
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: t.resultCaller(c), ProviderRoundId: t.round})
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(found.GetTransactions(), func(x *gamingv1.ProviderTransaction) bool {
		return x.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_WIN && x.GetRefuseReason() == "" && x.GetProviderTxId() != t.id
	})
}

// rolledBack tells whether a bet that was never taken was rolled back all the same, for the dialect that has a word for it.
func (s *Server) rolledBack(ctx context.Context, c callback, t transaction, bet string) bool {
	if c.in.dialect.cancelled == statusNoTransaction {
		return false
	}
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: t.caller(c), BetProviderTxId: bet})
	if err != nil {
		return false
	}
	for _, x := range found.GetTransactions() {
		if x.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL && x.GetReferenceProviderTxId() == bet {
			return true
		}
	}
	return false
}

// rollback takes a bet, and for Hub88 a win, back: the amount of the transaction referred to and no other, so winnings of a bet stay until they are
// rolled back themselves (providers.md 2.3). What was spent already becomes a debt: a refused rollback would be sent for ever.
func (s *Server) rollback(ctx context.Context, c callback) answer {
	reference := c.Text("reference_transaction_uuid")
	t := c.readTransaction("user")
	if c.in.dialect.echoesSupplierUser {
		c.OptionalFlag("is_free")
	}
	if wrong := c.wrong(); wrong != "" {
		return answer{Status: wrong}
	}
	req := &gamingv1.CancelTransactionRequest{
		Caller: t.knownCaller(c), GameCode: t.game, ProviderRoundId: t.round, ProviderTxId: t.id, ReferenceProviderTxId: reference, RoundClosed: t.closed,
		KeepWinnings: true, IntoDebt: true,
	}
	if c.in.dialect.betsOnly {
		req.ReferenceKind = gamingv1.TransactionKind_TRANSACTION_KIND_BET
	}
	x, err := s.gaming.CancelTransaction(ctx, req)
	if t.player != "" && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND) { // a token does not keep a rollback back: the player is named
		req.Caller.SessionToken = ""
		x, err = s.gaming.CancelTransaction(ctx, req)
	}
	switch {
	case c.in.dialect.betsOnly && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_WRONG_KIND): // not a bet; a refusal would be sent for ever
		return s.unchanged(ctx, c, t)
	case err != nil:
		return s.refuse(ctx, c, "rollback", t.shown, err, true)
	}
	return s.accept(ctx, t.name(x.GetReceipt().GetPlayerId()), x.GetReceipt().GetFunds())
}

// unchanged is RS_OK for a rollback that takes nothing back.
func (s *Server) unchanged(ctx context.Context, c callback, t transaction) answer {
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: t.caller(c)})
	if err != nil {
		return s.refuse(ctx, c, "rollback", t.shown, err, true)
	}
	return s.accept(ctx, t.name(b.GetPlayerId()), b.GetFunds())
}

// accept is RS_OK with the cash; bonus money is not shown.
func (s *Server) accept(ctx context.Context, user string, funds *gamingv1.Funds) answer {
	a, err := withBalance(user, statusOK, funds.GetCash())
	if err != nil {
		s.log.ErrorContext(ctx, "a balance cannot be written in the protocol's units", "err", err)
		return answer{Status: statusUnknown, failed: true}
	}
	return a
}

// refuse is a refusal in the protocol's words; for a lack of money with the balance, where the dialect has it.
func (s *Server) refuse(ctx context.Context, c callback, operation, user string, err error, result bool) answer {
	status := c.in.dialect.statusOf(err, result)
	if status == statusUnknown {
		s.log.WarnContext(ctx, "a callback was answered with "+statusUnknown, "integration_id", c.in.id, "operation", operation, "err", err)
	}
	if status == statusNotEnoughMoney && !c.in.dialect.bareErrors {
		m := errs.Metadata(err)
		if a, err := withBalance(user, status, &commonv1.Money{Amount: m["available"], Currency: m["currency"]}); err == nil {
			return a
		}
	}
	return answer{Status: status, failed: status == statusUnknown}
}

// withBalance is an answer with a balance. One beyond what the wire carries is written as the most it does: the money has moved, so the answer is no error.
func withBalance(user, status string, balance *commonv1.Money) (answer, error) {
	m, err := money.FromProto(balance)
	if err != nil {
		return answer{}, err
	}
	wire, err := toWire(m)
	if errors.Is(err, adapter.ErrAmount) {
		wire, err = math.MaxInt64, nil
	}
	return answer{User: user, Status: status, Currency: m.Currency, Balance: &wire}, err
}
