package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// ListPlayerEntries answers any player's statement, newest first, for the back office.
func (s *Server) ListPlayerEntries(ctx context.Context, req *walletv1.ListPlayerEntriesRequest) (*walletv1.ListPlayerEntriesResponse, error) {
	entries, page, err := s.statement(ctx, req.GetPlayerId(), req.GetFilter(), req.GetPage())
	if err != nil {
		return nil, err
	}
	return &walletv1.ListPlayerEntriesResponse{Entries: entries, Page: page}, nil
}
