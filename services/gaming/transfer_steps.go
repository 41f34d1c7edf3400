package gaming

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// advance takes a transfer as far as it goes now and answers where it stands. Whoever calls it has claimed the row for transferLease; should two work on it all the same,
// each step is one of the same few, under the same keys, and the row takes the first one's. The player may be gone meanwhile: the work is done all the same.
func (s *Server) advance(ctx context.Context, t db.ProviderTransfer) (db.ProviderTransfer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), transferLimit)
	defer cancel()
	asked := false // in this call: then the provider is told what to do, and not asked what came of it
	for open(t) {
		var err error
		was := t
		switch {
		case t.State == transferRequested && t.Direction == toProvider:
			t, err = s.takeCash(ctx, t)
			asked = true
		case t.State == transferRequested:
			t, err = s.measure(ctx, t)
			asked = true
		case t.Outcome == notKnown:
			t, err = s.askTransfer(ctx, t, !asked)
		case t.Outcome == applied && t.Direction == toProvider:
			t, err = s.finishTransfer(ctx, t, transferConfirmed, t.Failure, nil)
		case t.Outcome == applied:
			t, err = s.bringCash(ctx, t, stepTransferIn, transferConfirmed)
		case t.Direction == toProvider:
			t, err = s.bringCash(ctx, t, stepTransferBack, transferFailed)
		default:
			t, err = s.finishTransfer(ctx, t, transferFailed, t.Failure, nil)
		}
		if err != nil {
			s.log.WarnContext(ctx, "a transfer is put off", "transfer_id", was.TransferID, "integration_id", was.IntegrationID, "err", err)
			return s.postpone(ctx, was)
		}
	}
	return t, nil
}

// takeCash moves cash to the provider's bank in the ledger and marks the transfer as sent. A refusal of the wallet ends the transfer.
func (s *Server) takeCash(ctx context.Context, t db.ProviderTransfer) (db.ProviderTransfer, error) {
	err := s.walletCall(ctx, func(ctx context.Context) error {
		_, err := s.wallet.TransferOut(ctx, &walletv1.TransferOutRequest{
			RequestId: requestID(stepTransferOut, t.IntegrationID, t.TransferID), PlayerId: t.PlayerID, Amount: moneyOf(t), Provider: t.IntegrationID, Reference: transferRef(t),
		})
		return err
	})
	switch {
	case err != nil && !isRefusal(err):
		return t, err
	case err != nil:
		meta := errs.Metadata(err)
		if meta == nil {
			meta = map[string]string{}
		}
		text, jerr := json.Marshal(meta)
		if jerr != nil {
			return t, jerr
		}
		return s.finishTransfer(ctx, t, transferFailed, errs.ReasonOf(err), text)
	}
	sent, err := s.send(ctx, t, t.AmountMinor)
	if err == nil && sent.State == transferFailed && len(sent.Refusal) > 0 { // another worker was refused before cash came: this one's is not to be lost
		return s.bringCash(ctx, sent, stepTransferBack, transferFailed)
	}
	return sent, err
}

// measure finds out how much everything is, and marks the transfer as sent.
func (s *Server) measure(ctx context.Context, t db.ProviderTransfer) (db.ProviderTransfer, error) {
	if !t.Everything || t.AmountMinor > 0 {
		return s.send(ctx, t, t.AmountMinor)
	}
	has, err := s.fundsThere(ctx, t.IntegrationID, t.PlayerID, t.Currency)
	switch {
	case err != nil:
		return t, err
	case has.Minor == 0:
		return s.finishTransfer(ctx, t, transferConfirmed, "", nil)
	}
	return s.send(ctx, t, has.Minor)
}

// send marks a transfer as sent, before the provider is asked.
func (s *Server) send(ctx context.Context, t db.ProviderTransfer, minor int64) (sent db.ProviderTransfer, err error) {
	now := s.now()
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		sent, err = q.SendTransfer(ctx, db.SendTransferParams{Now: now, AmountMinor: minor, TransferID: t.TransferID})
		if errors.Is(err, pgx.ErrNoRows) { // somebody else did
			sent, err = q.GetTransfer(ctx, t.TransferID)
			return err
		}
		if err != nil || t.Direction == fromProvider {
			return err
		}
		if err = q.StartPlayImport(ctx, db.StartPlayImportParams{IntegrationID: t.IntegrationID, Now: now}); err != nil {
			return err
		}
		return q.OpenProviderWallet(ctx, db.OpenProviderWalletParams{IntegrationID: t.IntegrationID, PlayerID: t.PlayerID, Currency: t.Currency, Now: now})
	})
	return sent, err
}

// askTransfer has the provider move the money. One that was told before is asked first, and told again, in the same words, only when it does not know of it.
func (s *Server) askTransfer(ctx context.Context, t db.ProviderTransfer, before bool) (db.ProviderTransfer, error) {
	provider, err := s.transferProvider(ctx, t.IntegrationID)
	if err != nil {
		return t, err
	}
	var theirs *adapterv1.FundsTransfer
	if before {
		r, err := provider.GetFundsTransfer(ctx, &adapterv1.GetFundsTransferRequest{IntegrationId: t.IntegrationID, TransferId: t.TransferID})
		if err != nil {
			return t, err
		}
		theirs = r.GetTransfer()
	}
	if theirs.GetState() == adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_UNSPECIFIED {
		r, err := provider.TransferFunds(ctx, &adapterv1.TransferFundsRequest{
			IntegrationId: t.IntegrationID, TransferId: t.TransferID, PlayerId: t.PlayerID, Direction: adapterv1.FundsDirection(t.Direction), Amount: moneyOf(t),
		})
		if err != nil {
			return t, err
		}
		theirs = r.GetTransfer()
	}
	answer := db.AnswerTransferParams{TransferID: t.TransferID, ProviderRef: theirs.GetProviderRef()}
	switch {
	case !agrees(t, theirs):
		return t, errors.New("gaming: the provider answers about another transfer")
	case theirs.GetState() == adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_APPLIED:
		answer.Outcome = applied
	case theirs.GetState() == adapterv1.FundsTransferState_FUNDS_TRANSFER_STATE_REFUSED:
		answer.Outcome, answer.Failure = refusedThere, orElse(strings.TrimSpace(theirs.GetRefusal()), "PROVIDER_REFUSED")
	default:
		return t, errors.New("gaming: the provider does not say what came of a transfer")
	}
	return s.orCurrent(ctx, t.TransferID, func() (db.ProviderTransfer, error) { return s.q.AnswerTransfer(ctx, answer) })
}

// bringCash moves money from the provider's bank in the ledger to cash and ends the transfer.
func (s *Server) bringCash(ctx context.Context, t db.ProviderTransfer, step string, state int16) (db.ProviderTransfer, error) {
	err := s.walletCall(ctx, func(ctx context.Context) error {
		_, err := s.wallet.TransferIn(ctx, &walletv1.TransferInRequest{
			RequestId: requestID(step, t.IntegrationID, t.TransferID), PlayerId: t.PlayerID, Amount: moneyOf(t), Provider: t.IntegrationID, Reference: transferRef(t),
		})
		return err
	})
	if err != nil || !open(t) {
		return t, err
	}
	return s.finishTransfer(ctx, t, state, t.Failure, nil)
}

// finishTransfer ends a transfer and tells of it.
func (s *Server) finishTransfer(ctx context.Context, t db.ProviderTransfer, state int16, failure string, refusal []byte) (db.ProviderTransfer, error) {
	now := s.now()
	var done db.ProviderTransfer
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		var err error
		done, err = q.FinishTransfer(ctx, db.FinishTransferParams{State: state, Failure: failure, Refusal: refusal, Now: now, TransferID: t.TransferID, Outcome: t.Outcome})
		if errors.Is(err, pgx.ErrNoRows) {
			done, err = q.GetTransfer(ctx, t.TransferID)
			return err
		}
		if err != nil {
			return err
		}
		if state == transferConfirmed && t.Direction == toProvider {
			if err = q.OpenProviderWallet(ctx, db.OpenProviderWalletParams{IntegrationID: t.IntegrationID, PlayerID: t.PlayerID, Currency: t.Currency, Now: now}); err != nil {
				return err
			}
		}
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "provider_transfer.finished.v1", PlayerID: t.PlayerID, AggregateID: t.TransferID, Version: 2, OccurredAt: now,
			Message: &gamingv1.ProviderTransferFinished{Transfer: transferProto(done)},
		})
	})
	return done, err
}

// postpone puts a transfer off, and hands it over to an operator when that has gone on for too long; it is asked for all the same.
func (s *Server) postpone(ctx context.Context, t db.ProviderTransfer) (db.ProviderTransfer, error) {
	ctx = context.WithoutCancel(ctx)
	now := s.now()
	next, err := s.orCurrent(ctx, t.TransferID, func() (db.ProviderTransfer, error) {
		return s.q.PostponeTransfer(ctx, db.PostponeTransferParams{NextAt: now.Add(putOff(t.Asks)), TransferID: t.TransferID})
	})
	if err != nil || !open(next) || next.HandedOverAt != nil || now.Sub(next.CreatedAt) < s.cfg.ManualAfter {
		return next, err
	}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		over, err := s.q.WithTx(tx).HandOverTransfer(ctx, db.HandOverTransferParams{Now: now, TransferID: t.TransferID})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		next = over
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "provider_transfer.handed_over.v1", PlayerID: t.PlayerID, AggregateID: t.TransferID, Version: 1, OccurredAt: now,
			Message: &gamingv1.ProviderTransferHandedOver{Transfer: transferProto(over)},
		})
	})
	return next, err
}

// orCurrent answers the row after a change, or as it is when somebody else was first.
func (s *Server) orCurrent(ctx context.Context, id string, change func() (db.ProviderTransfer, error)) (db.ProviderTransfer, error) {
	t, err := change()
	if errors.Is(err, pgx.ErrNoRows) {
		return s.q.GetTransfer(ctx, id)
	}
	return t, err
}

// walletCall calls the wallet within its time. Errors: the wallet's refusals in gaming's words, WALLET_UNAVAILABLE, OVERLOADED.
func (s *Server) walletCall(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	if err := call(ctx); err != nil {
		return walletError(err)
	}
	return nil
}

// fundsThere is what a player's wallet at a provider holds. Errors: PROVIDER_UNAVAILABLE.
func (s *Server) fundsThere(ctx context.Context, integrationID, playerID, currency string) (money.Amount, error) {
	provider, err := s.transferProvider(ctx, integrationID)
	if err != nil {
		return money.Amount{}, err
	}
	r, err := provider.GetFunds(ctx, &adapterv1.GetFundsRequest{IntegrationId: integrationID, PlayerId: playerID, Currency: currency})
	if err != nil {
		return money.Amount{}, errProviderSilent(integrationID, err)
	}
	has, err := money.FromProto(r.GetFunds())
	if err != nil || has.Currency != currency || has.Sign() < 0 {
		return money.Amount{}, errProviderSilent(integrationID, errors.Join(err, errors.New("gaming: funds that are none")))
	}
	return has, nil
}

// transferWallet finds an integration whose provider keeps players' money. Errors: INTEGRATION_NOT_FOUND, NOT_TRANSFER_WALLET.
func (s *Server) transferWallet(ctx context.Context, integrationID string) (service string, enabled bool, err error) {
	in, err := s.gameIntegration(ctx, integrationID)
	switch {
	case err != nil:
		return "", false, err
	case !in.GetTransferWallet():
		return "", false, errNotTransferWallet(integrationID)
	}
	return in.GetService(), in.GetEnabled(), nil
}

// transferProvider is the adapter of such an integration. Errors: INTEGRATION_NOT_FOUND, NOT_TRANSFER_WALLET, PROVIDER_UNAVAILABLE.
func (s *Server) transferProvider(ctx context.Context, integrationID string) (adapterv1.TransferWalletServiceClient, error) {
	service, enabled, err := s.transferWallet(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	if !enabled {
		return nil, errProviderSilent(integrationID, errIntegrationOff)
	}
	p, err := s.transfers(service)
	if err != nil {
		return nil, errProviderSilent(integrationID, err)
	}
	return p, nil
}
