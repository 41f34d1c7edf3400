package catalog

import (
	"encoding/json"
	"reflect"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
)

// translationsJSON is how texts by language are stored; ones without any text are left out.
func translationsJSON(texts map[string]*catalogv1.Translation) ([]byte, error) {
	out := map[string]map[string]string{}
	for language, t := range texts {
		if t.GetName() != "" || t.GetDescription() != "" {
			out[language] = map[string]string{"name": t.GetName(), "description": t.GetDescription()}
		}
	}
	return json.Marshal(out)
}

// sameJSON compares two documents, whatever the order of their members.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
