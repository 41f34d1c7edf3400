package gaming

import (
	"context"
	"slices"
	"strconv"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// AdjustRound corrects the winnings of a round up or down: of its bets that have a result, the newest first, as far as they have paid them, and beyond that of the player's cash,
// which is counted to the round. Idempotent by
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
	if a.req.GetDown() {
		a.less(r, &d)
	} else {
		a.more(r, &d)
	}
	d.tx.Action = d.ops[0].action
	if len(d.results) == 1 && len(d.ops) == 1 {
		d.tx.BetID = d.results[0].betID
	}
	return single(d), nil
}

// op is an operation of the adjustment. The first has the adjustment's key.
func (a *adjusting) op(r *round, d *deed, action string, amount int64) walletOp {
	id := a.req.GetProviderTxId()
	op := walletOp{
		action: action, key: requestID(kindAdjustment, a.w.integrationID, id), amount: amount, ref: betRef{roundID: r.RoundID, providerTxID: id, gameID: r.GameID},
	}
	if n := len(d.ops); n > 0 {
		op.key = requestID(kindAdjustment, a.w.integrationID, id+"\x00"+strconv.Itoa(n))
	}
	return op
}

// of makes an operation the correction of what a bet has paid.
func (op walletOp) of(b *bet, basis walletv1.CorrectionBasis) walletOp {
	op.holdID, op.basis, op.ref.betID = b.HoldID, basis, b.BetID
	return op
}

// more pays the newest bet that has a result more, else the player beside the round's bets.
func (a *adjusting) more(r *round, d *deed) {
	if bets := r.settled(); len(bets) > 0 {
		d.ops = append(d.ops, a.op(r, d, actionCorrect, a.amount.Minor).of(bets[0], walletv1.CorrectionBasis_CORRECTION_BASIS_MORE))
		d.results = []result{{betID: bets[0].BetID, payout: a.amount.Minor}}
		return
	}
	d.ops, d.beside = append(d.ops, a.op(r, d, actionCredit, a.amount.Minor)), a.amount.Minor
}

// less takes back what the round's bets have paid, the newest first, and what is more than all of that from the player's cash beside them.
func (a *adjusting) less(r *round, d *deed) {
	rest := a.amount.Minor
	for _, b := range r.settled() {
		if taken := min(rest, b.PayoutMinor); taken > 0 {
			d.ops = append(d.ops, a.op(r, d, actionCorrect, taken).of(b, walletv1.CorrectionBasis_CORRECTION_BASIS_LESS))
			d.results = append(d.results, result{betID: b.BetID, payout: -taken})
			rest -= taken
		}
	}
	if rest > 0 {
		d.ops, d.beside = append(d.ops, a.op(r, d, actionDebit, rest)), -rest
	}
}

// settled are the bets with a result, the newest first.
func (r *round) settled() []*bet {
	var out []*bet
	for _, b := range slices.Backward(r.bets) {
		if b.hasResult() && b.HoldID != "" {
			out = append(out, b)
		}
	}
	return out
}
