package pg

import (
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// arrayTypes are the types of arrays in which statements of many rows send their columns.
var arrayTypes = []struct {
	oid, element uint32
	plan         func(r *room, element uint32, value any) pgtype.EncodePlan
}{
	{pgtype.Int8ArrayOID, pgtype.Int8OID, array(
		func(int64) int { return 8 }, func(to []byte, v int64) []byte { return binary.BigEndian.AppendUint64(to, uint64(v)) })},
	{pgtype.Int2ArrayOID, pgtype.Int2OID, array(
		func(int16) int { return 2 }, func(to []byte, v int16) []byte { return binary.BigEndian.AppendUint16(to, uint16(v)) })},
	{pgtype.TimestamptzArrayOID, pgtype.TimestamptzOID, array(
		func(time.Time) int { return 8 }, func(to []byte, v time.Time) []byte { return binary.BigEndian.AppendUint64(to, microseconds(v)) })},
	{pgtype.UUIDArrayOID, pgtype.UUIDOID, array(uuidBytes, func(to []byte, v pgtype.UUID) []byte { return append(to, v.Bytes[:]...) })},
	{pgtype.TextArrayOID, pgtype.TextOID, array(
		func(v string) int { return len(v) }, func(to []byte, v string) []byte { return append(to, v...) })},
	{pgtype.ByteaArrayOID, pgtype.ByteaOID, array(byteaBytes, func(to, v []byte) []byte { return append(to, v...) })},
}

// quickArrays writes the arrays of these types at once and not element by element through plans and interfaces, which was half of what a batch's
// statements cost their sender (BenchmarkArrays). Everything else, reading included, is the driver's own.
func quickArrays(m *pgtype.Map) {
	r := &room{}
	for _, t := range arrayTypes {
		known, ok := m.TypeForOID(t.oid)
		if !ok {
			continue
		}
		codec, ok := known.Codec.(*pgtype.ArrayCodec)
		if !ok {
			continue
		}
		m.RegisterType(&pgtype.Type{Name: known.Name, OID: known.OID, Codec: quickArray{codec, func(v any) pgtype.EncodePlan { return t.plan(r, t.element, v) }}})
	}
}

type quickArray struct {
	*pgtype.ArrayCodec
	plan func(value any) pgtype.EncodePlan
}

// PlanEncode answers the quick plan for a slice of the type's own element, and otherwise the driver's.
func (c quickArray) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		if p := c.plan(value); p != nil {
			return p
		}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

// plan is a function that appends the array of a slice.
type plan[T any] func(all []T, to []byte) []byte

// Encode appends the value, a slice of T that is not nil.
func (p plan[T]) Encode(value any, to []byte) ([]byte, error) { return p(value.([]T), to), nil }

// headerBytes is what comes before the elements: dimensions, whether there are nulls, type of the elements, length, lower bound.
const headerBytes = 20

// arrayHeader appends it.
func arrayHeader(to []byte, nulls bool, element uint32, n int) []byte {
	var hasNulls uint32
	if nulls {
		hasNulls = 1
	}
	for _, v := range [...]uint32{1, hasNulls, element, uint32(n), 1} {
		to = binary.BigEndian.AppendUint32(to, v)
	}
	return to
}

// room is the memory of a connection into which arrays of its statements are written. The driver has one parameter of a statement after the other appended to
// what came out of the one before, and has copied them all into its message when it begins the next statement; it uses its own buffer again then, too.
type room struct{ kept []byte }

// maxRoom is how many bytes a connection keeps at most.
const maxRoom = 64 << 10

// grow makes room for n more bytes than to has, in what is kept if that is large enough. Parameters of the same statement that are in there already are
// the beginning of to, and so get the bytes that they have. New memory has twice what the statement has so far, because more arrays follow.
func (r *room) grow(to []byte, n int) []byte {
	if cap(to)-len(to) >= n {
		return to
	}
	if cap(r.kept) >= len(to)+n {
		return append(r.kept, to...)
	}
	larger := make([]byte, 0, 2*cap(to)+n)
	if cap(larger) <= maxRoom {
		r.kept = larger
	}
	return append(larger, to...)
}

// null is the size of an element that is NULL.
const null = -1

// array plans arrays of elements by their sizes and how they are appended.
func array[T any](size func(T) int, put func(to []byte, v T) []byte) func(r *room, element uint32, value any) pgtype.EncodePlan {
	return func(r *room, element uint32, value any) pgtype.EncodePlan {
		if _, ok := value.([]T); !ok {
			return nil
		}
		return plan[T](func(all []T, to []byte) []byte {
			length, nulls := headerBytes, false
			for _, v := range all {
				n := size(v)
				length += 4 + max(n, 0)
				nulls = nulls || n == null
			}
			to = arrayHeader(r.grow(to, length), nulls, element, len(all))
			for _, v := range all {
				n := size(v)
				to = binary.BigEndian.AppendUint32(to, uint32(n))
				if n != null {
					to = put(to, v)
				}
			}
			return to
		})
	}
}

func uuidBytes(v pgtype.UUID) int {
	if !v.Valid {
		return null
	}
	return len(v.Bytes)
}

func byteaBytes(v []byte) int {
	if v == nil {
		return null
	}
	return len(v)
}

// epoch is where PostgreSQL begins to count microseconds.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// microseconds is a time as PostgreSQL has it.
func microseconds(t time.Time) uint64 {
	return uint64(t.Unix()-epoch.Unix())*1_000_000 + uint64(t.Nanosecond()/1000)
}
