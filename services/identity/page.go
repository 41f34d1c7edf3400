package identity

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

const (
	defaultPage    = 50
	pageListPrefix = 8
)

// pageOf reads where a list goes on and how many rows it may answer. list names the list with its filters; a token of another one is
// refused with BAD_PAGE_TOKEN.
func pageOf(p *commonv1.PageRequest, list string) (after string, size int32, err error) {
	size = p.GetSize()
	if size <= 0 {
		size = defaultPage
	}
	if p.GetToken() == "" {
		return "", size, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.GetToken())
	if err != nil || len(raw) <= pageListPrefix || !bytes.Equal(raw[:pageListPrefix], listPrefix(list)) {
		return "", 0, errBadPageToken()
	}
	return string(raw[pageListPrefix:]), size, nil
}

// nextPage cuts rows, read with one more than size, to the page and answers how to go on.
func nextPage[T any](rows []T, size int32, list string, id func(T) string) ([]T, *commonv1.PageResponse) {
	if int32(len(rows)) <= size {
		return rows, &commonv1.PageResponse{}
	}
	rows = rows[:size]
	token := append(listPrefix(list), id(rows[size-1])...)
	return rows, &commonv1.PageResponse{NextToken: base64.RawURLEncoding.EncodeToString(token)}
}

func listPrefix(list string) []byte {
	sum := sha256.Sum256([]byte(list))
	return append([]byte{}, sum[:pageListPrefix]...)
}
