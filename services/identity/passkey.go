package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// What a passkey's flow is for.
const (
	passkeyRegister = "REGISTER"
	passkeyLogin    = "LOGIN"
	passkeyStepUp   = "STEP_UP"
)

const (
	methodPasskey      = "passkey"
	relyingPartyName   = "Pitboss"
	maxPasskeys        = 20
	passkeyHandleBytes = 64 // the most that WebAuthn allows
)

// newRelyingParty is whom passkeys are made for, by the address that browsers see. Nil when that has no domain: browsers bind passkeys to domains, and to
// localhost, never to addresses of the network.
func newRelyingParty(cfg Config, publicURL string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("identity: the public url: %w", err)
	}
	id, origins := cfg.PasskeyRPID, []string{u.Scheme + "://" + u.Host}
	if id == "" {
		id = u.Hostname()
		if a, err := netip.ParseAddr(id); err == nil && a.IsLoopback() {
			id = "localhost"
			origins = append(origins, u.Scheme+"://"+strings.TrimSuffix("localhost:"+u.Port(), ":"))
		} else if err == nil || id == "" {
			return nil, nil
		}
	}
	for origin := range strings.SplitSeq(cfg.PasskeyOrigins, ",") {
		if origin = strings.TrimSpace(origin); origin != "" {
			origins = append(origins, origin)
		}
	}
	required := true
	rp, err := webauthn.New(&webauthn.Config{
		RPID: id, RPDisplayName: relyingPartyName, RPOrigins: origins, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login: webauthn.TimeoutConfig{Timeout: passkeyFlowTTL}, Registration: webauthn.TimeoutConfig{Timeout: passkeyFlowTTL},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("identity: PITBOSS_IDENTITY_PASSKEY_RP_ID and PITBOSS_IDENTITY_PASSKEY_ORIGINS: %w", err)
	}
	return rp, nil
}

// passkeyUser is a player as the WebAuthn library wants to see one.
type passkeyUser struct {
	handle []byte
	name   string
	keys   []webauthn.Credential
}

func (u passkeyUser) WebAuthnID() []byte                         { return u.handle }
func (u passkeyUser) WebAuthnName() string                       { return u.name }
func (u passkeyUser) WebAuthnDisplayName() string                { return u.name }
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// passkeyUser reads a player with all passkeys; rows are those of keys, in the same order.
func (s *Server) passkeyUser(ctx context.Context, q *db.Queries, p db.Player) (u passkeyUser, rows []db.Passkey, err error) {
	if u.handle, err = q.PutPasskeyUser(ctx, db.PutPasskeyUserParams{PlayerID: p.PlayerID, Handle: randomBytes(passkeyHandleBytes), Now: s.clock()}); err != nil {
		return u, nil, err
	}
	if u.name, err = s.emailOf(p); err != nil {
		return u, nil, err
	}
	u.name = orElse(u.name, p.PlayerID)
	if rows, err = q.ListPasskeys(ctx, p.PlayerID); err != nil {
		return u, nil, err
	}
	u.keys = make([]webauthn.Credential, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r.Credential, &u.keys[i]); err != nil {
			return u, nil, fmt.Errorf("identity: read passkey %s: %w", r.PasskeyID, err)
		}
	}
	return u, rows, nil
}

// without leaves out the passkeys whose rows are such.
func (u passkeyUser) without(rows []db.Passkey, such func(db.Passkey) bool) passkeyUser {
	var keys []webauthn.Credential
	for i, r := range rows {
		if !such(r) {
			keys = append(keys, u.keys[i])
		}
	}
	u.keys = keys
	return u
}

// hasSecondFactor tells whether a player has something to step up with.
func (s *Server) hasSecondFactor(ctx context.Context, q *db.Queries, playerID string) (bool, error) {
	secret, err := s.enrolledTotp(ctx, q, playerID)
	if err != nil || secret != "" {
		return secret != "", err
	}
	n, err := q.CountPasskeys(ctx, playerID)
	return n > 0, err
}

// keepFlow remembers what a device is asked, and answers the token of it with the options as a browser takes them. sessionID is "" for a login.
func (s *Server) keepFlow(ctx context.Context, q *db.Queries, purpose, sessionID string, data *webauthn.SessionData, options any) (string, *structpb.Struct, error) {
	kept, err := json.Marshal(data)
	if err != nil {
		return "", nil, err
	}
	raw, err := json.Marshal(options)
	if err != nil {
		return "", nil, err
	}
	fields := &structpb.Struct{}
	if err := fields.UnmarshalJSON(raw); err != nil {
		return "", nil, err
	}
	token, hash := newToken()
	row := db.InsertPasskeyFlowParams{TokenHash: hash, Purpose: purpose, Data: kept, ExpiresAt: s.clock().Add(passkeyFlowTTL)}
	if sessionID != "" {
		row.SessionID = &sessionID
		if err := q.DeletePasskeyFlows(ctx, db.DeletePasskeyFlowsParams{SessionID: sessionID, Purpose: purpose}); err != nil {
			return "", nil, err
		}
	}
	return token, fields, q.InsertPasskeyFlow(ctx, row)
}

// takeFlow spends a flow, before anything that the device answered is looked at: the library would accept the same signature twice. Error: PASSKEY_INVALID.
func (s *Server) takeFlow(ctx context.Context, purpose, sessionID, token string) (webauthn.SessionData, error) {
	var data webauthn.SessionData
	kept, err := s.q.TakePasskeyFlow(ctx, db.TakePasskeyFlowParams{
		TokenHash: hashToken(token), Purpose: purpose, SessionID: sessionID, Now: s.clock(),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return data, errPasskeyInvalid(errors.New("no such flow"))
	}
	if err != nil {
		return data, err
	}
	return data, json.Unmarshal(kept, &data)
}

// readAssertion reads what a device signed. Error: PASSKEY_INVALID.
func readAssertion(credential *structpb.Struct) (*protocol.ParsedCredentialAssertionData, error) {
	raw, err := credential.MarshalJSON()
	if err != nil {
		return nil, errPasskeyInvalid(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(raw)
	if err != nil {
		return nil, errPasskeyInvalid(err)
	}
	return parsed, nil
}

// checkAssertion checks a signature of one of a player's passkeys and keeps its counter. A refusal is answered apart from an error, because that a passkey
// was suspended must be committed. The caller has locked the player's row. Refusals: PASSKEY_INVALID, PASSKEY_SUSPENDED.
func (s *Server) checkAssertion(
	ctx context.Context, tx pgx.Tx, p db.Player, flow webauthn.SessionData, signed *protocol.ParsedCredentialAssertionData,
) (refusal, err error) {
	q := s.q.WithTx(tx)
	user, rows, err := s.passkeyUser(ctx, q, p)
	if err != nil {
		return nil, err
	}
	var key *webauthn.Credential
	if len(flow.UserID) == 0 {
		_, key, err = s.relyingParty.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return user, nil }, flow, signed)
	} else {
		key, err = s.relyingParty.ValidateLogin(user, flow, signed)
	}
	if err != nil {
		return errPasskeyInvalid(err), nil
	}
	row := rowOf(rows, key.ID)
	if row.SuspendedAt != nil {
		return errPasskeySuspended(), nil
	}
	if key.Authenticator.CloneWarning {
		return errPasskeySuspended(), s.suspendPasskey(ctx, tx, p, row)
	}
	kept, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	return nil, q.UsePasskey(ctx, db.UsePasskeyParams{PasskeyID: row.PasskeyID, Credential: kept, Now: s.clock()})
}

func rowOf(rows []db.Passkey, credentialID []byte) db.Passkey {
	for _, r := range rows {
		if string(r.CredentialID) == string(credentialID) {
			return r
		}
	}
	return db.Passkey{}
}

// suspendPasskey refuses a passkey that seems to have been copied, and says so by event and by mail.
func (s *Server) suspendPasskey(ctx context.Context, tx pgx.Tx, p db.Player, row db.Passkey) error {
	q, now := s.q.WithTx(tx), s.clock()
	if err := q.SuspendPasskey(ctx, db.SuspendPasskeyParams{PasskeyID: row.PasskeyID, Now: now}); err != nil {
		return err
	}
	if err := bus.Publish(ctx, tx, bus.Event{
		Subject: "player.passkey_suspended.v1", PlayerID: p.PlayerID, AggregateID: row.PasskeyID, Version: 1, OccurredAt: now,
		Message: &identityv1.PasskeySuspended{PlayerId: p.PlayerID, PasskeyId: row.PasskeyID},
	}); err != nil {
		return err
	}
	return s.mailAboutPasskey(ctx, q, p, row, "passkey_suspended")
}

// mailAboutPasskey tells a player who has an address what became of a passkey.
func (s *Server) mailAboutPasskey(ctx context.Context, q *db.Queries, p db.Player, row db.Passkey, template string) error {
	if p.EmailVerifiedAt == nil {
		return nil
	}
	email, err := s.emailOf(p)
	if err != nil {
		return err
	}
	name, err := s.vault.open("passkey.name", row.PasskeyID, row.NameSealed)
	if err != nil {
		return err
	}
	return s.oweMail(ctx, q, mailJob{
		Template: template, Address: email, Language: p.Language, SubjectID: p.PlayerID,
		Variables: map[string]string{"name": name, "time": s.clock().UTC().Format(time.RFC3339)},
	}, mailTTL)
}

func (s *Server) passkey(row db.Passkey) (*identityv1.Passkey, error) {
	var key webauthn.Credential
	if err := json.Unmarshal(row.Credential, &key); err != nil {
		return nil, fmt.Errorf("identity: read passkey %s: %w", row.PasskeyID, err)
	}
	name, err := s.vault.open("passkey.name", row.PasskeyID, row.NameSealed)
	if err != nil {
		return nil, err
	}
	m := &identityv1.Passkey{
		PasskeyId: row.PasskeyID, Name: name, Synced: key.Flags.BackupState, Suspended: row.SuspendedAt != nil, CreatedAt: timestamppb.New(row.CreatedAt),
	}
	if row.LastUsedAt != nil {
		m.LastUsedAt = timestamppb.New(*row.LastUsedAt)
	}
	return m, nil
}
