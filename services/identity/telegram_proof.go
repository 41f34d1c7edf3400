package identity

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Why a proof is refused. errTelegramProofInvalid says which of these a client is told.
var (
	errProofMalformed = errors.New("identity: malformed")
	errProofUnsigned  = errors.New("identity: no signature")
	errProofSignature = errors.New("identity: wrong signature")
	errProofTooOld    = errors.New("identity: too old or from the future")
	errProofReplayed  = errors.New("identity: used before")
)

// proofFuture is how far Telegram's clock may be ahead of ours.
const proofFuture = time.Minute

// telegramPerson is what a verified proof says about its user.
type telegramPerson struct {
	id       string
	language string
	// mayWrite says that the bot may write to the user, whose private chat has the user's id.
	mayWrite bool
}

// checkString is Telegram's data-check-string: all pairs but the skipped ones, sorted by key, key=value, joined with line feeds.
func checkString(fields map[string]string, skip ...string) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(skip, k) {
			lines = append(lines, k+"="+fields[k])
		}
	}
	return strings.Join(lines, "\n")
}

// parseInitData decodes init data once and refuses repeated keys, of which one party might check the first and another use the last.
func parseInitData(raw string) (map[string]string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil || len(values) == 0 {
		return nil, errProofMalformed
	}
	fields := make(map[string]string, len(values))
	for k, v := range values {
		if len(v) != 1 {
			return nil, errProofMalformed
		}
		fields[k] = v[0]
	}
	return fields, nil
}

// verifyInitData checks Mini App data: by HMAC with the bot token where there is one, otherwise by Telegram's own Ed25519 signature,
// for which the token is not needed (core.telegram.org/bots/webapps, "Validating data" and "for Third-Party Use").
func (t telegram) verifyInitData(raw string, now time.Time) (telegramPerson, error) {
	fields, err := parseInitData(raw)
	if err != nil {
		return telegramPerson{}, err
	}
	if t.botToken != "" {
		// "WebAppData" is the key and the token the message, not the other way round. signature stays in.
		err = checkHash(fields, hmacSHA256([]byte("WebAppData"), t.botToken))
	} else {
		err = t.checkThirdParty(fields)
	}
	if err != nil {
		return telegramPerson{}, err
	}
	if err := checkFresh(fields["auth_date"], now); err != nil {
		return telegramPerson{}, err
	}
	var user struct {
		ID           json.Number `json:"id"`
		IsBot        bool        `json:"is_bot"`
		LanguageCode string      `json:"language_code"`
		AllowsWrite  bool        `json:"allows_write_to_pm"`
	}
	if err := json.Unmarshal([]byte(fields["user"]), &user); err != nil || user.IsBot || !digitsForm.MatchString(user.ID.String()) {
		return telegramPerson{}, errProofMalformed
	}
	return telegramPerson{id: user.ID.String(), language: user.LanguageCode, mayWrite: user.AllowsWrite}, nil
}

func (t telegram) checkThirdParty(fields map[string]string) error {
	if fields["signature"] == "" {
		return errProofUnsigned
	}
	sig, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(fields["signature"], "="))
	if err != nil {
		return errProofMalformed
	}
	message := t.botID + ":WebAppData\n" + checkString(fields, "hash", "signature")
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(t.publicKey, []byte(message), sig) {
		return errProofSignature
	}
	return nil
}

// verifyWidget checks the fields of the legacy login widget; its key is the SHA-256 of the bot token.
func (t telegram) verifyWidget(fields map[string]string, now time.Time) (telegramPerson, error) {
	if t.botToken == "" {
		return telegramPerson{}, errProofUnsigned
	}
	for k, v := range fields {
		if strings.ContainsAny(k+v, "\n") {
			return telegramPerson{}, errProofMalformed // could make two different sets of fields one text
		}
	}
	key := sha256.Sum256([]byte(t.botToken))
	if err := checkHash(fields, key[:]); err != nil {
		return telegramPerson{}, err
	}
	if err := checkFresh(fields["auth_date"], now); err != nil {
		return telegramPerson{}, err
	}
	if !digitsForm.MatchString(fields["id"]) {
		return telegramPerson{}, errProofMalformed
	}
	return telegramPerson{id: fields["id"]}, nil
}

func checkHash(fields map[string]string, key []byte) error {
	if fields["hash"] == "" {
		return errProofUnsigned
	}
	got, err := hex.DecodeString(fields["hash"])
	if err != nil || !hmac.Equal(got, hmacSHA256(key, checkString(fields, "hash"))) {
		return errProofSignature
	}
	return nil
}

func checkFresh(authDate string, now time.Time) error {
	at, err := strconv.ParseInt(authDate, 10, 64)
	if err != nil {
		return errProofMalformed
	}
	if age := now.Sub(time.Unix(at, 0)); age > telegramProofAge || age < -proofFuture {
		return errProofTooOld
	}
	return nil
}

func hmacSHA256(key []byte, message string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}
