package groupcommit

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Random pushes, takes and removals against the plainest model: a list per key and a list of the keys in the order of their turns.
func TestQueue_AgainstAModel(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := limits{batch: 1 + r.IntN(12), queue: 10 + r.IntN(40), key: 5 + r.IntN(10)}
		q := newQueue[int, int](l)
		m := model{limits: l, lanes: map[uint64][]*item[int, int]{}}
		for range 2000 {
			switch r.IntN(7) {
			case 0, 1, 2, 3:
				it := &item[int, int]{key: uint64(r.IntN(8)), weight: min(1+r.IntN(4), l.batch)}
				require.Equal(t, m.push(it), q.push(it) == nil, "seed %d", seed)
			case 4, 5:
				if want := m.take(); len(want) > 0 {
					require.True(t, slices.Equal(want, q.take(nil)), "seed %d", seed)
				}
			case 6:
				if it := m.remove(r); it != nil {
					require.True(t, q.remove(it), "seed %d", seed)
					require.False(t, q.remove(it), "seed %d", seed)
				}
			}
			require.Equal(t, m.n(), q.n, "seed %d", seed)
			require.Equal(t, m.weight(), q.weight, "seed %d", seed)
			require.Len(t, q.lanes, len(m.turns), "seed %d", seed)
		}
		free := 0
		for l := q.free; l != nil; l = l.next {
			free++
		}
		require.LessOrEqual(t, free+len(q.lanes), 8, "lanes are used again")
	}
}

type model struct {
	limits
	lanes map[uint64][]*item[int, int]
	turns []uint64
}

func (m *model) n() (n int) {
	for _, lane := range m.lanes {
		n += len(lane)
	}
	return n
}

func (m *model) weight() (w int) {
	for _, lane := range m.lanes {
		w += weightOf(lane)
	}
	return w
}

func weightOf(lane []*item[int, int]) (w int) {
	for _, it := range lane {
		w += it.weight
	}
	return w
}

func (m *model) push(it *item[int, int]) bool {
	lane := m.lanes[it.key]
	if m.weight()+it.weight > m.queue || len(lane) > 0 && weightOf(lane)+it.weight > m.key {
		return false
	}
	if len(lane) == 0 {
		m.turns = append(m.turns, it.key)
	}
	m.lanes[it.key] = append(lane, it)
	return true
}

func (m *model) take() (batch []*item[int, int]) {
	for room := m.batch; len(m.turns) > 0; {
		key := m.turns[0]
		it := m.lanes[key][0]
		if it.weight > room {
			break
		}
		room -= it.weight
		batch = append(batch, it)
		m.turns = m.turns[1:]
		if m.lanes[key] = m.lanes[key][1:]; len(m.lanes[key]) > 0 {
			m.turns = append(m.turns, key)
		}
	}
	return batch
}

// remove takes any item out.
func (m *model) remove(r *rand.Rand) *item[int, int] {
	if len(m.turns) == 0 {
		return nil
	}
	key := m.turns[r.IntN(len(m.turns))]
	i := r.IntN(len(m.lanes[key]))
	it := m.lanes[key][i]
	if m.lanes[key] = slices.Delete(m.lanes[key], i, i+1); len(m.lanes[key]) == 0 {
		m.turns = slices.DeleteFunc(m.turns, func(k uint64) bool { return k == key })
	}
	return it
}
