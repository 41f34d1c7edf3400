package catalog

import (
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// proposal is a provider's part of a game as its list says, while it waits for review.
type proposal struct {
	Name             string   `json:"name"`
	Studio           string   `json:"studio"`
	Category         string   `json:"category"`
	RtpBps           int32    `json:"rtp_bps"`
	ThumbnailURL     string   `json:"thumbnail_url"`
	BlockedCountries []string `json:"blocked_countries"`
	Offered          bool     `json:"offered"`
}

func proposalFrom(g db.Game) proposal {
	return proposal{
		Name: g.Name, Studio: g.Studio, Category: g.Category, RtpBps: g.RtpBps, ThumbnailURL: g.ThumbnailUrl, BlockedCountries: g.BlockedCountries, Offered: g.Offered,
	}
}

func proposalOf(row db.GameChange) (p proposal, err error) {
	return p, json.Unmarshal(row.Proposal, &p)
}

// onto is the game with the provider's part replaced, but for whether it is offered, which is never reviewed.
func (p proposal) onto(g db.Game) db.Game {
	g.Name, g.Studio, g.Category, g.RtpBps, g.ThumbnailUrl, g.BlockedCountries = p.Name, p.Studio, p.Category, p.RtpBps, p.ThumbnailURL, p.BlockedCountries
	return g
}

func (p proposal) equal(q proposal) bool {
	return p.Name == q.Name && p.Studio == q.Studio && p.Category == q.Category && p.RtpBps == q.RtpBps && p.ThumbnailURL == q.ThumbnailURL &&
		p.Offered == q.Offered && slices.Equal(p.BlockedCountries, q.BlockedCountries)
}

// changeProto is a change without the game as it is.
func changeProto(row db.GameChange) (*catalogv1.GameChange, error) {
	p, err := proposalOf(row)
	return &catalogv1.GameChange{
		ChangeId: row.ChangeID, IntegrationId: row.IntegrationID, GameId: row.GameID, Kind: catalogv1.GameChangeKind(row.Kind), Status: catalogv1.GameChangeStatus(row.Status),
		Proposed: &catalogv1.Game{
			GameId: row.GameID, IntegrationId: row.IntegrationID, Name: p.Name, Studio: p.Studio, Category: p.Category, RtpBps: p.RtpBps,
			ThumbnailUrl: p.ThumbnailURL, BlockedCountries: p.BlockedCountries, Offered: p.Offered,
		},
		CreatedAt: timestamppb.New(row.CreatedAt), DecidedAt: optionalTime(row.DecidedAt), DecidedBy: row.DecidedBy,
	}, err
}
