package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/config"
)

type limits struct {
	Max int `env:"MAX" envDefault:"10" doc:"Most things at once."`
}

type example struct {
	Addr    string        `env:"PITBOSS_X_ADDR" envDefault:"127.0.0.1:1" doc:"Where to listen."`
	Wait    time.Duration `env:"PITBOSS_X_WAIT" envDefault:"5s" doc:"How long to wait."`
	Signing string        `env:"PITBOSS_X_SIGNING_KEY" doc:"Key that signs."`
	Hidden  string        `env:"PITBOSS_X_HIDDEN" secret:"true" doc:"Hidden."`
	Open    string        `env:"PITBOSS_X_PUBLIC_KEY" secret:"false" doc:"Not hidden."`
	DB      string        `env:"PITBOSS_X_URL,required" doc:"Database."`
	Limits  limits        `envPrefix:"PITBOSS_X_"`
	inner   string
}

func TestLoadAndDescribe(t *testing.T) {
	var c example
	require.NoError(t, config.LoadFrom(&c, map[string]string{
		"PITBOSS_X_SIGNING_KEY": "s3cret", "PITBOSS_X_HIDDEN": "s3cret", "PITBOSS_X_PUBLIC_KEY": "abc",
		"PITBOSS_X_URL": "postgres://user:s3cret@db:5432/x", "PITBOSS_X_MAX": "7",
	}))
	require.Equal(t, 5*time.Second, c.Wait)
	require.Equal(t, 7, c.Limits.Max)
	require.Empty(t, c.inner)

	vars := config.Describe(&c)
	byName := map[string]config.Var{}
	for _, v := range vars {
		require.NotContains(t, v.Value, "s3cret", v.Name)
		require.NotEmpty(t, v.Doc, v.Name)
		byName[v.Name] = v
	}
	require.Len(t, vars, 7)
	require.Equal(t, "PITBOSS_X_ADDR", vars[0].Name, "in the order of the fields")
	require.Equal(t, config.Var{Name: "PITBOSS_X_MAX", Type: "int", Default: "10", Doc: "Most things at once.", Value: "7"}, byName["PITBOSS_X_MAX"])
	require.True(t, byName["PITBOSS_X_URL"].Required)
	require.Contains(t, byName["PITBOSS_X_URL"].Value, "postgres://user:")
	require.Equal(t, "abc", byName["PITBOSS_X_PUBLIC_KEY"].Value)
	require.True(t, byName["PITBOSS_X_HIDDEN"].Secret)
	require.Len(t, config.Describe((*example)(nil)), 7, "a nil pointer describes the defaults")
	require.Nil(t, config.Describe(nil))
	require.Nil(t, config.Describe(3))
}

func TestLoadNamesEveryWrongVariableAndNoValue(t *testing.T) {
	var c example
	err := config.LoadFrom(&c, map[string]string{"PITBOSS_X_WAIT": "s3cret", "PITBOSS_X_MAX": "s3cret"})
	require.ErrorContains(t, err, "PITBOSS_X_WAIT")
	require.ErrorContains(t, err, "PITBOSS_X_MAX")
	require.ErrorContains(t, err, "PITBOSS_X_URL")
	require.NotContains(t, err.Error(), "s3cret")
}
