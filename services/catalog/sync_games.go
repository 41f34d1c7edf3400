package catalog

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

const (
	maxGames    = 20_000
	syncTimeout = 30 * time.Second
)

// SyncGames reads the provider's list and takes it over in one transaction. What the provider says is bounded and cleaned; whether players
// see a game is never its word. Idempotent. Errors: INTEGRATION_NOT_FOUND, PROVIDER_UNAVAILABLE.
func (s *Server) SyncGames(ctx context.Context, req *catalogv1.SyncGamesRequest) (*catalogv1.SyncGamesResponse, error) {
	id := req.GetIntegrationId()
	theirs, err := s.providerGames(ctx, id)
	if err != nil {
		return nil, err
	}
	var resp *catalogv1.SyncGamesResponse
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q, now := s.q.WithTx(tx), s.now()
		if err := q.LockIntegration(ctx, pg.LockKey("sync", id)); err != nil {
			return err
		}
		ours, err := q.IntegrationGames(ctx, id)
		if err != nil {
			return err
		}
		resp = &catalogv1.SyncGamesResponse{}
		events, err := merge(ctx, q, ours, theirs, resp, now)
		if err != nil || len(events) == 0 {
			return err
		}
		if err = q.BumpRevision(ctx); err != nil {
			return err
		}
		return bus.Publish(ctx, tx, events...)
	})
	if err != nil {
		return nil, err
	}
	s.refreshOwn(ctx)
	return resp, nil
}

// providerGames asks the adapter of an integration for its provider's games.
func (s *Server) providerGames(ctx context.Context, id string) (map[string]db.Game, error) {
	integration, err := s.operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: id})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) || err == nil && integration.GetKind() != operationsv1.IntegrationKind_INTEGRATION_KIND_GAME {
		return nil, errIntegrationNotFound(id)
	}
	if err != nil {
		return nil, errProviderUnavailable(id, err)
	}
	adapter, err := s.adapter(integration.GetService())
	if err != nil {
		return nil, errProviderUnavailable(id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	list, err := adapter.ListGames(ctx, &adapterv1.ListGamesRequest{IntegrationId: id})
	if err != nil {
		return nil, errProviderUnavailable(id, err)
	}
	games := map[string]db.Game{}
	for _, p := range list.GetGames() {
		if g, ok := clean(id, p); ok && len(games) < maxGames {
			games[g.Code] = g
		}
	}
	return games, nil
}

// merge brings our games to what the provider says, in the order of their codes so that two syncs lock rows alike.
func merge(ctx context.Context, q *db.Queries, ours []db.Game, theirs map[string]db.Game, resp *catalogv1.SyncGamesResponse, now time.Time) ([]bus.Event, error) {
	var events []bus.Event
	slices.SortFunc(ours, func(a, b db.Game) int { return strings.Compare(a.Code, b.Code) })
	for _, old := range ours {
		next, listed := theirs[old.Code]
		delete(theirs, old.Code)
		if !listed {
			next = old
			next.Offered = false
		}
		next.GameID, next.Published = old.GameID, old.Published
		if same(old, next) {
			continue
		}
		if old.Offered && !next.Offered {
			resp.Withdrawn++
		} else {
			resp.Changed++
		}
		g, err := q.UpdateGame(ctx, update(next, now))
		if err != nil {
			return nil, err
		}
		events = append(events, changedEvent(g, now))
	}
	codes := make([]string, 0, len(theirs))
	for code := range theirs {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		g := theirs[code]
		g, err := q.InsertGame(ctx, db.InsertGameParams{
			GameID: ids.New("gam"), IntegrationID: g.IntegrationID, Code: g.Code, Name: g.Name, Studio: g.Studio, Category: g.Category, RtpBps: g.RtpBps,
			ThumbnailUrl: g.ThumbnailUrl, BlockedCountries: g.BlockedCountries, Offered: g.Offered, Now: now,
		})
		if err != nil {
			return nil, err
		}
		resp.Added++
		events = append(events, changedEvent(g, now))
	}
	return events, nil
}

func same(a, b db.Game) bool {
	return a.Name == b.Name && a.Studio == b.Studio && a.Category == b.Category && a.RtpBps == b.RtpBps && a.ThumbnailUrl == b.ThumbnailUrl &&
		a.Offered == b.Offered && slices.Equal(a.BlockedCountries, b.BlockedCountries)
}

var (
	country    = regexp.MustCompile(`^[A-Z]{2}$`)
	notSlugged = regexp.MustCompile(`[^a-z0-9]+`)
)

// clean makes a provider's words fit for ours; a game without a usable code is left out.
func clean(integrationID string, p *adapterv1.ProviderGame) (db.Game, bool) {
	code := p.GetCode()
	if code == "" || len(code) > 128 || code != text(code, 128) {
		return db.Game{}, false
	}
	g := db.Game{
		IntegrationID: integrationID, Code: code, Name: text(p.GetName(), 120), Studio: text(p.GetStudio(), 80),
		Category: strings.Trim(notSlugged.ReplaceAllString(strings.ToLower(text(p.GetCategory(), 40)), "-"), "-"),
		RtpBps:   p.GetRtpBps(), ThumbnailUrl: webAddress(p.GetThumbnailUrl()), Offered: p.GetEnabled(), BlockedCountries: []string{},
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
	for _, c := range p.GetBlockedCountries() {
		if c = strings.ToUpper(strings.TrimSpace(c)); country.MatchString(c) {
			g.BlockedCountries = append(g.BlockedCountries, c)
		}
	}
	slices.Sort(g.BlockedCountries)
	g.BlockedCountries = slices.Compact(g.BlockedCountries)
	return g, true
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
