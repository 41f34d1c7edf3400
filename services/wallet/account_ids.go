package wallet

import (
	"errors"
	"sync"
)

// accountIDs remembers the ids of accounts, which never change, so that a batch locks its accounts by one number each and not by three texts. What is
// remembered is compared with what was locked (check), so that a database that was put back to an earlier state misleads nobody.
type accountIDs struct {
	mu  sync.Mutex
	ids recent[accountKey, int64]
}

// errOtherAccount says that a remembered id is not that account's any more. The batch is tried again; by then it is forgotten.
var errOtherAccount = errors.New("wallet: the id of an account has changed")

// of tells the ids of accounts, 0 where it is not remembered.
func (m *accountIDs) of(names []lockName) []int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := make([]int64, len(names))
	for i, n := range names {
		ids[i], _ = m.ids.get(n.accountKey)
	}
	return ids
}

// remember keeps the ids of accounts that were read.
func (m *accountIDs) remember(rows []accountRow) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rows {
		m.ids.put(r.key(), r.ID)
	}
}

// check compares the accounts that were locked by id with what came. Those that differ are forgotten.
func (m *accountIDs) check(byID []accountKey, locked map[accountKey]*account) error {
	var err error
	for _, k := range byID {
		if locked[k] == nil {
			m.mu.Lock()
			m.ids.forget(k)
			m.mu.Unlock()
			err = errOtherAccount
		}
	}
	return err
}
