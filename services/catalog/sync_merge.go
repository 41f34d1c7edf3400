package catalog

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// errNoGames is a list without a single game while some are offered.
var errNoGames = errors.New("catalog: the provider's list has no games")

// sync brings our games to what the provider says, in the order of their codes so that two syncs lock rows alike. A list without games withdraws none: it is a fault
// rather than a wish, and a provider that has ended is switched off.
func (c *change) sync(integrationID string, theirs map[string]db.Game, resp *catalogv1.SyncGamesResponse) error {
	ours, err := c.IntegrationGames(c.ctx, integrationID)
	if err != nil {
		return err
	}
	if len(theirs) == 0 && slices.ContainsFunc(ours, func(g db.Game) bool { return g.Offered }) {
		return errProviderUnavailable(integrationID, errNoGames)
	}
	slices.SortFunc(ours, func(a, b db.Game) int { return strings.Compare(a.Code, b.Code) })
	last, err := c.lastChanges(integrationID)
	if err != nil {
		return err
	}
	for _, old := range ours {
		next, listed := theirs[old.Code]
		delete(theirs, old.Code)
		if !listed {
			next = old
			next.Offered = false
		}
		next.GameID, next.Published = old.GameID, old.Published
		if err := c.syncOne(old, next, last[old.GameID], resp); err != nil {
			return err
		}
	}
	for _, code := range slices.Sorted(maps.Keys(theirs)) {
		if err := c.add(theirs[code]); err != nil {
			return err
		}
		resp.Added++
	}
	return nil
}

func (c *change) lastChanges(integrationID string) (map[string]db.GameChange, error) {
	rows, err := c.LastChanges(c.ctx, integrationID)
	out := map[string]db.GameChange{}
	for _, row := range rows {
		out[row.GameID] = row
	}
	return out, err
}

// syncOne takes over what the provider says about a game that we have. Of a published one only what forbids is taken over at once; the rest is staged.
func (c *change) syncOne(old, next db.Game, last db.GameChange, resp *catalogv1.SyncGamesResponse) error {
	apply := next
	if old.Published {
		apply = old
		apply.Offered, apply.BlockedCountries = next.Offered, union(old.BlockedCountries, next.BlockedCountries)
	}
	if !same(old, apply) {
		if old.Offered && !apply.Offered {
			resp.Withdrawn++
		} else {
			resp.Changed++
		}
		apply, err := c.withProvider(apply)
		if err != nil {
			return err
		}
		row, err := c.SaveGame(c.ctx, save(apply, c.now))
		if err != nil {
			return err
		}
		if _, err := c.saved(old, row); err != nil {
			return err
		}
	}
	if !old.Published {
		return nil // seen by nobody; a new one still waits to be published
	}
	kind := catalogv1.GameChangeKind_GAME_CHANGE_KIND_UNSPECIFIED
	switch {
	case !next.Offered:
		kind = catalogv1.GameChangeKind_GAME_CHANGE_KIND_WITHDRAWN
	case !same(apply, next):
		kind = catalogv1.GameChangeKind_GAME_CHANGE_KIND_CHANGED
	}
	return c.stage(kind, next, last, resp)
}

// stage lets a change wait for review in the place of what waited before. What waits already, or was turned down as it is, is not staged again.
func (c *change) stage(kind catalogv1.GameChangeKind, next db.Game, last db.GameChange, resp *catalogv1.SyncGamesResponse) error {
	pending := last.Status == int16(catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_PENDING)
	if last.Kind == int16(kind) && (pending || last.Status == int16(catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_REJECTED)) {
		p, err := proposalOf(last)
		if err != nil {
			return err
		}
		if p.equal(proposalFrom(next)) {
			return nil
		}
	}
	if pending {
		superseded := int16(catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_SUPERSEDED)
		if err := c.EndPending(c.ctx, db.EndPendingParams{Status: superseded, Now: c.now, GameID: next.GameID}); err != nil {
			return err
		}
	}
	if kind == catalogv1.GameChangeKind_GAME_CHANGE_KIND_UNSPECIFIED {
		return nil
	}
	resp.Staged++
	return c.insertChange(kind, next)
}

func (c *change) insertChange(kind catalogv1.GameChangeKind, g db.Game) error {
	body, err := json.Marshal(proposalFrom(g))
	if err != nil {
		return err
	}
	return c.InsertChange(c.ctx, db.InsertChangeParams{
		ChangeID: ids.New("gch"), IntegrationID: g.IntegrationID, GameID: g.GameID, Kind: int16(kind), Proposal: body, Now: c.now,
	})
}

// add stores a game that is new, unpublished, and lets it wait for review.
func (c *change) add(g db.Game) error {
	g, err := c.withProvider(g)
	if err != nil {
		return err
	}
	row, err := c.InsertGame(c.ctx, db.InsertGameParams{
		GameID: ids.New("gam"), IntegrationID: g.IntegrationID, Code: g.Code, Name: g.Name, Studio: g.Studio, ProviderID: g.ProviderID, Category: g.Category,
		RtpBps: g.RtpBps, ThumbnailUrl: g.ThumbnailUrl, BlockedCountries: g.BlockedCountries, Offered: g.Offered, Now: c.now,
	})
	if err != nil {
		return err
	}
	if _, err := c.saved(row, row); err != nil {
		return err
	}
	return c.insertChange(catalogv1.GameChangeKind_GAME_CHANGE_KIND_NEW, row)
}

// withProvider is the game with the studio it names, which is made when it is new.
func (c *change) withProvider(g db.Game) (db.Game, error) {
	key, name := strings.Join(words(g.Studio), "-"), g.Studio
	if key == "" {
		key, name = "other", "Other"
	}
	id, err := c.EnsureProvider(c.ctx, db.EnsureProviderParams{ProviderID: ids.New("prv"), Key: key, Name: name, Now: c.now})
	g.ProviderID = id
	return g, err
}
