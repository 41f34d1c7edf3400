// Package page makes the tokens with which long lists are read page by page. A token holds where the next page begins and is bound to its
// list, filter included, so that it cannot be used on another one. It grants nothing: whoever uses it passes the same checks.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"

	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

// DefaultSize is what a size of 0 means.
const DefaultSize = 50

// ErrToken says that a token is not from this list.
var ErrToken = errors.New("page: the token is not from this list")

// List is one list as its caller asked for it.
type List struct {
	bound [8]byte
}

// Of names a list by the RPC's request, whose page field does not count.
func Of(name string, request proto.Message) List {
	plain := proto.Clone(request)
	r := plain.ProtoReflect()
	if f := r.Descriptor().Fields().ByName("page"); f != nil {
		r.Clear(f)
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(plain)
	if err != nil {
		panic(err) // a request that was just received can be written
	}
	sum := sha256.Sum256(append([]byte(name+"\x00"), body...))
	return List{bound: [8]byte(sum[:8])}
}

// Size is how many rows to answer.
func Size(p *commonv1.PageRequest) int32 {
	if p.GetSize() <= 0 {
		return DefaultSize
	}
	return p.GetSize()
}

// Position answers where the page begins; nil for the first page. Errors: ErrToken.
func (l List) Position(p *commonv1.PageRequest) ([]string, error) {
	if p.GetToken() == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.GetToken())
	if err != nil || len(raw) < len(l.bound) || [8]byte(raw[:8]) != l.bound {
		return nil, ErrToken
	}
	var position []string
	if err := json.Unmarshal(raw[8:], &position); err != nil || len(position) == 0 {
		return nil, ErrToken
	}
	return position, nil
}

// Next is the answer when rows were read one more than fit: it cuts rows to the page and makes the token from the last one that stays.
func Next[Row any](l List, size int32, rows []Row, position func(Row) []string) ([]Row, *commonv1.PageResponse) {
	if len(rows) <= int(size) {
		return rows, &commonv1.PageResponse{}
	}
	rows = rows[:size]
	body, err := json.Marshal(position(rows[size-1]))
	if err != nil {
		panic(err) // strings can always be written
	}
	return rows, &commonv1.PageResponse{NextToken: base64.RawURLEncoding.EncodeToString(append(l.bound[:], body...))}
}
