package rpc

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// The messages of pitboss.mesh.v1, written and read by hand: their contents are messages already, which are serialized straight into the stream's message
// and read straight out of it, and a call has nothing else that is worth an allocation. A test compares this with the generated code.

// Numbers of fields in mesh_service.proto.
const (
	fieldCalls, fieldAnswers, fieldClosing = 1, 1, 2

	fieldCallID, fieldCallMethod, fieldCallMessage, fieldCallMetadata, fieldCallTimeout, fieldCallCancel = 1, 2, 3, 4, 5, 6

	fieldAnswerID, fieldAnswerMessage, fieldAnswerStatus, fieldAnswerHeader, fieldAnswerTrailer = 1, 2, 3, 4, 5
)

// callFrame is one Call.
type callFrame struct {
	id      uint64
	method  string
	message []byte // read only
	md      metadata.MD
	more    []string // of a call to be sent: further names and values in turn
	timeout time.Duration
	cancel  bool

	from *lane   // of the same process, which gets the answer; nil: the stream
	room *[]byte // of framePool, message's; nil when it is part of a message of the stream
}

// answerFrame is one Answer.
type answerFrame struct {
	id              uint64
	message, status []byte
	header, trailer metadata.MD

	room *[]byte // as a callFrame's
}

func sizeMD(md metadata.MD) (n int) {
	for name, values := range md {
		for _, v := range values {
			n += 2 + protowire.SizeBytes(len(name)) + protowire.SizeBytes(len(v))
		}
	}
	return n
}

func appendMD(b []byte, field protowire.Number, md metadata.MD) []byte {
	for name, values := range md {
		for _, v := range values {
			b = protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), name)
			b = protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), v)
		}
	}
	return b
}

// sizeMore and appendMore are the same for names and values in turn.
func sizeMore(texts []string) (n int) {
	for _, s := range texts {
		n += 1 + protowire.SizeBytes(len(s))
	}
	return n
}

func appendMore(b []byte, field protowire.Number, texts []string) []byte {
	for _, s := range texts {
		b = protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
	}
	return b
}

// appendCall appends a call as a part of a CallsRequest, with the request msg, whose size proto.Size has just told.
func appendCall(b []byte, c *callFrame, msg proto.Message, size int) ([]byte, error) {
	body := 1 + protowire.SizeVarint(c.id) + 1 + protowire.SizeBytes(len(c.method)) + sizeMD(c.md) + sizeMore(c.more)
	if size > 0 {
		body += 1 + protowire.SizeBytes(size)
	}
	if c.timeout > 0 {
		body += 1 + protowire.SizeVarint(uint64(c.timeout.Microseconds())) //nolint:gosec // above 0
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldCalls, protowire.BytesType), uint64(body))
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldCallID, protowire.VarintType), c.id)
	b = protowire.AppendString(protowire.AppendTag(b, fieldCallMethod, protowire.BytesType), c.method)
	if size > 0 {
		var err error
		b = protowire.AppendVarint(protowire.AppendTag(b, fieldCallMessage, protowire.BytesType), uint64(size))
		if b, err = (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend(b, msg); err != nil {
			return b, err
		}
	}
	b = appendMore(appendMD(b, fieldCallMetadata, c.md), fieldCallMetadata, c.more)
	if c.timeout > 0 {
		b = protowire.AppendVarint(protowire.AppendTag(b, fieldCallTimeout, protowire.VarintType), uint64(c.timeout.Microseconds())) //nolint:gosec // above 0
	}
	return b, nil
}

// appendCancel appends that the call is not waited for any more.
func appendCancel(b []byte, id uint64) []byte {
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldCalls, protowire.BytesType), uint64(1+protowire.SizeVarint(id)+2))
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldCallID, protowire.VarintType), id)
	return protowire.AppendVarint(protowire.AppendTag(b, fieldCallCancel, protowire.VarintType), 1)
}

// appendAnswer appends an answer as a part of a CallsResponse, with the response msg, whose size proto.Size has just told; 0 for none.
func appendAnswer(b []byte, a *answerFrame, msg proto.Message, size int) ([]byte, error) {
	body := 1 + protowire.SizeVarint(a.id) + sizeMD(a.header) + sizeMD(a.trailer)
	if size > 0 {
		body += 1 + protowire.SizeBytes(size)
	}
	if len(a.status) > 0 {
		body += 1 + protowire.SizeBytes(len(a.status))
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldAnswers, protowire.BytesType), uint64(body))
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldAnswerID, protowire.VarintType), a.id)
	if size > 0 {
		var err error
		b = protowire.AppendVarint(protowire.AppendTag(b, fieldAnswerMessage, protowire.BytesType), uint64(size))
		if b, err = (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend(b, msg); err != nil {
			return b, err
		}
	}
	if len(a.status) > 0 {
		b = protowire.AppendBytes(protowire.AppendTag(b, fieldAnswerStatus, protowire.BytesType), a.status)
	}
	return appendMD(appendMD(b, fieldAnswerHeader, a.header), fieldAnswerTrailer, a.trailer), nil
}

// appendClosing appends that the server takes no more calls.
func appendClosing(b []byte) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, fieldClosing, protowire.VarintType), 1)
}

// errFrame says that a message of the stream is not one.
var errFrame = errors.New("rpc: malformed message on a shared stream")

// fields calls number for each field of a message that has a number and value for each that has a length. Others are skipped: the number of a field with
// another type on the wire is a field that is not known, as everywhere in protobuf.
func fields(b []byte, number func(protowire.Number, uint64), value func(protowire.Number, []byte) error) error {
	for len(b) > 0 {
		f, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errFrame
		}
		b = b[n:]
		switch typ {
		case protowire.VarintType:
			var v uint64
			if v, n = protowire.ConsumeVarint(b); n >= 0 {
				number(f, v)
			}
		case protowire.BytesType:
			var v []byte
			if v, n = protowire.ConsumeBytes(b); n >= 0 {
				if err := value(f, v); err != nil {
					return err
				}
			}
		default:
			n = protowire.ConsumeFieldValue(f, typ, b)
		}
		if n < 0 {
			return errFrame
		}
		b = b[n:]
	}
	return nil
}

// pairs collects metadata from names and values in turn.
type pairs struct {
	md    metadata.MD
	room  []string // for values, made for several at once
	name  string
	named bool
}

// knownNames are names of metadata that nearly every call has; they are not made anew.
var knownNames = map[string]string{
	HeaderRequestID: HeaderRequestID, HeaderIdempotencyKey: HeaderIdempotencyKey, HeaderClientIP: HeaderClientIP, HeaderUserAgent: HeaderUserAgent,
	HeaderDevice: HeaderDevice, "traceparent": "traceparent", "authorization": "authorization",
}

func (p *pairs) add(v []byte) {
	if !p.named {
		name, known := knownNames[string(v)]
		if !known {
			name = strings.ToLower(string(v)) // as gRPC has them
		}
		p.name, p.named = name, true
		return
	}
	if p.md == nil {
		p.md = make(metadata.MD, 4)
	}
	if values := p.md[p.name]; values != nil {
		p.md[p.name] = append(values, string(v))
	} else {
		if len(p.room) == 0 {
			p.room = make([]string, 4)
		}
		p.room[0] = string(v)
		p.md[p.name], p.room = p.room[:1:1], p.room[1:]
	}
	p.named = false
}

// parseCalls reads a CallsRequest; each call's message is a part of b.
func parseCalls(b []byte, each func(callFrame)) error {
	return fields(b, func(protowire.Number, uint64) {}, func(f protowire.Number, v []byte) error {
		if f != fieldCalls {
			return nil
		}
		c, err := parseCall(v)
		if err == nil {
			each(c)
		}
		return err
	})
}

func parseCall(b []byte) (c callFrame, err error) {
	var md pairs
	err = fields(b, func(f protowire.Number, n uint64) {
		switch f {
		case fieldCallID:
			c.id = n
		case fieldCallTimeout:
			c.timeout = time.Duration(min(n, maxTimeout)) * time.Microsecond //nolint:gosec // bounded
		case fieldCallCancel:
			c.cancel = n != 0
		}
	}, func(f protowire.Number, v []byte) error {
		switch f {
		case fieldCallMethod:
			c.method = string(v)
		case fieldCallMessage:
			c.message = v
		case fieldCallMetadata:
			md.add(v)
		}
		return nil
	})
	if err == nil && (c.id == 0 || md.named) {
		err = errFrame
	}
	c.md = md.md
	return c, err
}

// maxTimeout is longer than any call, in microseconds.
const maxTimeout = uint64(24 * time.Hour / time.Microsecond)

// parseAnswers reads a CallsResponse; each answer's bytes are parts of b.
func parseAnswers(b []byte, each func(answerFrame)) (closing bool, err error) {
	err = fields(b, func(f protowire.Number, n uint64) {
		if f == fieldClosing {
			closing = n != 0
		}
	}, func(f protowire.Number, v []byte) error {
		if f != fieldAnswers {
			return nil
		}
		a, err := parseAnswer(v)
		if err == nil {
			each(a)
		}
		return err
	})
	return closing, err
}

func parseAnswer(b []byte) (a answerFrame, err error) {
	var header, trailer pairs
	err = fields(b, func(f protowire.Number, n uint64) {
		if f == fieldAnswerID {
			a.id = n
		}
	}, func(f protowire.Number, v []byte) error {
		switch f {
		case fieldAnswerMessage:
			a.message = v
		case fieldAnswerStatus:
			a.status = v
		case fieldAnswerHeader:
			header.add(v)
		case fieldAnswerTrailer:
			trailer.add(v)
		}
		return nil
	})
	if err == nil && (header.named || trailer.named) {
		err = errFrame
	}
	a.header, a.trailer = header.md, trailer.md
	return a, err
}

// frames is a message of a shared stream, serialized.
type frames struct {
	b   []byte        // that was received
	out *[]byte       // to be sent, of framePool
	one [1]mem.Buffer // for out
}

// codec is gRPC's own but for frames, which it passes on as they are.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2("proto")} }

// Marshal serializes a message; the bytes of frames belong to gRPC from then on.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	f, ok := v.(*frames)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	f.one[0] = mem.NewBuffer(f.out, framePool{})
	return f.one[:], nil
}

// Unmarshal reads a message.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*frames)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	f.b = data.Materialize()
	return nil
}

// framePool keeps the memory of messages to be sent.
type framePool struct{}

var keptFrames = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

// Get returns a buffer of a length.
func (framePool) Get(n int) *[]byte {
	b := keptFrames.Get().(*[]byte) //nolint:errcheck // nothing else is put there
	*b = slices.Grow((*b)[:0], n)[:n]
	return b
}

// Put takes a buffer back.
func (framePool) Put(b *[]byte) {
	if cap(*b) <= maxKeptFrames {
		*b = (*b)[:0]
		keptFrames.Put(b)
	}
}

// maxKeptFrames is the capacity beyond which a buffer is not kept.
const maxKeptFrames = 256 << 10
