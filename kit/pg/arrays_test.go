package pg

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

var arrayValues = map[string]struct {
	oid   uint32
	value any
}{
	"int8":         {pgtype.Int8ArrayOID, []int64{0, 1, -1, math.MaxInt64, math.MinInt64}},
	"int2":         {pgtype.Int2ArrayOID, []int16{0, 1, -1, math.MaxInt16, math.MinInt16}},
	"text":         {pgtype.TextArrayOID, []string{"", "a", "NULL", `{"ä"}`, "\x01"}},
	"bytea":        {pgtype.ByteaArrayOID, [][]byte{{}, {0, 1}, nil, []byte("x")}},
	"bytea whole":  {pgtype.ByteaArrayOID, [][]byte{{}, {0, 1}}},
	"uuid":         {pgtype.UUIDArrayOID, []pgtype.UUID{{Bytes: [16]byte{1, 2}, Valid: true}, {}}},
	"times":        {pgtype.TimestamptzArrayOID, []time.Time{time.Unix(0, 0), time.Date(2026, 3, 1, 2, 3, 4, 567_891_999, time.FixedZone("x", 3600)), time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)}},
	"int8 none":    {pgtype.Int8ArrayOID, []int64{}},
	"text none":    {pgtype.TextArrayOID, []string{}},
	"int8 NULL":    {pgtype.Int8ArrayOID, []int64(nil)},
	"of pointers":  {pgtype.TextArrayOID, []*string{nil}},
	"int4":         {pgtype.Int4ArrayOID, []int32{1, 2}},
	"int8 of int2": {pgtype.Int8ArrayOID, []int16{1, 2}},
}

// What goes over the wire is what the driver alone would send, also behind what is in the buffer already.
func TestQuickArrays_AreTheDrivers(t *testing.T) {
	driver, quick := pgtype.NewMap(), pgtype.NewMap()
	quickArrays(quick)
	for name, v := range arrayValues {
		t.Run(name, func(t *testing.T) {
			for _, format := range []int16{pgtype.BinaryFormatCode, pgtype.TextFormatCode} {
				for _, before := range [][]byte{nil, []byte("before"), make([]byte, 3, 1000)} {
					want, err := driver.Encode(v.oid, format, v.value, append([]byte(nil), before...))
					require.NoError(t, err)
					got, err := quick.Encode(v.oid, format, v.value, append(make([]byte, 0, cap(before)), before...))
					require.NoError(t, err)
					require.Equal(t, want, got)
				}
			}
		})
	}
}

// TestQuickArrays_StatementsOfAConnection: statement after statement, the driver has the parameters that it would have without us until it begins the next one,
// also when its own encodings make the buffer larger between arrays, or fail.
func TestQuickArrays_StatementsOfAConnection(t *testing.T) {
	driver, quick := pgtype.NewMap(), pgtype.NewMap()
	quickArrays(quick)
	var want, got pgx.ExtendedQueryBuilder
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		return strings.Repeat(string(rune('a'+random.IntN(26))), random.IntN(1<<random.IntN(12)))
	}
	for range 5000 {
		var sd pgconn.StatementDescription
		var args []any
		for range 1 + random.IntN(8) {
			oid, arg := uint32(pgtype.TextOID), any(text())
			switch n := random.IntN(1 << random.IntN(8)); random.IntN(6) {
			case 0:
				oid, arg = pgtype.Int8ArrayOID, slices.Repeat([]int64{random.Int64()}, n)
			case 1:
				oid, arg = pgtype.ByteaArrayOID, slices.Repeat([][]byte{[]byte(text())}, n)
			case 2:
				oid, arg = pgtype.TextArrayOID, slices.Repeat([]string{text()}, min(n, 20))
			case 3:
				oid, arg = pgtype.Int4ArrayOID, slices.Repeat([]int32{random.Int32()}, n) // not ours
			case 4:
				oid, arg = pgtype.Int8ArrayOID, any("{1,2}") // not in binary
			}
			sd.ParamOIDs, args = append(sd.ParamOIDs, oid), append(args, arg)
		}
		require.NoError(t, want.Build(driver, &sd, args))
		require.NoError(t, got.Build(quick, &sd, args))
		require.True(t, slices.EqualFunc(want.ParamValues, got.ParamValues, bytes.Equal), "%v", sd.ParamOIDs)
	}
}

// BenchmarkStatements encodes statements as a connection does, of 4 rows and of 64, with nine columns as those of an event.
func BenchmarkStatements(b *testing.B) {
	for _, rows := range []int{4, 64} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			m := pgtype.NewMap()
			quickArrays(m)
			var sd pgconn.StatementDescription
			var args []any
			for range 8 {
				sd.ParamOIDs, args = append(sd.ParamOIDs, pgtype.TextArrayOID), append(args, slices.Repeat([]string{"op_01jd2vq3k6f7g8h9jkmnpqrstv"}, rows))
			}
			sd.ParamOIDs, args = append(sd.ParamOIDs, pgtype.ByteaArrayOID), append(args, slices.Repeat([][]byte{make([]byte, 200)}, rows))
			var q pgx.ExtendedQueryBuilder
			b.ReportAllocs()
			for b.Loop() {
				_ = q.Build(m, &sd, args)
			}
		})
	}
}

// BenchmarkArrays encodes the columns of a batch of 64 rows as the driver does and as we do.
func BenchmarkArrays(b *testing.B) {
	numbers, texts := make([]int64, 64), make([]string, 64)
	for i := range texts {
		numbers[i], texts[i] = int64(i)<<40, "op_01jd2vq3k6f7g8h9jkmnpqrstv"
	}
	for name, set := range map[string]func(*pgtype.Map){"driver": func(*pgtype.Map) {}, "quick": quickArrays} {
		b.Run(name, func(b *testing.B) {
			m := pgtype.NewMap()
			set(m)
			b.ReportAllocs()
			for b.Loop() {
				var buf []byte
				for range 8 {
					buf, _ = m.Encode(pgtype.Int8ArrayOID, pgtype.BinaryFormatCode, numbers, buf)
					buf, _ = m.Encode(pgtype.TextArrayOID, pgtype.BinaryFormatCode, texts, buf)
				}
			}
		})
	}
}
