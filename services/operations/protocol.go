package operations

import (
	"maps"
	"slices"
	"strings"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// protocol is one way to speak with the outside world.
type protocol struct {
	kind    operationsv1.IntegrationKind
	service string // service of the mesh that implements it
	bank    bool   // the provider keeps players' money: a transfer wallet
}

// protocols are the ones that this platform speaks. A new adapter adds its line here.
var protocols = map[string]protocol{
	"a8r":       {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "a8r"},
	"bookmaker": {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_SPORTSBOOK, service: "bookmaker"},
	"evolution": {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "evolution"},
	"hub88":     {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "hub88"}, // Caleta's dialect is a setting
	"pam":       {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "pam"},
	"pragmatic": {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "pragmatic"},
	"redtiger":  {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "redtiger"},
	"stripe":    {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_PAYMENT, service: "stripe"},
	"transfer":  {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME, service: "transfer", bank: true},
	"telegram":  {kind: operationsv1.IntegrationKind_INTEGRATION_KIND_MESSENGER, service: "identity"},
}

// knownProtocols lists them for an error message.
func knownProtocols() string { return strings.Join(slices.Sorted(maps.Keys(protocols)), ", ") }

// merge applies changes by name: absent names stay, an empty value removes.
func merge(has, change map[string]string) map[string]string {
	out := maps.Clone(has)
	if out == nil {
		out = map[string]string{}
	}
	for name, value := range change {
		if value == "" {
			delete(out, name)
			continue
		}
		out[name] = value
	}
	return out
}

// isAddress tells whether a setting says where the other side is.
func isAddress(name string) bool {
	return strings.HasSuffix(name, "_url") || strings.HasSuffix(name, "_issuer")
}

// moves tells whether a change leads to another address. Secrets do not go along: they would be told to whoever answers there.
func moves(has, becomes map[string]string) bool {
	for _, names := range []map[string]string{has, becomes} {
		for name := range names {
			if isAddress(name) && has[name] != becomes[name] {
				return true
			}
		}
	}
	return false
}
