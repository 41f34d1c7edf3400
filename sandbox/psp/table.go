package psp

import (
	"encoding/json"
	"fmt"
	"slices"
)

// record is one row in the journal. A row without data is a deletion.
type record struct {
	Kind string          `json:"k"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"d,omitempty"`
}

// rows is what the store needs of every table, whatever it holds.
type rows interface {
	kindName() string
	staged() ([]record, error)
	apply()
	discard()
	load(r record) error
	dump() ([]record, error)
}

// table holds one kind of row in memory, in the order of first insertion. Writes are staged until the store has
// them in the journal. Values are copied in and out: maps and slices inside them are replaced, never changed in place.
// The store's lock protects it.
type table[T any] struct {
	kind    string
	rows    map[string]T
	order   []string // may hold ids that were deleted since: see gaps
	gaps    int
	dirty   map[string]*T // nil value: deleted
	touched []string
	// onApply, when set, sees every row that becomes visible and every deletion (nil).
	onApply func(id string, v *T)
}

func newTable[T any](kind string) *table[T] {
	return &table[T]{kind: kind, rows: map[string]T{}, dirty: map[string]*T{}}
}

// get returns the row as the running transaction sees it.
func (t *table[T]) get(id string) (T, bool) {
	if v, ok := t.dirty[id]; ok {
		if v == nil {
			var zero T
			return zero, false
		}
		return *v, true
	}
	v, ok := t.rows[id]
	return v, ok
}

// put stages an insert or a replacement.
func (t *table[T]) put(id string, v T) { t.stage(id, &v) }

// remove stages a deletion.
func (t *table[T]) remove(id string) { t.stage(id, nil) }

func (t *table[T]) stage(id string, v *T) {
	if _, ok := t.dirty[id]; !ok {
		t.touched = append(t.touched, id)
	}
	t.dirty[id] = v
}

// newest calls fn for the rows from the newest to the oldest, staged ones included, until fn returns false.
func (t *table[T]) newest(fn func(id string, v T) bool) {
	for _, id := range slices.Backward(t.touched) {
		if _, old := t.rows[id]; old || t.dirty[id] == nil {
			continue
		}
		if !fn(id, *t.dirty[id]) {
			return
		}
	}
	for _, id := range slices.Backward(t.order) {
		if v, ok := t.get(id); ok && !fn(id, v) {
			return
		}
	}
}

func (t *table[T]) kindName() string { return t.kind }

func (t *table[T]) staged() ([]record, error) {
	out := make([]record, 0, len(t.touched))
	for _, id := range t.touched {
		r, err := t.record(id, t.dirty[id])
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (t *table[T]) record(id string, v *T) (record, error) {
	if v == nil {
		return record{Kind: t.kind, ID: id}, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return record{}, fmt.Errorf("encode %s %s: %w", t.kind, id, err)
	}
	return record{Kind: t.kind, ID: id, Data: data}, nil
}

func (t *table[T]) apply() {
	for _, id := range t.touched {
		t.set(id, t.dirty[id])
	}
	t.discard()
}

func (t *table[T]) discard() {
	clear(t.dirty)
	t.touched = nil
}

func (t *table[T]) load(r record) error {
	if len(r.Data) == 0 {
		t.set(r.ID, nil)
		return nil
	}
	var v T
	if err := json.Unmarshal(r.Data, &v); err != nil {
		return fmt.Errorf("decode %s %s: %w", t.kind, r.ID, err)
	}
	t.set(r.ID, &v)
	return nil
}

func (t *table[T]) set(id string, v *T) {
	_, had := t.rows[id]
	switch {
	case v == nil && had:
		delete(t.rows, id)
		if t.gaps++; t.gaps > 64 && t.gaps > len(t.order)/2 {
			t.closeGaps()
		}
	case v != nil:
		if !had {
			t.order = append(t.order, id)
		}
		t.rows[id] = *v
	}
	if t.onApply != nil {
		t.onApply(id, v)
	}
}

// closeGaps drops deleted ids from the order, once many have gathered: doing it at each deletion would cost too much.
func (t *table[T]) closeGaps() {
	seen := make(map[string]bool, len(t.rows))
	t.order = slices.DeleteFunc(t.order, func(id string) bool {
		_, live := t.rows[id]
		drop := !live || seen[id]
		seen[id] = true
		return drop
	})
	t.gaps = 0
}

func (t *table[T]) dump() ([]record, error) {
	t.closeGaps()
	out := make([]record, 0, len(t.order))
	for _, id := range t.order {
		v := t.rows[id]
		r, err := t.record(id, &v)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
