package operations

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// previousSuffix is added to a secret's name to name its former value among the secrets that an adapter gets.
const previousSuffix = "_previous"

// ownNames refuses secrets under the names of former values: they would be accepted for ever, and changing the secret would not end them. An empty value takes one away
// that an earlier release has stored.
func ownNames(secrets map[string]string) error {
	for name, value := range secrets {
		if value != "" && strings.HasSuffix(name, previousSuffix) {
			return integrationInvalid(map[string]string{"field": name, "problem": "former values are kept with keepPreviousSeconds"})
		}
	}
	return nil
}

// withoutFormer takes away the former values that are stored beside secrets that change.
func withoutFormer(secrets, change map[string]string) map[string]string {
	for name := range change {
		delete(secrets, name+previousSuffix)
	}
	return secrets
}

// previous are former values by the name of their setting or secret. Adapters accept them beside the present ones for as long as they are answered.
type previous map[string]formerValue

type formerValue struct {
	Value string    `json:"value"`
	Until time.Time `json:"until"`
}

// rotate is what is still accepted after a change: the values that it replaces, for the grace period. Without one they are refused at once, and so are
// those that an earlier change of the same name has kept: that is how a compromised key ends. So are they when a change names the present value again. When the
// integration moves nothing is kept.
func (p previous) rotate(was, becomes, named values, grace time.Duration, now time.Time) previous {
	if moves(was.settings, becomes.settings) {
		return previous{}
	}
	out := previous{}
	for name, v := range p {
		if now.Before(v.Until) {
			out[name] = v
		}
	}
	for _, change := range [][3]map[string]string{{was.settings, becomes.settings, named.settings}, {was.secrets, becomes.secrets, named.secrets}} {
		for name, old := range change[0] {
			_, again := change[2][name]
			switch {
			case name == settingAllowedIPs:
				continue
			case change[1][name] == old:
				if again && grace == 0 {
					delete(out, name)
				}
				continue
			}
			delete(out, name)
			if grace > 0 && old != "" {
				out[name] = formerValue{Value: old, Until: now.Add(grace)}
			}
		}
	}
	return out
}

// valid are the values that are accepted at an instant.
func (p previous) valid(now time.Time) map[string]string {
	out := map[string]string{}
	for name, v := range p {
		if now.Before(v.Until) {
			out[name] = v.Value
		}
	}
	return out
}

// names are the same without the values, by name.
func (p previous) names(now time.Time) []*operationsv1.PreviousValue {
	var out []*operationsv1.PreviousValue
	for _, name := range slices.Sorted(maps.Keys(p.valid(now))) {
		out = append(out, &operationsv1.PreviousValue{Name: name, ValidUntil: timestamppb.New(p[name].Until)})
	}
	return out
}

// keep makes the column of what is still accepted after a change.
func (s *Server) keep(id string, was stored, becomes, named values, grace time.Duration) ([]byte, error) {
	kept := was.previous.rotate(was.values, becomes, named, grace, s.clock())
	if len(kept) == 0 {
		return []byte{}, nil
	}
	plain, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	return s.box.Seal(plain, []byte(previousOf(id))), nil
}

// previousOf is the additional data of a row's former values.
func previousOf(id string) string { return "integration-previous/" + id }
