package psp

import (
	"net/http"
	"slices"
	"strconv"
)

// maxEndpoints is Stripe's limit of webhook endpoints per account.
const maxEndpoints = 16

// endpointRow is a webhook endpoint and the secret that signs what it gets.
type endpointRow struct {
	Wire   webhookEndpoint `json:"wire"`
	Secret string          `json:"secret"`
}

func checkEndpoint(c *call) *apiError {
	if !webURL(c.params["url"]) {
		return invalid("url_invalid", "url", "Invalid URL: An explicit scheme (such as https) must be provided.")
	}
	events := c.params.list("enabled_events")
	if len(events) == 0 {
		return invalid("parameter_missing", "enabled_events", "Missing required param: enabled_events.")
	}
	for _, e := range events {
		if e != "*" && !slices.Contains(eventTypes, e) {
			return invalid("", "enabled_events", "Invalid event type: %s", e)
		}
	}
	if v := c.params["api_version"]; v != "" && v != apiVersion {
		return invalid("", "api_version", "This sandbox renders events in version %s only.", apiVersion)
	}
	_, e := c.params.metadata("metadata")
	return e
}

func createEndpoint(p *PSP, c *call) (any, error) {
	if len(p.store.endpoints.rows) >= maxEndpoints {
		return nil, invalid("", "url", "You have reached the maximum of %d test webhook endpoints.", maxEndpoints)
	}
	row := p.addEndpoint(c, c.params["url"], c.params.list("enabled_events"), p.newWebhookSecret())
	row.Wire.Description, row.Wire.Metadata = optional(c.params["description"]), c.params.dict("metadata")
	p.store.endpoints.put(row.Wire.ID, row)
	shown := row.Wire
	shown.Secret = row.Secret // the only answer that has it
	return shown, nil
}

func (p *PSP) addEndpoint(c *call, url string, events []string, secret string) endpointRow {
	row := endpointRow{Secret: secret, Wire: webhookEndpoint{ID: p.id("we_"), Object: "webhook_endpoint",
		APIVersion: ptr(apiVersion), Created: c.now.Unix(), EnabledEvents: events, Metadata: map[string]string{},
		Status: "enabled", URL: url}}
	p.store.endpoints.put(row.Wire.ID, row)
	return row
}

func (p *PSP) newWebhookSecret() string { return newID(p.cfg.Rand, "whsec_", 32) }

func getEndpoint(p *PSP, c *call) (any, error) {
	row, ok := p.store.endpoints.get(c.id)
	if !ok {
		return nil, missing("webhook endpoint", "id", c.id)
	}
	return row.Wire, nil
}

func deleteEndpoint(p *PSP, c *call) (any, error) {
	if _, ok := p.store.endpoints.get(c.id); !ok {
		return nil, missing("webhook endpoint", "id", c.id)
	}
	p.store.endpoints.remove(c.id)
	return map[string]any{"id": c.id, "object": "webhook_endpoint", "deleted": true}, nil
}

// EnsureWebhook makes url receive the events ("*": all), signed with WebhookSecret. Calling it again with another
// address moves the endpoint; deliveries that wait go to the new address. It is how whoever starts the sandbox
// connects it without the API.
func (p *PSP) EnsureWebhook(url string, events ...string) error {
	c := &call{now: p.now(), params: params{"url": url}}
	for i, e := range events {
		c.params["enabled_events["+strconv.Itoa(i)+"]"] = e
	}
	if len(events) == 0 {
		events, c.params["enabled_events[0]"] = []string{"*"}, "*"
	}
	if e := checkEndpoint(c); e != nil {
		return e
	}
	defer p.wake()
	return p.store.update(func() error {
		id, _ := p.store.settings.get(defaultEndpointKey)
		row, ok := p.store.endpoints.get(id)
		if !ok {
			row = p.addEndpoint(c, url, events, p.webhookSecret)
			p.store.settings.put(defaultEndpointKey, row.Wire.ID)
		}
		row.Wire.URL, row.Wire.EnabledEvents = url, events
		p.store.endpoints.put(row.Wire.ID, row)
		return nil
	})
}

const defaultEndpointKey = "default_endpoint"

func endpointOperations() []operation {
	fields := []field{{name: "url", required: true}, {name: "enabled_events[#]"}, {name: "enabled_events[]"},
		{name: "description"}, {name: "api_version"}, {name: "metadata[*]"}}
	const path = "/v1/webhook_endpoints"
	return []operation{
		{name: "webhook_endpoints.create", method: http.MethodPost, pattern: path, fields: fields, check: checkEndpoint, run: createEndpoint},
		{name: "webhook_endpoints.list", method: http.MethodGet, pattern: path, fields: listFields(), run: listEndpoints},
		{name: "webhook_endpoints.retrieve", method: http.MethodGet, pattern: path + "/{id}", run: getEndpoint},
		{name: "webhook_endpoints.delete", method: http.MethodDelete, pattern: path + "/{id}", run: deleteEndpoint},
	}
}
