package wallet

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Licensee is an operator with a contract: who may launch games by which protocol, and whose wallet is called.
type Licensee struct {
	ID        int64             `json:"operator_id"`
	Name      string            `json:"name,omitempty"`
	Protocol  string            `json:"protocol,omitempty"`   // hub88 when absent
	WalletURL string            `json:"wallet_url"`           // e.g. http://127.0.0.1:8080/callbacks/int_...; the protocol's paths are appended
	PublicKey string            `json:"public_key,omitempty"` // SPKI or PKCS #1 PEM, verifies launch calls of protocols that sign with RSA
	Settings  map[string]string `json:"settings,omitempty"`   // keys and secrets, see the protocol's Check
	UserInfo  bool              `json:"user_info,omitempty"`  // hub88: call /user/info before the first balance of a session
	Disabled  bool              `json:"disabled,omitempty"`   // launches and wallet calls stop; what is owed waits

	// Key is the licensee's name at the protocol (operator_id, casino key, secure login), filled in by Check.
	Key string `json:"-"`
	// RSA is the parsed PublicKey.
	RSA *rsa.PublicKey `json:"-"`
}

// Normalise validates what all protocols have in common.
func (l *Licensee) Normalise() error {
	u, err := url.Parse(l.WalletURL)
	switch {
	case l.ID <= 0:
		return fmt.Errorf("operator_id %d is not positive", l.ID)
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("wallet_url %q is not an absolute http(s) URL without query", l.WalletURL)
	}
	l.WalletURL = strings.TrimRight(l.WalletURL, "/")
	return nil
}

// Require checks that the named settings are there and not absurdly long.
func (l *Licensee) Require(names ...string) error {
	for _, n := range names {
		if v := l.Settings[n]; v == "" || len(v) > 1024 {
			return fmt.Errorf("settings: %s is required (at most 1024 characters)", n)
		}
	}
	return nil
}

// Setting returns a setting or its default.
func (l *Licensee) Setting(name, fallback string) string {
	if v := l.Settings[name]; v != "" {
		return v
	}
	return fallback
}

// ParseKey fills in RSA from PublicKey.
func (l *Licensee) ParseKey() error {
	key, err := ParsePublicKey(l.PublicKey)
	if err != nil {
		return fmt.Errorf("public_key: %w", err)
	}
	l.RSA = key
	return nil
}

// ParsePublicKey reads an RSA key of at least 2048 bits, SPKI or PKCS #1.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
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
