package app

import (
	"sync"
	"time"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
)

// revocationLife is longer than an access token lives, so that a token outlives its revocation nowhere.
const revocationLife = 6 * time.Minute

// sessionEnded is the subject that revocations come from.
const sessionEnded = "session.ended.v1"

// revocations are the sessions that ended while their access tokens may still live. Each replica hears of them by event.
type revocations struct {
	clock func() time.Time

	mu     sync.Mutex
	ended  map[string]time.Time
	pruned time.Time
}

func newRevocations(clock func() time.Time) *revocations {
	return &revocations{clock: clock, ended: map[string]time.Time{}}
}

// Revoked tells whether the session ended.
func (r *revocations) Revoked(_, sessionID string, _ time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ended := r.ended[sessionID]
	return ended
}

// observe takes one session.ended event; others are ignored.
func (r *revocations) observe(m bus.Message) {
	var e identityv1.SessionEnded
	if m.Subject != sessionEnded || m.Decode(&e) != nil {
		return
	}
	now := r.clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended[e.GetSessionId()] = now
	if now.Sub(r.pruned) < time.Minute {
		return
	}
	r.pruned = now
	for id, at := range r.ended {
		if now.Sub(at) > revocationLife {
			delete(r.ended, id)
		}
	}
}
