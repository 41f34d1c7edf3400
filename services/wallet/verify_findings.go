package wallet

import (
	"fmt"
	"sync"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// maxViolations bounds an answer, and what one query may bring; a broken ledger can have millions.
const maxViolations = 1000

// findings collects violations: it tells each, keeps the first, and counts all.
type findings struct {
	mu    sync.Mutex
	tell  func(*walletv1.Violation)
	kept  []*walletv1.Violation
	count int64
}

// add reports one violation. The player is whom it concerns, or empty.
func (f *findings) add(invariant, player, subject, detail string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := &walletv1.Violation{Invariant: invariant, Subject: subject, Detail: fmt.Sprintf(detail, args...), PlayerId: player}
	f.count++
	if len(f.kept) < maxViolations {
		f.kept = append(f.kept, v)
	}
	if f.tell != nil {
		f.tell(v)
	}
}

// more counts violations that were not brought into memory.
func (f *findings) more(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count += max(n, 0)
}

func (f *findings) none() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count == 0
}

// reportRows reports the rows of a query; report answers how many rows there would have been without the query's limit.
func reportRows[R any](f *findings, rows []R, err error, report func(R) (found int64)) error {
	var found int64
	for _, r := range rows {
		found = report(r)
	}
	f.more(found - int64(len(rows)))
	return err
}
