package pragmatic

import (
	"context"
	"strings"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// award reads what the methods have in common that pay without a bet. Round and game may be absent.
func award(c call, r *fields) (t transaction, decimal string) {
	t = transaction{c: c, user: r.text("userId"), token: r.optional("token"), id: r.text("reference")}
	t.game, t.round, t.former = r.optionalRound()
	decimal = r.decimal("amount")
	r.whole("timestamp")
	return t, decimal
}

// bonusWin is the sum that free rounds have won. It pays or only tells, as free_rounds_pay says, and never both: what each round won is in
// its result. What only tells is written down as zero.
func (s *Server) bonusWin(ctx context.Context, c call) answer {
	r := c.fields()
	t, decimal := award(c, r)
	code := r.text("bonusCode")
	if r.bad != "" {
		return badParameter(r.bad)
	}
	t.id = bonusMark + t.id
	if !c.in.bonusWinPays {
		decimal = "0"
	}
	return s.pay(ctx, t, decimal, gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS, code, code)
}

// jackpotWin pays a jackpot.
func (s *Server) jackpotWin(ctx context.Context, c call) answer {
	r := c.fields()
	t, decimal := award(c, r)
	r.text("gameId")
	r.text("roundId")
	jackpot := r.text("jackpotId")
	if r.bad != "" {
		return badParameter(r.bad)
	}
	t.id = jackpotMark + t.id
	return s.pay(ctx, t, decimal, gamingv1.PrizeKind_PRIZE_KIND_JACKPOT, jackpot, "")
}

// promoWin pays a promotion's prize to cash. It is the one method that names the currency, which must be one in which the player has opened a game here.
func (s *Server) promoWin(ctx context.Context, c call) answer {
	r := c.fields()
	t, decimal := award(c, r)
	campaign, kind, currency := r.text("campaignId"), r.text("campaignType"), r.text("currency")
	if r.bad != "" {
		return badParameter(r.bad)
	}
	if _, known := money.Exponent(currency); !known {
		return badParameter("currency")
	}
	token := t.token != ""
	if _, err := s.currencyOf(ctx, t); err != nil { // another player's token, or a player who was never here
		return s.refuse(ctx, c, err, token)
	}
	t.id, t.token = promotional(t.id), "" // the session of the named currency counts, not the token's
	rec, err := moveIn(currency, decimal, s.crediting(ctx, t, promotion(kind), campaign, ""))
	switch {
	case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH):
		return badParameter("currency")
	case err != nil:
		return s.refuse(ctx, c, err, token)
	}
	return s.receipt(ctx, c, rec)
}

// promotion is what a campaign of a type pays.
func promotion(campaignType string) gamingv1.PrizeKind {
	switch strings.ToUpper(campaignType) {
	case "T":
		return gamingv1.PrizeKind_PRIZE_KIND_TOURNAMENT
	case "CJP":
		return gamingv1.PrizeKind_PRIZE_KIND_JACKPOT
	}
	return gamingv1.PrizeKind_PRIZE_KIND_PROMOTION
}

// zero tells whether a decimal that was checked is nothing.
func zero(decimal string) bool { return strings.Trim(decimal, "0.") == "" }

func (s *Server) pay(ctx context.Context, t transaction, decimal string, kind gamingv1.PrizeKind, campaign, freeRounds string) answer {
	rec, err := s.prize(ctx, t, decimal, kind, campaign, freeRounds)
	if err != nil {
		return s.refuse(ctx, t.c, err, t.token != "")
	}
	return s.receipt(ctx, t.c, rec)
}

// prize pays what needs no bet. Free rounds that were given in the provider's own back office are not known here and are paid all the same.
func (s *Server) prize(ctx context.Context, t transaction, decimal string, kind gamingv1.PrizeKind, campaign, freeRounds string) (*gamingv1.Receipt, error) {
	currency, err := s.prizeCurrency(ctx, t)
	if err != nil {
		return nil, err
	}
	return moveFrom(currency, decimal, s.crediting(ctx, t, kind, campaign, freeRounds))
}

func (s *Server) crediting(ctx context.Context, t transaction, kind gamingv1.PrizeKind, campaign, freeRounds string) func(*commonv1.Money) (*gamingv1.Receipt, error) {
	return func(m *commonv1.Money) (*gamingv1.Receipt, error) {
		req := &gamingv1.CreditPrizeRequest{
			Caller: t.caller(m.GetCurrency()), ProviderTxId: t.id, Amount: m, Kind: kind, ProviderRoundId: t.round, GameCode: t.game, Campaign: campaign, FreeRoundsRef: freeRounds,
		}
		p, err := s.gaming.CreditPrize(ctx, req)
		if freeRounds != "" && errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_FOUND) {
			req.FreeRoundsRef = ""
			p, err = s.gaming.CreditPrize(ctx, req)
		}
		return p.GetReceipt(), err
	}
}
