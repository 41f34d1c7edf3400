package pam

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// addTransaction moves money. Whose session it is comes first, then the form of the body, then what gaming says. Stakes leave it to gaming
// whether their session is live, so that a repetition is answered after it is over. A refusal carries the balance.
func (s *Server) addTransaction(ctx context.Context, c call) (answer, error) {
	who, err := s.authenticate(ctx, c, true)
	if err != nil {
		return answer{}, err
	}
	m, err := readMovement(c.provider, c.body)
	if err != nil {
		return s.refused(ctx, c, err)
	}
	rec, err := s.move(ctx, c, m, who)
	if err != nil {
		return s.refused(ctx, c, err)
	}
	b, err := balanceOf(rec.GetCurrent())
	return answer{Result: &result{TransactionID: rec.GetTransactionId(), Balance: b}}, err
}

// errSwitchedOff is the answer to what is refused for good while the integration is off.
var errSwitchedOff = refuse(codeUndefined, "the integration is switched off")

// addWhileOff answers while the integration is off. What pays or gives back has to come again, or its money is lost (domain.md 6.1, 2); a stake that was taken before is told
// to be, and no other is taken.
func (s *Server) addWhileOff(ctx context.Context, c call) (answer, error) {
	m, err := readMovement(c.provider, c.body)
	switch {
	case err != nil:
		return answer{}, err
	case !m.stakes():
		return answer{}, refuse(codeTimeout, "the integration is switched off; try again")
	}
	taken, err := adapter.Taken(ctx, s.gaming, c.caller(), txName(c.provider, m.id, m.promotional()))
	switch {
	case err != nil:
		return answer{}, err
	case taken:
		return s.addTransaction(ctx, c)
	}
	return answer{}, errSwitchedOff
}

// refused adds the balance to a business refusal, when it is known.
func (s *Server) refused(ctx context.Context, c call, err error) (answer, error) {
	if refusalOf(err).http != http.StatusOK {
		return answer{}, err
	}
	b, unknown := s.balance(ctx, c)
	if unknown != nil {
		return answer{}, err
	}
	return answer{Result: &result{Balance: b}}, err
}

func (s *Server) move(ctx context.Context, c call, m movement, who *gamingv1.AuthenticateResponse) (*gamingv1.Receipt, error) {
	switch m.kind {
	case typeWithdraw, typePromoWithdraw:
		return s.withdraw(ctx, c, m, who)
	case typeDeposit:
		return s.deposit(ctx, c, m)
	case typePromoDeposit:
		return s.promoDeposit(ctx, c, m)
	}
	return s.cancel(ctx, c, m)
}

// withdraw takes a stake, from cash or from bonus money. Promotional money is kept by no account of its own: a stake in it is the face value of
// a free round, or more than there is. The reconciliation token opens no stake.
func (s *Server) withdraw(ctx context.Context, c call, m movement, who *gamingv1.AuthenticateResponse) (*gamingv1.Receipt, error) {
	stake, fromBonus, free := m.cash, false, false
	switch {
	case c.recon():
		return nil, errNoSession
	case m.promo.Sign() > 0 && m.free() && m.cash.Sign() == 0 && m.bonus.Sign() == 0:
		stake, free = m.promo, true
	case m.promo.Sign() > 0:
		return nil, refuse(codePromoOverdraft, "the player has no promotional money")
	case m.bonus.Sign() > 0 && m.cash.Sign() > 0:
		return nil, s.mixed(ctx, c, m)
	case m.bonus.Sign() > 0:
		stake, fromBonus = m.bonus, true
	}
	game := m.game
	if game == "" {
		if game = who.GetGameCode(); who == nil {
			return nil, &refusal{http.StatusUnauthorized, codeSessionExpired, "the session is over"}
		}
		if game == "" {
			return nil, refuse(codeGameNotFound, "neither the transaction nor the session names a game")
		}
	}
	if of := c.in.providerOf(game); game != who.GetGameCode() && of != "" && word(of) != word(c.provider) { // whether the session's own game is the provider's is known
		return nil, refuse(codeGameNotFound, "the game is another provider's")
	}
	req := &gamingv1.PlaceBetRequest{
		Caller: c.caller(), GameCode: game, ProviderRoundId: c.round(m), ProviderTxId: txName(c.provider, m.id, m.promotional()), Amount: stake.Proto(),
		FreeRound: free, FromBonus: fromBonus, RoundClosed: m.gameOver, Note: m.note(),
	}
	if m.betRef != "" {
		req.BetRef = txName(c.provider, m.betRef, m.promotional())
	}
	b, err := s.gaming.PlaceBet(ctx, req)
	if fromBonus && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS) {
		err = refuse(codeBonusOverdraft, "not enough bonus money")
	}
	return b.GetReceipt(), err
}

// mixed refuses a stake from two kinds of money, with the words of the protocol as far as it has any.
func (s *Server) mixed(ctx context.Context, c call, m movement) error {
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller()})
	if err != nil {
		return err
	}
	if has, err := amountOf(b.GetFunds().GetBonus().GetAmount(), m.currency); err == nil && has.Minor < m.bonus.Minor {
		return refuse(codeBonusOverdraft, "not enough bonus money")
	}
	return refuse(codeUndefined, "a stake is taken from cash or from bonus money, not from both")
}

// round is the round of a stake; one that names none is a round by itself.
func (c call) round(m movement) string {
	switch {
	case m.round != "":
		return nameOf(c.provider, m.round)
	case m.betRef != "":
		return nameOf(c.provider, m.betRef)
	}
	return nameOf(c.provider, m.id)
}

// deposit pays winnings: all that the protocol's three amounts say, to where the stake came from. A round that is over takes none.
func (s *Server) deposit(ctx context.Context, c call, m movement) (*gamingv1.Receipt, error) {
	won, err := m.total()
	if err != nil {
		return nil, err
	}
	req := &gamingv1.SettleBetRequest{
		Caller: c.caller(), GameCode: m.game, ProviderRoundId: c.round(m), ProviderTxId: txName(c.provider, m.id, false), Amount: won.Proto(),
		FreeRound: m.free(), RoundClosed: m.gameOver, RefuseClosedRound: true, AnyGame: m.game == "", Note: m.note(),
	}
	if m.betRef != "" {
		bet, err := s.betOf(ctx, c, m, gamingv1.TransactionKind_TRANSACTION_KIND_WIN)
		if err != nil {
			return nil, err
		}
		req.BetProviderTxId = bet.id
		if m.round == "" && bet.round != "" {
			req.ProviderRoundId = bet.round
		}
	}
	if m.jackpot.Sign() > 0 && m.jackpot.Minor <= won.Minor {
		req.Jackpot = m.jackpot.Proto()
	}
	w, err := s.gaming.SettleBet(ctx, req)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH) { // there is one of this id; its promotions do not count for whether it is repeated (providers.md 1.5.1)
		req.FreeRound = !req.FreeRound
		w, err = s.gaming.SettleBet(ctx, req)
	}
	if anothers(err) {
		err = refuse(codeTransNotFound, "there is no such bet")
	}
	return w.GetReceipt(), err
}

// anothers tells whether a call was refused because the transaction that it is about is another player's; the session may be as good as any.
func anothers(err error) bool {
	return errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH) && errs.Metadata(err)["by"] != "token"
}

// named is a bet that a later transaction names by its reference.
type named struct{ id, round string }

// betOf finds the bet of winnings or a cancellation: a repetition has the one of the first time, a new one the newest of the reference, and without a bet
// the promotion of the reference. When there is none, the reference itself is answered: gaming knows no such bet then, refuses, and keeps the winnings for an operator.
func (s *Server) betOf(ctx context.Context, c call, m movement, kind gamingv1.TransactionKind) (named, error) {
	name, own := txName(c.provider, m.betRef, m.promotional()), txName(c.provider, m.id, m.promotional())
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: c.caller(), BetProviderTxId: name})
	if err != nil {
		return named{}, err
	}
	var bet, promotion *gamingv1.ProviderTransaction
	for _, t := range found.GetTransactions() {
		switch {
		case t.GetKind() == kind && t.GetProviderTxId() == own:
			return named{id: t.GetReferenceProviderTxId(), round: t.GetProviderRoundId()}, nil
		case t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_BET && t.GetRefuseReason() == "":
			bet = newest(bet, t)
		case t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_PRIZE:
			promotion = t
		}
	}
	if bet = cmp.Or(bet, promotion); bet == nil {
		return named{id: name}, nil
	}
	return named{id: bet.GetProviderTxId(), round: bet.GetProviderRoundId()}, nil
}

// prizes are the kinds of promotions that are something else than a promotion here.
var prizes = map[string]gamingv1.PrizeKind{
	"PROMOTOURNAMENT": gamingv1.PrizeKind_PRIZE_KIND_TOURNAMENT,
	"FREEROUNDS":      gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
	"FREESPINS":       gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS,
}

// promoDeposit pays a promotion: it needs neither bet nor game nor round.
func (s *Server) promoDeposit(ctx context.Context, c call, m movement) (*gamingv1.Receipt, error) {
	won, err := m.total()
	if err != nil {
		return nil, err
	}
	kind, ok := prizes[m.promoType]
	switch {
	case ok:
	case m.promoType == "" && m.jackpot.Sign() > 0:
		kind = gamingv1.PrizeKind_PRIZE_KIND_JACKPOT
	default:
		kind = gamingv1.PrizeKind_PRIZE_KIND_PROMOTION
	}
	req := &gamingv1.CreditPrizeRequest{
		Caller: c.caller(), ProviderTxId: txName(c.provider, m.id, true), Amount: won.Proto(), Kind: kind, GameCode: m.game, Campaign: m.promoCampaign,
		Note: m.note(),
	}
	if m.betRef != "" {
		req.BetRef = txName(c.provider, m.betRef, true)
	}
	if m.round != "" {
		req.ProviderRoundId = nameOf(c.provider, m.round)
	}
	p, err := s.gaming.CreditPrize(ctx, req)
	if errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH) && s.promoted(ctx, req) {
		req.Caller.IdAlone = true
		p, err = s.gaming.CreditPrize(ctx, req)
	}
	return p.GetReceipt(), err
}

// promoted tells whether the player has had this promotion, by its id and amount: what kind of promotion it is does not count for whether it is repeated
// (providers.md 1.5.1).
func (s *Server) promoted(ctx context.Context, req *gamingv1.CreditPrizeRequest) bool {
	found, err := s.gaming.FindTransactions(ctx, &gamingv1.FindTransactionsRequest{Caller: req.GetCaller(), ProviderTxId: req.GetProviderTxId()})
	if err != nil {
		return false
	}
	return slices.ContainsFunc(found.GetTransactions(), func(t *gamingv1.ProviderTransaction) bool {
		return t.GetKind() == gamingv1.TransactionKind_TRANSACTION_KIND_PRIZE && proto.Equal(t.GetAmount(), req.GetAmount())
	})
}

// cancel takes a bet back, with the bet's own amount, while its round is open and it has no result. The bet is the one that providerBetRef names,
// or that has the cancellation's own id, as some providers have it.
func (s *Server) cancel(ctx context.Context, c call, m movement) (*gamingv1.Receipt, error) {
	bet := named{id: txName(c.provider, m.id, m.promotional())}
	if m.betRef != "" {
		var err error
		if bet, err = s.betOf(ctx, c, m, gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL); err != nil {
			return nil, err
		}
	}
	req := &gamingv1.CancelTransactionRequest{
		Caller: c.caller(), ProviderTxId: txName(c.provider, m.id, m.promotional()), ReferenceProviderTxId: bet.id,
		ReferenceKind: gamingv1.TransactionKind_TRANSACTION_KIND_BET, RoundClosed: m.gameOver, GameCode: m.game,
		RefuseUnknown: true, RefuseSettled: true, RefuseClosedRound: true, RefuseCancelled: true, Currency: m.currency, Note: m.note(),
	}
	if m.round != "" {
		req.ProviderRoundId = nameOf(c.provider, m.round)
	}
	x, err := s.gaming.CancelTransaction(ctx, req)
	switch {
	case anothers(err) && m.betRef == "": // the id is of another player's bet
		err = refuse(codeDuplicate, "the transaction id was used for another transaction")
	case anothers(err), errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND):
		err = refuse(codeCancelNotFound, "there is nothing to cancel")
	}
	return x.GetReceipt(), err
}
