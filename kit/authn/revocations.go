package authn

import (
	"sync"
	"time"
)

// Revocations remembers ended sessions and locked subjects for as long as a token of theirs could still be valid. It is fed by
// identity's events; a service that has just started misses at most tokens that are over within MaxTTL. Safe for concurrent use.
type Revocations struct {
	clock func() time.Time

	mu       sync.RWMutex
	sessions map[string]time.Time // when the session ended
	subjects map[string]time.Time // tokens issued up to then are refused
	swept    time.Time
}

// NewRevocations makes an empty set.
func NewRevocations(clock func() time.Time) *Revocations {
	return &Revocations{clock: clock, sessions: map[string]time.Time{}, subjects: map[string]time.Time{}, swept: clock()}
}

// EndSession refuses every token of the session.
func (r *Revocations) EndSession(sessionID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[sessionID] = r.clock()
	r.sweep()
}

// RevokeSubject refuses every token of the subject that was issued up to at: it was locked, or its roles changed. Tokens issued later
// are good.
func (r *Revocations) RevokeSubject(subject string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at.After(r.subjects[subject]) {
		r.subjects[subject] = at
	}
	r.sweep()
}

// Revoked implements RevocationChecker.
func (r *Revocations) Revoked(subject, sessionID string, issuedAt time.Time) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if _, ended := r.sessions[sessionID]; ended {
		return true
	}
	cut, ok := r.subjects[subject]
	// Tokens carry whole seconds, so one issued in the second of the lock counts as issued before it.
	return ok && !issuedAt.After(cut)
}

// sweep forgets, once per MaxTTL, what no living token can belong to.
func (r *Revocations) sweep() {
	now := r.clock()
	if now.Sub(r.swept) < MaxTTL {
		return
	}
	r.swept = now
	for _, set := range []map[string]time.Time{r.sessions, r.subjects} {
		for id, at := range set {
			if now.Sub(at) > MaxTTL+2*Skew {
				delete(set, id)
			}
		}
	}
}
