package catalog

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

func gameProto(g db.Game) *catalogv1.Game {
	return &catalogv1.Game{
		GameId: g.GameID, IntegrationId: g.IntegrationID, Code: g.Code, Name: g.Name, Studio: g.Studio, Category: g.Category, RtpBps: g.RtpBps,
		ThumbnailUrl: g.ThumbnailUrl, Published: g.Published, Offered: g.Offered, BlockedCountries: g.BlockedCountries, UpdatedAt: timestamppb.New(g.UpdatedAt),
	}
}

func changedEvent(g db.Game, now time.Time) bus.Event {
	return bus.Event{Subject: "game.changed.v1", AggregateID: g.GameID, Version: g.Version, OccurredAt: now, Message: &catalogv1.GameChanged{Game: gameProto(g)}}
}

// update is a row as UpdateGame takes it.
func update(g db.Game, now time.Time) db.UpdateGameParams {
	return db.UpdateGameParams{
		Name: g.Name, Studio: g.Studio, Category: g.Category, RtpBps: g.RtpBps, ThumbnailUrl: g.ThumbnailUrl, BlockedCountries: g.BlockedCountries,
		Offered: g.Offered, Published: g.Published, Now: now, GameID: g.GameID,
	}
}
