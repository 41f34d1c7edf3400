package stripe

import (
	"cmp"
	"context"
	"net/netip"
	"net/url"
	"strings"
	"time"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// Names and defaults of an integration's settings and secrets.
const (
	settingBaseURL    = "api_base_url"
	settingVersion    = "api_version"
	secretAPIKey      = "api_key"
	secretWebhook     = "webhook_secret"
	defaultBaseURL    = "https://api.stripe.com"
	defaultAPIVersion = "2026-08-26.dahlia"
)

// account is what calls of one Stripe account need.
type account struct {
	integrationID string
	enabled       bool
	baseURL       string
	version       string
	apiKey        string
	webhookSecret string
}

// integrations are those of this protocol, kept as every adapter's are.
type integrations struct {
	*adapter.Integrations[account]
}

func newIntegrations(ttl time.Duration, now func() time.Time, ops operationsv1.OperationsServiceClient) *integrations {
	return &integrations{adapter.NewIntegrations(ttl, now, ops, readAccount)}
}

// readAccount completes what is stored. Errors: INTEGRATION_NOT_FOUND for one of another protocol.
func readAccount(in adapter.Stored) (account, error) {
	if in.Protocol != Protocol {
		return account{}, errIntegrationNotFound(in.ID)
	}
	return account{
		integrationID: in.ID, enabled: in.Enabled, baseURL: cmp.Or(in.Settings[settingBaseURL], defaultBaseURL), version: cmp.Or(in.Settings[settingVersion], defaultAPIVersion),
		apiKey: in.Secrets[secretAPIKey], webhookSecret: in.Secrets[secretWebhook],
	}, nil
}

// get answers an integration of this protocol, on or off. Errors: INTEGRATION_NOT_FOUND, and those of operations.
func (i *integrations) get(ctx context.Context, id string) (account, error) {
	a, _, err := i.Get(ctx, id)
	return a, err
}

// active is get for what starts something new. Errors: INTEGRATION_DISABLED too.
func (i *integrations) active(ctx context.Context, id string) (account, error) {
	a, err := i.get(ctx, id)
	if err == nil && !a.enabled {
		return a, errIntegrationDisabled(id)
	}
	return a, err
}

// baseURLProblem says what is wrong with an API address; "" when nothing is. Plain HTTP would show the key, so it is for this machine only.
func baseURLProblem(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "not an address"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "holds more than host and path"
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && isLocal(u.Hostname()):
		return ""
	}
	return "must begin with https://"
}

func isLocal(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
