package wallet

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// RequestAdjustment notes what one person asks for. Errors: see the proto.
func (s *Server) RequestAdjustment(ctx context.Context, req *walletv1.RequestAdjustmentRequest) (*walletv1.RequestAdjustmentResponse, error) {
	minor, currency, err := signed(req.GetAmount())
	if err != nil {
		return nil, err
	}
	person := authn.From(ctx).ID
	key := requestKey{caller: "operator:" + person, requestID: req.GetRequestId()}
	p := db.InsertAdjustmentParams{
		ID: ids.New("adj"), PlayerID: req.GetPlayerId(), Currency: currency, AmountMinor: minor, Target: int16(req.GetTarget()), Source: int16(req.GetSource()),
		Reason: req.GetReason(), RequestKey: pgtype.UUID{Bytes: key.hash(), Valid: true}, RequestedBy: person, RequestedAt: s.clock().Truncate(time.Microsecond),
	}
	a, err := s.queries.AdjustmentOfRequest(ctx, p.RequestKey)
	if errors.Is(err, pgx.ErrNoRows) {
		a, err = s.insertAdjustment(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	if a.PlayerID != p.PlayerID || a.Currency != p.Currency || a.AmountMinor != p.AmountMinor || a.Target != p.Target || a.Source != p.Source || a.Reason != p.Reason {
		return nil, idempotencyConflict(req.GetRequestId())
	}
	return &walletv1.RequestAdjustmentResponse{Adjustment: adjustmentOf(a)}, nil
}

// insertAdjustment notes what nobody has asked for yet, of a player who exists. Errors: PLAYER_UNKNOWN.
func (s *Server) insertAdjustment(ctx context.Context, p db.InsertAdjustmentParams) (a db.Adjustment, err error) {
	conn, err := s.dial("identity")
	if err != nil {
		return a, err
	}
	_, err = identityv1.NewIdentityServiceClient(conn).GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: p.PlayerID})
	if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND) {
		return a, noSuchPlayer(p.PlayerID)
	}
	if err == nil {
		_, err = s.queries.InsertAdjustment(ctx, p)
	}
	if err != nil {
		return a, err
	}
	return s.queries.AdjustmentOfRequest(ctx, p.RequestKey) // another may have been quicker
}
