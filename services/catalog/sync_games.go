package catalog

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

const (
	maxGames    = 20_000
	maxUnread   = 100
	syncTimeout = 30 * time.Second
)

// SyncGames reads the provider's list and takes it over in one transaction. What the provider says is bounded and cleaned; whether players
// see a game is never its word, and what they see of a published one is reviewed before it changes. Idempotent.
// Errors: see the proto.
func (s *Server) SyncGames(ctx context.Context, req *catalogv1.SyncGamesRequest) (*catalogv1.SyncGamesResponse, error) {
	id := req.GetIntegrationId()
	theirs, unread, err := s.providerGames(ctx, id)
	if err != nil {
		return nil, err
	}
	// A list of thousands takes longer than a call may: what was read is taken over although nobody waits any more, and a repetition finds it done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), syncTimeout)
	defer cancel()
	var resp *catalogv1.SyncGamesResponse
	err = s.write(ctx, func(c *change) error {
		resp = &catalogv1.SyncGamesResponse{UnreadCountries: unread}
		if err := c.LockIntegration(ctx, pg.LockKey("sync", id)); err != nil {
			return err
		}
		return c.sync(id, maps.Clone(theirs), resp)
	})
	return resp, err
}

// providerGames asks the adapter of an integration for its provider's games. unread are blocked countries that are none.
func (s *Server) providerGames(ctx context.Context, id string) (games map[string]db.Game, unread []string, err error) {
	integration, err := s.operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: id})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) || err == nil && !hasGames(integration.GetKind()) {
		return nil, nil, errIntegrationNotFound(id)
	}
	if err != nil {
		return nil, nil, errProviderUnavailable(id, err)
	}
	adapter, err := s.adapter(integration.GetService())
	if err != nil {
		return nil, nil, errProviderUnavailable(id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	list, err := adapter.ListGames(ctx, &adapterv1.ListGamesRequest{IntegrationId: id})
	if err != nil {
		return nil, nil, errFromAdapter(id, err)
	}
	games = map[string]db.Game{}
	for _, p := range list.GetGames() {
		if g, ok := clean(id, p); ok {
			g.BlockedCountries, unread = countries(p.GetBlockedCountries(), unread)
			games[g.Code] = g
		}
	}
	if len(games) > maxGames { // leaving some out would withdraw them
		return nil, nil, errTooManyGames(id, len(games))
	}
	if len(unread) > 0 {
		s.log.WarnContext(ctx, "a provider blocks games in countries that are none", "integration_id", id, "countries", unread)
	}
	return games, unread, nil
}

// countries are those of a provider's list that exist, in order and each once. What is none is added to unread.
func countries(theirs, unread []string) (list, still []string) {
	list = []string{}
	for _, c := range theirs {
		code := strings.ToUpper(strings.TrimSpace(c))
		code = cmp.Or(customary[code], country.OfThree(code), code)
		switch said := text(c, 40); {
		case country.Known(code):
			list = append(list, code)
		case said != "" && len(unread) < maxUnread && !slices.Contains(unread, said):
			unread = append(unread, said)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), unread
}

func same(a, b db.Game) bool {
	return a.Name == b.Name && a.Studio == b.Studio && a.Category == b.Category && a.RtpBps == b.RtpBps && a.ThumbnailUrl == b.ThumbnailUrl &&
		a.Offered == b.Offered && slices.Equal(a.BlockedCountries, b.BlockedCountries)
}

var notSlugged = regexp.MustCompile(`[^a-z0-9]+`)

// customary are codes that studios write and that ISO 3166-1 does not assign: a game that is not for "UK" is not for GB.
var customary = map[string]string{"UK": "GB", "EL": "GR"}

// clean makes a provider's words fit for ours; a game without a usable code is left out.
func clean(integrationID string, p *adapterv1.ProviderGame) (db.Game, bool) {
	code := p.GetCode()
	if code == "" || len(code) > 128 || code != text(code, 128) {
		return db.Game{}, false
	}
	g := db.Game{
		IntegrationID: integrationID, Code: code, Name: text(p.GetName(), 120), Studio: text(p.GetStudio(), 80),
		Category: slug(text(p.GetCategory(), 40)),
		RtpBps:   p.GetRtpBps(), ThumbnailUrl: webAddress(p.GetThumbnailUrl()), Offered: p.GetEnabled(),
	}
	if g.Name == "" {
		g.Name = code
	}
	if g.Category == "" {
		g.Category = "other"
	}
	if g.RtpBps < 0 || g.RtpBps > 10_000 {
		g.RtpBps = 0
	}
	return g, true
}

// slug is a name in its simplest form.
func slug(name string) string {
	return strings.Trim(notSlugged.ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// text is at most max characters without control characters and outer spaces.
func text(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > limit {
		s = strings.TrimSpace(string(r[:limit]))
	}
	return s
}

// webAddress keeps only what a page may load an image from.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(s) > 2048 {
		return ""
	}
	return s
}

// hasGames tells whether an integration offers something to play: studios do, and sportsbooks do as one game.
func hasGames(k operationsv1.IntegrationKind) bool {
	return k == operationsv1.IntegrationKind_INTEGRATION_KIND_GAME || k == operationsv1.IntegrationKind_INTEGRATION_KIND_SPORTSBOOK
}
