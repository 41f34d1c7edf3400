package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// VerifyLedger proves the ledger, see Verify.
func (s *Server) VerifyLedger(ctx context.Context, _ *walletv1.VerifyLedgerRequest) (*walletv1.VerifyLedgerResponse, error) {
	return Verify(ctx, s.pool)
}
