package catalog

import (
	"context"
	"slices"
	"strings"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// PutGameBuilds replaces the builds of a game and says which one is played. Repeating it changes nothing. Errors: GAME_NOT_FOUND, BUILDS_INVALID.
func (s *Server) PutGameBuilds(ctx context.Context, req *catalogv1.PutGameBuildsRequest) (*catalogv1.PutGameBuildsResponse, error) {
	want, err := buildsOf(req.GetGameId(), req.GetBuilds())
	if err != nil {
		return nil, err
	}
	var game *catalogv1.Game
	err = s.write(ctx, func(c *change) error {
		g, err := c.lockGame(req.GetGameId())
		if err != nil {
			return err
		}
		has, err := c.GameBuilds(ctx, g.GameID)
		if err != nil {
			return err
		}
		if slices.Equal(has, want) {
			if open(g) {
				c.repeats = g.UpdatedAt
			}
			game, err = c.game(g)
			return err
		}
		if err := c.DeleteBuilds(ctx, g.GameID); err != nil {
			return err
		}
		for _, b := range want {
			if err := c.InsertBuild(ctx, db.InsertBuildParams(b)); err != nil {
				return err
			}
		}
		before := g
		c.forbids = open(g) && active(has) != active(want) // certificates are of builds
		if g, err = c.TouchGame(ctx, db.TouchGameParams{Now: c.now, GameID: g.GameID}); err != nil {
			return err
		}
		game, err = c.saved(before, g)
		return err
	})
	return &catalogv1.PutGameBuildsResponse{Game: game}, err
}

// buildsOf are the rows of builds, by name. Errors: BUILDS_INVALID.
func buildsOf(gameID string, builds []*catalogv1.GameBuild) ([]db.GameBuild, error) {
	var out []db.GameBuild
	active := 0
	for _, b := range builds {
		if slices.ContainsFunc(out, func(x db.GameBuild) bool { return x.Build == b.GetBuild() }) {
			return nil, errBuildsInvalid()
		}
		if b.GetActive() {
			active++
		}
		out = append(out, db.GameBuild{GameID: gameID, Build: b.GetBuild(), RtpBps: b.GetRtpBps(), Active: b.GetActive()})
	}
	if len(out) > 0 && active != 1 {
		return nil, errBuildsInvalid()
	}
	slices.SortFunc(out, func(a, b db.GameBuild) int { return strings.Compare(a.Build, b.Build) })
	return out, nil
}

// active is the name of the build that is played; empty when builds are not known.
func active(builds []db.GameBuild) string {
	for _, b := range builds {
		if b.Active {
			return b.Build
		}
	}
	return ""
}
