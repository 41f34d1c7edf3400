package cashier

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// CreateDeposit opens a deposit. Its row and key are committed before the provider is called, and the provider's idempotency key is the
// deposit's id, so a repeated request goes on where the first one stopped, whatever it stopped at.
func (s *Server) CreateDeposit(ctx context.Context, req *cashierv1.CreateDepositRequest) (*cashierv1.CreateDepositResponse, error) {
	player := authz.Own(ctx)
	key, err := requestKey(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	amount, err := readAmount(req.GetAmount(), s.rules.deposits)
	if err != nil {
		return nil, err
	}
	returnURL := req.GetReturnUrl()
	if returnURL == "" {
		returnURL = s.publicURL + "/"
	} else if !returnURLAllowed(s.publicURL, returnURL) {
		return nil, errReturnURLForeign()
	}
	print := fingerprint("deposit", req.GetMethodId(), strconv.FormatInt(amount.Minor, 10), amount.Currency, returnURL)
	id, err := s.earlier(ctx, player, key, print)
	if err != nil {
		return nil, err
	}
	replayed := id != ""
	if !replayed {
		r := depositRequest{player: player, key: key, print: print, methodID: req.GetMethodId(), amount: amount, returnURL: returnURL}
		if id, replayed, err = s.newDeposit(ctx, r); err != nil {
			return nil, err
		}
	}
	d, err := s.openDeposit(ctx, id)
	if err != nil {
		return nil, err
	}
	shown, err := s.showDeposits(ctx, d)
	if err != nil {
		return nil, err
	}
	return &cashierv1.CreateDepositResponse{Deposit: shown[0], Replayed: replayed}, nil
}

// depositRequest is a checked request.
type depositRequest struct {
	player, key, methodID, returnURL string
	print                            []byte
	amount                           money.Amount
}

// newDeposit commits the deposit with its key. When another request with the key was faster, it answers that one's deposit.
func (s *Server) newDeposit(ctx context.Context, r depositRequest) (id string, replayed bool, err error) {
	if err := s.mayDeposit(ctx, r.player); err != nil {
		return "", false, err
	}
	method, err := s.paymentMethod(ctx, r.methodID)
	if err != nil {
		return "", false, err
	}
	if err := inRange(r.amount, s.rules.deposits); err != nil {
		return "", false, err
	}
	id = ids.New("dep")
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.insertDeposit(ctx, tx, id, r, method) })
	if pg.IsUnique(err, keyConstraint) {
		id, err = s.earlier(ctx, r.player, r.key, r.print)
		return id, true, err
	}
	return id, false, err
}

func (s *Server) insertDeposit(ctx context.Context, tx pgx.Tx, id string, r depositRequest, method *operationsv1.LookupIntegrationResponse) error {
	q, now := s.q.WithTx(tx), s.now()
	if err := q.InsertKey(ctx, db.InsertKeyParams{PlayerID: r.player, Key: r.key, Fingerprint: r.print, PaymentID: id, CreatedAt: now}); err != nil {
		return err
	}
	next := now.Add(pause(s.cfg.SyncDelays, 0))
	d, err := q.InsertDeposit(ctx, db.InsertDepositParams{
		DepositID: id, PlayerID: r.player, IntegrationID: r.methodID, Psp: method.GetProtocol(), Currency: r.amount.Currency,
		AmountMinor: r.amount.Minor, ReturnUrl: r.returnURL, Now: now, ExpiresAt: now.Add(s.cfg.DepositTTL), NextSyncAt: &next,
	})
	if err != nil {
		return err
	}
	if err := s.depositStep(ctx, tx, d, ""); err != nil {
		return err
	}
	return s.publishDeposit(ctx, tx, d, "payment.intent.v1", &cashierv1.PaymentIntentCreated{Deposit: depositOf(d)})
}

// mayDeposit refuses players whom identity has locked. When identity does not answer nothing is opened.
func (s *Server) mayDeposit(ctx context.Context, player string) error {
	p, err := s.players.Get(ctx, player)
	switch {
	case err != nil:
		return errUnavailable(err)
	case p.GetStatus() != identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE:
		return errPlayerBlocked(p.GetStatus().String()[len("PLAYER_STATUS_"):])
	}
	return nil
}

// readAmount reads a positive amount of a currency that is listed. Errors: CURRENCY_NOT_SUPPORTED, INVALID_AMOUNT.
func readAmount(m *commonv1.Money, limits map[string]amountRange) (money.Amount, error) {
	if _, ok := limits[m.GetCurrency()]; !ok {
		return money.Amount{}, errCurrencyNotSupported(m.GetCurrency())
	}
	a, err := money.FromProto(m)
	if err != nil || a.Sign() <= 0 {
		return money.Amount{}, errInvalidAmount(m)
	}
	return a, nil
}

// inRange checks a listed currency's limits. Errors: AMOUNT_OUT_OF_RANGE.
func inRange(a money.Amount, limits map[string]amountRange) error {
	if r := limits[a.Currency]; a.Minor < r.min || a.Minor > r.max {
		return errAmountOutOfRange(r, a.Currency)
	}
	return nil
}

// depositStep writes what the player sees of a deposit that has just changed.
func (s *Server) depositStep(ctx context.Context, tx pgx.Tx, d db.Deposit, reason string) error {
	state := depositState(d.State)
	return s.q.WithTx(tx).AddStep(ctx, db.AddStepParams{
		PaymentID: d.DepositID, State: state.String(), Reason: reason, NextStep: depositNext(state, d.PaidAt != nil), At: s.now(),
	})
}

func (s *Server) publishDeposit(ctx context.Context, tx pgx.Tx, d db.Deposit, subject string, m messageWithDeposit) error {
	return bus.Publish(ctx, tx, bus.Event{Subject: subject, Message: m, PlayerID: d.PlayerID, AggregateID: d.DepositID, Version: d.Version, OccurredAt: s.now()})
}
