package pam

import (
	"cmp"
	"encoding/json"
	"time"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// note is what gaming keeps of a transaction for our queries: its time at the provider, and how its amount was made up.
type note struct {
	At    time.Time   `json:"at"`
	Cash  json.Number `json:"cash"`
	Bonus json.Number `json:"bonus"`
	Promo json.Number `json:"promo"`
}

// note is the movement's.
func (m movement) note() string {
	text, err := json.Marshal(note{At: m.at, Cash: number(m.cash), Bonus: number(m.bonus), Promo: number(m.promo)})
	if err != nil {
		return ""
	}
	return string(text)
}

// noteOf is a transaction's note; false when it has none, as one that was made anew from its hold.
func noteOf(t *gamingv1.ProviderTransaction) (n note, ok bool) {
	err := json.Unmarshal([]byte(t.GetNote()), &n)
	return n, err == nil && n.Cash != "" && n.Bonus != "" && n.Promo != ""
}

// timeOf is when a transaction happened at the provider; when it came, if that is not known.
func timeOf(t *gamingv1.ProviderTransaction) time.Time {
	if n, ok := noteOf(t); ok {
		return n.At
	}
	return t.GetCreatedAt().AsTime()
}

// newest is the later of two transactions by the provider's time; of two at the same time the one that came later (providers.md 1.5.5b). a came first and may
// be nil.
func newest(a, b *gamingv1.ProviderTransaction) *gamingv1.ProviderTransaction {
	if a != nil && cmp.Compare(timeOf(b).UnixNano(), timeOf(a).UnixNano()) < 0 {
		return a
	}
	return b
}
