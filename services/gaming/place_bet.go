package gaming

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// PlaceBet takes a stake: the wallet holds the money, and then the bet is written down. Idempotent by (integration, provider_tx_id): a repetition gives the first
// answer, and writes down what a crash left unwritten. Errors: see the proto.
func (s *Server) PlaceBet(ctx context.Context, req *gamingv1.PlaceBetRequest) (*gamingv1.PlaceBetResponse, error) {
	b := staking{
		w: whoIs(req.GetCaller()), now: s.now(), gameCode: req.GetGameCode(), names: namesOf(req.GetProviderRoundId(), req.GetFormerRoundId()), id: req.GetProviderTxId(),
		free: req.GetFreeRound(), closes: req.GetRoundClosed(), fromBonus: req.GetFromBonus(), ref: req.GetBetRef(), note: req.GetNote(),
	}
	var err error
	if b.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, err
	}
	b.game, b.gameErr = s.gameByCode(ctx, b.w.integrationID, b.gameCode)
	n := needs{who: b.w, providerRounds: b.names, txIDs: []string{b.id}}
	out, err := s.knowing(ctx, b.w, &b.identity, func() (outcome, error) {
		out, err := s.transact(ctx, n, b.plan)
		if !errors.Is(err, errUnfunded) {
			return out, err
		}
		if b.grantID, err = s.grantFor(ctx, b.playerID, b.amount); err != nil {
			return outcome{}, err
		}
		return s.transact(ctx, n, b.plan)
	})
	if err != nil {
		return nil, s.rejected(ctx, b, err)
	}
	r, t, err := s.answer(ctx, out)
	if err != nil {
		return nil, err
	}
	return &gamingv1.PlaceBetResponse{Receipt: r, BetId: t.BetID, RoundId: t.RoundID}, nil
}

// staking is a stake that a provider reports.
type staking struct {
	w         who
	now       time.Time
	gameCode  string
	names     []string // of its round; empty where round is given
	round, id string
	ref       string // by which the provider's later transactions name the bet
	note      string
	amount    money.Amount
	free      bool
	closes    bool
	fromBonus bool
	oneSpace  bool // bets and wins share their ids
	grantID   string
	game      *catalogv1.Game
	gameErr   error
	identity  *identityv1.GetPlayerStatusResponse // of a player without a session

	playerID string // as it was found
}

// errUnfunded says that a stake is to be paid from bonus money, and which grant's has to be found out.
var errUnfunded = errors.New("gaming: a stake without a grant")

// plan decides about a stake.
func (b *staking) plan(sit *situation) (plan, error) {
	player, sess, err := sit.staker(b.w)
	if err != nil {
		return plan{}, err
	}
	b.playerID = player
	if len(b.names) > 0 {
		b.round = sit.named(b.w, player, b.names, b.gameCode)
	}
	print := b.print(player)
	switch t, err := sit.repeated(b.w, kindBet, b.id, player, print); {
	case err != nil:
		return plan{}, err
	case t != nil && t.Purpose == madeFromHold && !b.is(t):
		return plan{}, errDuplicateMismatch(b.id)
	case t != nil:
		return sit.repeats(t), nil
	case sit.cancelledBefore(b.w.integrationID, kindBet, b.id):
		return plan{}, errBetCancelled(b.id)
	}
	d := b.deed(sit, player, sess, print)
	if m, done := sit.done[d.ops[0].key]; done {
		if b.taken(m) {
			d = b.deed(sit, player, sess, b.print(player))
		}
		return single(d), nil
	}
	if err = b.gate(sit, player, sess); err != nil {
		return plan{}, sit.refuse(err, d.ops[0].key)
	}
	if b.fromBonus && !b.free && b.grantID == "" {
		return plan{}, errUnfunded
	}
	return single(d), nil
}

// print is the fingerprint of what the stake says.
func (b *staking) print(player string) []byte {
	parts := []string{player, b.round, b.gameCode, b.amount.Currency, b.amount.String(), yesNo(b.free)}
	if b.fromBonus {
		parts = append(parts, "bonus")
	}
	if b.ref != "" {
		parts = append(parts, "ref", b.ref)
	}
	return fingerprint(parts...)
}

// taken makes the stake the one that the wallet holds already, when its id alone tells that it is repeated and it came with another amount first.
func (b *staking) taken(m moved) bool {
	amount, other := m.instead(money.Amount{Minor: b.stake(), Currency: b.amount.Currency})
	if !b.w.idAlone || !other {
		return false
	}
	if b.free = amount.Minor == 0; !b.free {
		b.amount = amount
	}
	return true
}

// gate checks what a new stake needs: a live session of a player who may play, or for a protocol without tokens such a player; the currency; a playable game; a
// round that is not over.
func (b *staking) gate(sit *situation, player string, sess *session) error {
	country := ""
	switch {
	case b.w.hasToken:
		if err := sess.takesStakes(b.now); err != nil {
			return err
		}
	case sit.blocked[player]:
		return errPlayerBlocked("LOCKED")
	case sess == nil && b.identity == nil:
		return errStranger
	case sess == nil:
		country = b.identity.GetCountry()
		if err := cmp.Or(mayStake(b.identity), playsIn(b.identity, b.amount.Currency)); err != nil {
			return err
		}
	}
	if sess != nil {
		country = sess.Country
		if b.amount.Currency != sess.Currency {
			return errCurrencyMismatch(b.amount.Currency, sess.Currency)
		}
	}
	if b.gameErr != nil {
		return b.gameErr
	}
	if err := playable(b.game, country); err != nil {
		return err
	}
	r := sit.round(b.w.integrationID, player, b.round)
	switch {
	case r == nil:
		return nil
	case r.Closing:
		return errRoundClosed(r.RoundID)
	case r.Currency != b.amount.Currency:
		return errCurrencyMismatch(b.amount.Currency, r.Currency)
	}
	return nil
}

// stake is what the wallet is to hold.
func (b *staking) stake() int64 {
	if b.free {
		return 0 // the amount is the face value of the free round (providers.md 2.5); cash is not touched
	}
	return b.amount.Minor
}

// is tells whether a stake that was made anew from its hold is this one.
func (b *staking) is(t *db.ProviderTx) bool {
	return b.w.idAlone || t.ProviderRoundID == b.round && t.Currency == b.amount.Currency && t.AmountMinor == b.stake()
}

// deed is the stake as it is to be done.
func (b *staking) deed(sit *situation, player string, sess *session, print []byte) deed {
	stake := b.stake()
	r := newRound(sit, b.w.integrationID, player, b.round, b.game.GetGameId(), b.amount.Currency)
	placed := db.Bet{
		BetID: betIDOf(b.w.integrationID, b.id), RoundID: r.RoundID, IntegrationID: b.w.integrationID, PlayerID: player, GameID: b.game.GetGameId(),
		GameCode: b.gameCode, ProviderTxID: b.id, Currency: b.amount.Currency, StakeMinor: stake, FreeRound: b.free,
	}
	if sess != nil {
		placed.GameSessionID = sess.GameSessionID
	}
	return deed{
		tx: db.ProviderTx{
			IntegrationID: b.w.integrationID, Kind: kindBet, ProviderTxID: b.id, Fingerprint: print, State: txDone, Action: actionHold, PlayerID: player,
			RoundID: r.RoundID, BetID: placed.BetID, Currency: b.amount.Currency, AmountMinor: stake, ReportedMinor: b.amount.Minor,
			ProviderRoundID: b.round, GameCode: b.gameCode, RoundClosed: b.closes, ReferenceTxID: b.ref, Note: b.note, Applied: true,
			CreatedAt: b.now,
		},
		ops: []walletOp{{
			action: actionHold, key: stakeKey(b.w.integrationID, b.id, b.oneSpace), amount: stake, grantID: b.grantID, ref: refOf(placed), round: b.round,
		}},
		opens: &placed, round: &r,
	}
}

// newRound is the round that a bet opens, with the id that it has or will have.
func newRound(sit *situation, integrationID, player, providerRoundID, gameID, currency string) db.Round {
	if r := sit.round(integrationID, player, providerRoundID); r != nil {
		return r.Round
	}
	return db.Round{
		RoundID: roundIDOf(integrationID, player, providerRoundID), IntegrationID: integrationID, PlayerID: player, ProviderRoundID: providerRoundID,
		GameID: gameID, Currency: currency, State: roundOpen,
	}
}

// rejected tells the platform that a known player's stake was refused before the wallet was asked, and returns the refusal.
func (s *Server) rejected(ctx context.Context, b staking, refusal error) error {
	switch errs.ReasonOf(refusal) {
	case "", errs.ReasonOf(errDuplicateMismatch("")), errs.ReasonOf(errWalletUnavailable(nil)), errs.ReasonOf(errOverloaded(nil)), errs.ReasonOf(errInFlight("")):
		return refusal
	}
	if b.playerID == "" {
		return refusal
	}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "bet.rejected.v1", PlayerID: b.playerID, AggregateID: b.w.integrationID + "/" + b.id, OccurredAt: b.now,
			Message: &gamingv1.BetRejected{
				PlayerId: b.playerID, GameId: b.game.GetGameId(), IntegrationId: b.w.integrationID, ProviderTxId: b.id,
				Stake: b.amount.Proto(), Reason: errs.ReasonOf(refusal),
			},
		})
	})
	if err != nil {
		s.log.WarnContext(ctx, "a refused bet could not be told", "err", err)
	}
	return refusal
}
