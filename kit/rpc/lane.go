package rpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// sender writes what several goroutines have to say to one stream. What is said while a message is being written goes into the next one, together.
type sender struct {
	wake chan struct{} // of one element: there is something to write

	mu      sync.Mutex
	pending *[]byte // of framePool
}

func newSender() sender { return sender{wake: make(chan struct{}, 1)} }

// say adds to the next message. add appends to what it is given; what it appended is dropped when it returns an error.
func (s *sender) say(add func([]byte) ([]byte, error)) error {
	s.mu.Lock()
	if s.pending == nil {
		s.pending = framePool{}.Get(0)
	}
	before := len(*s.pending)
	b, err := add(*s.pending)
	if err != nil {
		b = b[:before]
	}
	*s.pending = b
	s.mu.Unlock()
	if err == nil {
		select {
		case s.wake <- struct{}{}:
		default: // the writer has not looked yet since the last one
		}
	}
	return err
}

// take returns what is to be written; nil for nothing.
func (s *sender) take() *frames {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending == nil || len(*s.pending) == 0 {
		return nil
	}
	f := &frames{out: s.pending}
	s.pending = nil
	return f
}

// write sends until done is closed and nothing is left, or sending fails.
func (s *sender) write(send func(any) error, done <-chan struct{}) error {
	for {
		if f := s.take(); f != nil {
			if err := send(f); err != nil {
				return err
			}
			continue
		}
		select {
		case <-s.wake:
		case <-done:
			if f := s.take(); f != nil {
				return send(f)
			}
			return nil
		}
	}
}

// errLane says that a call has no answer because the lane has none to give: it was closed before the call, or it broke, and whether the call was done is open.
var errLane = errors.New("rpc: the shared stream has ended")

// lane is one shared stream to one server.
type lane struct {
	stream grpc.ClientStream
	cancel context.CancelFunc
	remote net.Addr
	to     string     // remote as text
	beside *answering // the server's side, when it is in this process and calls are handed to it
	out    sender
	ended  chan struct{} // closed when no answer comes any more

	mu      sync.Mutex
	closed  bool // takes no more calls
	last    uint64
	waiting map[uint64]chan answerFrame
}

func newLane(stream grpc.ClientStream, cancel context.CancelFunc) *lane {
	l := &lane{stream: stream, cancel: cancel, out: newSender(), ended: make(chan struct{}), waiting: map[uint64]chan answerFrame{}}
	if p, ok := peer.FromContext(stream.Context()); ok {
		l.remote, l.to = p.Addr, p.Addr.String()
	}
	return l
}

// answerChans are the channels of calls that have got their answer.
var answerChans = sync.Pool{New: func() any { return make(chan answerFrame, 1) }}

// run reads answers until the stream ends.
func (l *lane) run() {
	defer l.cancel()
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		if l.out.write(l.stream.SendMsg, l.ended) != nil {
			l.cancel() // what is the matter, reading tells
		}
	}()
	var f frames // of one message after the other, whose bytes are its own
	for {
		if l.stream.RecvMsg(&f) != nil {
			break
		}
		closing, err := parseAnswers(f.b, l.deliver)
		if err != nil {
			break
		}
		if closing {
			l.retire()
		}
	}
	l.mu.Lock()
	l.closed = true
	left := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	close(l.ended)
	for _, c := range left {
		close(c)
	}
	<-writing
}

func (l *lane) deliver(a answerFrame) {
	l.mu.Lock()
	c := l.waiting[a.id]
	delete(l.waiting, a.id)
	idle := l.closed && len(l.waiting) == 0
	l.mu.Unlock()
	if c != nil {
		c <- a // has room: it is the only one
	}
	if idle {
		_ = l.stream.CloseSend() // cannot fail
	}
}

// retire lets the lane end when its calls have their answers.
func (l *lane) retire() {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	idle := len(l.waiting) == 0
	l.mu.Unlock()
	if first && idle {
		_ = l.stream.CloseSend()
	}
}

// begin takes a number for a call; false when the lane takes none.
func (l *lane) begin() (uint64, chan answerFrame, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, nil, false
	}
	l.last++
	c := answerChans.Get().(chan answerFrame) //nolint:errcheck // nothing else is put there
	l.waiting[l.last] = c
	return l.last, c, true
}

// giveUp ends the wait for a call; false when its answer is there, or the lane has ended.
func (l *lane) giveUp(id uint64) bool {
	l.mu.Lock()
	_, waits := l.waiting[id]
	delete(l.waiting, id)
	idle := waits && l.closed && len(l.waiting) == 0
	l.mu.Unlock()
	if idle {
		_ = l.stream.CloseSend()
	}
	return waits
}

// timers are those of calls that have ended, stopped.
var timers = sync.Pool{New: func() any {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}}

// call makes a call with a request of a size and waits for its answer, which it reads into reply: until the context ends, or until by when that is not zero,
// which costs much less than a context that ends then. It returns errLane or the call's status.
func (l *lane) call(ctx context.Context, by time.Time, f callFrame, req proto.Message, size int, reply proto.Message) (answerFrame, error) {
	var late <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		if !by.IsZero() {
			deadline = by
		}
		if f.timeout = time.Until(deadline); f.timeout < time.Microsecond {
			return answerFrame{}, grpcstatus.FromContextError(context.DeadlineExceeded).Err()
		}
		if !by.IsZero() {
			timer := timers.Get().(*time.Timer) //nolint:errcheck // nothing else is put there
			timer.Reset(f.timeout)
			late = timer.C
			defer func() {
				timer.Stop() // after which nothing comes, also of what has passed
				timers.Put(timer)
			}()
		}
	}
	id, answered, ok := l.begin()
	if !ok {
		return answerFrame{}, errLane
	}
	f.id = id
	if err := l.send(&f, req, size); err != nil {
		l.giveUp(id)
		return answerFrame{}, fmt.Errorf("rpc: serialize the request: %w", err)
	}
	var ended error
	select {
	case a, ok := <-answered:
		return l.answer(a, ok, answered, reply)
	case <-ctx.Done():
		ended = ctx.Err()
	case <-late:
		ended = context.DeadlineExceeded
	}
	if l.giveUp(id) {
		l.withdraw(id)
		answerChans.Put(answered)
		return answerFrame{}, grpcstatus.FromContextError(ended).Err()
	}
	a, ok := <-answered
	return l.answer(a, ok, answered, reply)
}

// send gives a call to the server.
func (l *lane) send(f *callFrame, req proto.Message, size int) error {
	if l.beside != nil {
		return l.hand(f, req, size)
	}
	return l.out.say(func(b []byte) ([]byte, error) { return appendCall(b, f, req, size) })
}

// withdraw tells the server that a call is not waited for any more.
func (l *lane) withdraw(id uint64) {
	if l.beside != nil {
		l.beside.begin(callFrame{id: id, cancel: true})
		return
	}
	_ = l.out.say(func(b []byte) ([]byte, error) { return appendCancel(b, id), nil }) // appending does not fail
}

// answer reads what came for a call.
func (l *lane) answer(a answerFrame, ok bool, c chan answerFrame, reply proto.Message) (answerFrame, error) {
	if !ok {
		return a, errLane // the channel is closed, so it is not kept
	}
	answerChans.Put(c)
	if len(a.status) > 0 {
		var st status.Status
		if err := proto.Unmarshal(a.status, &st); err != nil {
			return a, fmt.Errorf("rpc: read the status: %w", err)
		}
		return a, grpcstatus.ErrorProto(&st)
	}
	if err := proto.Unmarshal(a.message, reply); err != nil {
		return a, fmt.Errorf("rpc: read the response: %w", err)
	}
	if a.room != nil {
		framePool{}.Put(a.room)
	}
	return a, nil
}
