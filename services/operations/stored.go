package operations

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// What of a row can be lost as a whole.
const (
	lostSettings = "settings"
	lostSecrets  = "secrets"
	lostPrevious = "previous"
)

// stored is a row as far as it can be read. Only a hand in the database or a key that is gone makes one that cannot be read whole; it must not hide the others, and an operator
// must be able to repair it.
type stored struct {
	values
	previous previous
	lost     []string // settings, settings.<name>, secrets, previous; in this order
}

// read opens a row.
func (s *Server) read(row db.Integration) stored {
	r := stored{values: values{settings: map[string]string{}, secrets: map[string]string{}}}
	raw := map[string]json.RawMessage{}
	if json.Unmarshal(row.Settings, &raw) != nil || raw == nil {
		r.lost = append(r.lost, lostSettings)
	}
	for name, value := range raw {
		var text *string
		if json.Unmarshal(value, &text) != nil || text == nil {
			r.lost = append(r.lost, lostSettings+"."+name)
			continue
		}
		r.settings[name] = *text
	}
	slices.Sort(r.lost)
	if err := s.unseal(row.Secrets, "integration/"+row.IntegrationID, &r.secrets); err != nil {
		r.secrets, r.lost = map[string]string{}, append(r.lost, lostSecrets)
	}
	if len(row.Previous) > 0 {
		if err := s.unseal(row.Previous, previousOf(row.IntegrationID), &r.previous); err != nil {
			r.previous, r.lost = nil, append(r.lost, lostPrevious)
		}
	}
	return r
}

// unseal decrypts a JSON object that was sealed for one row and one column.
func (s *Server) unseal(sealed []byte, purpose string, into any) error {
	plain, err := s.box.Open(sealed, []byte(purpose))
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// whole says that something of a row cannot be read without which its adapter must not work: what is missing could mean something else.
func (r stored) whole(id string) error {
	for _, lost := range r.lost {
		if lost != lostPrevious {
			return fmt.Errorf("integration %s cannot be read: %v", id, r.lost)
		}
	}
	return nil
}

// named demands that a change names everything that cannot be read any more, with an empty value for what it should be without: nothing is replaced or left out unseen, neither a list of
// addresses nor a key that an adapter would make anew. Errors: INTEGRATION_INVALID.
func (r stored) named(row db.Integration, change values) error {
	missing := func(field string) error {
		return integrationInvalid(map[string]string{"field": field, "problem": "what is stored cannot be read: name its value, or an empty one"})
	}
	for _, lost := range r.lost {
		switch lost {
		case lostPrevious:
		case lostSettings:
			if _, has := change.settings[settingAllowedIPs]; !has {
				return missing(settingAllowedIPs)
			}
		case lostSecrets:
			for _, name := range row.SecretNames {
				if _, has := change.secrets[name]; !has {
					return missing(name)
				}
			}
		default:
			name := lost[len(lostSettings)+1:]
			if _, has := change.settings[name]; !has {
				return missing(name)
			}
		}
	}
	return nil
}
