package transfer

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
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

// maxRaw bounds what is kept of an entry that cannot be read, in bytes.
const maxRaw = 4 << 10

// ListPlay reads a page of the provider's book of bets; an entry that is none of the protocol is passed on as it is. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
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
		Bets       []json.RawMessage `json:"bets"`
		NextCursor string            `json:"next_cursor"`
	}
	if err = b.call(ctx, in, http.MethodGet, "/history"+pageQuery(from, time.Time{}, req.GetCursor()), adapter.MaxList, nil, &page); err != nil {
		return nil, err
	}
	out := &adapterv1.ListPlayResponse{NextCursor: page.NextCursor}
	for _, raw := range page.Bets {
		if p, problem := readBet(raw); problem == nil {
			out.Play = append(out.Play, p)
		} else {
			out.Unreadable = append(out.Unreadable, unreadable(raw, problem))
		}
	}
	return out, nil
}

// readBet reads one entry. Errors: PROVIDER_PROTOCOL.
func readBet(raw []byte) (*adapterv1.ProviderPlay, error) {
	var x bet
	if err := json.Unmarshal(raw, &x); err != nil {
		return nil, adapter.ProviderProtocol("an entry is not the JSON that was expected: " + err.Error())
	}
	return x.proto()
}

// unreadable is an entry that cannot be read, with what can be told of it all the same.
func unreadable(raw []byte, problem error) *adapterv1.UnreadablePlay {
	var x struct {
		BetID      any `json:"bet_id"`
		RecordedAt any `json:"recorded_at"`
	}
	_ = json.Unmarshal(raw, &x) // it may be anything
	u := &adapterv1.UnreadablePlay{Raw: text(string(raw), maxRaw), Problem: text(errs.Metadata(problem)["problem"], adapter.MaxText)}
	if id, ok := x.BetID.(string); ok && isName(id) {
		u.BetRef = id
	}
	if at, ok := x.RecordedAt.(string); ok {
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			u.RecordedAt = timestamppb.New(t)
		}
	}
	return u
}

// text makes words of the provider's fit to be kept: UTF-8 without the character that databases refuse, of at most so many bytes.
func text(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return s
}

// isName tells whether a provider's id is one.
func isName(id string) bool { return id != "" && len(id) <= adapter.MaxText && adapter.Printable(id) }

// proto is the bet as the contract has it. Errors: PROVIDER_PROTOCOL.
func (x bet) proto() (*adapterv1.ProviderPlay, error) {
	for _, name := range []string{x.BetID, x.RoundID, x.PlayerID} {
		if !isName(name) {
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
