package catalog

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// gameProto is a game with everything that operators see, studio being the name of its provider.
func gameProto(g db.Game, builds []db.GameBuild, jackpots []db.Jackpot, studio string) (*catalogv1.Game, error) {
	admin := &catalogv1.GameAdmin{ProviderCategory: g.Category, CategoryOverride: g.CategoryOverride, ExcludedCountries: g.ExcludedCountries, Version: g.Version}
	if err := json.Unmarshal(g.Translations, &admin.Translations); err != nil {
		return nil, err
	}
	rtp := g.RtpBps
	for _, b := range builds {
		admin.Builds = append(admin.Builds, &catalogv1.GameBuild{Build: b.Build, RtpBps: b.RtpBps, Active: b.Active})
		if b.Active {
			rtp = b.RtpBps
		}
	}
	game := &catalogv1.Game{
		GameId: g.GameID, IntegrationId: g.IntegrationID, Code: g.Code, Name: g.Name, Studio: cmp.Or(studio, g.Studio), Category: cmp.Or(g.CategoryOverride, g.Category), RtpBps: rtp,
		ThumbnailUrl: g.ThumbnailUrl, Published: g.Published, Offered: g.Offered, BlockedCountries: union(g.BlockedCountries, g.ExcludedCountries),
		UpdatedAt: timestamppb.New(g.UpdatedAt), ProviderId: g.ProviderID, Volatility: catalogv1.Volatility(g.Volatility), Tags: g.Tags, Admin: admin,
	}
	for _, j := range jackpots {
		game.Jackpots = append(game.Jackpots, jackpotProto(j))
	}
	return game, nil
}

// union is both lists without repetition, sorted; never nil, which the database would take for no value.
func union(a, b []string) []string {
	out := append(append([]string{}, a...), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

// changedEvent tells the platform about a game.
func changedEvent(game *catalogv1.Game, now time.Time) bus.Event {
	return bus.Event{
		Subject: "game.changed.v1", AggregateID: game.GetGameId(), Version: game.GetAdmin().GetVersion(), OccurredAt: now, Message: &catalogv1.GameChanged{Game: game},
	}
}

// save is a row as SaveGame takes it.
func save(g db.Game, now time.Time) db.SaveGameParams {
	return db.SaveGameParams{
		Name: g.Name, Studio: g.Studio, ProviderID: g.ProviderID, Category: g.Category, RtpBps: g.RtpBps, ThumbnailUrl: g.ThumbnailUrl,
		BlockedCountries: g.BlockedCountries, Offered: g.Offered, Published: g.Published, Now: now, GameID: g.GameID,
	}
}

func jackpotProto(j db.Jackpot) *catalogv1.Jackpot {
	return &catalogv1.Jackpot{
		Jackpot: j.Jackpot, IntegrationId: j.IntegrationID, Name: j.Name, Amount: money.Amount{Minor: j.AmountMinor, Currency: j.Currency}.Proto(), UpdatedAt: timestamppb.New(j.UpdatedAt),
	}
}

func jurisdictionProto(j db.Jurisdiction) *catalogv1.Jurisdiction {
	return &catalogv1.Jurisdiction{
		Jurisdiction: j.Jurisdiction, Name: j.Name, Countries: j.Countries, CertificatesRequired: j.CertificatesRequired, UpdatedAt: timestamppb.New(j.UpdatedAt),
	}
}

func certificateProto(c db.Certificate) *catalogv1.Certificate {
	return &catalogv1.Certificate{
		CertificateId: c.CertificateID, GameId: c.GameID, Jurisdiction: c.Jurisdiction, Build: c.Build, Number: c.Number, Laboratory: c.Laboratory,
		ValidFrom: timestamppb.New(c.ValidFrom), ValidTo: optionalTime(c.ValidTo), RevokedAt: optionalTime(c.RevokedAt),
	}
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func sectionProto(x section) *catalogv1.LobbySection {
	return &catalogv1.LobbySection{Key: x.Key, Title: x.Title, Titles: x.Titles, GameIds: x.GameIDs, Category: x.Category, Tag: x.Tag, ProviderId: x.ProviderID}
}

func sectionOf(x *catalogv1.LobbySection) section {
	return section{
		Key: x.GetKey(), Title: x.GetTitle(), Titles: x.GetTitles(), GameIDs: x.GetGameIds(), Category: x.GetCategory(), Tag: x.GetTag(), ProviderID: x.GetProviderId(),
	}
}
