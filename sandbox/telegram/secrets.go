package telegram

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

// loadSecrets reads the keys and tokens, making each the first time.
func (t *Telegram) loadSecrets() (err error) {
	if t.admin, err = t.dir.Token("admin-token"); err != nil {
		return err
	}
	clientSecret, err := t.dir.Token("client-secret")
	if err != nil {
		return err
	}
	token, err := t.dir.Secret("bot-token", newBotToken)
	if err != nil {
		return err
	}
	idText, _, _ := strings.Cut(string(token), ":")
	id, err := strconv.ParseInt(idText, 10, 64)
	if err != nil {
		return fmt.Errorf("%s holds no bot token", t.dir.Path("bot-token"))
	}
	if t.rsaKey, err = t.dir.RSAKey("oidc-rsa.pem"); err != nil {
		return err
	}
	if t.ecKey, err = loadKey[*ecdsa.PrivateKey](t.dir, "oidc-ec.pem", func() (any, error) {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}); err != nil {
		return err
	}
	if t.edKey, err = loadKey[ed25519.PrivateKey](t.dir, "miniapp-ed25519.pem", func() (any, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}); err != nil {
		return err
	}
	t.secret = Credentials{
		BotID: id, BotUsername: t.cfg.BotUsername, BotToken: strings.TrimSpace(string(token)), ClientID: idText,
		ClientSecret: clientSecret, Issuer: t.cfg.PublicURL, APIBaseURL: t.cfg.PublicURL,
		DeepLinkBase:     t.cfg.PublicURL + "/t.me",
		Ed25519PublicKey: hex.EncodeToString(t.edKey.Public().(ed25519.PublicKey)),
	}
	return nil
}

// newBotToken has the real one's form: ten digits, a colon, 35 characters.
func newBotToken() ([]byte, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(3_000_000_000))
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%d:AA%s\n", 5_000_000_000+n.Int64(), statedir.RandomToken()[:33]), nil
}

// loadKey reads a PKCS #8 PEM, making it the first time.
func loadKey[K any](dir statedir.Dir, name string, generate func() (any, error)) (K, error) {
	var none K
	b, err := dir.Secret(name, func() ([]byte, error) {
		key, err := generate()
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
	})
	if err != nil {
		return none, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return none, fmt.Errorf("%s holds no PEM", dir.Path(name))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return none, fmt.Errorf("%s: %w", dir.Path(name), err)
	}
	k, ok := key.(K)
	if !ok {
		return none, fmt.Errorf("%s holds another kind of key", dir.Path(name))
	}
	return k, nil
}
