package psp

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed assets
var assets embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"money": display}).ParseFS(assets, "assets/*.html"))

const maxPageBody = 16 << 10

// view is what the templates show.
type view struct {
	Base       string
	Title      string
	Merchant   string
	Session    checkoutSession
	Items      []lineItem
	Amount     int64
	Currency   string
	Form       cardForm // without number and code: they are never sent back
	Problem    *cardError
	Action     string
	Next       string
	Message    string
	Payments   []paymentLine
	Deliveries []delivery
}

func (p *PSP) routePages(mux *http.ServeMux) {
	for _, name := range []string{"pay.css", "pay.js"} {
		mux.HandleFunc("GET /assets/"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Content-Type-Options", "nosniff")
			http.ServeFileFS(w, r, assets, "assets/"+name)
		})
	}
	mux.HandleFunc("GET /pay/{id}", p.showPayment)
	mux.HandleFunc("POST /pay/{id}", p.submitPayment)
	mux.HandleFunc("GET /challenge/{id}", p.showChallenge)
	mux.HandleFunc("POST /challenge/{id}", p.submitChallenge)
	mux.HandleFunc("GET /dashboard", p.showDashboard)
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) {
		p.show(w, http.StatusOK, "notice.html", view{Title: "Thank you", Message: "You can close this page."})
	})
}

// show renders a page under a policy that allows this server's own files only; forms may lead to the merchant.
func (p *PSP) show(w http.ResponseWriter, status int, name string, v view, formTargets ...string) {
	v.Base, v.Merchant = p.base, p.cfg.MerchantName
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, v); err != nil {
		p.cfg.Log.Error("psp page failed", "page", name, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"+p.origins(formTargets))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String())) // the browser has gone away: nobody to tell
}

// origins lists the sites a form's redirect may go to, since browsers apply form-action to redirects too: the
// merchant's, and this one by its public name, should the browser have come by another. webURL has checked them.
func (p *PSP) origins(addresses []string) string {
	out := ""
	for _, a := range append(addresses, p.cfg.PublicURL) {
		if u, err := url.Parse(a); err == nil && u.Host != "" {
			out += " " + u.Scheme + "://" + u.Host
		}
	}
	return out
}

func (p *PSP) showPayment(w http.ResponseWriter, r *http.Request) {
	var row sessionRow
	var intent intentRow
	var err error
	p.store.view(func() {
		if row, err = p.findSession(r.PathValue("id")); err == nil && row.Wire.PaymentIntent != nil {
			intent, _ = p.store.intents.get(*row.Wire.PaymentIntent)
		}
	})
	if err != nil {
		p.showMissing(w)
		return
	}
	var problem *cardError
	if e := intent.Wire.LastPaymentError; e != nil {
		problem = &cardError{Code: e.Code, Message: e.Message}
	}
	p.showForm(w, http.StatusOK, row, cardForm{}, problem)
}

func (p *PSP) showMissing(w http.ResponseWriter) {
	p.show(w, http.StatusNotFound, "notice.html", view{Title: "Payment not found",
		Message: "This payment page does not exist. Go back to the shop and start again."})
}

// showForm shows the form of an open session, or what became of a closed one.
func (p *PSP) showForm(w http.ResponseWriter, status int, row sessionRow, form cardForm, problem *cardError) {
	v := view{Title: "Pay " + display(row.Wire.AmountTotal, row.Wire.Currency), Session: row.Wire, Items: row.Items,
		Amount: row.Wire.AmountTotal, Currency: row.Wire.Currency, Form: cardForm{Expiry: form.Expiry, Name: form.Name},
		Problem: problem, Action: p.base + "/pay/" + row.Wire.ID}
	switch row.Wire.Status {
	case sessionComplete:
		v.Title, v.Message, v.Next = "Payment done", "This payment is complete.", row.successURL()
		p.show(w, http.StatusOK, "notice.html", v)
	case sessionExpired:
		v.Title, v.Message = "Payment expired", "This payment page has expired. Nothing was charged."
		if row.Wire.CancelURL != nil {
			v.Next = *row.Wire.CancelURL
		}
		p.show(w, http.StatusGone, "notice.html", v)
	default:
		if row.Wire.CancelURL != nil {
			v.Next = strings.ReplaceAll(*row.Wire.CancelURL, "{CHECKOUT_SESSION_ID}", row.Wire.ID)
		}
		p.show(w, status, "pay.html", v, row.Wire.SuccessURL)
	}
}

// submitPayment tries the card. A mistake in the form answers 422, a refusal by the issuer 402, both with the form;
// otherwise it leads on, to the shop or to the bank's confirmation.
func (p *PSP) submitPayment(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPageBody)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	form := cardForm{Number: r.PostForm.Get("card_number"), Expiry: r.PostForm.Get("exp"), CVC: r.PostForm.Get("cvc"),
		Name: limitRunes(r.PostForm.Get("name"), 100)}
	c := &call{now: p.now()}
	card, problem := form.check(c.now)
	status := http.StatusUnprocessableEntity
	var row sessionRow
	var intent intentRow
	err := p.store.update(func() error {
		var err error
		if row, err = p.findSession(r.PathValue("id")); err != nil || row.Wire.Status != sessionOpen || problem != nil {
			return err
		}
		var refusal *apiError
		if row, intent, refusal = p.paySession(c, row, card); refusal != nil {
			status, problem = http.StatusPaymentRequired, &cardError{Field: "card_number", Code: refusal.Body.Code, Message: refusal.Body.Message}
		}
		return nil
	})
	p.wake()
	switch {
	case p.pageFailed(w, err):
	case row.Wire.Status == sessionComplete:
		redirect(w, row.successURL())
	case problem != nil:
		p.showForm(w, status, row, form, problem)
	case intent.Wire.Status == needsAction:
		redirect(w, intent.Wire.NextAction.RedirectToURL.URL)
	default: // expired meanwhile
		p.showForm(w, http.StatusOK, row, form, nil)
	}
}

// pageFailed answers an error of a page's transaction, if there is one.
func (p *PSP) pageFailed(w http.ResponseWriter, err error) bool {
	if err == nil {
		return false
	}
	var refusal *apiError
	if errors.As(err, &refusal) && refusal.Status == http.StatusNotFound {
		p.showMissing(w)
		return true
	}
	p.cfg.Log.Error("psp payment page failed", "error", err)
	http.Error(w, "The payment could not be processed. Nothing was charged.", http.StatusInternalServerError)
	return true
}

// challengeURL is the bank's confirmation page; the client secret in it is as good as a password.
func (p *PSP) challengeURL(secret string) string { return p.cfg.PublicURL + "/challenge/" + secret }

// findChallenge resolves the secret of a challenge page.
func (p *PSP) findChallenge(secret string) (intentRow, error) {
	id, _, _ := strings.Cut(secret, "_secret_")
	row, err := p.findIntent(id)
	if err == nil && row.Wire.ClientSecret != secret {
		err = missing("payment_intent", "intent", id)
	}
	return row, err
}

func (p *PSP) showChallenge(w http.ResponseWriter, r *http.Request) {
	var row intentRow
	var target string
	var err error
	p.store.view(func() {
		if row, err = p.findChallenge(r.PathValue("id")); err == nil {
			target = p.afterChallenge(row)
		}
	})
	switch {
	case p.pageFailed(w, err):
	case row.Wire.Status != needsAction:
		redirect(w, target)
	default:
		p.show(w, http.StatusOK, "challenge.html", view{Title: "Confirm the payment", Amount: row.Wire.Amount,
			Currency: row.Wire.Currency, Action: p.base + "/challenge/" + row.Wire.ClientSecret}, p.challengeTarget(row))
	}
}

// submitChallenge takes outcome=complete or outcome=fail and leads back.
func (p *PSP) submitChallenge(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPageBody)
	if err := r.ParseForm(); err != nil || (r.PostForm.Get("outcome") != "complete" && r.PostForm.Get("outcome") != "fail") {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	target := ""
	c := &call{now: p.now()}
	err := p.store.update(func() error {
		row, err := p.findChallenge(r.PathValue("id"))
		if err != nil {
			return err
		}
		if row.Wire.Status == needsAction {
			row, _ = p.answerChallenge(c, row, r.PostForm.Get("outcome") == "complete") // a refusal shows where target leads
			if s, ok := p.store.sessions.get(row.Session); ok {
				p.followIntent(c, s, row)
			}
		}
		target = p.afterChallenge(row)
		return nil
	})
	p.wake()
	if !p.pageFailed(w, err) {
		redirect(w, target)
	}
}

// challengeTarget is the site that comes after the challenge, for the page's policy. It needs no lock of its own:
// addresses of sessions and intents never change.
func (p *PSP) challengeTarget(row intentRow) string {
	target := row.ReturnURL
	p.store.view(func() {
		if s, ok := p.store.sessions.get(row.Session); ok {
			target = s.Wire.SuccessURL
		}
	})
	return target
}

// afterChallenge says where the payer goes next: to the shop, or back to the payment page to try another card.
func (p *PSP) afterChallenge(row intentRow) string {
	if s, ok := p.store.sessions.get(row.Session); ok {
		if s.Wire.Status == sessionComplete {
			return s.successURL()
		}
		return p.cfg.PublicURL + "/pay/" + s.Wire.ID
	}
	u, err := url.Parse(row.ReturnURL)
	if err != nil || row.ReturnURL == "" {
		return p.cfg.PublicURL + "/done"
	}
	q := u.Query()
	q.Set("payment_intent", row.Wire.ID)
	q.Set("payment_intent_client_secret", row.Wire.ClientSecret)
	q.Set("redirect_status", map[bool]string{true: "failed", false: "succeeded"}[row.Wire.Status == needsMethod])
	u.RawQuery = q.Encode()
	return u.String()
}

func (p *PSP) showDashboard(w http.ResponseWriter, r *http.Request) {
	if !fromThisMachine(r) {
		http.Error(w, "The dashboard is for this machine only.", http.StatusForbidden)
		return
	}
	v := view{Title: "Payments"}
	p.store.view(func() {
		v.Payments, v.Deliveries = p.recentPayments(50), p.recentDeliveries(100, "", "")
	})
	p.show(w, http.StatusOK, "dashboard.html", v)
}

func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
}

func limitRunes(s string, n int) string {
	r := []rune(strings.TrimSpace(s))
	return string(r[:min(len(r), n)])
}
