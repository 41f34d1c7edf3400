package wallet

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/page"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// holdsOf are the holds that a service owns: each sees its own alone.
var holdsOf = map[string]holdPurpose{"gaming": forBet, "cashier": forWithdrawal}

// ListOpenHolds answers the calling service's open holds, oldest first.
func (s *Server) ListOpenHolds(ctx context.Context, req *walletv1.ListOpenHoldsRequest) (*walletv1.ListOpenHoldsResponse, error) {
	list, size := page.Of("ListOpenHolds "+authn.From(ctx).Peer, req), page.Size(req.GetPage())
	position, err := list.Position(req.GetPage())
	if err != nil {
		return nil, badPageToken()
	}
	p := db.ListOpenHoldsParams{
		Purpose: int16(holdsOf[authn.From(ctx).Peer]), Until: s.clock().Add(-req.GetMinAge().AsDuration()), AfterAt: beginning, Most: size + 1,
	}
	if len(position) == 2 {
		if p.AfterAt, err = time.Parse(time.RFC3339Nano, position[0]); err != nil {
			return nil, badPageToken()
		}
		p.AfterID = position[1]
	}
	rows, err := s.queries.ListOpenHolds(ctx, p)
	if err != nil {
		return nil, err
	}
	out := &walletv1.ListOpenHoldsResponse{}
	rows, out.Page = page.Next(list, size, rows, func(h db.ListOpenHoldsRow) []string {
		return []string{h.CreatedAt.UTC().Format(time.RFC3339Nano), h.ID}
	})
	for _, h := range rows {
		out.Holds = append(out.Holds, holdProto(db.GetHoldsRow(h)))
	}
	return out, nil
}

// holdProto is a hold as its owner sees it.
func holdProto(h db.GetHoldsRow) *walletv1.Hold {
	out := &walletv1.Hold{
		HoldId: h.ID, PlayerId: h.PlayerID, State: walletv1.HoldState(h.State), Amount: moneyOf(h.AmountMinor, h.Currency), BonusPart: present(h.BonusMinor, h.Currency),
		GrantId: h.GrantID, Remaining: moneyOf(h.AmountMinor-h.SettledMinor-h.ReleasedMinor, h.Currency), Settled: moneyOf(h.SettledMinor, h.Currency),
		Released: moneyOf(h.ReleasedMinor, h.Currency), Paid: moneyOf(h.PaidMinor, h.Currency),
		Reference: reference{h.SourceKind, h.SourceID, h.RoundID, h.ProviderTxID, h.GameID, h.ProviderRoundID}.proto(),
		RequestId: h.RequestID, CreatedAt: timestamppb.New(h.CreatedAt),
	}
	if h.ClosedAt != nil {
		out.ClosedAt = timestamppb.New(*h.ClosedAt)
	}
	return out
}
