package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/config"
)

func TestConfig(t *testing.T) {
	require.Error(t, config.LoadFrom(&Config{}, map[string]string{}), "there is no default pepper")
	for name, vars := range map[string]map[string]string{
		"short pepper":        {"PITBOSS_IDENTITY_PEPPER": "a:AAAA"},
		"pepper without id":   {"PITBOSS_IDENTITY_PEPPER": "AAAA"},
		"long access tokens":  {"PITBOSS_IDENTITY_ACCESS_TTL": "6m"},
		"no attempts":         {"PITBOSS_IDENTITY_PAIR_ATTEMPTS": "0"},
		"sessions end before": {"PITBOSS_IDENTITY_PLAYER_IDLE": "0s"},
	} {
		t.Run(name, func(t *testing.T) {
			if vars["PITBOSS_IDENTITY_PEPPER"] == "" {
				vars["PITBOSS_IDENTITY_PEPPER"] = testPepper
			}
			var cfg Config
			require.NoError(t, config.LoadFrom(&cfg, vars))
			_, err := cfg.check()
			require.Error(t, err)
		})
	}
	for _, v := range config.Describe(&Config{}) {
		require.NotEmpty(t, v.Doc, v.Name)
		require.Equal(t, v.Name == "PITBOSS_IDENTITY_PEPPER", v.Secret, v.Name)
	}
}
