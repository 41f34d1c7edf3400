package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// Flags of authenticator data, WebAuthn 6.1.
const (
	userPresent  = 0x01
	userVerified = 0x04
	keyIncluded  = 0x40
)

// device is an authenticator with one passkey, together with the browser in front of it. Tests change a copy to misbehave.
type device struct {
	t            *testing.T
	rpID, origin string // that the browser sees
	key          *ecdsa.PrivateKey
	id, handle   []byte
	counter      uint32
	flags        byte
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return &device{
		t: t, rpID: "casino.test", origin: "https://casino.test", key: key, id: randomBytes(32), flags: userPresent | userVerified,
	}
}

// create answers what navigator.credentials.create would, in JSON.
func (d *device) create(options *structpb.Struct) *structpb.Struct {
	o := options.AsMap()
	user, ok := o["user"].(map[string]any)
	require.True(d.t, ok)
	handle, err := base64.RawURLEncoding.DecodeString(user["id"].(string))
	require.NoError(d.t, err)
	d.handle = handle
	clientData := d.clientData("webauthn.create", o["challenge"].(string))
	data := d.authenticatorData(d.flags | keyIncluded)
	data = append(data, make([]byte, 16)...) // no model is named
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(append(data, d.id...), d.coseKey()...)
	// {"fmt": "none", "attStmt": {}, "authData": data} in CBOR.
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(data)>>8), byte(len(data)))
	object = append(object, data...)
	return d.credential(map[string]any{"clientDataJSON": b64(clientData), "attestationObject": b64(object), "transports": []any{"internal"}})
}

// sign answers what navigator.credentials.get would, in JSON.
func (d *device) sign(options *structpb.Struct) *structpb.Struct {
	clientData := d.clientData("webauthn.get", options.AsMap()["challenge"].(string))
	data := d.authenticatorData(d.flags)
	sum := sha256.Sum256(clientData)
	digest := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	require.NoError(d.t, err)
	return d.credential(map[string]any{
		"clientDataJSON": b64(clientData), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle),
	})
}

func (d *device) credential(response map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(map[string]any{
		"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
		"authenticatorAttachment": "platform",
	})
	require.NoError(d.t, err)
	return s
}

func (d *device) clientData(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	require.NoError(d.t, err)
	return b
}

func (d *device) authenticatorData(flags byte) []byte {
	rp := sha256.Sum256([]byte(d.rpID))
	if d.counter > 0 {
		d.counter++
	}
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.counter)
}

// coseKey is the public key as RFC 9052 has it: kty EC2, alg ES256, crv P-256, x, y.
func (d *device) coseKey() []byte {
	point, err := d.key.PublicKey.Bytes() // 4, x, y
	require.NoError(d.t, err)
	out := append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), point[1:33]...)
	return append(append(out, "\x22\x58\x20"...), point[33:]...)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// addPasskey registers a device for a player, whose access token must be good for it.
func (w *world) addPasskey(p *newcomer, d *device) *identityv1.Passkey {
	w.t.Helper()
	me := w.bearer(p.tokens.GetAccessToken())
	start, err := me.StartPasskeyRegistration(w.ctx(), &identityv1.StartPasskeyRegistrationRequest{})
	require.NoError(w.t, err)
	res, err := me.CompletePasskeyRegistration(w.ctx(), &identityv1.CompletePasskeyRegistrationRequest{
		Flow: start.GetFlow(), Credential: d.create(start.GetOptions()), Name: "Phone",
	})
	require.NoError(w.t, err)
	return res.GetPasskey()
}

// passkeyLogin logs in with what a device signs.
func (w *world) passkeyLogin(d *device) (*identityv1.CompletePasskeyLoginResponse, error) {
	w.t.Helper()
	start, err := w.anon().StartPasskeyLogin(w.ctx(), &identityv1.StartPasskeyLoginRequest{})
	require.NoError(w.t, err)
	return w.anon().CompletePasskeyLogin(w.ctx(), &identityv1.CompletePasskeyLoginRequest{Flow: start.GetFlow(), Credential: d.sign(start.GetOptions())})
}

// passkeyStepUp steps a session up with what a device signs.
func (w *world) passkeyStepUp(token string, d *device) (*identityv1.CompletePasskeyStepUpResponse, error) {
	w.t.Helper()
	start, err := w.bearer(token).StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
	require.NoError(w.t, err)
	return w.bearer(token).CompletePasskeyStepUp(w.ctx(), &identityv1.CompletePasskeyStepUpRequest{Flow: start.GetFlow(), Credential: d.sign(start.GetOptions())})
}

// deviations are copies of a device that must not be believed, by what is wrong with them.
func (d *device) deviations() map[string]*device {
	out := map[string]*device{}
	for name, change := range map[string]func(*device){
		"origin":         func(x *device) { x.origin = "https://casino.test.evil.example" },
		"plain http":     func(x *device) { x.origin = "http://casino.test" },
		"relying party":  func(x *device) { x.rpID = "evil.example" },
		"not verified":   func(x *device) { x.flags = userPresent },
		"nobody present": func(x *device) { x.flags = userVerified },
	} {
		c := *d
		change(&c)
		out[name] = &c
	}
	return out
}
