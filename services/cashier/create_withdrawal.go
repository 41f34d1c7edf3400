package cashier

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// withdrawalRequest is a checked request.
type withdrawalRequest struct {
	player, key  string
	print        []byte
	amount       money.Amount
	destination  int16
	iban, holder string
}

// CreateWithdrawal commits the withdrawal, with the deposits that will give the money back, and then reserves the money in the wallet. It
// does not ask whether the player is locked: money that is the player's can always leave.
func (s *Server) CreateWithdrawal(ctx context.Context, req *cashierv1.CreateWithdrawalRequest) (*cashierv1.CreateWithdrawalResponse, error) {
	r, err := s.readWithdrawal(ctx, req)
	if err != nil {
		return nil, err
	}
	id, err := s.earlier(ctx, r.player, r.key, r.print)
	if err != nil {
		return nil, err
	}
	replayed := id != ""
	if !replayed {
		if err := inRange(r.amount, s.rules.withdrawals); err != nil {
			return nil, err
		}
		id = ids.New("wdr")
		err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.insertWithdrawal(ctx, tx, id, r) })
		if pg.IsUnique(err, keyConstraint) {
			replayed = true
			id, err = s.earlier(ctx, r.player, r.key, r.print)
		}
		if err != nil {
			return nil, err
		}
	}
	w, err := s.reserve(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(w.Refusal) > 0 {
		return nil, refusalOf(w)
	}
	shown, err := s.showWithdrawals(ctx, w)
	if err != nil {
		return nil, err
	}
	return &cashierv1.CreateWithdrawalResponse{Withdrawal: shown[0], Replayed: replayed}, nil
}

func (s *Server) readWithdrawal(ctx context.Context, req *cashierv1.CreateWithdrawalRequest) (withdrawalRequest, error) {
	r := withdrawalRequest{
		player: authz.Own(ctx), destination: int16(req.GetDestination()), iban: req.GetBankAccount().GetIban(), holder: req.GetBankAccount().GetHolder(),
	}
	var err error
	if r.key, err = requestKey(ctx, req.GetRequestId()); err != nil {
		return r, err
	}
	if r.amount, err = readAmount(req.GetAmount(), s.rules.withdrawals); err != nil {
		return r, err
	}
	switch r.destination {
	case destinationSource:
		if r.iban != "" || r.holder != "" {
			return r, errDestinationInvalid("bank_account")
		}
	case destinationBank:
		if !ibanValid(r.iban) {
			return r, errDestinationInvalid("bank_account.iban")
		}
		if r.holder == "" {
			return r, errDestinationInvalid("bank_account.holder")
		}
	default:
		return r, errDestinationInvalid("destination")
	}
	r.print = fingerprint("withdrawal", strconv.Itoa(int(r.destination)), strconv.FormatInt(r.amount.Minor, 10), r.amount.Currency, r.iban, r.holder)
	return r, nil
}

// insertWithdrawal commits row, key and parts. Errors: REFUNDABLE_EXCEEDED.
func (s *Server) insertWithdrawal(ctx context.Context, tx pgx.Tx, id string, r withdrawalRequest) error {
	q, now := s.q.WithTx(tx), s.now()
	if err := q.InsertKey(ctx, db.InsertKeyParams{PlayerID: r.player, Key: r.key, Fingerprint: r.print, PaymentID: id, CreatedAt: now}); err != nil {
		return err
	}
	psp, shares := bankPSP, []share(nil)
	if r.destination == destinationSource {
		var refundable int64
		sources, err := s.refundable(ctx, tx, r.player, r.amount.Currency, "")
		if err != nil {
			return err
		}
		if shares, refundable = allocate(sources, r.amount.Minor); shares == nil {
			return errRefundableExceeded(refundable, r.amount.Currency)
		}
		psp = shares[0].psp
	}
	p := db.InsertWithdrawalParams{
		WithdrawalID: id, PlayerID: r.player, Currency: r.amount.Currency, AmountMinor: r.amount.Minor, Destination: r.destination, Psp: psp,
		Now: now, NextStepAt: at(now.Add(backoff(2))),
	}
	p.ApprovalsNeeded, p.AutoUpToMinor, p.FourEyesFromMinor = s.rules.approvalsNeeded(r.amount.Minor, r.amount.Currency)
	if r.destination == destinationBank {
		p.IbanSealed, p.HolderSealed = s.box.Seal([]byte(r.iban), sealedFor(id, "iban")), s.box.Seal([]byte(r.holder), sealedFor(id, "holder"))
		p.IbanMasked = ibanMasked(r.iban)
	}
	w, err := q.InsertWithdrawal(ctx, p)
	if err != nil {
		return err
	}
	if err := s.insertParts(ctx, tx, id, shares); err != nil {
		return err
	}
	return s.withdrawalStep(ctx, tx, w, "")
}

// refundable locks the player's deposits that can give money back through a payment provider (any when psp is empty), oldest first.
func (s *Server) refundable(ctx context.Context, tx pgx.Tx, player, currency, psp string) ([]source, error) {
	rows, err := s.q.WithTx(tx).LockRefundable(ctx, db.LockRefundableParams{PlayerID: player, Currency: currency})
	if err != nil {
		return nil, err
	}
	var out []source
	for _, d := range rows {
		if psp == "" || d.Psp == psp {
			out = append(out, source{depositID: d.DepositID, integrationID: d.IntegrationID, psp: d.Psp, left: d.AmountMinor - d.RefundClaimedMinor})
		}
	}
	return out, nil
}

// insertParts adds a part for each share and claims its amount on the deposit.
func (s *Server) insertParts(ctx context.Context, tx pgx.Tx, withdrawalID string, shares []share) error {
	q := s.q.WithTx(tx)
	for _, sh := range shares {
		if err := q.ClaimRefund(ctx, db.ClaimRefundParams{DepositID: sh.depositID, Delta: sh.amount}); err != nil {
			return err
		}
		err := q.InsertPart(ctx, db.InsertPartParams{
			PartID: ids.New("att"), WithdrawalID: withdrawalID, DepositID: sh.depositID, IntegrationID: sh.integrationID, AmountMinor: sh.amount, UpdatedAt: s.now(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// refusal is why the wallet did not reserve, as it is kept.
type refusal struct {
	Reason    string `json:"reason"`
	Available string `json:"available,omitempty"`
}

// refusalOf is the error that a request with a refused reservation is answered, also when it is repeated.
func refusalOf(w db.Withdrawal) error {
	var r refusal
	if err := json.Unmarshal(w.Refusal, &r); err != nil {
		return err
	}
	if r.Reason == "INSUFFICIENT_FUNDS" {
		return errInsufficientFunds(r.Available, w.Currency)
	}
	return errPlayerBlocked(r.Reason)
}
