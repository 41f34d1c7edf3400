package transfer

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// bet is a settled bet in the provider's book.
type bet struct {
	BetID      string    `json:"bet_id"`
	RoundID    string    `json:"round_id"`
	PlayerID   string    `json:"player_id"`
	GameCode   string    `json:"game_code"`
	Currency   string    `json:"currency"`
	Stake      string    `json:"stake"`
	Payout     string    `json:"payout"`
	PlacedAt   time.Time `json:"placed_at"`
	SettledAt  time.Time `json:"settled_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

// ListPlay reads a page of the provider's book of bets. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) ListPlay(ctx context.Context, req *adapterv1.ListPlayRequest) (*adapterv1.ListPlayResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var from time.Time
	if req.GetFrom() != nil {
		from = req.GetFrom().AsTime()
	}
	var page struct {
		Bets       []bet  `json:"bets"`
		NextCursor string `json:"next_cursor"`
	}
	if err = b.call(ctx, in, http.MethodGet, "/history"+pageQuery(from, time.Time{}, req.GetCursor()), adapter.MaxList, nil, &page); err != nil {
		return nil, err
	}
	out := &adapterv1.ListPlayResponse{NextCursor: page.NextCursor}
	for _, x := range page.Bets {
		p, err := x.proto()
		if err != nil {
			return nil, err
		}
		out.Play = append(out.Play, p)
	}
	return out, nil
}

// proto is the bet as the contract has it. Errors: PROVIDER_PROTOCOL.
func (x bet) proto() (*adapterv1.ProviderPlay, error) {
	for _, name := range []string{x.BetID, x.RoundID, x.PlayerID} {
		if name == "" || len(name) > adapter.MaxText || !adapter.Printable(name) {
			return nil, adapter.ProviderProtocol("a bet has an id that is none")
		}
	}
	if x.PlacedAt.IsZero() || x.SettledAt.IsZero() || x.RecordedAt.IsZero() || len(x.GameCode) > 128 {
		return nil, adapter.ProviderProtocol("a bet is not complete")
	}
	stake, err := amount(x.Stake, x.Currency)
	if err != nil {
		return nil, err
	}
	payout, err := amount(x.Payout, x.Currency)
	if err != nil {
		return nil, err
	}
	return &adapterv1.ProviderPlay{
		BetRef: x.BetID, RoundRef: x.RoundID, PlayerId: x.PlayerID, GameCode: x.GameCode, Stake: stake.Proto(), Payout: payout.Proto(),
		PlacedAt: timestamppb.New(x.PlacedAt), SettledAt: timestamppb.New(x.SettledAt), RecordedAt: timestamppb.New(x.RecordedAt),
	}, nil
}
