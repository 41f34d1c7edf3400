package bookmaker

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

const msgUpdated = "The bet status has been successfully updated"

// updateBetStatus pays a bet's result. Idempotent by bet_id; a partner that numbers its results (seq) may correct them, and an older number changes
// nothing.
func (s *Server) updateBetStatus(ctx context.Context, c callback) (answer, *refusal) {
	x, refused := c.slip()
	if refused != nil {
		return answer{}, refused
	}
	word := c.Text("status")
	r, known, final, pays := statusOf(word)
	if c.OK() && !known {
		c.Fail("status", adapter.WrongType)
	}
	payout, seq := "0", int64(noSeq)
	if pays || c.Has("payout") {
		payout = c.Number("payout")
	}
	if c.Has("seq") {
		seq = c.Integer("seq")
	}
	if refused = invalidField(c.Fields); refused != nil {
		return answer{}, refused
	}
	b, refused := s.theBet(ctx, c, x)
	if refused != nil {
		if b.BetID == "" && pays && s.keepWin(ctx, c, x, b, payout) {
			return answer{Status: "updated", Message: msgUpdated}, nil
		}
		return answer{}, refused
	}
	amount, refused := amountIn(c.Fields, "payout", payout, b.Currency)
	switch {
	case refused != nil:
		return answer{}, refused
	case pays:
		r.payout = amount.Minor
	case amount.Minor != 0 && !r.void && !r.push && final:
		return answer{}, fault(http.StatusBadRequest, "invalid_field", "payout is not valid")
	}
	if !final {
		refused = s.note(ctx, c, x.betID, seq, accepts(word))
	} else if refused = s.settle(ctx, c, x.betID, r, seq); refused != nil && refused.code == reasons["BET_VOIDED"].code && pays && s.keepWin(ctx, c, x, b, payout) {
		refused = nil
	}
	if refused != nil {
		return answer{}, refused
	}
	return answer{Status: "updated", Message: msgUpdated}, nil
}

// accepts tells whether a status says that the partner takes the bet.
func accepts(word string) bool { return strings.EqualFold(word, "accepted") }

// note keeps of a status that is no result its number, and that the partner takes the bet. A bet that is over cannot be taken any more.
func (s *Server) note(ctx context.Context, c callback, betID string, seq int64, accepts bool) *refusal {
	_, err := s.queries.NoteStatus(ctx, db.NoteStatusParams{PartnerSeq: seq, Accepts: accepts, Now: s.now(), IntegrationID: c.in.id, BetID: betID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		r := reasons["BET_VOIDED"]
		return &r
	case err != nil:
		return s.refusalOf(ctx, c, err)
	}
	return nil
}

// keepWin has gaming keep a win that is refused here, of a bet that is not known or was taken back, among the unmatched wins, where an operator sees it. Gaming refuses it for
// the same reason, under the name that the bet's next result has, so that it is the same win when the bet comes after all. It answers whether an operator has paid it.
func (s *Server) keepWin(ctx context.Context, c callback, x slip, b db.Bet, payout string) (paid bool) {
	currency := cmp.Or(b.Currency, x.currency)
	if currency == "" {
		own, _ := s.playersCurrency(ctx, c, x.player) // where it cannot be told, the integration's
		currency = cmp.Or(own, c.in.currency)
	}
	amount, err := adapter.Decimal(payout, currency)
	if err != nil || amount.Sign() <= 0 {
		return false
	}
	_, err = s.gaming.SettleBet(ctx, &gamingv1.SettleBetRequest{
		Caller: c.caller(x.player), GameCode: c.in.gameCode, ProviderRoundId: x.betID, ProviderTxId: x.betID + ":" + strconv.Itoa(int(b.Settled)+1), BetProviderTxId: x.betID,
		Amount: amount.Proto(), AnyGame: true, SingleResult: true,
	})
	if err != nil {
		s.log.WarnContext(ctx, "a win was refused and waits among the unmatched wins", "integration_id", c.in.id, "bet_id", x.betID, "err", err)
	}
	return err == nil
}
