// Package adapter is what the adapters of game protocols have in common: integrations with their settings and secrets kept in memory, strict
// reading of JSON bodies, exact amounts, calls of providers, and the errors of the adapter contract. What a protocol says is in its adapter.
package adapter

import (
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
)

// Outage is how long what operations said of an integration is used while it does not answer, as gaming and the cashier do: its restart refuses no win and no rollback.
const Outage = 30 * time.Second

// Stored is an integration as operations keeps it.
type Stored struct {
	ID       string
	Protocol string
	Enabled  bool
	Settings map[string]string
	Secrets  map[string]string
}

// Reader turns what is stored into what an adapter works with. It is called with each answer of operations, not per callback. Errors: Invalid.
type Reader[T any] func(Stored) (T, error)

// Integrations keeps what operations answers for a short time, for longer while it does not answer, and asks once for many callbacks.
type Integrations[T any] struct {
	known *lookup.Cache[known[T]]
}

type known[T any] struct {
	value   T
	enabled bool
}

// NewIntegrations makes an empty cache. ttl is how long a change may take to be felt, from the moment at which it was made.
func NewIntegrations[T any](ttl time.Duration, now func() time.Time, client operationsv1.OperationsServiceClient, read Reader[T]) *Integrations[T] {
	return &Integrations[T]{lookup.New(ttl, now, func(ctx context.Context, id string) (known[T], error) { return fetch(ctx, client, read, id) }).Patient(Outage)}
}

// Get answers an integration and whether it is on. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_INVALID, those of the call.
func (c *Integrations[T]) Get(ctx context.Context, id string) (value T, enabled bool, err error) {
	k, err := c.known.Get(ctx, id)
	return k.value, k.enabled, err
}

// Live is Get for calls of the provider, which a disabled integration does not make. Errors also: INTEGRATION_DISABLED.
func (c *Integrations[T]) Live(ctx context.Context, id string) (T, error) {
	v, enabled, err := c.Get(ctx, id)
	if err == nil && !enabled {
		err = IntegrationDisabled(id)
	}
	return v, err
}

func fetch[T any](ctx context.Context, client operationsv1.OperationsServiceClient, read Reader[T], id string) (known[T], error) {
	r, err := client.GetIntegrationSecrets(ctx, &operationsv1.GetIntegrationSecretsRequest{IntegrationId: id})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) {
		return known[T]{}, IntegrationNotFound(id)
	}
	if err != nil {
		return known[T]{}, err
	}
	in := r.GetIntegration()
	v, err := read(Stored{ID: id, Protocol: in.GetProtocol(), Enabled: in.GetEnabled(), Settings: withFormer(in.GetSettings(), r.GetPrevious()), Secrets: r.GetSecrets()})
	return known[T]{value: v, enabled: in.GetEnabled()}, err
}

// withFormer adds the former values of settings that a rotation has replaced and that still count, under their names with _previous at the end, as the former
// values of secrets come.
func withFormer(settings, former map[string]string) map[string]string {
	all := maps.Clone(settings)
	for name := range settings {
		if v := former[name]; v != "" {
			all[name+previous] = v
		}
	}
	return all
}

// BaseURL reads the address of a provider's API: https, and http only on this machine, where the sandbox is, because tokens travel in these
// requests. The result has no slash at its end. Errors: Invalid with the setting's name.
func BaseURL(setting, text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(text) > 2048:
		return "", Invalid(setting, "must be an absolute address without user, query or fragment")
	case u.Scheme == "https":
	case u.Scheme != "http" || !loopback(u.Hostname()):
		return "", Invalid(setting, "must be https")
	}
	return strings.TrimRight(text, "/"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// allPlatform are the settings that operations and the gateway read themselves, whatever the protocol.
var allPlatform = []string{"allowed_ips"}

// CheckNames says which setting or secret is none of the protocol's. Settings of the platform and what a rotation keeps are fine.
// Errors: Invalid with the name.
func CheckNames(in Stored, settings, secrets []string) error {
	for name := range in.Settings {
		if !slices.ContainsFunc(settings, func(known string) bool { return Known(name, known) }) && !slices.Contains(allPlatform, name) {
			return Invalid(name, "unknown setting")
		}
	}
	for name := range in.Secrets {
		if !slices.ContainsFunc(secrets, func(known string) bool { return Known(name, known) }) {
			return Invalid(name, "unknown secret")
		}
	}
	return nil
}
