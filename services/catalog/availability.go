package catalog

import (
	"slices"
	"time"
)

// Why a game may not be played. They are the words of the contract, told to gaming and to whoever asks for one game.
const (
	notPublished         = "NOT_PUBLISHED"
	notOffered           = "NOT_OFFERED"
	blockedCountry       = "BLOCKED_COUNTRY"
	noCertificate        = "NO_CERTIFICATE"
	allOff               = "ALL_PLAY_SWITCHED_OFF"
	jurisdictionOff      = "JURISDICTION_SWITCHED_OFF"
	providerOff          = "PROVIDER_SWITCHED_OFF"
	integrationOff       = "INTEGRATION_SWITCHED_OFF"
	integrationsDisabled = "INTEGRATION_DISABLED"
	categoryOff          = "CATEGORY_SWITCHED_OFF"
	gameOff              = "GAME_SWITCHED_OFF"
)

// unknownCountry is a player's whose country nobody knows.
const unknownCountry = "XX"

// subject is what decides whether a game may be played, apart from who asks.
type subject struct {
	gameID, category, integrationID, providerID string
	build                                       string // active build; empty when builds are not known
	published, offered                          bool
	blocked                                     []string
	certificates                                []certificate
}

// certificate says that a build, or every build when build is empty, may be played in a jurisdiction.
type certificate struct {
	jurisdiction, build string
	from                time.Time
	to                  *time.Time
}

func (c certificate) covers(jurisdiction, build string, now time.Time) bool {
	return c.jurisdiction == jurisdiction && (c.build == "" || c.build == build) && !now.Before(c.from) && (c.to == nil || now.Before(*c.to))
}

// rules are the jurisdictions by country. Countries that are in none follow elsewhere, where no certificate can exist.
type rules struct {
	byCountry map[string]jurisdiction
	elsewhere bool // certificates are required in countries without a jurisdiction
}

type jurisdiction struct {
	key      string
	required bool
}

// certified tells whether a game may be seen in a country. Source: domain.md, catalogue: a game missing a certificate is invisible, not merely blocked.
func (r rules) certified(g subject, country string, now time.Time) bool {
	j, known := r.byCountry[country]
	if !known {
		return !r.elsewhere
	}
	return !j.required || slices.ContainsFunc(g.certificates, func(c certificate) bool { return c.covers(j.key, g.build, now) })
}

// switches are what operations has switched off. The zero value switches nothing off.
type switches struct {
	revision                                                              int64
	all                                                                   bool
	games, categories, countries, integrations, providers, offIntegration map[string]bool
}

// stops is the rule by which a switch stops a game in a country; empty when none does. The widest is told first.
func (w *switches) stops(g subject, country string) string {
	switch {
	case w.all:
		return allOff
	case w.countries[country]:
		return jurisdictionOff
	case w.providers[g.providerID]:
		return providerOff
	case w.integrations[g.integrationID]:
		return integrationOff
	case w.offIntegration[g.integrationID]:
		return integrationsDisabled
	case w.categories[g.category]:
		return categoryOff
	case w.games[g.gameID]:
		return gameOff
	}
	return ""
}

// unavailable is the rule that forbids a game in a country at an instant; empty when it may be played.
func unavailable(g subject, country string, r rules, w *switches, now time.Time) string {
	switch {
	case !g.published:
		return notPublished
	case !g.offered:
		return notOffered
	case slices.Contains(g.blocked, country):
		return blockedCountry
	case !r.certified(g, country, now):
		return noCertificate
	}
	return w.stops(g, country)
}

// hidden tells whether a game that may not be played for this reason does not exist for players.
func hidden(reason string) bool {
	return reason == notPublished || reason == notOffered || reason == noCertificate
}
