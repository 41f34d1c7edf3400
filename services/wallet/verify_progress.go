package wallet

import "sync"

// progress counts parts that are done.
type progress struct {
	tell     func(VerifyProgress)
	mu       sync.Mutex
	done, of map[string]int
}

func (p *progress) advance(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[name]++
	if p.tell != nil {
		p.tell(VerifyProgress{Part: name, Done: p.done[name], Of: p.of[name]})
	}
}
