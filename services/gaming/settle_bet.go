package gaming

import (
	"context"
	"slices"
	"time"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// SettleBet pays a win. The bet's first result settles its hold; later ones are credited from the house. Neither an ended session nor a blocked player keeps
// a player from winnings. Idempotent by (integration, provider_tx_id). Errors: see the proto.
func (s *Server) SettleBet(ctx context.Context, req *gamingv1.SettleBetRequest) (*gamingv1.SettleBetResponse, error) {
	w := winning{
		w: whoIs(req.GetCaller()), now: s.now(), gameCode: req.GetGameCode(), names: namesOf(req.GetProviderRoundId(), req.GetFormerRoundId()), id: req.GetProviderTxId(),
		betID: req.GetBetProviderTxId(), free: req.GetFreeRound(), closes: req.GetRoundClosed(), withoutBet: req.GetAcceptWithoutBet(),
		refuseClosed: req.GetRefuseClosedRound(), single: req.GetSingleResult(), anyGame: req.GetAnyGame(), cashout: req.GetCashout(), settles: req.GetRoundSettled(),
		anyRound: req.GetAnyRound(), note: req.GetNote(),
	}
	var err error
	if w.amount, err = readAmount(req.GetAmount()); err != nil {
		return nil, err
	}
	if w.jackpot, err = w.readJackpot(req); err != nil {
		return nil, err
	}
	if w.gameCode != "" {
		w.game, w.gameErr = s.gameByCode(ctx, w.w.integrationID, w.gameCode)
	}
	n := needs{who: w.w, providerRounds: w.names, txIDs: []string{w.id}, betIDs: []string{w.betID}, memorable: true}
	out, err := s.knowing(ctx, w.w, &w.identity, func() (outcome, error) { return s.transact(ctx, n, w.plan) })
	if err != nil {
		return nil, s.unmatched(ctx, w, err)
	}
	r, t, err := s.answer(ctx, out)
	if err != nil {
		return nil, err
	}
	return &gamingv1.SettleBetResponse{Receipt: r, BetId: t.BetID, RoundId: t.RoundID}, nil
}

// winning is a result that a provider reports.
type winning struct {
	w            who
	now          time.Time
	gameCode     string
	names        []string // of its round; empty where round is given
	round, id    string
	betID        string // provider's id of the bet
	note         string
	amount       money.Amount
	jackpot      int64
	free, closes bool
	withoutBet   bool
	refuseClosed bool
	single       bool
	anyGame      bool
	anyRound     bool // the bet alone says which round it is
	cashout      bool
	oneSpace     bool // bets and wins share their ids
	settles      bool // the round is over when every bet of it has a result
	game         *catalogv1.Game
	gameErr      error
	identity     *identityv1.GetPlayerStatusResponse

	playerID string // as it was found
	print    []byte
}

func (w *winning) readJackpot(req *gamingv1.SettleBetRequest) (int64, error) {
	if req.GetJackpot() == nil {
		return 0, nil
	}
	a, err := readAmount(req.GetJackpot())
	if err != nil {
		return 0, err
	}
	if a.Currency != w.amount.Currency || a.Minor > w.amount.Minor {
		return 0, errInvalidAmount(a.String(), a.Currency)
	}
	return a.Minor, nil
}

// ownBet is the name of the bet that a win without one makes.
func (w *winning) ownBet() string { return "win:" + w.id }

func (w *winning) key() string { return requestID(kindWin, w.w.integrationID, w.id) }

// plan decides about a result.
func (w *winning) plan(sit *situation) (plan, error) {
	player, sess, err := sit.player(w.w)
	if err != nil {
		return plan{}, err
	}
	w.playerID = player
	if len(w.names) > 0 {
		w.round = sit.named(w.w, player, w.names, w.gameCode)
	}
	if amount, other := sit.done[w.key()].instead(w.amount); other && w.w.idAlone {
		w.amount = amount // it came with another amount first, and its id alone tells that it is repeated
	}
	w.print = fingerprint(player, w.round, w.gameCode, w.amount.Currency, w.amount.String(), w.betID, yesNo(w.free))
	b := sit.target(w.w.integrationID, player, w.round, w.betID)
	t := sit.tx(w.w.integrationID, kindWin, w.id)
	if t != nil && t.Purpose == paidByOperator && t.PlayerID == player && t.AmountMinor == w.amount.Minor && t.Currency == w.amount.Currency {
		return w.paidBefore(sit, t, b), nil // whatever it named while its bet was not there
	}
	switch t, err := sit.repeated(w.w, kindWin, w.id, player, w.print); {
	case err != nil:
		return plan{}, err
	case t != nil:
		return sit.repeats(t), nil
	}
	if w.withoutBet && (b == nil || w.outlives(sit, b, player)) {
		return w.alone(sit, player, sess)
	}
	if b == nil {
		return w.unknown(sit, sess)
	}
	w.playerID = b.PlayerID
	r := sit.rounds[b.RoundID]
	if w.anyRound && r != nil {
		w.round = r.ProviderRoundID
	}
	before, done := sit.done[w.key()]
	if !done {
		if err = w.admit(sit, player, r, b); err != nil {
			return plan{}, sit.refuse(err, w.key())
		}
	}
	d := w.deed(b)
	if before.kind == "SETTLE_HOLD" {
		d.tx.Action = actionSettle
	}
	return single(d), nil
}

// outlives tells whether the result is of a bet of the player's that its provider took back: such a result too needs no bet, unless the wallet has paid it already.
func (w *winning) outlives(sit *situation, b *bet, player string) bool {
	_, done := sit.done[w.key()]
	return !done && b.State == betVoided && !b.Decided && b.PlayerID == player
}

// unknown refuses a result of a bet that is not written, unless the wallet has its stake: then whoever took it never came to write it, and it is written now.
func (w *winning) unknown(sit *situation, sess *session) (plan, error) {
	if w.betID == "" {
		return plan{}, errBetNotFound(w.betID)
	}
	key := stakeKey(w.w.integrationID, w.betID, w.oneSpace)
	m := sit.done[key]
	if !m.staked() {
		return plan{}, sit.refuse(errBetNotFound(w.betID), key)
	}
	amount := money.Amount{Minor: m.amount, Currency: m.currency}
	stake := staking{w: w.w, now: w.now, gameCode: w.gameCode, round: w.round, id: w.betID, amount: amount, oneSpace: w.oneSpace, game: w.game}
	d := stake.deed(sit, m.player, sess, fingerprint(m.player, w.round, w.gameCode, amount.Currency, amount.String(), yesNo(false)))
	if w.playerID != "" && w.playerID != m.player {
		return plan{}, errPlayerMismatch()
	}
	if d.tx.RoundID != m.ref.roundID || d.tx.BetID != m.ref.betID {
		return plan{}, errInFlight(w.betID)
	}
	d.opens.HoldID, d.opens.State, d.implied = m.holdID, betAccepted, true
	w.playerID = m.player
	if err := w.admit(sit, m.player, &round{Round: *d.round}, &bet{Bet: *d.opens}); err != nil {
		return plan{}, err
	}
	p := single(d)
	p.deeds, p.closes = append(p.deeds, w.deed(&bet{Bet: *d.opens})), w.closes
	p.before, p.places = []*db.ProviderTx{nil, nil}, []int{1, 0} // the answer is the result's
	return p, nil
}

// admit says why a new result of a bet is refused.
func (w *winning) admit(sit *situation, player string, r *round, b *bet) error {
	switch {
	case player != "" && player != b.PlayerID:
		return errPlayerMismatch()
	case sit.cancelledBefore(w.w.integrationID, kindWin, w.id):
		return errBetVoided(w.id)
	case r == nil || !w.anyRound && w.round != r.ProviderRoundID:
		return errRoundNotFound()
	case w.amount.Currency != b.Currency:
		return errCurrencyMismatch(w.amount.Currency, b.Currency)
	case b.State == betRejected:
		return errBetNotFound(b.ProviderTxID)
	case b.State == betVoided:
		return errBetVoided(b.ProviderTxID)
	case w.refuseClosed && r.Closing:
		return errRoundClosed(r.RoundID)
	case b.Decided && w.amount.Minor == 0: // a loss changes nothing about an operator's result
		return nil
	case w.single && b.hasResult(), b.Decided:
		return errBetSettled(b.ProviderTxID)
	case w.gameErr != nil && !w.anyGame && w.gameCode != b.GameCode: // a live table's game may change inside a round
		return w.gameErr
	}
	return nil
}

// deed is the result as it is to be done: the bet's first one settles its hold.
func (w *winning) deed(b *bet) deed {
	d := deed{tx: w.row(b.PlayerID, b.RoundID, b.BetID, b.ProviderTxID), cashout: w.cashout, jackpot: w.jackpot, settles: w.settles}
	op := walletOp{action: actionCredit, key: w.key(), amount: w.amount.Minor, holdID: b.HoldID, ref: betRef{b.BetID, b.RoundID, w.id, b.GameID}}
	switch {
	case b.State == betAccepted:
		op.action = actionSettle
	case w.amount.Minor == 0:
		d.tx.Action = actionNone
		return d
	}
	d.tx.Action, d.ops = op.action, []walletOp{op}
	return d
}

// takenBackByOperator tells whether an operator took every bet of a round back: such a round takes no win at all.
func (r *round) takenBackByOperator() bool {
	return r != nil && r.State == roundVoided && slices.ContainsFunc(r.bets, func(b *bet) bool { return b.State == betVoided && b.Decided })
}

func (w *winning) row(player, roundID, betID, betTxID string) db.ProviderTx {
	return db.ProviderTx{
		IntegrationID: w.w.integrationID, Kind: kindWin, ProviderTxID: w.id, Fingerprint: w.print, State: txDone, PlayerID: player, RoundID: roundID, BetID: betID,
		ReferenceTxID: betTxID, Currency: w.amount.Currency, AmountMinor: w.amount.Minor, ReportedMinor: w.amount.Minor, ProviderRoundID: w.round,
		GameCode: w.gameCode, RoundClosed: w.closes, Applied: true, Note: w.note, CreatedAt: w.now,
	}
}

// alone is a win whose bet was never reported: it makes a bet of zero, and the wallet takes both at once.
func (w *winning) alone(sit *situation, player string, sess *session) (plan, error) {
	switch {
	case player == "":
		return plan{}, errSessionNotFound()
	case sess == nil && w.identity == nil:
		return plan{}, errStranger
	case sit.cancelledBefore(w.w.integrationID, kindWin, w.id):
		return plan{}, errBetVoided(w.id)
	case sess != nil && sess.Currency != w.amount.Currency:
		return plan{}, errCurrencyMismatch(w.amount.Currency, sess.Currency)
	case sess == nil && playsIn(w.identity, w.amount.Currency) != nil:
		return plan{}, playsIn(w.identity, w.amount.Currency)
	case w.gameErr != nil && !w.anyGame:
		return plan{}, w.gameErr
	}
	r := newRound(sit, w.w.integrationID, player, w.round, w.game.GetGameId(), w.amount.Currency)
	switch {
	case w.refuseClosed && r.Closing:
		return plan{}, sit.refuse(errRoundClosed(r.RoundID), w.key())
	case sit.rounds[r.RoundID].takenBackByOperator():
		return plan{}, sit.refuse(errBetVoided(w.betID), w.key())
	}
	placed := db.Bet{
		BetID: betIDOf(w.w.integrationID, w.ownBet()), RoundID: r.RoundID, IntegrationID: w.w.integrationID, PlayerID: player, GameID: w.game.GetGameId(),
		GameCode: w.gameCode, ProviderTxID: w.ownBet(), Currency: w.amount.Currency, FreeRound: w.free,
	}
	if sess != nil {
		placed.GameSessionID = sess.GameSessionID
	}
	d := deed{tx: w.row(player, r.RoundID, placed.BetID, w.betID), cashout: w.cashout, jackpot: w.jackpot, settles: w.settles, opens: &placed, round: &r}
	d.tx.Action = actionPlay
	d.ops = []walletOp{{action: actionPlay, key: w.key(), amount: w.amount.Minor, ref: betRef{placed.BetID, r.RoundID, w.id, placed.GameID}}}
	return single(d), nil
}

// unmatched keeps a win that could not be paid for an operator, so that nobody's winnings are lost, and returns the refusal.
func (s *Server) unmatched(ctx context.Context, w winning, refusal error) error {
	switch gamingv1.ErrorReason(gamingv1.ErrorReason_value["ERROR_REASON_"+errs.ReasonOf(refusal)]) {
	case gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED,
		gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND:
	default:
		return refusal
	}
	if w.amount.Minor == 0 {
		return refusal
	}
	err := s.q.PutUnmatchedWin(context.WithoutCancel(ctx), db.PutUnmatchedWinParams{
		UnmatchedWinID: ids.New("uwn"), IntegrationID: w.w.integrationID, ProviderTxID: w.id, BetProviderTxID: w.betID, ProviderRoundID: w.round,
		GameCode: w.gameCode, PlayerID: w.playerID, Currency: w.amount.Currency, AmountMinor: w.amount.Minor, Fingerprint: w.print,
		Reason: errs.ReasonOf(refusal), Now: w.now,
	})
	if err != nil { // without it the win would be lost: its provider sends it again
		return errWalletUnavailable(err)
	}
	return refusal
}
