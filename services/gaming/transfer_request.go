package gaming

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// bySystem is who asks for automatic transfers.
const bySystem = "system"

// transferRequest is what somebody asks for.
type transferRequest struct {
	direction                         int16
	integrationID, playerID, currency string
	minor                             int64
	everything                        bool
	cause                             int16
	by, requestID                     string
}

func (r transferRequest) fingerprint() []byte {
	way := "to"
	if r.direction == fromProvider {
		way = "from"
	}
	return fingerprint(way, r.integrationID, r.playerID, r.currency, strconv.FormatInt(r.minor, 10), yesNo(r.everything))
}

// row is the transfer as it is written down, claimed for whoever writes it.
func (r transferRequest) row(now time.Time) db.InsertTransferParams {
	return db.InsertTransferParams{
		TransferID: ids.New("ptr"), IntegrationID: r.integrationID, PlayerID: r.playerID, Direction: r.direction, Currency: r.currency, AmountMinor: r.minor,
		Everything: r.everything, Cause: r.cause, RequestedBy: r.by, RequestID: r.requestID, Fingerprint: r.fingerprint(), NextAt: now.Add(transferLease), Now: now,
	}
}

// transfer carries a request out, or answers what came of it when it came before: the transfer as far as it is, gone on with unless somebody works on it, or the wallet's first
// refusal. admit says why a request that is new is refused.
func (s *Server) transfer(ctx context.Context, r transferRequest, admit func(context.Context) error) (t db.ProviderTransfer, replayed bool, err error) {
	t, found, err := s.requestedBefore(ctx, r)
	if err != nil || found {
		return t, found, err
	}
	if err = admit(ctx); err != nil {
		return t, false, err
	}
	row := r.row(s.now())
	n, err := s.q.InsertTransfer(ctx, row)
	if err != nil {
		return t, false, err
	}
	if n == 0 { // the same request at the same moment
		t, _, err = s.requestedBefore(ctx, r)
		return t, true, err
	}
	if t, err = s.q.GetTransfer(ctx, row.TransferID); err != nil {
		return t, false, err
	}
	if t, err = s.advance(ctx, t); err != nil {
		return t, false, err
	}
	return t, false, transferRefusal(t)
}

// requestedBefore finds what came of a request. Errors: DUPLICATE_MISMATCH, the wallet's refusal of the first time.
func (s *Server) requestedBefore(ctx context.Context, r transferRequest) (t db.ProviderTransfer, found bool, err error) {
	t, err = s.q.TransferByRequest(ctx, db.TransferByRequestParams{RequestedBy: r.by, RequestID: r.requestID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return t, false, nil
	case err != nil:
		return t, false, err
	case string(t.Fingerprint) != string(r.fingerprint()):
		return t, true, errDuplicateMismatch(r.requestID)
	case !open(t):
		return t, true, transferRefusal(t)
	}
	now := s.now()
	claimed, err := s.q.ClaimTransfer(ctx, db.ClaimTransferParams{Until: now.Add(transferLease), TransferID: t.TransferID, Now: now})
	if errors.Is(err, pgx.ErrNoRows) { // somebody works on it, or it has just ended
		t, err = s.q.GetTransfer(ctx, t.TransferID)
		if err == nil {
			err = transferRefusal(t)
		}
		return t, true, err
	}
	if err != nil {
		return t, true, err
	}
	if t, err = s.advance(ctx, claimed); err != nil {
		return t, true, err
	}
	return t, true, transferRefusal(t)
}
