package wallet

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// FindOperation answers what the calling service committed under a request id. Keys are per service, so no caller sees another's.
func (s *Server) FindOperation(ctx context.Context, req *walletv1.FindOperationRequest) (*walletv1.FindOperationResponse, error) {
	k := requestKey{caller: authn.From(ctx).Peer, requestID: req.GetRequestId()}
	key, err := s.queries.FindKey(ctx, pgtype.UUID{Bytes: k.hash(), Valid: true})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, requestNotFound(req.GetRequestId())
	}
	if err != nil {
		return nil, err
	}
	row, err := s.queries.GetOperationByNumber(ctx, db.GetOperationByNumberParams{Number: key.OperationNumber, CreatedAt: key.CreatedAt})
	if err != nil {
		return nil, err
	}
	op, err := s.withEntries(ctx, row)
	if err != nil {
		return nil, err
	}
	return &walletv1.FindOperationResponse{Operation: op, HoldId: key.HoldID}, nil
}
