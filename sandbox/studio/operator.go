package studio

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Operator is a licensee of the studio: who may launch games, and whose wallet is called.
type Operator struct {
	ID        int64  `json:"operator_id"`
	Name      string `json:"name,omitempty"`
	WalletURL string `json:"wallet_url"`          // e.g. http://127.0.0.1:8080/callbacks/int_...; "/transaction/bet" is appended
	PublicKey string `json:"public_key"`          // SPKI or PKCS #1 PEM, verifies the operator's launch calls
	UserInfo  bool   `json:"user_info,omitempty"` // call /user/info before the first balance of a session
	Disabled  bool   `json:"disabled,omitempty"`  // launches and wallet calls stop; what is owed waits

	key *rsa.PublicKey
}

// ErrOperator is wrapped by the errors of RegisterOperator that say what is wrong with the operator given.
var ErrOperator = errors.New("studio: invalid operator")

// RegisterOperator adds the operator or replaces the one with the same ID, durably. Wallet calls already owed go to
// the new URL.
func (s *Studio) RegisterOperator(o Operator) error {
	if err := o.parse(); err != nil {
		return err
	}
	s.mu.Lock()
	s.operators[o.ID] = &o
	wait := s.journal.append(entry{Operator: &o})
	s.mu.Unlock()
	return wait()
}

// parse validates and normalises.
func (o *Operator) parse() error {
	u, err := url.Parse(o.WalletURL)
	switch {
	case o.ID <= 0:
		return fmt.Errorf("%w: operator_id %d is not positive", ErrOperator, o.ID)
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%w: wallet_url %q is not an absolute http(s) URL without query", ErrOperator, o.WalletURL)
	}
	o.WalletURL = strings.TrimRight(o.WalletURL, "/")
	if o.key, err = parsePublicKey(o.PublicKey); err != nil {
		return fmt.Errorf("%w: public_key: %w", ErrOperator, err)
	}
	return nil
}

func parsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM")
	}
	if key, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	k, ok := key.(*rsa.PublicKey)
	if !ok || k.N.BitLen() < 2048 {
		return nil, errors.New("not an RSA key of at least 2048 bits")
	}
	return k, nil
}

// putOperator is PUT /admin/operators/{operator_id}; the body's operator_id may be left out.
func (s *Studio) putOperator(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("operator_id"), 10, 64)
	if err != nil {
		fail(w, http.StatusBadRequest, "bad_request", "operator_id in the path is not an integer")
		return
	}
	o := Operator{ID: id}
	if err := readJSON(w, r, &o); err != nil {
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	if o.ID != id {
		fail(w, http.StatusBadRequest, "bad_request", "operator_id in the body differs from the path")
		return
	}
	err = s.RegisterOperator(o)
	switch {
	case errors.Is(err, ErrOperator):
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
	case err != nil:
		s.internal(w, "register operator", err)
	default:
		writeJSON(w, http.StatusOK, map[string]any{
			"operator": o, "studio_public_key": s.PublicKeyPEM(), "launch_base_url": s.cfg.PublicURL,
		})
	}
}

// listOperators is GET /admin/operators.
func (s *Studio) listOperators(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	out := make([]Operator, 0, len(s.operators))
	for _, o := range s.operators {
		out = append(out, *o)
	}
	s.mu.Unlock()
	slices.SortFunc(out, func(a, b Operator) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	writeJSON(w, http.StatusOK, map[string]any{"operators": out})
}
