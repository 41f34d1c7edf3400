package gaming

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// RecalculateRound corrects what bets of a round have paid. Idempotent by (integration, recalculation, provider_tx_id). Errors: see the proto.
func (s *Server) RecalculateRound(ctx context.Context, req *gamingv1.RecalculateRoundRequest) (*gamingv1.RecalculateRoundResponse, error) {
	c := correcting{w: whoIs(req.GetCaller()), providerRound: req.GetProviderRoundId(), id: req.GetProviderTxId(), bets: req.GetBets(), now: s.now()}
	if err := c.read(); err != nil {
		return nil, err
	}
	out, err := s.transact(ctx, needs{who: c.w, providerRounds: []string{c.providerRound}, txIDs: []string{c.id}}, c.plan)
	if err != nil {
		return nil, err
	}
	r, t, err := s.answer(ctx, out)
	if err != nil {
		return nil, err
	}
	bets, err := correctedBets(t)
	if err == nil {
		err = s.forgetWins(ctx, t, bets)
	}
	return &gamingv1.RecalculateRoundResponse{Receipt: r, RoundId: t.RoundID, Bets: bets}, err
}

// forgetWins closes wins of bets that their provider has corrected, which waited for an operator: the correction says what the bets pay in all.
func (s *Server) forgetWins(ctx context.Context, t db.ProviderTx, bets []*gamingv1.CorrectedBet) error {
	p := db.ForgetCorrectedWinsParams{Now: s.now(), Resolution: "its provider's correction says what the bet pays", IntegrationID: t.IntegrationID, PlayerID: t.PlayerID}
	for _, b := range bets {
		p.BetProviderTxIds = append(p.BetProviderTxIds, b.GetBetProviderTxId())
	}
	if len(bets) == 0 {
		return nil
	}
	if err := s.q.ForgetCorrectedWins(ctx, p); err != nil {
		return errWalletUnavailable(err) // its repetition does it
	}
	return nil
}

// correcting is a correction of results, by a provider or by an operator.
type correcting struct {
	w             who
	providerRound string
	roundID       string // instead of the provider's, for an operator
	id            string
	bets          []*gamingv1.BetResult
	amounts       []money.Amount
	voidAll       bool
	reason        string
	now           time.Time
}

func (c *correcting) read() error {
	for _, b := range c.bets {
		a, err := readAmount(b.GetPayout())
		if err != nil {
			return err
		}
		if b.GetVoid() && a.Minor != 0 {
			return errInvalidAmount(a.String(), a.Currency)
		}
		c.amounts = append(c.amounts, a)
	}
	return nil
}

// find is the round of the correction.
func (c *correcting) find(sit *situation) (*round, error) {
	if c.roundID != "" {
		if r := sit.rounds[c.roundID]; r != nil {
			return r, nil
		}
		return nil, errRoundNotFound()
	}
	player, _, err := sit.player(c.w)
	if err != nil {
		return nil, err
	}
	if r := sit.round(c.w.integrationID, player, c.providerRound); r != nil {
		return r, nil
	}
	return nil, errRoundNotFound()
}

// plan decides about a correction.
func (c *correcting) plan(sit *situation) (plan, error) {
	r, err := c.find(sit)
	if err != nil {
		return plan{}, err
	}
	if r.ProviderWallet {
		return plan{}, errPlayedAtProvider(r.RoundID)
	}
	w := c.w
	w.integrationID = r.IntegrationID
	parts := []string{r.RoundID, yesNo(c.voidAll)}
	for i, b := range c.bets {
		parts = append(parts, b.GetBetId(), b.GetBetProviderTxId(), c.amounts[i].Currency, c.amounts[i].String(), yesNo(b.GetVoid()))
	}
	print := fingerprint(parts...)
	switch t, err := sit.repeated(w, kindRecalculation, c.id, r.PlayerID, print); {
	case err != nil:
		return plan{}, err
	case t != nil:
		return sit.repeats(t), nil
	}
	d := deed{operator: c.roundID != "", tx: db.ProviderTx{
		IntegrationID: r.IntegrationID, Kind: kindRecalculation, ProviderTxID: c.id, Fingerprint: print, State: txDone, Action: actionCorrect, PlayerID: r.PlayerID,
		RoundID: r.RoundID, Currency: r.Currency, ProviderRoundID: r.ProviderRoundID, Applied: true, CreatedAt: c.now,
	}}
	if err = c.results(r, &d); err != nil {
		return plan{}, err
	}
	d.tx.RoundClosed = c.ends(r, d.results)
	p := single(d)
	p.reason = c.reason
	return p, nil
}

// results are the operations of a correction and what follows for the bets.
func (c *correcting) results(r *round, d *deed) error {
	if c.voidAll {
		for _, b := range r.bets {
			if b.State == betAccepted || b.hasResult() || b.State == betVoided && b.PayoutMinor > 0 { // taken back by its provider, who left its winnings
				c.add(d, b, result{betID: b.BetID, void: true})
			}
		}
		c.takeBackBeside(r, d)
		return nil
	}
	for i, x := range c.bets {
		b := r.bet(x)
		switch {
		case b == nil, b.State == betRejected:
			return errBetNotFound(orElse(x.GetBetId(), x.GetBetProviderTxId()))
		case b.State == betVoided:
			return errBetVoided(b.ProviderTxID)
		case slices.ContainsFunc(d.results, func(y result) bool { return y.betID == b.BetID }):
			return errBetTwice(b.BetID)
		case c.amounts[i].Currency != b.Currency:
			return errCurrencyMismatch(c.amounts[i].Currency, b.Currency)
		}
		c.add(d, b, result{betID: b.BetID, payout: c.amounts[i].Minor, void: x.GetVoid()})
	}
	return nil
}

// takeBackBeside takes back what adjustments of the round moved beside its bets. Its key is the adjustments' number, so that two operators at once do it once.
func (c *correcting) takeBackBeside(r *round, d *deed) {
	if r.AdjustedMinor == 0 {
		return
	}
	op := walletOp{
		action: actionDebit, key: requestID(stepTakeBack+" "+kindAdjustment, r.IntegrationID, r.RoundID+"\x00"+strconv.Itoa(int(r.Adjustments))), amount: r.AdjustedMinor, debt: true,
		ref: betRef{roundID: r.RoundID, providerTxID: c.id, gameID: r.GameID},
	}
	if r.AdjustedMinor < 0 {
		op.action, op.amount, op.debt = actionCredit, -r.AdjustedMinor, false
	}
	d.ops, d.beside, d.upTo = append(d.ops, op), -r.AdjustedMinor, r.Adjustments
}

// ends tells whether an operator ends a round that was handed over: no bet waits for a result any more, and what its provider says after all is late.
func (c *correcting) ends(r *round, results []result) bool {
	if c.roundID == "" || r.State != roundManual {
		return false
	}
	for _, b := range r.bets {
		if b.State == betAccepted && !slices.ContainsFunc(results, func(x result) bool { return x.betID == b.BetID }) {
			return false
		}
	}
	return true
}

// bet finds a bet of the round by either of its names.
func (r *round) bet(x *gamingv1.BetResult) *bet {
	for _, b := range r.bets {
		if x.GetBetId() != "" && b.BetID == x.GetBetId() || x.GetBetId() == "" && b.ProviderTxID == x.GetBetProviderTxId() {
			return b
		}
	}
	return nil
}

// add adds what the wallet is asked for about one bet: a result, a stake that goes back, or the difference to what it has paid.
func (c *correcting) add(d *deed, b *bet, x result) {
	op := walletOp{
		action: actionCorrect, key: requestID(kindRecalculation, b.IntegrationID, c.id+"\x00"+b.BetID), amount: x.payout, holdID: b.HoldID, void: x.void, debt: true,
		ref: betRef{b.BetID, b.RoundID, c.id, b.GameID},
	}
	if b.State == betAccepted {
		op.action = actionSettle
		if x.void {
			op.action = actionRelease
		}
	}
	d.ops, d.results = append(d.ops, op), append(d.results, x)
}

// kept is what a correction changed, as it is kept with its transaction, where a refusal keeps what it says.
func kept(made []correction) []byte {
	if len(made) == 0 {
		return nil
	}
	text, err := json.Marshal(made)
	if err != nil {
		panic(err) // strings, numbers and a bool can always be written
	}
	return text
}

// correctedBets are the bets that a correction changed, now or when it came first.
func correctedBets(t db.ProviderTx) ([]*gamingv1.CorrectedBet, error) {
	var made []correction
	if len(t.Refusal) > 0 {
		if err := json.Unmarshal(t.Refusal, &made); err != nil {
			return nil, err
		}
	}
	var bets []*gamingv1.CorrectedBet
	for _, c := range made {
		bets = append(bets, &gamingv1.CorrectedBet{
			BetId: c.BetID, BetProviderTxId: c.ProviderTxID, PayoutBefore: money.Amount{Minor: c.Before, Currency: t.Currency}.Proto(),
			PayoutAfter: money.Amount{Minor: c.After, Currency: t.Currency}.Proto(), Void: c.Void,
		})
	}
	return bets, nil
}
