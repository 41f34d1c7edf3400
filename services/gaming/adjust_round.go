package gaming

import (
	"context"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// AdjustRound corrects the winnings of a round up or down: of its newest settled bet as far as that has paid them, else of the player's cash. Idempotent by
// (integration, adjustment, provider_tx_id). Errors: see the proto.
func (s *Server) AdjustRound(ctx context.Context, req *gamingv1.AdjustRoundRequest) (*gamingv1.AdjustRoundResponse, error) {
	a := adjusting{w: whoIs(req.GetCaller()), req: req, names: namesOf(req.GetProviderRoundId(), req.GetFormerRoundId()), now: s.now()}
	var err error
	if a.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, err
	}
	n := needs{who: a.w, providerRounds: a.names, txIDs: []string{req.GetProviderTxId()}}
	out, err := s.transact(ctx, n, a.plan)
	if err != nil {
		return nil, err
	}
	r, _, err := s.answer(ctx, out)
	if err != nil {
		return nil, err
	}
	return &gamingv1.AdjustRoundResponse{Receipt: r}, nil
}

// adjusting is an adjustment that a provider reports.
type adjusting struct {
	w      who
	req    *gamingv1.AdjustRoundRequest
	names  []string // of the round
	now    time.Time
	amount money.Amount
}

// plan decides about an adjustment.
func (a *adjusting) plan(sit *situation) (plan, error) {
	player, _, err := sit.player(a.w)
	if err != nil {
		return plan{}, err
	}
	id, name := a.req.GetProviderTxId(), sit.named(a.w, player, a.names, a.req.GetGameCode())
	print := fingerprint(player, name, a.amount.Currency, a.amount.String(), yesNo(a.req.GetDown()))
	t, err := sit.repeated(a.w, kindAdjustment, id, player, print)
	r := sit.round(a.w.integrationID, player, name)
	switch {
	case err != nil:
		return plan{}, err
	case t != nil:
		return sit.repeats(t), nil
	case r == nil:
		return plan{}, errRoundNotFound()
	case r.Currency != a.amount.Currency:
		return plan{}, errCurrencyMismatch(a.amount.Currency, r.Currency)
	}
	d := deed{tx: db.ProviderTx{
		IntegrationID: a.w.integrationID, Kind: kindAdjustment, ProviderTxID: id, Fingerprint: print, State: txDone, Action: actionNone, PlayerID: r.PlayerID,
		RoundID: r.RoundID, Currency: r.Currency, AmountMinor: a.amount.Minor, ReportedMinor: a.amount.Minor, ProviderRoundID: r.ProviderRoundID,
		Applied: true, CreatedAt: a.now,
	}}
	if a.amount.Minor == 0 {
		return single(d), nil
	}
	op := walletOp{
		action: actionCredit, key: requestID(kindAdjustment, a.w.integrationID, id), amount: a.amount.Minor,
		ref: betRef{roundID: r.RoundID, providerTxID: id, gameID: r.GameID},
	}
	change := a.amount.Minor
	if a.req.GetDown() {
		op.action, change = actionDebit, -change
	}
	if b := r.newestSettled(); b != nil && b.PayoutMinor+change >= 0 {
		op.action, op.holdID, op.basis = actionCorrect, b.HoldID, walletv1.CorrectionBasis_CORRECTION_BASIS_MORE
		if change < 0 {
			op.basis = walletv1.CorrectionBasis_CORRECTION_BASIS_LESS
		}
		op.ref.betID, d.tx.BetID = b.BetID, b.BetID
		d.results = []result{{betID: b.BetID, payout: change}}
	}
	d.tx.Action, d.ops = op.action, []walletOp{op}
	return single(d), nil
}

// newestSettled is the newest bet with a result; nil when there is none.
func (r *round) newestSettled() *bet {
	for i := len(r.bets) - 1; i >= 0; i-- {
		if r.bets[i].hasResult() && r.bets[i].HoldID != "" {
			return r.bets[i]
		}
	}
	return nil
}
