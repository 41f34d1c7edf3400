package gaming

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// wallets is a comparison with a provider that keeps players' money: its transfers, its book of bets and what its wallets hold now.
type wallets struct {
	*comparison
	bank   adapterv1.TransferWalletServiceClient
	listed map[string]bool
	beside map[string]*adapterv1.FundsTransfer // transfers of ours in the span that the provider has listed outside it
}

// compareWallets compares with such a provider.
func (c *comparison) compareWallets(ctx context.Context) error {
	bank, err := c.s.transferProvider(ctx, c.run.IntegrationID)
	if err != nil {
		return err
	}
	w := &wallets{comparison: c, bank: bank, listed: map[string]bool{}, beside: map[string]*adapterv1.FundsTransfer{}}
	for _, step := range []func(context.Context) error{w.theirTransfers, w.ourTransfers, w.theirPlay, c.rest, w.theirFunds, w.ourWallets} {
		if err = step(ctx); err != nil {
			return err
		}
		if err = c.alive(ctx); err != nil {
			return err
		}
	}
	return nil
}

// theirTransfers compares each transfer that the provider has in the span with ours. Its book is read from before the first of ours was sent that ended in the span until a little
// beyond the end, so that what it does not list there it has nowhere.
func (w *wallets) theirTransfers(ctx context.Context) error {
	_, until := w.span()
	sent, err := w.s.q.FirstSent(ctx, db.FirstSentParams{IntegrationID: w.run.IntegrationID, FromAt: w.run.FromAt, UntilAt: w.run.UntilAt})
	if err != nil {
		return err
	}
	req := &adapterv1.ListFundsTransfersRequest{IntegrationId: w.run.IntegrationID, From: timestamppb.New(sent.Add(-timingGrace)), Until: timestamppb.New(until)}
	for {
		r, err := w.bank.ListFundsTransfers(ctx, req)
		if err != nil {
			return err
		}
		if err = w.transfersPage(ctx, r.GetTransfers()); err != nil {
			return err
		}
		if req.Cursor = r.GetNextCursor(); req.Cursor == "" {
			return nil
		}
		if err = w.alive(ctx); err != nil {
			return err
		}
	}
}

// transfersPage compares what the provider has listed, and keeps what it has listed beside the span of those of ours that are in it.
func (w *wallets) transfersPage(ctx context.Context, list []*adapterv1.FundsTransfer) error {
	var ids []string
	for _, t := range list {
		ids = append(ids, t.GetTransferId())
	}
	rows, err := w.s.q.TransfersNamed(ctx, ids)
	if err != nil {
		return err
	}
	ours := map[string]db.ProviderTransfer{}
	for _, t := range rows {
		ours[t.TransferID] = t
	}
	for _, theirs := range list {
		id := theirs.GetTransferId()
		mine, has := ours[id]
		if outside(theirs.GetAt().AsTime(), w.run.FromAt, w.run.UntilAt) { // another run's, unless ours is in this one's span
			if has && w.has(mine) {
				w.beside[id] = theirs
			}
			continue
		}
		w.theirs++
		book := roundBook{player: theirs.GetPlayerId(), currency: theirs.GetAmount().GetCurrency()}
		if has {
			book.player = mine.PlayerID
		}
		diffs, err := w.transferDiffs(mine, has, theirs)
		if err != nil {
			return err
		}
		w.listed[id] = true
		if err = w.note(ctx, book, id, diffs); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a transfer of ours ended in the span.
func (w *wallets) has(t db.ProviderTransfer) bool {
	return t.FinishedAt != nil && !outside(*t.FinishedAt, w.run.FromAt, w.run.UntilAt)
}

// transferDiffs says how the books differ about a transfer that the provider has applied. One that only one of them has in the span is TIMING when nothing else differs.
func (w *wallets) transferDiffs(mine db.ProviderTransfer, has bool, theirs *adapterv1.FundsTransfer) ([]difference, error) {
	amount, err := money.FromProto(theirs.GetAmount())
	if err != nil {
		return nil, err
	}
	d := compareTransfer(mine, has, w.listed[theirs.GetTransferId()], theirs, amount)
	if d == nil && w.has(mine) == outside(theirs.GetAt().AsTime(), w.run.FromAt, w.run.UntilAt) {
		d = &difference{
			kind: gamingv1.FindingKind_FINDING_KIND_TIMING, txID: mine.TransferID, delta: new(int64),
			ours: transferWords(transferStateName(mine.State), mine.Direction, amount), theirs: transferWords("APPLIED", int16(theirs.GetDirection()), amount), //nolint:gosec // an enum
		}
	}
	if d == nil {
		return nil, nil
	}
	return []difference{*d}, nil
}

// compareTransfer says how the books differ about a transfer that the provider has applied; nil when they agree.
func compareTransfer(mine db.ProviderTransfer, has, again bool, theirs *adapterv1.FundsTransfer, amount money.Amount) *difference {
	there := func(a money.Amount, direction int16) int64 { // what it added to the player's wallet there
		if direction == fromProvider {
			return -a.Minor
		}
		return a.Minor
	}
	way := int16(theirs.GetDirection()) //nolint:gosec // an enum
	ours := money.Amount{Minor: mine.AmountMinor, Currency: mine.Currency}
	delta := there(ours, mine.Direction) - there(amount, way)
	d := &difference{txID: theirs.GetTransferId(), theirs: transferWords("APPLIED", way, amount), delta: &delta}
	if has {
		d.ours = transferWords(transferStateName(mine.State), mine.Direction, ours)
	}
	switch {
	case again:
		d.kind, d.delta = gamingv1.FindingKind_FINDING_KIND_DUPLICATE, new(int64)
	case !has:
		d.kind = gamingv1.FindingKind_FINDING_KIND_MISSING_OURS
	case mine.PlayerID != theirs.GetPlayerId():
		d.kind = gamingv1.FindingKind_FINDING_KIND_PLAYER_MISMATCH
	case ours.Currency != amount.Currency:
		d.kind, d.delta = gamingv1.FindingKind_FINDING_KIND_CURRENCY_MISMATCH, nil
	case delta != 0:
		d.kind = gamingv1.FindingKind_FINDING_KIND_AMOUNT_MISMATCH
	case mine.State == transferFailed:
		d.kind = gamingv1.FindingKind_FINDING_KIND_STATUS_MISMATCH
		*d.delta = -there(amount, way)
	case mine.State != transferConfirmed:
		d.kind = gamingv1.FindingKind_FINDING_KIND_OPEN_ROUND
	default:
		return nil
	}
	return d
}

func transferWords(state string, direction int16, a money.Amount) string {
	way := "to the provider"
	if direction == fromProvider {
		way = "from the provider"
	}
	return fmt.Sprintf("transfer %s, %s %s %s", state, way, a.String(), a.Currency)
}

// ourTransfers are those of ours that the provider did not list in the span: it has them beside it, or not at all. When its book was read before the time after the span was over,
// it may have those yet that ended near the end.
func (w *wallets) ourTransfers(ctx context.Context) error {
	for after := ""; ; {
		rows, err := w.s.q.TransfersFinishedIn(ctx, db.TransfersFinishedInParams{
			IntegrationID: w.run.IntegrationID, FromAt: w.run.FromAt, UntilAt: w.run.UntilAt, AfterID: after, MaxRows: ourPage,
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, t := range rows {
			after = t.TransferID
			w.ours++
			if w.listed[t.TransferID] {
				continue
			}
			diffs := []difference{w.missingTransfer(t)}
			if theirs := w.beside[t.TransferID]; theirs != nil {
				if diffs, err = w.transferDiffs(t, true, theirs); err != nil {
					return err
				}
			}
			if err = w.note(ctx, roundBook{player: t.PlayerID, currency: t.Currency}, t.TransferID, diffs); err != nil {
				return err
			}
		}
	}
}

// missingTransfer is a transfer that only we have, as far as the provider's book was read.
func (w *wallets) missingTransfer(t db.ProviderTransfer) difference {
	amount := money.Amount{Minor: t.AmountMinor, Currency: t.Currency}
	delta := amount.Minor
	if t.Direction == fromProvider {
		delta = -delta
	}
	return difference{
		kind: missingKind(*t.FinishedAt, w.run.UntilAt, w.asked), txID: t.TransferID, ours: transferWords(transferStateName(t.State), t.Direction, amount), delta: &delta,
	}
}

// theirPlay compares the provider's book of bets with what was read from it.
func (w *wallets) theirPlay(ctx context.Context) error {
	req := &adapterv1.ListPlayRequest{IntegrationId: w.run.IntegrationID, From: timestamppb.New(w.run.FromAt)}
	for {
		r, err := w.bank.ListPlay(ctx, req)
		if err != nil {
			return err
		}
		var refs []string
		for _, p := range r.GetPlay() {
			refs = append(refs, p.GetBetRef())
		}
		rows, err := w.s.q.BetsOfProvider(ctx, db.BetsOfProviderParams{IntegrationID: w.run.IntegrationID, ProviderTxIds: refs})
		if err != nil {
			return err
		}
		ours := map[string]db.Bet{}
		for _, b := range rows {
			ours[b.ProviderTxID] = b
		}
		for _, e := range r.GetUnreadable() {
			if err = w.setAside(ctx, asideOf(e)); err != nil {
				return err
			}
		}
		for _, p := range r.GetPlay() {
			if err = w.bet(ctx, p, ours); err != nil {
				return err
			}
		}
		if req.Cursor = r.GetNextCursor(); req.Cursor == "" {
			return nil
		}
	}
}

// setAside makes a finding of an entry that cannot be read, once however often it is listed.
func (w *wallets) setAside(ctx context.Context, e asideEntry) error {
	if w.listed["aside "+e.key] || !e.recordedAt.IsZero() && !e.recordedAt.Before(w.run.UntilAt) {
		return nil
	}
	w.listed["aside "+e.key] = true
	w.theirs++
	w.findings++
	return w.s.setAside(ctx, w.s.q, w.run.IntegrationID, w.run.RunID, &w.run.FromAt, e, w.s.now())
}

// bet compares one bet of the provider's book, once however often it is listed.
func (w *wallets) bet(ctx context.Context, p *adapterv1.ProviderPlay, rows map[string]db.Bet) error {
	read, err := readPlay(w.run.IntegrationID, p)
	if err != nil {
		return w.setAside(ctx, asideBet(p, err))
	}
	at := *read.SettledAt
	if w.listed["bet "+p.GetBetRef()] || at.Before(w.run.FromAt) || !at.Before(w.run.UntilAt) {
		return nil
	}
	w.listed["bet "+p.GetBetRef()] = true
	w.theirs++
	theirs := roundBook{
		roundRef: p.GetRoundRef(), player: p.GetPlayerId(), currency: read.Currency, state: bookFinished, stake: read.StakeMinor, payout: read.PayoutMinor, endedAt: at,
	}
	b, has := rows[p.GetBetRef()]
	if !has {
		d := missingOurs(theirs)
		d.txID = p.GetBetRef()
		return w.note(ctx, theirs, p.GetBetRef(), []difference{d})
	}
	ours := roundBook{
		roundRef: p.GetRoundRef(), roundID: b.RoundID, player: b.PlayerID, currency: b.Currency, state: bookFinished, stake: b.StakeMinor, payout: b.PayoutMinor, endedAt: at,
	}
	w.seen[seenKey(p.GetRoundRef(), b.PlayerID)] = true
	diffs := compareRound(ours, theirs, w.run.FromAt, w.run.UntilAt)
	for i := range diffs {
		diffs[i].txID = p.GetBetRef()
	}
	return w.note(ctx, ours, p.GetBetRef(), diffs)
}

// theirFunds compares what wallets hold with what was transferred and played. The book of bets is read before, so that what is missing is missing there.
func (w *wallets) theirFunds(ctx context.Context) error {
	req := &adapterv1.ListFundsRequest{IntegrationId: w.run.IntegrationID}
	for {
		r, err := w.bank.ListFunds(ctx, req)
		if err != nil {
			return err
		}
		if err = w.s.importPlay(ctx, db.ProviderPlay{IntegrationID: w.run.IntegrationID, ReadUntil: &w.run.FromAt}); err != nil {
			return err
		}
		for _, f := range r.GetWallets() {
			has, err := money.FromProto(f.GetFunds())
			if err != nil {
				return err
			}
			w.theirs++
			w.listed["wallet "+seenKey(f.GetPlayerId(), has.Currency)] = true
			if err = w.funds(ctx, f.GetPlayerId(), has); err != nil {
				return err
			}
		}
		if req.Cursor = r.GetNextCursor(); req.Cursor == "" {
			return nil
		}
	}
}

// ourWallets are those that the provider did not list: they must be empty.
func (w *wallets) ourWallets(ctx context.Context) error {
	p := db.ListProviderWalletsParams{IntegrationID: w.run.IntegrationID, MaxRows: ourPage}
	for {
		rows, err := w.s.q.ListProviderWallets(ctx, p)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, x := range rows {
			p.AfterPlayer, p.AfterCurrency = x.PlayerID, x.Currency
			if w.listed["wallet "+seenKey(x.PlayerID, x.Currency)] {
				continue
			}
			if err = w.funds(ctx, x.PlayerID, money.Amount{Currency: x.Currency}); err != nil {
				return err
			}
		}
	}
}

// funds compares one wallet. One with a transfer under way is left to the next run; one in which something happened just now may differ for a moment.
func (w *wallets) funds(ctx context.Context, player string, has money.Amount) error {
	way, err := w.s.q.OpenTransfers(ctx, db.OpenTransfersParams{PlayerID: player, IntegrationID: w.run.IntegrationID, Currency: has.Currency})
	if err != nil || way.ToCount+way.FromCount > 0 {
		return err
	}
	expected, err := w.s.q.ExpectedFunds(ctx, db.ExpectedFundsParams{PlayerID: player, IntegrationID: w.run.IntegrationID, Currency: has.Currency})
	if err != nil {
		return err
	}
	book, item := roundBook{player: player, currency: has.Currency}, "balance:"+has.Currency
	if expected == has.Minor {
		return w.note(ctx, book, item, nil)
	}
	delta := expected - has.Minor
	d := difference{
		kind: gamingv1.FindingKind_FINDING_KIND_AMOUNT_MISMATCH, txID: item, delta: &delta,
		ours: "wallet " + money.Amount{Minor: expected, Currency: has.Currency}.String(), theirs: "wallet " + has.String(),
	}
	active, err := w.s.q.ActiveSince(ctx, db.ActiveSinceParams{IntegrationID: w.run.IntegrationID, PlayerID: player, Currency: has.Currency, Since: w.s.now().Add(-timingGrace)})
	if err != nil {
		return err
	}
	if active {
		d.kind = gamingv1.FindingKind_FINDING_KIND_TIMING
	}
	return w.note(ctx, book, item, []difference{d})
}
