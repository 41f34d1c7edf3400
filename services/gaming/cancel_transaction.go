package gaming

import (
	"context"
	"errors"
	"slices"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// CancelTransaction takes back a bet, a win or a prize. What it does follows from where that stands:
//
//	unknown          a tombstone; what comes late is then refused. The wallet is asked first: a stake of which no row tells goes back
//	stake on hold    the hold is released
//	settled          one correction of the difference between stake and winnings, so that nothing is half done
//	win              a correction by the win
//	prize            a debit
//	part of a stake  as much of the hold is released
//
// Money that the player has spent is not taken by force unless into_debt is set: INSUFFICIENT_FUNDS, nothing moves, and the provider may send the same cancellation
// again. Idempotent by (integration, provider_tx_id). Errors: see the proto.
func (s *Server) CancelTransaction(ctx context.Context, req *gamingv1.CancelTransactionRequest) (*gamingv1.CancelTransactionResponse, error) {
	c := cancelling{w: whoIs(req.GetCaller()), req: req, now: s.now(), want: kindOf(req.GetReferenceKind())}
	if req.GetPart() != nil {
		var err error
		if c.part, err = readAmount(req.GetPart()); err != nil {
			return nil, err
		}
	}
	n := needs{who: c.w, providerRounds: []string{req.GetProviderRoundId()}, txIDs: []string{req.GetProviderTxId(), req.GetReferenceProviderTxId()},
		betIDs: []string{req.GetReferenceProviderTxId()}}
	out, err := s.transact(ctx, n, c.plan)
	if errors.Is(err, errChecked) {
		return &gamingv1.CancelTransactionResponse{}, c.refusal
	}
	if err != nil {
		return nil, err
	}
	if c.refusal != nil { // the tombstone is written, and the cancellation refused all the same
		return nil, c.refusal
	}
	r, t, err := s.answer(ctx, out)
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.CancelTransactionResponse{Receipt: r, Found: t.ReferenceKind != "", AlreadyCancelled: t.WasCancelled}
	if t.ReferenceKind != "" && t.Currency != "" {
		resp.Amount = money.Amount{Minor: t.ReportedMinor, Currency: t.Currency}.Proto()
	}
	return resp, nil
}

// kindOf is a kind as the rows name it; empty when it is not set.
func kindOf(k gamingv1.TransactionKind) string {
	return map[gamingv1.TransactionKind]string{
		gamingv1.TransactionKind_TRANSACTION_KIND_BET: kindBet, gamingv1.TransactionKind_TRANSACTION_KIND_WIN: kindWin,
		gamingv1.TransactionKind_TRANSACTION_KIND_CANCEL: kindCancel, gamingv1.TransactionKind_TRANSACTION_KIND_PRIZE: kindPrize,
		gamingv1.TransactionKind_TRANSACTION_KIND_ADJUSTMENT: kindAdjustment,
	}[k]
}

// cancelling is a cancellation that a provider reports.
type cancelling struct {
	w       who
	req     *gamingv1.CancelTransactionRequest
	now     time.Time
	want    string       // kind of what may be taken back; empty for any
	part    money.Amount // of a stake, where the request names one
	refusal error        // to answer although the tombstone is written
}

// errChecked says that a cancellation would have been taken, had not only that been asked.
var errChecked = errors.New("gaming: checked")

// plan decides about a cancellation.
func (c *cancelling) plan(sit *situation) (plan, error) {
	p, err := c.decide(sit)
	if err == nil && c.req.GetCheckOnly() {
		err = errChecked
	}
	return p, err
}

func (c *cancelling) decide(sit *situation) (plan, error) {
	c.refusal = nil
	player, sess, err := sit.player(c.w)
	if err != nil {
		return plan{}, err
	}
	ref, id := c.req.GetReferenceProviderTxId(), c.req.GetProviderTxId()
	print := c.print(player, c.req.GetProviderRoundId(), c.req.GetGameCode())
	t, err := sit.repeated(c.w, kindCancel, id, player, print)
	if first := sit.tx(c.w.integrationID, kindCancel, id); err != nil && first != nil && first.ProviderRoundID == "" { // the first time neither round nor game was named
		t, err = sit.repeated(c.w, kindCancel, id, player, c.print(player, "", ""))
	}
	switch {
	case err != nil:
		return plan{}, err
	case t != nil:
		if t.ReferenceKind == "" && c.req.GetRefuseUnknown() {
			return plan{}, errBetNotFound(ref)
		}
		return sit.repeats(t), nil
	}
	row := db.ProviderTx{
		IntegrationID: c.w.integrationID, Kind: kindCancel, ProviderTxID: id, Fingerprint: print, State: txDone, Action: actionNone, PlayerID: player,
		ReferenceTxID: ref, ReferenceWant: c.want, ProviderRoundID: c.req.GetProviderRoundId(), RoundClosed: c.req.GetRoundClosed(), Applied: true, Note: c.req.GetNote(), CreatedAt: c.now,
	}
	if sess != nil {
		row.Currency = sess.Currency
	}
	if r := sit.round(c.w.integrationID, player, row.ProviderRoundID); r != nil {
		row.Currency = r.Currency
	}
	if c.req.GetPart() != nil {
		return c.partOf(sit, row, player)
	}
	if b := sit.bets[txRef{c.w.integrationID, ref}]; b != nil && (c.want == "" || c.want == kindBet) {
		return c.bet(sit, row, player, b)
	}
	for _, kind := range []string{kindWin, kindPrize} {
		if x := sit.tx(c.w.integrationID, kind, ref); x != nil && (c.want == "" || c.want == kind) {
			return c.payment(sit, row, player, x)
		}
	}
	for _, kind := range []string{kindBet, kindWin, kindPrize} {
		if x := sit.tx(c.w.integrationID, kind, ref); x != nil && x.State == txDone && c.want != "" && c.want != kind {
			return plan{}, errWrongKind(ref, kind)
		}
	}
	if err = c.inCurrency(row.Currency); err != nil {
		return plan{}, err
	}
	return c.unknown(sit, row)
}

// print condenses what must be the same when the cancellation is repeated.
func (c *cancelling) print(player, round, game string) []byte {
	parts := []string{player, round, c.req.GetReferenceProviderTxId(), yesNo(c.req.GetKeepWinnings())}
	if game != "" {
		parts = append(parts, "game", game)
	}
	if c.req.GetPart() != nil {
		parts = append(parts, "part", c.part.Currency, c.part.String())
	}
	return fingerprint(parts...)
}

// inCurrency refuses a cancellation that names another currency than what it is about; empty names none.
func (c *cancelling) inCurrency(currency string) error {
	if named := c.req.GetCurrency(); named != "" && currency != "" && named != currency {
		return errCurrencyMismatch(named, currency)
	}
	return nil
}

// unknown leaves a tombstone for a transaction that never came. Before, the wallet is asked: a stake, a win or a prize of which no row tells yet is undone under
// a key of its own, which whoever writes it late uses too.
func (c *cancelling) unknown(sit *situation, row db.ProviderTx) (plan, error) {
	ref := row.ReferenceTxID
	if c.req.GetRefuseUnknown() {
		c.refusal = errBetNotFound(ref)
	}
	for _, kind := range []string{kindBet, kindWin, kindPrize} {
		if c.want != "" && c.want != kind {
			continue
		}
		key := requestID(kind, c.w.integrationID, ref)
		m, asked := sit.done[key]
		if !asked {
			return plan{}, &lostKey{error: errAgain, key: key}
		}
		if m.staked() { // where bets and wins share their ids it was found as a win is
			kind = kindBet
		}
		if m.kind == "" || row.PlayerID != "" && m.player != row.PlayerID || c.want != "" && c.want != kind {
			continue
		}
		c.refusal = nil
		row.PlayerID, row.BetID, row.RoundID, row.ReferenceKind, row.ReportedMinor = m.player, m.ref.betID, m.ref.roundID, kind, m.amount
		row.Currency = m.currency
		d := deed{tx: row}
		if undo := undoing(&deed{tx: db.ProviderTx{
			IntegrationID: row.IntegrationID, Kind: kind, ProviderTxID: ref, AmountMinor: m.amount, BetID: row.BetID, RoundID: row.RoundID,
		}, holdID: m.holdID}); undo != nil {
			d.tx.Action, d.ops = undo.action, []walletOp{*undo}
		}
		return single(d), nil
	}
	// A token that was never issued, with a transaction that never came: there is nothing to remember, whoever it is about.
	stray := c.w.hasToken && !c.w.reconciliation && sit.tokenSession(c.w) == nil
	if c.refusal != nil && (!c.req.GetTombstone() || stray) {
		return plan{}, c.refusal
	}
	p := single(deed{tx: row})
	p.closes = false
	return p, nil
}

// bet takes a bet back.
func (c *cancelling) bet(sit *situation, row db.ProviderTx, player string, b *bet) (plan, error) {
	r := sit.rounds[b.RoundID]
	switch {
	case player != "" && player != b.PlayerID:
		return plan{}, errPlayerMismatch()
	case c.w.known && c.w.currency != "" && c.w.currency != b.Currency:
		return plan{}, errCurrencyMismatch(c.w.currency, b.Currency)
	case c.inCurrency(b.Currency) != nil:
		return plan{}, c.inCurrency(b.Currency)
	case b.State == betRejected && c.req.GetRefuseUnknown():
		return plan{}, errBetNotFound(b.ProviderTxID) // a stake that was refused is no bet
	case b.State == betVoided && c.req.GetRefuseCancelled():
		return plan{}, errBetVoided(b.ProviderTxID)
	case b.hasResult() && c.req.GetRefuseSettled() && !b.Decided: // an operator's result is none of the provider's
		return plan{}, errBetSettled(b.ProviderTxID)
	case r != nil && r.Closing && c.req.GetRefuseClosedRound() && b.State != betVoided && !b.Decided:
		return plan{}, errRoundClosed(r.RoundID)
	}
	row.PlayerID, row.RoundID, row.BetID, row.Currency, row.ReferenceKind = b.PlayerID, b.RoundID, b.BetID, b.Currency, kindBet
	row.ReportedMinor, row.WasCancelled = b.StakeMinor, b.State == betVoided
	if staked := sit.tx(b.IntegrationID, kindBet, b.ProviderTxID); staked != nil {
		row.ReportedMinor = staked.ReportedMinor
	}
	// What an operator paid was no win of its provider's, so nobody would take it back by itself.
	d := deed{tx: row, keep: c.req.GetKeepWinnings() && !b.Decided, settles: c.req.GetRoundSettled()}
	op := walletOp{key: requestID(kindCancel, b.IntegrationID, row.ProviderTxID), holdID: b.HoldID, ref: betRef{b.BetID, b.RoundID, row.ProviderTxID, b.GameID}}
	switch {
	case b.State == betAccepted:
		op.action = actionRelease
	case b.hasResult():
		op.action, op.void, op.debt = actionCorrect, true, c.req.GetIntoDebt()
		if d.keep {
			op.basis = walletv1.CorrectionBasis_CORRECTION_BASIS_MORE
		}
	default:
		return single(d), nil
	}
	d.tx.Action, d.tx.AmountMinor, d.ops = op.action, b.StakeMinor, []walletOp{op}
	switch {
	case op.void && !d.keep:
		d.tx.WinningsMinor = b.PayoutMinor
	case op.void && b.OperatorMinor > 0: // nor would anybody take this back by itself
		d.tx.WinningsMinor = b.OperatorMinor
		d.ops = []walletOp{{
			action: actionCorrect, key: requestID(kindCancel, b.IntegrationID, row.ProviderTxID+"\x00operator"), amount: b.OperatorMinor, holdID: b.HoldID,
			basis: walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, atMost: true, debt: op.debt, ref: op.ref,
		}, op}
	}
	return single(d), nil
}

// payment takes a win or a prize back, unless that has been done, by itself or with its bet.
func (c *cancelling) payment(sit *situation, row db.ProviderTx, player string, x *db.ProviderTx) (plan, error) {
	b := sit.byID[x.BetID]
	r := sit.rounds[x.RoundID]
	cancelled := b != nil && b.WinningsTaken || sit.takenBack(row, x.Kind)
	switch {
	case player != "" && player != x.PlayerID:
		return plan{}, errPlayerMismatch()
	case c.inCurrency(x.Currency) != nil:
		return plan{}, c.inCurrency(x.Currency)
	case cancelled && c.req.GetRefuseCancelled():
		return plan{}, errBetVoided(x.ProviderTxID)
	case r != nil && r.Closing && c.req.GetRefuseClosedRound() && !cancelled:
		return plan{}, errRoundClosed(r.RoundID)
	}
	row.PlayerID, row.RoundID, row.BetID, row.Currency, row.ReferenceKind = x.PlayerID, x.RoundID, x.BetID, x.Currency, x.Kind
	row.ReportedMinor, row.WasCancelled = x.ReportedMinor, cancelled
	d := deed{tx: row}
	if cancelled || x.State != txDone || !x.Applied || x.AmountMinor == 0 {
		return single(d), nil
	}
	key, err := takeBackKey(sit, row, x)
	if err != nil {
		return plan{}, err
	}
	op := walletOp{
		action: actionDebit, key: key, amount: x.AmountMinor, debt: c.req.GetIntoDebt(),
		ref: betRef{x.BetID, x.RoundID, row.ProviderTxID, ""},
	}
	if b != nil {
		op.ref.gameID = b.GameID
	}
	if b != nil && b.HoldID != "" {
		// An operator may have left the bet less than the win since.
		op.action, op.holdID, op.basis, op.atMost = actionCorrect, b.HoldID, walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, true
	}
	d.tx.Action, d.tx.AmountMinor, d.tx.WinningsMinor, d.ops = op.action, x.AmountMinor, x.AmountMinor, []walletOp{op}
	return single(d), nil
}

// takenBack tells whether another cancellation than this one took the win or the prize back that it is about.
func (s *situation) takenBack(row db.ProviderTx, kind string) bool {
	return slices.ContainsFunc(s.cancels[txRef{row.IntegrationID, row.ReferenceTxID}], func(other *db.ProviderTx) bool {
		return other.ReferenceKind == kind && other.State == txDone && other.ProviderTxID != row.ProviderTxID
	})
}

// takeBackKey is the wallet's key for taking a win or a prize back. It is the payment's and not the cancellation's, so that of several cancellations at once, each with an id of its own, the
// wallet does one. Versions before had the cancellation's: what was done under that, by one that never came to write its row, is not done again.
func takeBackKey(sit *situation, row db.ProviderTx, x *db.ProviderTx) (string, error) {
	former := requestID(kindCancel, x.IntegrationID, row.ProviderTxID)
	m, asked := sit.done[former]
	switch {
	case !asked:
		return "", &lostKey{error: errAgain, key: former}
	case m.kind != "":
		return former, nil
	}
	return requestID(stepTakeBack+" "+x.Kind, x.IntegrationID, x.ProviderTxID), nil
}

func errWrongKind(providerTxID, kind string) error {
	return errs.New(gamingv1.ErrorReason_ERROR_REASON_WRONG_KIND, "the transaction is of another kind", "provider_tx_id", providerTxID, "kind", kind)
}
