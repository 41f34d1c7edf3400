package strictjson

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	type doc struct {
		Stake string `json:"stake"`
		Bets  []struct {
			On int `json:"on"`
		} `json:"bets"`
		More map[string]string `json:"more"`
		Back string            `json:"back"`
	}
	for _, good := range []string{`{}`, ` {"stake":"1.00"} `, `{"stake":"{\"stake\":1}","bets":[{"on":1},{"on":2}]}`, `{"more":{"stake":"x","on":"y"},"stake":"z"}`} {
		require.NoError(t, Decode(strings.NewReader(good), &doc{}), good)
	}
	for name, bad := range map[string]string{
		"nothing": ``, "a list": `[]`, "null": `null`, "cut off": `{"stake":"1.00"`, "unknown": `{"stakes":"1.00"}`, "two objects": `{} {}`, "another type": `{"stake":1}`,
		"repeated": `{"stake":"1.00","stake":"50.00"}`, "repeated with an escape": `{"stake":"1.00","st\u0061ke":"50.00"}`,
		"another case": `{"STAKE":"1.00"}`, "both cases": `{"stake":"1.00","Stake":"50.00"}`, "a long s": `{"ſtake":"1.00"}`, "a Kelvin": "{\"bac\u212a\":\"1.00\"}",
		"repeated deep down": `{"bets":[{"on":1},{"on":2,"on":3}]}`, "another case deep down": `{"bets":[{"ON":1}]}`, "repeated in a map": `{"more":{"a":"1","a":"2"}}`,
	} {
		require.Error(t, Decode(strings.NewReader(bad), &doc{}), name)
	}
	var d doc
	require.NoError(t, Decode(strings.NewReader(`{"stake":"1.00","bets":[{"on":7}]}`), &d))
	require.Equal(t, []any{"1.00", 7}, []any{d.Stake, d.Bets[0].On})
}
