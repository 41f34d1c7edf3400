package gaming

import (
	"encoding/base64"
	"encoding/json"
	"time"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
)

const defaultPage = 50

// cursor is where a page of a list ended.
type cursor struct {
	List string    `json:"l"`
	At   time.Time `json:"t"`
	ID   string    `json:"i"`
}

// pageSize is how many rows to answer; one more is read, to know whether there is another page.
func pageSize(p *commonv1.PageRequest) int {
	if p.GetSize() == 0 {
		return defaultPage
	}
	return int(p.GetSize())
}

// readCursor reads a page token of the named list; nil for the first page. Errors: BAD_PAGE_TOKEN.
func readCursor(p *commonv1.PageRequest, list string) (*cursor, error) {
	if p.GetToken() == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.GetToken())
	if err != nil {
		return nil, errBadPageToken()
	}
	var c cursor
	if json.Unmarshal(raw, &c) != nil || c.List != list || c.ID == "" {
		return nil, errBadPageToken()
	}
	return &c, nil
}

func (c cursor) token() string {
	raw, _ := json.Marshal(c) // strings and a time of this century: it cannot fail
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (c *cursor) args() (at *time.Time, id *string) {
	if c == nil {
		return nil, nil
	}
	return &c.At, &c.ID
}

// newestBefore is where a page of a list by time, newest first, begins. Errors: BAD_PAGE_TOKEN.
func newestBefore(list page.List, p *commonv1.PageRequest) (at time.Time, id string, err error) {
	position, err := list.Position(p)
	if err != nil || position != nil && len(position) != 2 {
		return at, "", errBadPageToken()
	}
	if position == nil {
		return endOfTime, "", nil
	}
	if at, err = time.Parse(time.RFC3339Nano, position[0]); err != nil {
		return at, "", errBadPageToken()
	}
	return at, position[1], nil
}

func newestPosition(at time.Time, id string) []string {
	return []string{at.UTC().Format(time.RFC3339Nano), id}
}
