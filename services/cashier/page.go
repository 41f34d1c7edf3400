package cashier

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

const defaultPageSize = 50

// lastID is after every id.
const lastID = "~"

// list identifies a list, so that a token of one is not taken for one of another.
type list [12]byte

func listOf(parts ...string) list {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return list(sum[:12])
}

// position reads where a page begins; first is the answer for an empty token. A token protects nothing: whose list it is is checked each time.
func (l list) position(p *commonv1.PageRequest, first string) (after string, size int32, err error) {
	if size = p.GetSize(); size <= 0 {
		size = defaultPageSize
	}
	if p.GetToken() == "" {
		return first, size, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.GetToken())
	if err != nil || len(raw) <= len(l) || list(raw[:len(l)]) != l || strings.ContainsRune(string(raw[len(l):]), 0) {
		return "", 0, errBadPageToken()
	}
	return string(raw[len(l):]), size, nil
}

// page cuts rows, of which one more than size was read, and says how to go on.
func page[T any](l list, rows []T, size int32, id func(T) string) ([]T, *commonv1.PageResponse) {
	if len(rows) <= int(size) {
		return rows, &commonv1.PageResponse{}
	}
	rows = rows[:size]
	return rows, &commonv1.PageResponse{NextToken: base64.RawURLEncoding.EncodeToString(append(l[:], id(rows[size-1])...))}
}
