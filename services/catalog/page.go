package catalog

import (
	"encoding/base64"
	"encoding/json"
	"sort"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

const defaultPage = 50

// cursor is where a page ended, and of which list with which filter.
type cursor struct {
	List string   `json:"l"`
	At   position `json:"p"`
}

// page answers the games after the token that pass the filter. games are sorted by at. Errors: BAD_PAGE_TOKEN.
func page(games []*catalogv1.Game, at func(*catalogv1.Game) position, list string, req *commonv1.PageRequest, keep func(*catalogv1.Game) bool) ([]*catalogv1.Game, *commonv1.PageResponse, error) {
	size := int(req.GetSize())
	if size == 0 {
		size = defaultPage
	}
	if req.GetToken() != "" {
		raw, err := base64.RawURLEncoding.DecodeString(req.GetToken())
		var c cursor
		if err != nil || json.Unmarshal(raw, &c) != nil || c.List != list {
			return nil, nil, errBadPageToken()
		}
		games = games[sort.Search(len(games), func(i int) bool { return comparePositions(at(games[i]), c.At) > 0 }):]
	}
	var out []*catalogv1.Game
	for _, g := range games {
		if !keep(g) {
			continue
		}
		if len(out) == size {
			raw, _ := json.Marshal(cursor{List: list, At: at(out[size-1])}) // strings only: it cannot fail
			return out, &commonv1.PageResponse{NextToken: base64.RawURLEncoding.EncodeToString(raw)}, nil
		}
		out = append(out, g)
	}
	return out, &commonv1.PageResponse{}, nil
}
