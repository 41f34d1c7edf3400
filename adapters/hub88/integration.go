package hub88

import (
	"context"
	"crypto/rsa"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Names of an integration's settings and secrets.
const (
	settingBaseURL         = "api_base_url"
	settingOperatorID      = "operator_id"
	settingProviderKey     = "provider_public_key_pem"
	settingOperatorKey     = "operator_public_key_pem"
	settingDialect         = "dialect"
	settingSignatureStatus = "signature_failure_status"
	settingSubPartner      = "sub_partner_id"
	secretPrivateKey       = "private_key_pem"

	dialectHub88 = "hub88"
)

var settingNames = []string{
	settingBaseURL, settingOperatorID, settingProviderKey, settingOperatorKey, settingDialect, settingSignatureStatus, settingSubPartner,
}

// integration is one licence: where the provider is, who we are to it, and the keys of both.
type integration struct {
	id              string
	enabled         bool
	baseURL         string
	operatorID      int64
	providerKey     *rsa.PublicKey
	privateKey      *rsa.PrivateKey
	signatureStatus int
	subPartner      string
}

// readIntegration reads settings and secrets. Errors: INTEGRATION_INVALID with the field.
func readIntegration(id string, enabled bool, settings, secrets map[string]string) (*integration, error) {
	in, err := readSettings(id, enabled, settings)
	if err != nil {
		return nil, err
	}
	for name := range secrets {
		if name != secretPrivateKey {
			return nil, errInvalid(name, "unknown secret")
		}
	}
	if in.privateKey, err = parsePrivateKey(secrets[secretPrivateKey]); err != nil {
		return nil, errInvalid(secretPrivateKey, "must be one PKCS#1 or PKCS#8 PEM block with an RSA key of at least 2048 bits")
	}
	return in, nil
}

// readSettings reads everything but our own key. Errors: INTEGRATION_INVALID with the field.
func readSettings(id string, enabled bool, settings map[string]string) (*integration, error) {
	in := &integration{id: id, enabled: enabled, subPartner: settings[settingSubPartner], signatureStatus: 200}
	for name := range settings {
		if !slices.Contains(settingNames, name) {
			return nil, errInvalid(name, "unknown setting")
		}
	}
	var err error
	if in.baseURL, err = readBaseURL(settings[settingBaseURL]); err != nil {
		return nil, err
	}
	if in.operatorID, err = strconv.ParseInt(settings[settingOperatorID], 10, 64); err != nil || in.operatorID < 0 {
		return nil, errInvalid(settingOperatorID, "must be a whole number")
	}
	if in.providerKey, err = parsePublicKey(settings[settingProviderKey]); err != nil {
		return nil, errInvalid(settingProviderKey, "must be one SPKI PEM block with an RSA key of at least 2048 bits")
	}
	if d := settings[settingDialect]; d != "" && d != dialectHub88 {
		return nil, errInvalid(settingDialect, "only "+dialectHub88+" is spoken")
	}
	switch v := settings[settingSignatureStatus]; v {
	case "", "200":
	case "401", "403":
		in.signatureStatus, _ = strconv.Atoi(v)
	default:
		return nil, errInvalid(settingSignatureStatus, "must be 200, 401 or 403")
	}
	if len(in.subPartner) > maxText {
		return nil, errInvalid(settingSubPartner, "is too long")
	}
	return in, nil
}

// readBaseURL takes https, and http only on this machine, where the sandbox is: tokens travel in these requests.
func readBaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(text) > 2048:
		return "", errInvalid(settingBaseURL, "must be an absolute address without user, query or fragment")
	case u.Scheme == "https":
	case u.Scheme != "http" || !loopback(u.Hostname()):
		return "", errInvalid(settingBaseURL, "must be https")
	}
	return strings.TrimRight(text, "/"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// integrations keeps what operations answers for a short time and asks once for many callbacks.
type integrations struct {
	ttl    time.Duration
	now    func() time.Time
	client operationsv1.OperationsServiceClient

	group singleflight.Group
	mu    sync.Mutex
	known map[string]keptIntegration
}

type keptIntegration struct {
	value *integration
	until time.Time
}

func newIntegrations(ttl time.Duration, now func() time.Time, client operationsv1.OperationsServiceClient) *integrations {
	return &integrations{ttl: ttl, now: now, client: client, known: map[string]keptIntegration{}}
}

// get answers an integration, enabled or not. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_INVALID, those of the call.
func (c *integrations) get(ctx context.Context, id string) (*integration, error) {
	c.mu.Lock()
	k, ok := c.known[id]
	c.mu.Unlock()
	if ok && c.now().Before(k.until) {
		return k.value, nil
	}
	v, err, _ := c.group.Do(id, func() (any, error) { return c.fetch(context.WithoutCancel(ctx), id) })
	if err != nil {
		return nil, err
	}
	return v.(*integration), nil
}

// live is get for calls of the provider, which a disabled integration does not make.
func (c *integrations) live(ctx context.Context, id string) (*integration, error) {
	in, err := c.get(ctx, id)
	if err == nil && !in.enabled {
		err = errIntegrationDisabled(id)
	}
	return in, err
}

func (c *integrations) fetch(ctx context.Context, id string) (*integration, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := c.client.GetIntegrationSecrets(ctx, &operationsv1.GetIntegrationSecretsRequest{IntegrationId: id})
	if errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND) {
		return nil, errIntegrationNotFound(id)
	}
	if err != nil {
		return nil, err
	}
	in, err := readIntegration(id, r.GetIntegration().GetEnabled(), r.GetIntegration().GetSettings(), r.GetSecrets())
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[id] = keptIntegration{value: in, until: c.now().Add(c.ttl)} // only integrations that exist: an operator's few
	return in, nil
}
