package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// snapshot is the whole catalogue at one revision. It is immutable but for the texts it has translated: its messages are shared by all answers.
type snapshot struct {
	revision       int64
	byID           map[string]*entry
	byCode         map[codeKey]*entry
	all            []*entry // by integration and code
	published      []*entry // what the operator shows and a provider offers, by name
	providers      map[string]provider
	categories     map[string]category
	jurisdictions  []db.Jurisdiction
	jurisdictionOf map[string]jurisdiction // by country
	lobbyRevision  int64
	layouts        []layout // main first
	laidOut        bool     // somebody has made the main layout

	translated sync.Map // languageKey to *catalogv1.Game
}

type codeKey struct{ integrationID, code string }

type languageKey struct{ gameID, language string }

// entry is a game with what is derived from it.
type entry struct {
	subject
	full   *catalogv1.Game // for operators and services
	seen   *catalogv1.Game // for players, in no particular language
	texts  map[string]*catalogv1.Translation
	studio map[string]*catalogv1.Translation // texts of its studio
	words  []word                            // what a search looks at
}

// provider is a studio.
type provider struct {
	row   db.Provider
	texts map[string]*catalogv1.Translation
}

// category is what somebody has said about a category.
type category struct {
	titles   map[string]string
	position int32
	hidden   bool
}

// stored is everything that is read from the database for one snapshot.
type stored struct {
	revision      int64
	games         []db.Game
	builds        []db.GameBuild
	providers     []db.Provider
	categories    []db.Category
	jurisdictions []db.Jurisdiction
	certificates  []db.Certificate
	jackpots      []db.Jackpot
	lobby         db.Lobby
	variants      []db.LobbyVariant
}

func newSnapshot(in stored) (*snapshot, error) {
	s := &snapshot{
		revision: in.revision, byID: map[string]*entry{}, byCode: map[codeKey]*entry{}, providers: map[string]provider{}, categories: map[string]category{},
		jurisdictions: in.jurisdictions, jurisdictionOf: map[string]jurisdiction{},
	}
	for _, row := range in.providers {
		p := provider{row: row}
		if err := json.Unmarshal(row.Translations, &p.texts); err != nil {
			return nil, err
		}
		s.providers[row.ProviderID] = p
	}
	for _, row := range in.categories {
		c := category{position: row.Position, hidden: row.Hidden}
		if err := json.Unmarshal(row.Titles, &c.titles); err != nil {
			return nil, err
		}
		s.categories[row.Category] = c
	}
	for _, row := range in.jurisdictions {
		for _, country := range row.Countries {
			s.jurisdictionOf[country] = jurisdiction{key: row.Jurisdiction, required: row.CertificatesRequired}
		}
	}
	if err := s.addGames(in); err != nil {
		return nil, err
	}
	return s, s.addLayouts(in.lobby, in.variants)
}

func (s *snapshot) addGames(in stored) error {
	parts := partsOf(in)
	for _, row := range in.games {
		e, err := s.newEntry(row, parts[row.GameID])
		if err != nil {
			return err
		}
		s.byID[row.GameID] = e
		s.byCode[codeKey{row.IntegrationID, row.Code}] = e
		s.all = append(s.all, e)
		if e.subject.published && e.offered {
			s.published = append(s.published, e)
		}
	}
	slices.SortFunc(s.all, func(a, b *entry) int { return slices.Compare(operatorPosition(a), operatorPosition(b)) })
	slices.SortFunc(s.published, func(a, b *entry) int { return slices.Compare(playerPosition(a), playerPosition(b)) })
	return nil
}

// parts are the rows that belong to a game.
type parts struct {
	builds       []db.GameBuild
	certificates []certificate
	jackpots     []db.Jackpot
}

func partsOf(in stored) map[string]*parts {
	out := map[string]*parts{}
	of := func(id string) *parts {
		if out[id] == nil {
			out[id] = &parts{}
		}
		return out[id]
	}
	for _, b := range in.builds {
		of(b.GameID).builds = append(of(b.GameID).builds, b)
	}
	for _, c := range in.certificates {
		of(c.GameID).certificates = append(of(c.GameID).certificates, certificate{jurisdiction: c.Jurisdiction, build: c.Build, from: c.ValidFrom, to: c.ValidTo})
	}
	for _, j := range in.jackpots {
		for _, id := range j.GameIds {
			of(id).jackpots = append(of(id).jackpots, j)
		}
	}
	return out
}

func (s *snapshot) newEntry(row db.Game, p *parts) (*entry, error) {
	if p == nil {
		p = &parts{}
	}
	studio := s.providers[row.ProviderID]
	full, err := gameProto(row, p.builds, p.jackpots, studio.row.Name)
	if err != nil {
		return nil, err
	}
	e := &entry{full: full, texts: full.GetAdmin().GetTranslations(), studio: studio.texts, subject: subject{
		gameID: row.GameID, category: full.GetCategory(), integrationID: row.IntegrationID, providerID: row.ProviderID, published: row.Published,
		offered: row.Offered, blocked: full.GetBlockedCountries(), certificates: p.certificates,
	}}
	e.build = active(p.builds)
	e.seen = proto.CloneOf(full)
	e.seen.Admin = nil
	translate(e.seen, e.texts["en"])
	e.words = wordsOf(e, s.categories[e.category].titles)
	return e, nil
}

// translate puts a text into a game that nobody else has yet.
func translate(g *catalogv1.Game, t *catalogv1.Translation) {
	if t.GetName() != "" {
		g.Name = t.GetName()
	}
	if t.GetDescription() != "" {
		g.Description = t.GetDescription()
	}
}

// localized is a game as players see it in a language.
func (s *snapshot) localized(e *entry, language string) *catalogv1.Game {
	t, studio := e.texts[language], e.studio[language].GetName()
	if (t == nil || language == "en") && studio == "" {
		return e.seen
	}
	key := languageKey{e.gameID, language}
	if g, ok := s.translated.Load(key); ok {
		return g.(*catalogv1.Game)
	}
	g := proto.CloneOf(e.seen)
	translate(g, t)
	g.Studio = cmp.Or(studio, g.GetStudio())
	s.translated.Store(key, g)
	return g
}

// operatorPosition orders all games by integration and code; playerPosition what players see by name, whatever the case.
func operatorPosition(e *entry) []string { return []string{e.integrationID, e.full.GetCode()} }

func playerPosition(e *entry) []string { return []string{strings.ToLower(e.seen.GetName()), e.gameID} }

const (
	// askLimit bounds the question whether anything has changed, loadLimit reading what has.
	askLimit  = 2 * time.Second
	loadLimit = 30 * time.Second
	// soon is how long a question waits for both before memory answers it.
	soon = 500 * time.Millisecond
)

// latest is the catalogue with everything that was answered as changed before the call, by whichever replica. It is for operators, who go on with what they have
// just changed, and for what is decided by it; players are answered from memory.
func (s *Server) latest(ctx context.Context) (*snapshot, error) {
	// A caller who leaves must not end a question that others wait for.
	if err := s.refresh(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return s.current.Load(), nil
}

// latestSoon is latest for a hot path: gaming waits for the answer, and uses an older one of its own when it waits too long.
func (s *Server) latestSoon(ctx context.Context) (*snapshot, error) {
	type answer struct {
		snapshot *snapshot
		err      error
	}
	got := make(chan answer, 1)
	go func() {
		c, err := s.latest(ctx)
		got <- answer{c, err}
	}()
	select {
	case a := <-got:
		return a.snapshot, a.err
	case <-time.After(soon):
		return nil, context.DeadlineExceeded
	}
}

// refresh reads the catalogue into memory when it has changed since. Calls that come while one waits for the database share the next question.
func (s *Server) refresh(ctx context.Context) error {
	turn := s.turn.Load()
	s.loading.Lock()
	defer s.loading.Unlock()
	if s.turn.Load() == turn { // else one that was asked after this call began is answered
		s.turn.Add(1)
		s.refreshed = s.reload(ctx)
	}
	return s.refreshed
}

func (s *Server) reload(ctx context.Context) error {
	asking, answered := context.WithTimeout(ctx, askLimit)
	defer answered()
	revision, err := s.q.GetRevision(asking)
	if err != nil {
		return err
	}
	if c := s.current.Load(); c != nil && c.revision == revision {
		return nil
	}
	ctx, loaded := context.WithTimeout(ctx, loadLimit)
	defer loaded()
	var in stored
	// One transaction on one snapshot of the database, so that everything belongs together.
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		in, err = read(ctx, s.q.WithTx(tx))
		return err
	})
	if err != nil {
		return err
	}
	next, err := newSnapshot(in)
	if err == nil {
		s.current.Store(next)
	}
	return err
}

func read(ctx context.Context, q *db.Queries) (in stored, err error) {
	for _, step := range []func() error{
		func() error { in.revision, err = q.GetRevision(ctx); return err },
		func() error { in.games, err = q.ListGames(ctx); return err },
		func() error { in.builds, err = q.ListBuilds(ctx); return err },
		func() error { in.providers, err = q.ListProviders(ctx); return err },
		func() error { in.categories, err = q.ListCategories(ctx); return err },
		func() error { in.jurisdictions, err = q.ListJurisdictions(ctx); return err },
		func() error { in.certificates, err = q.ListCurrentCertificates(ctx); return err },
		func() error { in.jackpots, err = q.ListJackpots(ctx); return err },
		func() error { in.lobby, err = q.GetLobby(ctx); return err },
		func() error { in.variants, err = q.ListVariants(ctx); return err },
	} {
		if err := step(); err != nil {
			return stored{}, err
		}
	}
	return in, nil
}

// refreshOwn takes an own change into memory. The change is stored either way, and the background task takes it in later when this fails.
func (s *Server) refreshOwn(ctx context.Context) {
	if _, err := s.latest(ctx); err != nil {
		s.log.WarnContext(ctx, "a change is not in memory yet", "err", err)
	}
}

// refreshUntil takes in what other replicas change. It asks as often as ever while the database does not answer, so that nothing is kept longer when it answers again.
func (s *Server) refreshUntil(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Refresh)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := s.refresh(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.log.Warn("what has changed cannot be read; what was known stays", "error", err)
		}
		failing = err != nil
	}
}
