package wallet

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// defaultPageSize is what a size of 0 means, see common/v1/page.proto.
const defaultPageSize = 50

// The time span that stands for "always"; it is inside what PostgreSQL and protobuf can tell.
var (
	beginning = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	end       = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// playerKinds are the kinds of accounts that players have.
var playerKinds = []int16{int16(kindCash), int16(kindHeldCash), int16(kindBonus), int16(kindHeldBonus), int16(kindReceivable)}

// statement reads one page of a player's entries, newest first. Pages do not shift when entries are added.
func (s *Server) statement(
	ctx context.Context, player string, filter *walletv1.EntryFilter, page *commonv1.PageRequest,
) ([]*walletv1.Entry, *commonv1.PageResponse, error) {
	list, err := listOf(player, filter)
	if err != nil {
		return nil, nil, err
	}
	before, err := list.position(page.GetToken())
	if err != nil {
		return nil, nil, err
	}
	size := page.GetSize()
	if size <= 0 {
		size = defaultPageSize
	}
	rows, err := s.entriesBefore(ctx, player, filter, before, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, nil, err
	}
	next := &commonv1.PageResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		next.NextToken = list.token(rows[size-1].Number)
	}
	entries := make([]*walletv1.Entry, len(rows))
	for i, r := range rows {
		entries[i] = entryOf(r)
	}
	return entries, next, nil
}

func (s *Server) entriesBefore(
	ctx context.Context, player string, f *walletv1.EntryFilter, before int64, most int32,
) ([]db.ListEntriesRow, error) {
	p := db.ListEntriesParams{
		PlayerID: player, Before: before, Since: instant(f.GetFrom(), beginning), Until: instant(f.GetUntil(), end), Types: []int16{},
		Kinds: playerKinds, Currency: f.GetCurrency(), PageSize: most,
	}
	if k := f.GetAccount(); k != walletv1.AccountKind_ACCOUNT_KIND_UNSPECIFIED {
		p.Kinds = []int16{int16(k)}
	}
	for _, t := range f.GetTypes() {
		p.Types = append(p.Types, int16(t))
	}
	if f.GetRoundId() == "" {
		return s.queries.ListEntries(ctx, p)
	}
	found, err := s.queries.ListEntriesOfRound(ctx, db.ListEntriesOfRoundParams{
		RoundID: f.GetRoundId(), PlayerID: p.PlayerID, Before: p.Before, Since: p.Since, Until: p.Until, Types: p.Types, Kinds: p.Kinds,
		Currency: p.Currency, PageSize: p.PageSize,
	})
	if err != nil {
		return nil, err
	}
	rows := make([]db.ListEntriesRow, len(found))
	for i, r := range found {
		rows[i] = db.ListEntriesRow(r)
	}
	return rows, nil
}

// instant is a time inside what the database can tell, or the default when none is given.
func instant(t *timestamppb.Timestamp, fallback time.Time) time.Time {
	if t == nil {
		return fallback
	}
	if at := t.AsTime(); at.Before(beginning) {
		return beginning
	} else if at.After(end) {
		return end
	}
	return t.AsTime()
}

// listID identifies a list by its player and filter, so that a token of one list is not taken for one of another.
type listID [16]byte

func listOf(player string, filter *walletv1.EntryFilter) (listID, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(filter)
	if err != nil {
		return listID{}, err
	}
	sum := sha256.Sum256(append([]byte(player+"\x00"), text...))
	return listID(sum[:16]), nil
}

// token says where the next page of the list begins. It protects nothing: the list is checked against the caller with each page.
func (l listID) token(last int64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(l[:], uint64(last)))
}

func (l listID) position(token string) (int64, error) {
	if token == "" {
		return math.MaxInt64, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != len(l)+8 || listID(raw[:len(l)]) != l {
		return 0, badPageToken()
	}
	return int64(binary.BigEndian.Uint64(raw[len(l):])), nil
}
