package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// ListEntries answers the calling player's statement, newest first.
func (s *Server) ListEntries(ctx context.Context, req *walletv1.ListEntriesRequest) (*walletv1.ListEntriesResponse, error) {
	entries, page, err := s.statement(ctx, authz.Own(ctx), req.GetFilter(), req.GetPage())
	if err != nil {
		return nil, err
	}
	return &walletv1.ListEntriesResponse{Entries: entries, Page: page}, nil
}
