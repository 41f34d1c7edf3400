package stripe

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Names and defaults of an integration's settings and secrets.
const (
	settingBaseURL    = "api_base_url"
	settingVersion    = "api_version"
	secretAPIKey      = "api_key"
	secretWebhook     = "webhook_secret"
	defaultBaseURL    = "https://api.stripe.com"
	defaultAPIVersion = "2026-08-26.dahlia"
	maxIntegrations   = 1000
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

// integrations keeps what operations knows for a short time. Errors are not kept.
type integrations struct {
	ttl time.Duration
	now func() time.Time
	ops operationsv1.OperationsServiceClient

	mu    sync.Mutex
	known map[string]kept
}

type kept struct {
	account account
	until   time.Time
}

// get answers an integration of this protocol. Errors: INTEGRATION_NOT_FOUND, and those of operations.
func (i *integrations) get(ctx context.Context, id string) (account, error) {
	i.mu.Lock()
	k, ok := i.known[id]
	i.mu.Unlock()
	if ok && i.now().Before(k.until) {
		return k.account, nil
	}
	res, err := i.ops.GetIntegrationSecrets(ctx, &operationsv1.GetIntegrationSecretsRequest{IntegrationId: id})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) || err == nil && res.GetIntegration().GetProtocol() != Protocol {
		return account{}, errIntegrationNotFound(id)
	}
	if err != nil {
		return account{}, err
	}
	a := account{
		integrationID: id, enabled: res.GetIntegration().GetEnabled(), baseURL: res.GetIntegration().GetSettings()[settingBaseURL],
		version: res.GetIntegration().GetSettings()[settingVersion], apiKey: res.GetSecrets()[secretAPIKey], webhookSecret: res.GetSecrets()[secretWebhook],
	}
	if a.baseURL == "" {
		a.baseURL = defaultBaseURL
	}
	if a.version == "" {
		a.version = defaultAPIVersion
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.known) >= maxIntegrations {
		clear(i.known)
	}
	i.known[id] = kept{account: a, until: i.now().Add(i.ttl)}
	return a, nil
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
