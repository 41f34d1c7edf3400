package ids_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/ids"
)

func TestNew_IsValidAndSortsByTime(t *testing.T) {
	last := ""
	seen := map[string]bool{}
	for range 10_000 {
		id := ids.New("ply")
		require.True(t, ids.Valid("ply", id), id)
		require.Len(t, id, 4+26)
		require.Greater(t, id, last, "ids of one process ascend")
		require.False(t, seen[id])
		seen[id], last = true, id
	}
}

func TestValid(t *testing.T) {
	good := ids.New("bet")
	body := strings.TrimPrefix(good, "bet_")
	for name, tc := range map[string]struct {
		prefix, id string
		want       bool
	}{
		"good":               {"bet", good, true},
		"other prefix":       {"ply", good, false},
		"prefix of a prefix": {"be", good, false},
		"no prefix":          {"bet", body, false},
		"empty":              {"bet", "", false},
		"only prefix":        {"bet", "bet_", false},
		"short":              {"bet", good[:len(good)-1], false},
		"long":               {"bet", good + "0", false},
		"upper case":         {"bet", "bet_" + strings.ToUpper(body), false},
		"letter u":           {"bet", "bet_" + body[:25] + "u", false},
		"letter i":           {"bet", "bet_" + body[:25] + "i", false},
		"above 128 bits":     {"bet", "bet_8" + body[1:], false},
		"version 0":          {"bet", "bet_" + strings.Repeat("0", 26), false},
		"trailing newline":   {"bet", good[:len(good)-1] + "\n", false},
		"multi-byte":         {"bet", "bet_" + body[:24] + "é", false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, ids.Valid(tc.prefix, tc.id)) })
	}
}

func FuzzValid(f *testing.F) {
	f.Add("ply", "ply_01jcqz5k3v8e7s9m2n4p6r8t0w")
	f.Add("", "_")
	f.Fuzz(func(t *testing.T, prefix, s string) {
		if ids.Valid(prefix, s) {
			require.Len(t, s, len(prefix)+27)
			require.Equal(t, strings.ToLower(s[len(prefix):]), s[len(prefix):])
		}
	})
}

func TestIsTestPlayer(t *testing.T) {
	require.True(t, ids.IsTestPlayer(ids.NewTestPlayer()))
	require.True(t, ids.Valid("tpl", ids.NewTestPlayer()))
	for _, s := range []string{ids.New("ply"), "", "tpl", "tplx_1", "ply_tpl_"} {
		require.False(t, ids.IsTestPlayer(s), s)
	}
}
