package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

const (
	// mainVariant is the layout that is always there.
	mainVariant = "main"
	// rowMax is how many games one row shows.
	rowMax = 100
)

// layout is one variant of the lobby.
type layout struct {
	variant  string
	weight   int32
	sections []section
}

// section is one row of the lobby as it is stored.
type section struct {
	Key        string            `json:"key"`
	Title      string            `json:"title"`
	Titles     map[string]string `json:"titles,omitempty"`
	GameIDs    []string          `json:"game_ids"`
	Category   string            `json:"category,omitempty"`
	Tag        string            `json:"tag,omitempty"`
	ProviderID string            `json:"provider_id,omitempty"`
}

// also tells whether a game belongs to the section without being named.
func (x section) also(e *entry) bool {
	return x.Category != "" && e.category == x.Category || x.ProviderID != "" && e.providerID == x.ProviderID || x.Tag != "" && slices.Contains(e.full.GetTags(), x.Tag)
}

func (s *snapshot) addLayouts(lobby db.Lobby, variants []db.LobbyVariant) error {
	s.lobbyRevision, s.laidOut = lobby.Revision, lobby.LaidOut
	variants = append([]db.LobbyVariant{{Variant: mainVariant, Weight: lobby.Weight, Sections: lobby.Sections}}, variants...)
	for _, v := range variants {
		l := layout{variant: v.Variant, weight: v.Weight}
		if err := json.Unmarshal(v.Sections, &l.sections); err != nil {
			return err
		}
		s.layouts = append(s.layouts, l)
	}
	return nil
}

// chooseLayout gives a visitor always the same layout, and each layout its share of the visitors. A layout that comes, goes or changes its weight moves
// only visitors from it or to it (weighted rendezvous hashing). A visitor without an id sees main.
func chooseLayout(layouts []layout, visitorID string) layout {
	best, highest := layouts[0], -1.0
	if visitorID == "" {
		return best
	}
	for _, l := range layouts {
		if l.weight <= 0 {
			continue
		}
		sum := sha256.Sum256([]byte(l.variant + "\x00" + visitorID))
		u := (float64(binary.BigEndian.Uint64(sum[:8])>>11) + 0.5) / (1 << 53) // between 0 and 1, neither included
		if points := float64(l.weight) / -math.Log(u); points > highest {
			best, highest = l, points
		}
	}
	return best
}

// lobby is what a visitor sees: the rows of their layout that have games for them. As long as nobody has laid out main it has a row for each category.
func (v view) lobby() *catalogv1.GetLobbyResponse {
	l := chooseLayout(v.layouts, v.visitor.id)
	games := v.playable()
	sections := l.sections
	if l.variant == mainVariant && !v.laidOut {
		sections = v.byCategory(games)
	}
	may := map[string]*entry{}
	for _, e := range games {
		may[e.gameID] = e
	}
	res := &catalogv1.GetLobbyResponse{Revision: v.lobbyRevision, Variant: l.variant}
	for _, x := range sections {
		if row := v.row(x, games, may); len(row.GetGames()) > 0 {
			res.Rows = append(res.Rows, row)
		}
	}
	return res
}

func (v view) row(x section, games []*entry, may map[string]*entry) *catalogv1.LobbyRow {
	row := &catalogv1.LobbyRow{Key: x.Key, Title: cmp.Or(x.Titles[v.language], x.Title)}
	taken := map[string]bool{}
	add := func(e *entry) {
		if e != nil && !taken[e.gameID] && len(row.Games) < rowMax {
			taken[e.gameID] = true
			row.Games = append(row.Games, v.shown(e))
		}
	}
	for _, id := range x.GameIDs {
		add(may[id])
	}
	if x.Category+x.Tag+x.ProviderID != "" {
		for _, e := range games {
			if x.also(e) {
				add(e)
			}
		}
	}
	return row
}

// byCategory is a row for each category that is not hidden.
func (v view) byCategory(games []*entry) []section {
	var out []section
	for _, c := range v.listCategories(games) {
		if !c.GetHidden() {
			out = append(out, section{Key: c.GetCategory(), Title: c.GetTitle(), Category: c.GetCategory()})
		}
	}
	return out
}

// listCategories are the categories of games and those that were put, in order.
func (v view) listCategories(games []*entry) []*catalogv1.Category {
	count := map[string]int32{}
	for key := range v.categories {
		count[key] = 0
	}
	for _, e := range games {
		count[e.category]++
	}
	var out []*catalogv1.Category
	for key, n := range count {
		out = append(out, v.category(key, n))
	}
	slices.SortFunc(out, func(a, b *catalogv1.Category) int {
		return cmp.Or(cmp.Compare(a.GetPosition(), b.GetPosition()), strings.Compare(a.GetCategory(), b.GetCategory()))
	})
	return out
}

// unplaced is the place of a category that nobody has put: after the others.
const unplaced = 10_000

func (v view) category(key string, games int32) *catalogv1.Category {
	c, known := v.categories[key]
	if !known {
		c.position = unplaced
	}
	return &catalogv1.Category{
		Category: key, Title: cmp.Or(c.titles[v.language], c.titles["en"], title(key)), Games: games, Position: c.position, Hidden: c.hidden, Titles: c.titles,
	}
}

// title makes "video-slots" readable: "Video slots".
func title(category string) string {
	t := strings.ReplaceAll(category, "-", " ")
	if t == "" {
		return ""
	}
	return strings.ToUpper(t[:1]) + t[1:]
}
