package rpc

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	meshv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/mesh/v1"
)

func text(s string) proto.Message { return wrapperspb.String(s) }

func wire(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	require.NoError(t, err)
	return b
}

// TestFramesAreTheMessages compares what is written and read by hand with the generated code.
func TestFramesAreTheMessages(t *testing.T) {
	md := metadata.MD{"x-request-id": {"req-1"}, "twice": {"a", ""}}
	calls := []callFrame{
		{id: 1, method: "/a.B/C", md: md, timeout: 1500 * time.Microsecond},
		{id: math.MaxUint64, method: "/a.B/Empty"},
	}
	var b []byte
	var err error
	for i, m := range []proto.Message{text("hello"), text("")} {
		b, err = appendCall(b, &calls[i], m, proto.Size(m))
		require.NoError(t, err)
	}
	b = appendCancel(b, 77)
	var req meshv1.CallsRequest
	require.NoError(t, proto.Unmarshal(b, &req))
	require.Empty(t, req.ProtoReflect().GetUnknown())
	require.Len(t, req.GetCalls(), 3)
	require.Equal(t, uint64(1500), req.GetCalls()[0].GetTimeoutUs())
	require.Equal(t, wire(t, text("hello")), req.GetCalls()[0].GetMessage())
	require.Len(t, req.GetCalls()[0].GetMetadata(), 6)
	require.True(t, proto.Equal(&meshv1.Call{Id: math.MaxUint64, Method: "/a.B/Empty"}, req.GetCalls()[1]))
	require.True(t, proto.Equal(&meshv1.Call{Id: 77, Cancel: true}, req.GetCalls()[2]))
	var got []callFrame
	require.NoError(t, parseCalls(wire(t, &req), func(c callFrame) { got = append(got, c) }))
	calls[0].message = wire(t, text("hello"))
	require.Equal(t, append(calls, callFrame{id: 77, cancel: true}), got)

	answers := []answerFrame{{id: 1, header: metadata.MD{"h": {"1"}}, trailer: md}, {id: 2, status: []byte("status")}, {id: 3}}
	b = nil
	for i, m := range []proto.Message{text("hello"), nil, text("")} {
		b, err = appendAnswer(b, &answers[i], m, proto.Size(m))
		require.NoError(t, err)
	}
	b = appendClosing(b)
	var res meshv1.CallsResponse
	require.NoError(t, proto.Unmarshal(b, &res))
	require.Empty(t, res.ProtoReflect().GetUnknown())
	require.True(t, res.GetClosing())
	require.Len(t, res.GetAnswers(), 3)
	require.True(t, proto.Equal(&meshv1.Answer{Id: 2, Status: []byte("status")}, res.GetAnswers()[1]))
	require.True(t, proto.Equal(&meshv1.Answer{Id: 3}, res.GetAnswers()[2]))
	var back []answerFrame
	closing, err := parseAnswers(wire(t, &res), func(a answerFrame) { back = append(back, a) })
	require.NoError(t, err)
	require.True(t, closing)
	answers[0].message = wire(t, text("hello"))
	require.Equal(t, answers, back)
}

func TestWhatCannotBeSerializedLeavesNothing(t *testing.T) {
	s := newSender()
	require.NoError(t, s.say(func(b []byte) ([]byte, error) { return appendCancel(b, 1), nil }))
	m := text("\xff")
	require.Error(t, s.say(func(b []byte) ([]byte, error) {
		return appendCall(b, &callFrame{id: 2, method: "/a.B/C"}, m, proto.Size(m))
	}))
	require.Equal(t, appendCancel(nil, 1), *s.take().out)
	require.Nil(t, s.take())
}

// TestMetadataIsAsGRPCHasIt: names come in lower case, and a value that is added to a name leaves the others as they are.
func TestMetadataIsAsGRPCHasIt(t *testing.T) {
	var m [][]byte
	for _, kv := range []string{"a", "1", "B", "2", "c", "3", "traceparent", "4", "e", "5", "f", "6", "b", "7"} {
		m = append(m, []byte(kv))
	}
	var got metadata.MD
	require.NoError(t, parseCalls(wire(t, &meshv1.CallsRequest{Calls: []*meshv1.Call{{Id: 1, Metadata: m}}}), func(c callFrame) { got = c.md }))
	want := metadata.MD{"a": {"1"}, "b": {"2", "7"}, "c": {"3"}, "traceparent": {"4"}, "e": {"5"}, "f": {"6"}}
	require.Equal(t, want, got)
	got["a"] = append(got["a"], "more")
	require.Equal(t, []string{"2", "7"}, got["b"])
	require.Equal(t, []string{"3"}, got["c"])
}

func TestMalformedFramesAreErrors(t *testing.T) {
	for name, b := range map[string][]byte{
		"no id":               wire(t, &meshv1.CallsRequest{Calls: []*meshv1.Call{{Method: "/a.B/C"}}}),
		"a name has no value": wire(t, &meshv1.CallsRequest{Calls: []*meshv1.Call{{Id: 1, Metadata: [][]byte{[]byte("x")}}}}),
		"cut off":             {10, 5, 8},
		"no tag":              {0},
		"cut off inside":      {10, 2, 18, 9},
	} {
		require.ErrorIs(t, parseCalls(b, func(callFrame) {}), errFrame, name)
	}
	_, err := parseAnswers(wire(t, &meshv1.CallsResponse{Answers: []*meshv1.Answer{{Id: 1, Trailer: [][]byte{[]byte("x")}}}}), func(answerFrame) {})
	require.ErrorIs(t, err, errFrame)
}

// FuzzParseCalls: whatever comes, a message that is taken by hand means what the generated code reads in it.
func FuzzParseCalls(f *testing.F) {
	f.Add(wire(f, &meshv1.CallsRequest{Calls: []*meshv1.Call{
		{Id: 1, Method: "/a.B/C", Message: []byte("m"), Metadata: [][]byte{[]byte("n"), []byte("v")}, TimeoutUs: 5}, {Id: 2, Cancel: true},
	}}))
	f.Add([]byte{10, 2, 8, 1, 10, 5, 8, 1, 18, 1, 'x'})
	f.Add([]byte{8, 1, 10, 4, 8, 1, 48, 1, 10, 7, 8, 1, 48, 1, 50, 1, 'x'})         // a number where calls are; cancel, then its number with a length
	f.Add([]byte{10, 14, 8, 1, 10, 1, 'x', 16, 1, 24, 1, 32, 1, 42, 1, 'x'})        // each field of a call with the other type on the wire
	f.Add([]byte{10, 12, 8, 1, 26, 1, 'm', 29, 1, 2, 3, 4, 32, 10, 13, 1, 2, 3, 4}) // numbers of fixed length
	f.Fuzz(func(t *testing.T, b []byte) {
		var got []callFrame
		err := parseCalls(b, func(c callFrame) { got = append(got, c) })
		var want meshv1.CallsRequest
		if err != nil || proto.Unmarshal(b, &want) != nil {
			return // the generated code refuses more, such as texts that are not UTF-8
		}
		require.Len(t, got, len(want.GetCalls()))
		for i, c := range want.GetCalls() {
			require.Equal(t, c.GetId(), got[i].id)
			require.Equal(t, c.GetMethod(), got[i].method)
			require.True(t, bytes.Equal(c.GetMessage(), got[i].message))
			require.Equal(t, c.GetCancel(), got[i].cancel)
			require.Equal(t, time.Duration(min(c.GetTimeoutUs(), maxTimeout))*time.Microsecond, got[i].timeout) //nolint:gosec // bounded
			n := 0
			for _, values := range got[i].md {
				n += 2 * len(values)
			}
			require.Len(t, c.GetMetadata(), n)
		}
	})
}

// FuzzParseAnswers is FuzzParseCalls for the other direction.
func FuzzParseAnswers(f *testing.F) {
	f.Add(wire(f, &meshv1.CallsResponse{Closing: true, Answers: []*meshv1.Answer{
		{Id: 1, Message: []byte("m"), Trailer: [][]byte{[]byte("n"), []byte("v")}}, {Id: 2, Status: []byte("s")},
	}}))
	f.Add([]byte{16, 1, 18, 1, 'x', 10, 13, 8, 1, 10, 1, 'x', 16, 1, 24, 1, 32, 1, 40, 1}) // each field with the other type on the wire
	f.Add([]byte{16, 1, 16, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var got []answerFrame
		closing, err := parseAnswers(b, func(a answerFrame) { got = append(got, a) })
		var want meshv1.CallsResponse
		if err != nil || proto.Unmarshal(b, &want) != nil {
			return
		}
		require.Equal(t, want.GetClosing(), closing)
		require.Len(t, got, len(want.GetAnswers()))
		for i, a := range want.GetAnswers() {
			require.Equal(t, a.GetId(), got[i].id)
			require.True(t, bytes.Equal(a.GetMessage(), got[i].message))
			require.True(t, bytes.Equal(a.GetStatus(), got[i].status))
		}
	})
}
