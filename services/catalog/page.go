package catalog

import (
	"cmp"
	"fmt"
	"slices"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
)

// pageOf is one page of games that are sorted by at. Errors: BAD_PAGE_TOKEN.
func pageOf(list page.List, req *commonv1.PageRequest, games []*entry, at func(*entry) []string) ([]*entry, *commonv1.PageResponse, error) {
	after, err := list.Position(req)
	if err != nil {
		return nil, nil, errBadPageToken()
	}
	if after != nil {
		i := slices.IndexFunc(games, func(e *entry) bool { return slices.Compare(at(e), after) > 0 })
		if i < 0 {
			i = len(games)
		}
		games = games[i:]
	}
	out, next := page.Next(list, page.Size(req), games, at)
	return out, next, nil
}

// found are the games, which come by name, that fit a query, the best first, and their positions in that order.
func found(games []*entry, q query) ([]*entry, func(*entry) []string) {
	points := map[*entry]int{}
	games = slices.DeleteFunc(games, func(e *entry) bool {
		n := q.score(e.words)
		if n > 0 {
			points[e] = n
		}
		return n == 0
	})
	at := func(e *entry) []string {
		return append([]string{fmt.Sprintf("%09d", 999_999_999-points[e])}, playerPosition(e)...)
	}
	slices.SortStableFunc(games, func(a, b *entry) int { return cmp.Compare(points[b], points[a]) })
	return games, at
}
