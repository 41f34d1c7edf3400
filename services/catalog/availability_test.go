package catalog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUnavailable(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	later := now.Add(time.Hour)
	good := subject{gameID: "gam_1", category: "slots", integrationID: "int", providerID: "prv_1", build: "94", published: true, offered: true, blocked: []string{"US"}}
	jurisdictions := rules{byCountry: map[string]jurisdiction{"MT": {"mga", true}, "GE": {"ge", false}}}
	with := func(c certificate) subject {
		g := good
		g.certificates = []certificate{c}
		return g
	}
	set := func(x string) map[string]bool { return map[string]bool{x: true} }
	hiddenGame, withdrawn := good, good
	hiddenGame.published, withdrawn.offered = false, false
	for name, c := range map[string]struct {
		g       subject
		country string
		rules   rules
		off     switches
		want    string
	}{
		"fine":                            {g: good, country: "DE"},
		"not published":                   {g: hiddenGame, country: "DE", off: switches{all: true}, want: notPublished},
		"withdrawn":                       {g: withdrawn, country: "DE", want: notOffered},
		"blocked":                         {g: good, country: "US", want: blockedCountry},
		"no certificate":                  {g: good, country: "MT", rules: jurisdictions, want: noCertificate},
		"none needed there":               {g: good, country: "GE", rules: jurisdictions},
		"none needed elsewhere":           {g: good, country: "XX", rules: jurisdictions},
		"needed elsewhere":                {g: good, country: "XX", rules: rules{elsewhere: true}, want: noCertificate},
		"needed elsewhere but not here":   {g: good, country: "GE", rules: rules{byCountry: jurisdictions.byCountry, elsewhere: true}},
		"certificate for every build":     {g: with(certificate{jurisdiction: "mga", from: now}), country: "MT", rules: jurisdictions},
		"certificate for the build":       {g: with(certificate{jurisdiction: "mga", build: "94", from: now, to: &later}), country: "MT", rules: jurisdictions},
		"certificate for another build":   {g: with(certificate{jurisdiction: "mga", build: "96", from: now}), country: "MT", rules: jurisdictions, want: noCertificate},
		"certificate from somewhere else": {g: with(certificate{jurisdiction: "ge", from: now}), country: "MT", rules: jurisdictions, want: noCertificate},
		"certificate not yet":             {g: with(certificate{jurisdiction: "mga", from: later}), country: "MT", rules: jurisdictions, want: noCertificate},
		"certificate no more":             {g: with(certificate{jurisdiction: "mga", from: now.Add(-time.Hour), to: &now}), country: "MT", rules: jurisdictions, want: noCertificate},
		"all off":                         {g: good, country: "DE", off: switches{all: true, games: set("gam_1")}, want: allOff},
		"country off":                     {g: good, country: "DE", off: switches{countries: set("DE")}, want: jurisdictionOff},
		"another country off":             {g: good, country: "DE", off: switches{countries: set("FR")}},
		"studio off":                      {g: good, country: "DE", off: switches{providers: set("prv_1")}, want: providerOff},
		"integration stopped":             {g: good, country: "DE", off: switches{integrations: set("int")}, want: integrationOff},
		"integration off":                 {g: good, country: "DE", off: switches{offIntegration: set("int")}, want: integrationsDisabled},
		"category off":                    {g: good, country: "DE", off: switches{categories: set("slots")}, want: categoryOff},
		"game off":                        {g: good, country: "DE", off: switches{games: set("gam_1")}, want: gameOff},
		"others off":                      {g: good, country: "DE", off: switches{games: set("gam_2"), categories: set("live"), providers: set("prv_2"), integrations: set("x")}},
	} {
		require.Equal(t, c.want, unavailable(c.g, c.country, c.rules, &c.off, now), name)
	}
}
