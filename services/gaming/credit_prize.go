package gaming

import (
	"context"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// CreditPrize pays what needs no bet. Idempotent by (integration, prize, provider_tx_id). Errors: see the proto.
func (s *Server) CreditPrize(ctx context.Context, req *gamingv1.CreditPrizeRequest) (*gamingv1.CreditPrizeResponse, error) {
	p := prize{w: whoIs(req.GetCaller()), req: req, now: s.now()}
	var err error
	if p.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, err
	}
	if ref := req.GetFreeRoundsRef(); ref != "" {
		known, err := s.freeRoundsKnown(ctx, p.w.integrationID, ref)
		if err != nil {
			return nil, err
		}
		if !known {
			return nil, errFreeRoundsNotFound(ref)
		}
	}
	n := needs{who: p.w, txIDs: []string{req.GetProviderTxId()}}
	out, err := s.knowing(ctx, p.w, &p.identity, func() (outcome, error) { return s.transact(ctx, n, p.plan) })
	if err != nil {
		return nil, err
	}
	r, _, err := s.answer(ctx, out)
	if err != nil {
		return nil, err
	}
	if ref := req.GetFreeRoundsRef(); ref != "" { // a repetition does it again: a crash may have come between both
		if err = s.q.FinishFreeRounds(ctx, db.FinishFreeRoundsParams{IntegrationID: p.w.integrationID, Ref: ref, PlayerID: r.GetPlayerId(), Now: p.now}); err != nil {
			return nil, err
		}
	}
	return &gamingv1.CreditPrizeResponse{Receipt: r}, nil
}

// freeRoundsKnown tells whether a grant of free rounds is known by a reference, the provider's or ours, whatever has become of it.
func (s *Server) freeRoundsKnown(ctx context.Context, integrationID, ref string) (bool, error) {
	return s.q.FreeRoundsKnown(ctx, db.FreeRoundsKnownParams{IntegrationID: integrationID, Ref: ref})
}

// prize is a prize that a provider reports.
type prize struct {
	w        who
	req      *gamingv1.CreditPrizeRequest
	now      time.Time
	amount   money.Amount
	identity *identityv1.GetPlayerStatusResponse
}

func (p *prize) key() string { return requestID(kindPrize, p.w.integrationID, p.req.GetProviderTxId()) }

// plan decides about a prize.
func (p *prize) plan(sit *situation) (plan, error) {
	player, sess, err := sit.player(p.w)
	if err != nil {
		return plan{}, err
	}
	id := p.req.GetProviderTxId()
	if amount, other := sit.done[p.key()].instead(p.amount); other && p.w.idAlone {
		p.amount = amount // it came with another amount first, and its id alone tells that it is repeated
	}
	print := fingerprint(player, p.req.GetKind().String(), p.amount.Currency, p.amount.String(), p.req.GetCampaign(), p.req.GetFreeRoundsRef())
	t, err := sit.repeated(p.w, kindPrize, id, player, print)
	switch {
	case err != nil:
		return plan{}, err
	case t != nil:
		return sit.repeats(t), nil
	case player == "":
		return plan{}, errSessionNotFound()
	case sit.cancelledBefore(p.w.integrationID, kindPrize, id):
		return plan{}, errBetVoided(id)
	case sess == nil && p.identity == nil:
		return plan{}, errStranger
	case sess != nil && sess.Currency != p.amount.Currency:
		return plan{}, errCurrencyMismatch(p.amount.Currency, sess.Currency)
	case sess == nil && playsIn(p.identity, p.amount.Currency) != nil:
		return plan{}, playsIn(p.identity, p.amount.Currency)
	}
	d := deed{tx: db.ProviderTx{
		IntegrationID: p.w.integrationID, Kind: kindPrize, ProviderTxID: id, Fingerprint: print, State: txDone, Action: actionNone, PlayerID: player,
		Currency: p.amount.Currency, AmountMinor: p.amount.Minor, ReportedMinor: p.amount.Minor, ProviderRoundID: p.req.GetProviderRoundId(),
		GameCode: p.req.GetGameCode(), Purpose: prizeName(p.req.GetKind()), Campaign: p.req.GetCampaign(), ReferenceTxID: p.req.GetBetRef(), Note: p.req.GetNote(), Applied: true, CreatedAt: p.now,
	}}
	if p.amount.Minor > 0 {
		k := p.req.GetKind()
		d.tx.Action = actionCredit
		d.ops = []walletOp{{
			action: actionCredit, key: p.key(), amount: p.amount.Minor, ref: betRef{providerTxID: id},
			prize: k == gamingv1.PrizeKind_PRIZE_KIND_PROMOTION || k == gamingv1.PrizeKind_PRIZE_KIND_TOURNAMENT,
		}}
	}
	return single(d), nil
}

func prizeName(k gamingv1.PrizeKind) string {
	return map[gamingv1.PrizeKind]string{
		gamingv1.PrizeKind_PRIZE_KIND_PROMOTION: "promotion", gamingv1.PrizeKind_PRIZE_KIND_TOURNAMENT: "tournament",
		gamingv1.PrizeKind_PRIZE_KIND_JACKPOT: "jackpot", gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS: "free_rounds",
	}[k]
}

func errFreeRoundsNotFound(ref string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_FOUND, "there is no such grant of free rounds", "free_rounds_ref", ref)
}
