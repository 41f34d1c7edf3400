package pg

import (
	"math"
	"testing"
	"time"

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
