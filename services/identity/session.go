package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// Authentication classes: how many factors were checked.
const (
	acrOneFactor  = "aal1"
	acrTwoFactors = "aal2"
)

// Why sessions end, as session.ended.v1 says it. EXPIRED is written by the query of the sweep.
const (
	endLogout          = "LOGOUT"
	endRevoked         = "REVOKED"
	endRefreshReuse    = "REFRESH_REUSE"
	endLocked          = "LOCKED"
	endPasswordChanged = "PASSWORD_CHANGED"
	endRolesChanged    = "ROLES_CHANGED"
	endExpired         = "EXPIRED"
)

const (
	kindPlayer   = "player"
	kindOperator = "operator"
)

// subject is the person a session belongs to.
type subject struct {
	kind  string
	id    string
	roles []string
}

// client is what a session remembers of the browser; personal, so it is stored sealed.
type client struct {
	IP        string `json:"ip"`
	UserAgent string `json:"user_agent"`
}

func clientOf(ctx context.Context) client {
	return client{IP: rpc.ClientIP(ctx), UserAgent: rpc.UserAgent(ctx)}
}

func (s *Server) sealClient(sessionID string, c client) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return s.vault.seal("session.client", sessionID, string(b)), nil
}

func (s *Server) openClient(row db.Session) (client, error) {
	var c client
	plain, err := s.vault.open("session.client", row.SessionID, row.ClientSealed)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(plain), &c)
}

func (s *Server) timeouts(kind string) (idle, absolute time.Duration) {
	if kind == kindOperator {
		return s.cfg.StaffIdle, s.cfg.StaffAbsolute
	}
	return s.cfg.PlayerIdle, s.cfg.PlayerAbsolute
}

// login is a finished authentication that becomes a session.
type login struct {
	subject subject
	methods []string
	acr     string
	// notify is the address that hears of a login from a device the account has not seen; empty for none.
	notify   string
	language string
}

// startSession begins a session with its first tokens, in the transaction that accepted the proof. The caller has locked the
// subject's row. A session beyond MaxSessions ends the oldest.
func (s *Server) startSession(ctx context.Context, tx pgx.Tx, l login) (*identityv1.Tokens, error) {
	q := s.q.WithTx(tx)
	now := s.clock()
	live, err := q.ListLiveSessions(ctx, db.ListLiveSessionsParams{SubjectID: l.subject.id, Now: now})
	if err != nil {
		return nil, err
	}
	if len(live) >= s.cfg.MaxSessions {
		var old []string
		for _, row := range live[s.cfg.MaxSessions-1:] {
			old = append(old, row.SessionID)
		}
		if _, err := s.endSessions(ctx, tx, l.subject, old, endRevoked); err != nil {
			return nil, err
		}
	}
	idle, absolute := s.timeouts(l.subject.kind)
	id := ids.New("ses")
	sealed, err := s.sealClient(id, clientOf(ctx))
	if err != nil {
		return nil, err
	}
	row := db.InsertSessionParams{
		SessionID: id, SubjectID: l.subject.id, SubjectKind: l.subject.kind, DeviceID: rpc.DeviceID(ctx), ClientSealed: sealed,
		Methods: l.methods, Acr: l.acr, Now: now, IdleExpiresAt: now.Add(min(idle, absolute)), ExpiresAt: now.Add(absolute),
	}
	if err := q.InsertSession(ctx, row); err != nil {
		return nil, err
	}
	if err := s.rememberDevice(ctx, q, l); err != nil {
		return nil, err
	}
	refresh, hash := newToken()
	if err := q.InsertRefreshToken(ctx, db.InsertRefreshTokenParams{
		TokenHash: hash, SessionID: id, Now: now, ExpiresAt: row.IdleExpiresAt,
	}); err != nil {
		return nil, err
	}
	tokens, err := s.issue(ctx, q, l.subject, db.Session{SessionID: id, Acr: l.acr, AuthTime: now, ExpiresAt: row.ExpiresAt})
	if err != nil {
		return nil, err
	}
	tokens.RefreshToken = refresh
	return tokens, bus.Publish(ctx, tx, bus.Event{
		Subject: "session.started.v1", PlayerID: l.subject.playerID(), AggregateID: id, Version: 1, OccurredAt: now,
		Message: &identityv1.SessionStarted{SessionId: id, SubjectId: l.subject.id, Methods: l.methods},
	})
}

// rememberDevice notes the device and owes its owner a mail when others were known and this one was not.
func (s *Server) rememberDevice(ctx context.Context, q *db.Queries, l login) error {
	device := rpc.DeviceID(ctx)
	if device == "" {
		return nil
	}
	seen, err := q.RememberDevice(ctx, db.RememberDeviceParams{SubjectID: l.subject.id, DeviceID: device, Now: s.clock()})
	if err != nil || seen.SameKnown || !seen.AnyKnown || l.notify == "" {
		return err
	}
	c := clientOf(ctx)
	return s.oweMail(ctx, q, mailJob{
		Template: "new_device", Address: l.notify, Language: l.language, SubjectID: l.subject.id,
		Variables: map[string]string{"user_agent": c.UserAgent, "ip": c.IP, "time": s.clock().UTC().Format(time.RFC3339)},
	}, mailTTL)
}

// issue signs an access token for a session as it stands.
func (s *Server) issue(ctx context.Context, q *db.Queries, sub subject, row db.Session) (*identityv1.Tokens, error) {
	kind := authn.KindPlayer
	if sub.kind == kindOperator {
		kind = authn.KindOperator
	}
	now := s.clock()
	// A token never outlives its session.
	ttl := min(s.cfg.AccessTTL, row.ExpiresAt.Sub(now)).Truncate(time.Second)
	token, err := s.sign(ctx, q, authn.Claims{
		Subject: sub.id, SessionID: row.SessionID, Kind: kind, Roles: sub.roles, ACR: row.Acr, AuthTime: row.AuthTime,
		IssuedAt: now, ExpiresAt: now.Add(max(ttl, time.Second)),
	})
	if err != nil {
		return nil, err
	}
	return &identityv1.Tokens{
		AccessToken: token, ExpiresIn: int32(max(ttl, time.Second) / time.Second), SessionId: row.SessionID, Acr: row.Acr, TokenType: "Bearer",
	}, nil
}

// sign adds issuer and token id and signs with the active key.
func (s *Server) sign(ctx context.Context, q *db.Queries, c authn.Claims) (string, error) {
	kid, key, err := s.activeKey(ctx, q)
	if err != nil {
		return "", err
	}
	c.Issuer = s.cfg.Issuer
	c.ID, _ = newToken()
	return authn.Sign(key, kid, c)
}

// liveSession answers the caller's own session. A token whose session has ended is refused here at once, even before the event that
// ends it elsewhere has gone round. Error: UNAUTHENTICATED.
func (s *Server) liveSession(ctx context.Context, q *db.Queries) (db.Session, error) {
	c := authn.From(ctx)
	row, err := q.GetSession(ctx, c.SessionID)
	if errors.Is(err, pgx.ErrNoRows) {
		return row, errSessionOver()
	}
	if err != nil {
		return row, err
	}
	now := s.clock()
	if row.SubjectID != c.ID || row.EndedAt != nil || !row.ExpiresAt.After(now) {
		return row, errSessionOver()
	}
	return row, nil
}

// endSessions ends the named sessions of a subject that live, with their refresh families, and says so by event. It answers those it
// ended; repeating it ends nothing.
func (s *Server) endSessions(ctx context.Context, tx pgx.Tx, sub subject, sessionIDs []string, reason string) ([]string, error) {
	if len(sessionIDs) == 0 {
		return nil, nil
	}
	ended, err := s.q.WithTx(tx).EndSessions(ctx, db.EndSessionsParams{
		SubjectID: sub.id, SessionIds: sessionIDs, Reason: reason, Now: s.clock(),
	})
	if err != nil {
		return nil, err
	}
	return ended, s.afterEnd(ctx, tx, sub, ended, reason)
}

// endAllSessions ends every live session of a subject but one, or all when except is empty.
func (s *Server) endAllSessions(ctx context.Context, tx pgx.Tx, sub subject, except, reason string) ([]string, error) {
	ended, err := s.q.WithTx(tx).EndAllSessions(ctx, db.EndAllSessionsParams{
		SubjectID: sub.id, ExceptID: except, Reason: reason, Now: s.clock(),
	})
	if err != nil {
		return nil, err
	}
	return ended, s.afterEnd(ctx, tx, sub, ended, reason)
}

// afterEnd revokes the families of ended sessions and publishes their end.
func (s *Server) afterEnd(ctx context.Context, tx pgx.Tx, sub subject, ended []string, reason string) error {
	if len(ended) == 0 {
		return nil
	}
	slices.Sort(ended)
	now := s.clock()
	if err := s.q.WithTx(tx).RevokeRefreshTokens(ctx, db.RevokeRefreshTokensParams{SessionIds: ended, Now: now}); err != nil {
		return err
	}
	events := make([]bus.Event, len(ended))
	for i, id := range ended {
		events[i] = sessionEnded(sub, id, reason, now)
	}
	return bus.Publish(ctx, tx, events...)
}

func sessionEnded(sub subject, sessionID, reason string, now time.Time) bus.Event {
	return bus.Event{
		Subject: "session.ended.v1", PlayerID: sub.playerID(), AggregateID: sessionID, Version: 2, OccurredAt: now,
		Message: &identityv1.SessionEnded{SessionId: sessionID, SubjectId: sub.id, Reason: reason},
	}
}

// playerID is the subject's id when it is a player; events about staff carry none.
func (sub subject) playerID() string {
	if sub.kind == kindPlayer {
		return sub.id
	}
	return ""
}

// lockSubject reads the person behind a session as they are now and keeps others from changing them until the transaction ends.
// ok is false when they may not act (any more).
func (s *Server) lockSubject(ctx context.Context, q *db.Queries, kind, id string) (sub subject, ok bool, err error) {
	if kind == kindOperator {
		o, err := q.LockOperator(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return subject{}, false, nil
		}
		return subject{kind: kind, id: id, roles: o.Roles}, err == nil && o.Status == operatorActive, err
	}
	p, err := q.LockPlayer(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return subject{}, false, nil
	}
	return subject{kind: kindPlayer, id: id}, err == nil && p.Status == playerActive, err
}
