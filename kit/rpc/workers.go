package rpc

import "sync"

// maxIdle is how many goroutines of a shared stream wait for another call. One that waits holds a stack of 16 KB, and half of it after each collection.
const maxIdle = 64

// workers are the goroutines of a shared stream. One that has served a call waits for another, because it has what a new one must be given first: a stack that
// is large enough. No call waits for one of them: one that finds none gets a new goroutine.
type workers[T any] struct {
	serve func(T)

	mu    sync.Mutex
	idle  []chan T // of those that wait; the one that waited shortest is taken first, so that stacks that are not needed shrink
	ended bool
}

// do serves a call.
func (w *workers[T]) do(call T) {
	w.mu.Lock()
	last := len(w.idle) - 1
	if last < 0 {
		w.mu.Unlock()
		go w.work(call)
		return
	}
	next := w.idle[last]
	w.idle = w.idle[:last]
	w.mu.Unlock()
	next <- call // has room: who takes it from the list is the only one to send
}

// work serves a call and those that come afterwards, until enough others wait or the stream has ended.
func (w *workers[T]) work(call T) {
	next := make(chan T, 1)
	for ok := true; ok; call, ok = <-next {
		w.serve(call)
		var none T
		call = none // which would keep what it has while this waits
		if !w.wait(next) {
			return
		}
	}
}

// wait puts a goroutine on the list; false when it is not needed any more.
func (w *workers[T]) wait(next chan T) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || len(w.idle) >= maxIdle {
		return false
	}
	w.idle = append(w.idle, next)
	return true
}

// end lets the goroutines end, those that serve a call when they have served it.
func (w *workers[T]) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	for _, next := range w.idle {
		close(next)
	}
	w.idle = nil
}
