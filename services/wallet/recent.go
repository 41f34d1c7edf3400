package wallet

// recentKept is how many entries a recent keeps at least; it may be twice as many.
const recentKept = 50_000

// recent keeps what was used of late: when the young entries are many they become the old ones, and the old ones are forgotten. It has no lock of its own.
type recent[K comparable, V any] struct{ young, old map[K]V }

// get finds an entry, which is young then.
func (r *recent[K, V]) get(k K) (V, bool) {
	v, ok := r.young[k]
	if ok {
		return v, true
	}
	if v, ok = r.old[k]; ok {
		r.put(k, v)
	}
	return v, ok
}

// put keeps an entry among the young.
func (r *recent[K, V]) put(k K, v V) {
	if len(r.young) >= recentKept {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = make(map[K]V)
	}
	r.young[k] = v
}

func (r *recent[K, V]) forget(k K) {
	delete(r.young, k)
	delete(r.old, k)
}
