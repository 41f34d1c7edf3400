package psp

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

func listFields() []field {
	return []field{{name: "limit", integer: true}, {name: "starting_after"}, {name: "ending_before"},
		{name: "created[gt]", integer: true}, {name: "created[gte]", integer: true},
		{name: "created[lt]", integer: true}, {name: "created[lte]", integer: true}}
}

// page renders Stripe's list object: newest first, limit 1..100 (10), cursors by id.
func page[T any](c *call, t *table[T], url string, keep func(T) bool, created func(T) int64, wire func(T) any) (any, error) {
	limit := 10
	if c.params.has("limit") {
		limit = int(c.params.num("limit"))
	}
	if limit < 1 || limit > 100 {
		return nil, invalid("parameter_invalid_integer", "limit", "This value must be between 1 and 100 (inclusive).")
	}
	after, before := c.params["starting_after"], c.params["ending_before"]
	if after != "" && before != "" {
		return nil, invalid("", "starting_after", "You may only specify one of these parameters: starting_after, ending_before.")
	}
	for _, cursor := range []string{after, before} {
		if _, ok := t.get(cursor); cursor != "" && !ok {
			return nil, missing(t.kind, "starting_after", cursor)
		}
	}
	data, more, started := []any{}, false, after == ""
	t.newest(func(id string, v T) bool {
		switch {
		case id == before:
			return false
		case !started:
			started = id == after
		case !inRange(c.params, created(v)) || !keep(v):
		case len(data) == limit && before == "":
			more = true
			return false
		default:
			data = append(data, wire(v))
			if len(data) > limit { // ending_before wants the ones next to the cursor
				data, more = data[1:], true
			}
		}
		return true
	})
	return map[string]any{"object": "list", "url": url, "has_more": more, "data": data}, nil
}

func inRange(q params, created int64) bool {
	return (!q.has("created[gt]") || created > q.num("created[gt]")) &&
		(!q.has("created[gte]") || created >= q.num("created[gte]")) &&
		(!q.has("created[lt]") || created < q.num("created[lt]")) &&
		(!q.has("created[lte]") || created <= q.num("created[lte]"))
}

func listIntents(p *PSP, c *call) (any, error) {
	return page(c, p.store.intents, "/v1/payment_intents", func(intentRow) bool { return true },
		func(r intentRow) int64 { return r.Wire.Created }, func(r intentRow) any { return r.Wire })
}

func listRefunds(p *PSP, c *call) (any, error) {
	intent, ch := c.params["payment_intent"], c.params["charge"]
	return page(c, p.store.refunds, "/v1/refunds",
		func(r refundObject) bool {
			return (intent == "" || r.PaymentIntent == intent) && (ch == "" || r.Charge == ch)
		},
		func(r refundObject) int64 { return r.Created }, func(r refundObject) any { return r })
}

func listEvents(p *PSP, c *call) (any, error) {
	types := c.params.list("types")
	if t := c.params["type"]; t != "" {
		types = []string{t}
	}
	return page(c, p.store.events, "/v1/events",
		func(e eventRow) bool {
			return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return matches(t, e.Type) })
		},
		func(e eventRow) int64 { return e.Created }, func(e eventRow) any { return json.RawMessage(e.Body) })
}

func listEndpoints(p *PSP, c *call) (any, error) {
	return page(c, p.store.endpoints, "/v1/webhook_endpoints", func(endpointRow) bool { return true },
		func(e endpointRow) int64 { return e.Wire.Created }, func(e endpointRow) any { return e.Wire })
}

// matches compares an event type with a filter such as "charge.*".
func matches(filter, eventType string) bool {
	prefix, wildcard := strings.CutSuffix(filter, "*")
	return filter == eventType || wildcard && strings.HasPrefix(eventType, prefix)
}

// expand replaces ids by their objects at the given paths, such as latest_charge or data.charge.
func (p *PSP) expand(body any, paths []string) (any, *apiError) {
	if len(paths) == 0 {
		return body, nil
	}
	var tree any
	raw, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(raw, &tree)
	}
	if err != nil {
		return nil, serverError()
	}
	for i, path := range paths {
		if steps := strings.Split(path, "."); len(steps) > 4 || !p.expandAt(tree, steps) {
			return nil, invalid("", "expand["+strconv.Itoa(i)+"]", "This property cannot be expanded (%s).", path)
		}
	}
	return tree, nil
}

func (p *PSP) expandAt(tree any, steps []string) bool {
	switch node := tree.(type) {
	case []any:
		for _, item := range node {
			if !p.expandAt(item, steps) {
				return false
			}
		}
		return true
	case map[string]any:
		value, ok := node[steps[0]]
		if !ok {
			return false
		}
		if id, isID := value.(string); isID {
			object, found := p.object(id)
			if !found {
				return false
			}
			var decoded any
			if json.Unmarshal(encode(object), &decoded) != nil {
				return false
			}
			node[steps[0]], value = decoded, decoded
		}
		return len(steps) == 1 || value == nil || p.expandAt(value, steps[1:])
	}
	return false
}

// object finds what an id stands for.
func (p *PSP) object(id string) (any, bool) {
	if row, ok := p.store.intents.get(id); ok {
		return row.Wire, true
	}
	if row, ok := p.store.charges.get(id); ok {
		return row.Wire, true
	}
	if row, ok := p.store.refunds.get(id); ok {
		return row, true
	}
	return nil, false
}
