package rpc

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// SharedStreams is how many clients share a stream for their calls.
func (s *Server) SharedStreams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.answering)
}

// Acceptor tells which messages of a type need no other look.
func Acceptor(d protoreflect.MessageDescriptor) func(proto.Message) bool {
	a := acceptors{}
	a.add(d)
	return a.accepts
}

// NULField is what is asked about the others, before the rules.
func NULField(m proto.Message) string { return nulField(m.ProtoReflect()) }

// Automaton matches a pattern; nil when it cannot.
func Automaton(pattern string) func(string) bool {
	if a := newAutomaton(pattern); a != nil {
		return a.matches
	}
	return nil
}

// Workers are the goroutines of a shared stream, for calls that are numbers.
type Workers struct{ workers[int] }

// MaxIdle is how many of them wait at most.
const MaxIdle = maxIdle

// NewWorkers makes them.
func NewWorkers(serve func(int)) *Workers { return &Workers{workers[int]{serve: serve}} }

// Do serves a call.
func (w *Workers) Do(i int) { w.do(i) }

// End ends them.
func (w *Workers) End() { w.end() }

// Idle is how many wait.
func (w *Workers) Idle() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.idle)
}

// Side is a server's side of a shared stream.
type Side struct{ a *answering }

// Side is that of one of the server's shared streams.
func (s *Server) Side() Side {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a := range s.answering {
		return Side{a}
	}
	return Side{}
}

// Takes hands a call without a request over, whose answer nobody waits for, and tells whether it was begun.
func (s Side) Takes(method string) bool {
	return s.a.begin(callFrame{id: 1 << 40, method: method, from: &lane{}})
}
