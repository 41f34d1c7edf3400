// Package strictjson reads JSON bodies word for word. What encoding/json forgives may stand for money here: of a key that comes twice the last one
// wins there, and "BET" is read as "bet".
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Decode reads one JSON object into a struct, whose keys are lower-case ASCII. It refuses keys that are unknown, written otherwise or repeated, at any
// depth, and whatever follows the object.
func Decode(body io.Reader, into any) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) { // null, too, would leave the struct as it is
		return errors.New("the body is not a JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the JSON object")
	}
	return checkKeys(json.NewDecoder(bytes.NewReader(raw)))
}

// checkKeys reads one value, which is known to be JSON.
func checkKeys(dec *json.Decoder) error {
	t, err := dec.Token()
	d, nested := t.(json.Delim)
	if err != nil || !nested {
		return err
	}
	seen := map[any]bool{}
	for dec.More() {
		if d == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			if seen[key] {
				return fmt.Errorf("the key %.40q is there twice", key)
			}
			if strings.ContainsFunc(key.(string), otherwise) {
				return fmt.Errorf("there is no key %.40q", key)
			}
			seen[key] = true
		}
		if err := checkKeys(dec); err != nil {
			return err
		}
	}
	_, err = dec.Token() // its end
	return err
}

// otherwise: encoding/json takes not only B for b but also a long s for s and the sign of Kelvin for k.
func otherwise(c rune) bool { return c > unicode.MaxASCII || unicode.IsUpper(c) }
