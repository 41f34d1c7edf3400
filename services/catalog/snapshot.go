package catalog

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// snapshot is the whole catalogue at one revision. It is immutable: its messages are shared by all answers.
type snapshot struct {
	revision  int64
	byID      map[string]*catalogv1.Game
	byCode    map[codeKey]*catalogv1.Game
	all       []*catalogv1.Game // by integration and code
	published []*catalogv1.Game // what players see, by name
	lobby     *catalogv1.GetLobbyResponse
}

type codeKey struct{ integrationID, code string }

// section is one row of the lobby as it is stored.
type section struct {
	Key     string   `json:"key"`
	Title   string   `json:"title"`
	GameIDs []string `json:"game_ids"`
}

// visible: the operator shows it and the provider offers it.
func visible(g *catalogv1.Game) bool { return g.GetPublished() && g.GetOffered() }

func newSnapshot(revision int64, rows []db.Game, layout db.Lobby) (*snapshot, error) {
	s := &snapshot{revision: revision, byID: map[string]*catalogv1.Game{}, byCode: map[codeKey]*catalogv1.Game{}}
	for _, row := range rows {
		g := gameProto(row)
		s.byID[g.GameId] = g
		s.byCode[codeKey{g.IntegrationId, g.Code}] = g
		s.all = append(s.all, g)
		if visible(g) {
			s.published = append(s.published, g)
		}
	}
	slices.SortFunc(s.all, func(a, b *catalogv1.Game) int { return comparePositions(operatorPosition(a), operatorPosition(b)) })
	slices.SortFunc(s.published, func(a, b *catalogv1.Game) int { return comparePositions(playerPosition(a), playerPosition(b)) })
	var sections []section
	if err := json.Unmarshal(layout.Sections, &sections); err != nil {
		return nil, err
	}
	s.lobby = s.rows(sections, layout.Revision)
	return s, nil
}

// rows builds the lobby: the layout's sections, or one row per category as long as nobody has made a layout. Rows without games are
// left out.
func (s *snapshot) rows(sections []section, revision int64) *catalogv1.GetLobbyResponse {
	lobby := &catalogv1.GetLobbyResponse{Revision: revision}
	if revision == 0 {
		sections = s.byCategory()
	}
	for _, x := range sections {
		row := &catalogv1.LobbyRow{Key: x.Key, Title: x.Title}
		for _, id := range x.GameIDs {
			if g := s.byID[id]; g != nil && visible(g) {
				row.Games = append(row.Games, g)
			}
		}
		if len(row.Games) > 0 {
			lobby.Rows = append(lobby.Rows, row)
		}
	}
	return lobby
}

// byCategory is the lobby before anybody has made one: each category's first hundred games by name.
func (s *snapshot) byCategory() []section {
	at := map[string]int{}
	var out []section
	for _, g := range s.published {
		i, known := at[g.GetCategory()]
		if !known {
			i = len(out)
			at[g.GetCategory()] = i
			out = append(out, section{Key: g.GetCategory(), Title: title(g.GetCategory())})
		}
		if len(out[i].GameIDs) < 100 {
			out[i].GameIDs = append(out[i].GameIDs, g.GetGameId())
		}
	}
	slices.SortFunc(out, func(a, b section) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// title makes "video-slots" readable: "Video slots".
func title(category string) string {
	t := strings.ReplaceAll(category, "-", " ")
	if t == "" {
		return ""
	}
	return strings.ToUpper(t[:1]) + t[1:]
}

// position is a game's place in a list.
type position struct{ Major, Minor string }

// operatorPosition orders all games by integration and code; playerPosition what players see by name, whatever the case.
func operatorPosition(g *catalogv1.Game) position {
	return position{g.GetIntegrationId(), g.GetCode()}
}

func playerPosition(g *catalogv1.Game) position {
	return position{strings.ToLower(g.GetName()), g.GetGameId()}
}

func comparePositions(a, b position) int {
	if c := strings.Compare(a.Major, b.Major); c != 0 {
		return c
	}
	return strings.Compare(a.Minor, b.Minor)
}

// refresh reads the catalogue into memory when it has changed since.
func (s *Server) refresh(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	revision, err := s.q.GetRevision(ctx)
	if err != nil {
		return err
	}
	if c := s.current.Load(); c != nil && c.revision == revision {
		return nil
	}
	var next *snapshot
	// One transaction on one snapshot of the database, so that games, lobby and revision belong together.
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		revision, err := q.GetRevision(ctx)
		if err != nil {
			return err
		}
		games, err := q.ListGames(ctx)
		if err != nil {
			return err
		}
		lobby, err := q.GetLobby(ctx)
		if err != nil {
			return err
		}
		next, err = newSnapshot(revision, games, lobby)
		return err
	})
	if err == nil {
		s.current.Store(next)
	}
	return err
}

// refreshOwn takes an own change into memory. The change is stored either way, and the background task takes it in later when this fails.
func (s *Server) refreshOwn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.refresh(ctx); err != nil {
		s.log.WarnContext(ctx, "a change is not in memory yet", "err", err)
	}
}

// refreshUntil takes in what other replicas change.
func (s *Server) refreshUntil(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Refresh)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}
