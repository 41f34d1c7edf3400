package psp

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const adminPage = 500

// routeAdmin serves JSON to whoever has the token of StateDir/admin-token.
func (p *PSP) routeAdmin(mux *http.ServeMux) {
	handle := func(pattern string, work func(c *call, in adminInput, q url.Values) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { p.serveAdmin(w, r, work) })
	}
	handle("GET /admin/payments", p.adminPayments)
	handle("GET /admin/deliveries", p.adminDeliveries)
	handle("POST /admin/events/{id}/resend", func(c *call, _ adminInput, _ url.Values) (any, error) {
		ids, err := p.resend(c, c.id)
		return map[string]any{"deliveries": ids}, err
	})
	handle("POST /admin/refunds/{id}/succeed", func(c *call, _ adminInput, _ url.Values) (any, error) {
		return p.finishRefund(c, c.id)
	})
	handle("POST /admin/refunds/{id}/fail", func(c *call, in adminInput, _ url.Values) (any, error) {
		if in.Reason == "" {
			in.Reason = "expired_or_canceled_card"
		}
		return p.failRefund(c, c.id, in.Reason)
	})
	handle("PUT /admin/refund-mode", func(_ *call, in adminInput, _ url.Values) (any, error) {
		if !slices.Contains(refundModes, in.Mode) {
			return nil, invalid("", "mode", "The mode is one of %s.", strings.Join(refundModes, ", "))
		}
		p.store.settings.put(refundModeKey, in.Mode)
		return map[string]any{"mode": in.Mode}, nil
	})
	handle("POST /admin/disputes", func(c *call, in adminInput, _ url.Values) (any, error) {
		row, ok := p.store.intents.get(in.PaymentIntent)
		if !ok || row.Wire.LatestCharge == nil {
			return nil, missing("payment_intent", "payment_intent", in.PaymentIntent)
		}
		if in.Reason == "" {
			in.Reason = "fraudulent"
		}
		return p.openDispute(c, *row.Wire.LatestCharge, in.Amount, in.Reason)
	})
	handle("POST /admin/disputes/{id}/close", func(c *call, in adminInput, _ url.Values) (any, error) {
		return p.closeDispute(c, c.id, in.Status)
	})
	rules := p.faults.Handler()
	mux.HandleFunc("/admin/faults", func(w http.ResponseWriter, r *http.Request) {
		if p.isAdmin(w, r) {
			rules.ServeHTTP(w, r)
		}
	})
}

// adminInput is the union of the JSON bodies of the administration.
type adminInput struct {
	Reason        string `json:"reason"`
	Mode          string `json:"mode"`
	PaymentIntent string `json:"payment_intent"`
	Amount        int64  `json:"amount"`
	Status        string `json:"status"`
}

func (p *PSP) isAdmin(w http.ResponseWriter, r *http.Request) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(token), []byte(p.adminToken)) == 1 {
		return true
	}
	writeJSON(w, renderError(unauthorized("The administrator's token is missing or wrong.")))
	return false
}

func (p *PSP) serveAdmin(w http.ResponseWriter, r *http.Request, work func(*call, adminInput, url.Values) (any, error)) {
	if !p.isAdmin(w, r) {
		return
	}
	var in adminInput
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAPIBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		writeJSON(w, renderError(invalid("", "", "The body is not the expected JSON: %v", err)))
		return
	}
	c := &call{id: r.PathValue("id"), now: p.now()}
	var a answer
	err := p.store.update(func() error {
		body, err := work(c, in, r.URL.Query())
		a = p.render(c, body, err)
		return nil
	})
	if err != nil {
		p.cfg.Log.Error("psp transaction failed", "what", "administration", "error", err)
		a = renderError(serverError())
	}
	p.wake()
	writeJSON(w, a)
}

func writeJSON(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the caller has gone away: nobody to tell
}

// adminPayments lists intents with their session, newest first.
func (p *PSP) adminPayments(_ *call, _ adminInput, q url.Values) (any, error) {
	return map[string]any{"payments": p.recentPayments(pageLimit(q))}, nil
}

type paymentLine struct {
	Intent  paymentIntent `json:"payment_intent"`
	Session string        `json:"checkout_session,omitempty"`
	Card    *cardDetails  `json:"card,omitempty"`
}

func (p *PSP) recentPayments(limit int) []paymentLine {
	out := []paymentLine{}
	p.store.intents.newest(func(_ string, row intentRow) bool {
		line := paymentLine{Intent: row.Wire, Session: row.Session}
		if row.Payment != nil {
			line.Card = &row.Payment.Card
		}
		out = append(out, line)
		return len(out) < limit
	})
	return out
}

// adminDeliveries lists webhook deliveries, newest first, filtered by ?event= (id or type) and ?status=.
func (p *PSP) adminDeliveries(_ *call, _ adminInput, q url.Values) (any, error) {
	return map[string]any{"deliveries": p.recentDeliveries(pageLimit(q), q.Get("event"), q.Get("status"))}, nil
}

func (p *PSP) recentDeliveries(limit int, event, status string) []delivery {
	out := []delivery{}
	p.store.deliveries.newest(func(_ string, d delivery) bool {
		if (event == "" || d.EventID == event || d.EventType == event) && (status == "" || d.Status == status) {
			out = append(out, d)
		}
		return len(out) < limit
	})
	return out
}

func pageLimit(q url.Values) int {
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil || n < 1 {
		return 50
	}
	return min(n, adminPage)
}

// fromThisMachine says whether the request comes over loopback and names a loopback host, which keeps foreign web
// pages from reading the dashboard through a name that resolves to this machine.
func fromThisMachine(r *http.Request) bool {
	remote, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !net.ParseIP(remote).IsLoopback() {
		return false
	}
	host := (&url.URL{Host: r.Host}).Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
