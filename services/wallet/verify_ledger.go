package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// VerifyLedger proves the ledger, see Verify. One at a time, because each takes connections that operations need too.
func (s *Server) VerifyLedger(ctx context.Context, req *walletv1.VerifyLedgerRequest) (*walletv1.VerifyLedgerResponse, error) {
	if !s.verifying.TryLock() {
		return nil, verificationRunning()
	}
	defer s.verifying.Unlock()
	v, err := VerifyWith(ctx, s.pool, VerifyOptions{Since: req.GetSinceCheckpoint()})
	if err != nil {
		return nil, err
	}
	return v.VerifyLedgerResponse, nil
}
