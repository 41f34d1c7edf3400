package rpc

import (
	"crypto/rand"
	"maps"
	"sync"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// withinHeader is in the header metadata of a shared stream: the name under which a client of the same process finds the server's side of it.
const withinHeader = "pitboss-within"

// sides are the servers' sides of the shared streams of this process, by their names. A name is told on its stream alone, which is mutually authenticated: who
// knows it is the client of that stream, so what it hands over is from whom the stream's certificate says, and goes to whom the stream's client has verified.
var sides sync.Map // of string to *answering

// enter gives a server's side a name that cannot be guessed.
func (a *answering) enter() {
	a.name = rand.Text()
	sides.Store(a.name, a)
}

func (a *answering) exit() { sides.Delete(a.name) }

// beside returns the server's side with one of the names; nil when it is in another process.
func beside(names []string) *answering {
	if len(names) != 1 {
		return nil
	}
	a, _ := sides.Load(names[0])
	side, _ := a.(*answering)
	return side
}

// hand gives a call to the server's side in the same process. What it gives belongs to the server: the request is serialized, as for any other server.
func (l *lane) hand(f *callFrame, req proto.Message, size int) error {
	room, err := serialized(req, size)
	if err != nil {
		return err
	}
	c := callFrame{id: f.id, method: f.method, message: *room, room: room, md: together(f.md, f.more), timeout: f.timeout, from: l}
	if !l.beside.begin(c) {
		return errLane
	}
	return nil
}

// handBack gives a call's answer to the client in the same process.
func (c *callFrame) handBack(f *answerFrame, res proto.Message, size int) error {
	if size > 0 {
		room, err := serialized(res, size)
		if err != nil {
			return err
		}
		f.message, f.room = *room, room
	}
	c.from.deliver(*f)
	return nil
}

// serialized returns a message, whose size proto.Size has just told, in memory of framePool.
func serialized(msg proto.Message, size int) (*[]byte, error) {
	room := framePool{}.Get(0)
	b, err := (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend(*room, msg)
	*room = b
	if err != nil {
		framePool{}.Put(room)
		return nil, err
	}
	return room, nil
}

// together is metadata with further names and values, none that it has.
func together(md metadata.MD, more []string) metadata.MD {
	all := make(metadata.MD, len(md)+len(more)/2)
	maps.Copy(all, md)
	values := make([]string, len(more)/2)
	for i := range values {
		values[i] = more[2*i+1]
		all[more[2*i]] = values[i : i+1 : i+1]
	}
	return all
}
