package gaming

import (
	"context"
	"errors"
	"time"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// PlayRound takes several bets and wins of one round in their order, all or none, in one request of the wallet. Those that came before are answered as they
// were. A refusal is no outcome: repeated, everything is decided anew. Errors: see the proto.
func (s *Server) PlayRound(ctx context.Context, req *gamingv1.PlayRoundRequest) (*gamingv1.PlayRoundResponse, error) {
	p := playing{w: whoIs(req.GetCaller()), req: req, now: s.now()}
	n := needs{who: p.w, providerRounds: []string{req.GetProviderRoundId()}}
	seen := map[txKey]bool{}
	for _, t := range req.GetTransactions() {
		a, err := readAmount(t.GetAmount())
		if err != nil {
			return nil, with(err, "provider_tx_id", t.GetProviderTxId())
		}
		if key := (txKey{p.w.integrationID, kindOf(t.GetKind()), t.GetProviderTxId()}); seen[key] {
			return nil, errDuplicateMismatch(t.GetProviderTxId())
		} else {
			seen[key] = true
		}
		p.amounts = append(p.amounts, a)
		n.txIDs, n.betIDs = append(n.txIDs, t.GetProviderTxId()), append(n.betIDs, t.GetBetProviderTxId())
	}
	p.game, p.gameErr = s.gameByCode(ctx, p.w.integrationID, req.GetGameCode())
	out, err := s.knowing(ctx, p.w, &p.identity, func() (outcome, error) { return s.transact(ctx, n, p.plan) })
	if err != nil && p.win != nil {
		err = s.unmatched(ctx, *p.win, err)
	}
	if err != nil {
		return nil, err
	}
	return s.played(ctx, &p, out)
}

// played answers with the receipts of all, and the funds of now.
func (s *Server) played(ctx context.Context, p *playing, out outcome) (*gamingv1.PlayRoundResponse, error) {
	resp := &gamingv1.PlayRoundResponse{}
	var current *gamingv1.Funds
	last := out.txs[len(out.txs)-1]
	resp.PlayerId = last.PlayerID
	for _, replayed := range out.replayed {
		if replayed && current == nil {
			m, err := s.funds(ctx, last.PlayerID, last.Currency)
			if err != nil {
				return nil, err
			}
			current = fundsOf(m, last.Currency)
		}
	}
	for i, t := range out.txs {
		if t.State == txRefused {
			if !p.acknowledges(&t) {
				return nil, with(refusedBefore(t), "provider_tx_id", t.ProviderTxID)
			}
			t.Applied = false
		}
		resp.RoundId = orElse(t.RoundID, resp.RoundId)
		resp.Results = append(resp.Results, &gamingv1.RoundTransactionResult{
			ProviderTxId: t.ProviderTxID, Receipt: receipt(t, out.replayed[i], current), Applied: t.Applied,
		})
	}
	if resp.Current = current; current == nil {
		resp.Current = resp.GetResults()[len(resp.GetResults())-1].GetReceipt().GetFunds()
	}
	return resp, nil
}

// playing is what happened in a round.
type playing struct {
	w        who
	req      *gamingv1.PlayRoundRequest
	now      time.Time
	amounts  []money.Amount
	game     *catalogv1.Game
	gameErr  error
	identity *identityv1.GetPlayerStatusResponse
	win      *winning // that was decided about last; nil when that was a stake
}

// plan decides about each transaction on what the former ones leave.
func (p *playing) plan(sit *situation) (plan, error) {
	player, sess, err := sit.player(p.w)
	if err != nil {
		return plan{}, err
	}
	r := newRound(sit, p.w.integrationID, player, p.req.GetProviderRoundId(), p.game.GetGameId(), p.amounts[0].Currency)
	out := plan{playerID: player, currency: p.amounts[0].Currency, roundID: r.RoundID, closes: p.req.GetRoundClosed(), before: make([]*db.ProviderTx, len(p.amounts)), anew: true}
	out.seen = sit.asSeen(r.RoundID)
	opened := map[string]int{} // by bet: position, from 1, of the deed that opens it
	for i, t := range p.req.GetTransactions() {
		if p.amounts[i].Currency != out.currency {
			return plan{}, with(errCurrencyMismatch(p.amounts[i].Currency, out.currency), "provider_tx_id", t.GetProviderTxId())
		}
		one, err := p.one(sit, i, player, sess)
		if err != nil {
			return plan{}, with(err, "provider_tx_id", t.GetProviderTxId())
		}
		if t := one.before[0]; t != nil && t.State == txRefused && !p.acknowledges(t) {
			return plan{}, with(refusedBefore(*t), "provider_tx_id", t.ProviderTxID) // all or none
		}
		if one.before[0] != nil {
			out.before[i], out.joins = one.before[0], append(out.joins, one.joins...)
			continue
		}
		d := one.deeds[0]
		d.tx.RoundClosed = p.req.GetRoundClosed() && i == len(p.amounts)-1
		for j := range d.ops {
			if n := opened[d.tx.BetID]; n > 0 && d.opens == nil {
				d.ops[j].holdID, d.ops[j].ofDeed = "", n
			}
		}
		out.deeds, out.places = append(out.deeds, d), append(out.places, i)
		if d.opens != nil { // a win without a bet opens one too
			opened[d.tx.BetID] = len(out.deeds)
		}
		scratch := d
		sit.apply(&scratch, p.now)
	}
	return out, nil
}

// acknowledges tells whether a transaction that was refused is answered as written down without effect.
func (p *playing) acknowledges(t *db.ProviderTx) bool {
	return p.req.GetAcknowledgeCancelled() && (t.RefuseReason == reasonCancelled || t.RefuseReason == reasonVoided)
}

// one decides about one transaction.
func (p *playing) one(sit *situation, i int, player string, sess *session) (plan, error) {
	t := p.req.GetTransactions()[i]
	kind, id := kindOf(t.GetKind()), t.GetProviderTxId()
	p.win = nil
	if p.req.GetOneIdSpace() && sit.tx(p.w.integrationID, kind, id) == nil && sit.taken(p.w.integrationID, kind, id) {
		return plan{}, errDuplicateMismatch(id)
	}
	if before := sit.tx(p.w.integrationID, kind, id); before != nil && !before.Applied && before.PlayerID == player {
		return sit.repeats(before), nil
	}
	if p.req.GetAcknowledgeCancelled() && sit.tx(p.w.integrationID, kind, id) == nil && sit.cancelledBefore(p.w.integrationID, kind, id) {
		return single(p.acknowledged(t, i, kind, player)), nil
	}
	if kind == kindBet {
		b := staking{
			w: p.w, now: p.now, gameCode: p.req.GetGameCode(), round: p.req.GetProviderRoundId(), id: id, amount: p.amounts[i], free: t.GetFreeRound(),
			oneSpace: p.req.GetOneIdSpace(), game: p.game, gameErr: p.gameErr, identity: p.identity,
		}
		return b.plan(sit)
	}
	w := winning{
		w: p.w, now: p.now, gameCode: p.req.GetGameCode(), round: p.req.GetProviderRoundId(), id: id, betID: t.GetBetProviderTxId(), amount: p.amounts[i],
		free: t.GetFreeRound(), withoutBet: p.req.GetAcceptWithoutBet(), anyGame: true, oneSpace: p.req.GetOneIdSpace(), game: p.game, gameErr: p.gameErr, identity: p.identity,
	}
	p.win = &w
	return w.plan(sit)
}

// taken tells, where bets and wins share their ids, whether one of the other kind has this one: by its row, or by what the wallet has done before the row is written.
func (s *situation) taken(integrationID, kind, id string) bool {
	m := s.done[stakeKey(integrationID, id, true)]
	return s.tx(integrationID, otherKind(kind), id) != nil || m.kind != "" && m.staked() != (kind == kindBet)
}

// otherKind is the win's for the bet's, and the bet's for the win's.
func otherKind(kind string) string {
	if kind == kindBet {
		return kindWin
	}
	return kindBet
}

// acknowledged is a transaction whose cancellation came first: it is written down and moves nothing.
func (p *playing) acknowledged(t *gamingv1.RoundTransaction, i int, kind, player string) deed {
	return deed{tx: db.ProviderTx{
		IntegrationID: p.w.integrationID, Kind: kind, ProviderTxID: t.GetProviderTxId(), State: txDone, Action: actionNone, PlayerID: player,
		Fingerprint: fingerprint("acknowledged"), ReferenceTxID: t.GetBetProviderTxId(), Currency: p.amounts[i].Currency, ReportedMinor: p.amounts[i].Minor,
		ProviderRoundID: p.req.GetProviderRoundId(), GameCode: p.req.GetGameCode(), CreatedAt: p.now,
	}}
}

// with adds to a refusal what it is about.
func with(err error, key string, value any) error {
	var e *errs.Error
	if lost, ok := err.(*lostKey); ok {
		return &lostKey{error: with(lost.error, key, value), key: lost.key}
	}
	if errors.As(err, &e) {
		return e.With(key, value)
	}
	return err
}
