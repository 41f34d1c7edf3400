package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// Status of players and operators as they stand in the tables.
const (
	playerUnverified = "UNVERIFIED"
	playerActive     = "ACTIVE"
	playerLocked     = "LOCKED"
	playerExcluded   = "EXCLUDED"

	operatorInvited  = "INVITED"
	operatorActive   = "ACTIVE"
	operatorDisabled = "DISABLED"
)

const roleAdmin = "admin"

func protoStatus(status string) identityv1.PlayerStatus {
	return identityv1.PlayerStatus(identityv1.PlayerStatus_value["PLAYER_STATUS_"+status])
}

// rowStatus is the table's word for a status; "" for UNSPECIFIED.
func rowStatus(status identityv1.PlayerStatus) string {
	if status == identityv1.PlayerStatus_PLAYER_STATUS_UNSPECIFIED {
		return ""
	}
	return strings.TrimPrefix(status.String(), "PLAYER_STATUS_")
}

// rowRoles are roles as they stand in tables, tokens and certificates: lower case, sorted.
func rowRoles(roles []identityv1.Role) []string {
	out := make([]string, 0, len(roles))
	for _, r := range roles {
		out = append(out, strings.ToLower(strings.TrimPrefix(r.String(), "ROLE_")))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func protoRoles(roles []string) []identityv1.Role {
	out := make([]identityv1.Role, 0, len(roles))
	for _, r := range roles {
		out = append(out, identityv1.Role(identityv1.Role_value["ROLE_"+strings.ToUpper(r)]))
	}
	return out
}

func (s *Server) emailOf(p db.Player) (string, error) {
	return s.vault.open("player.email", p.PlayerID, p.EmailSealed)
}

// player assembles what a player and the back office see.
func (s *Server) player(ctx context.Context, q *db.Queries, p db.Player) (*identityv1.Player, error) {
	email, err := s.emailOf(p)
	if err != nil {
		return nil, err
	}
	totp, err := q.GetTotp(ctx, p.PlayerID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	left, err := q.CountRecoveryCodes(ctx, p.PlayerID)
	if err != nil {
		return nil, err
	}
	passkeys, err := q.CountPasskeys(ctx, p.PlayerID)
	if err != nil {
		return nil, err
	}
	telegramID, _, err := s.telegramOf(ctx, q, p.PlayerID)
	if err != nil {
		return nil, err
	}
	return &identityv1.Player{
		PlayerId: p.PlayerID, Email: email, EmailVerified: p.EmailVerifiedAt != nil, Status: protoStatus(p.Status), Country: p.Country,
		Language: p.Language, TimeZone: p.TimeZone, TotpEnrolled: totp.ConfirmedAt != nil, TelegramId: telegramID,
		RecoveryCodesLeft: left, CreatedAt: timestamppb.New(p.CreatedAt), Test: p.Test, Passkeys: passkeys,
	}, nil
}

// telegramOf answers the linked Telegram user and the chat that the bot may write to; empty when there is none.
func (s *Server) telegramOf(ctx context.Context, q *db.Queries, playerID string) (userID, chatID string, err error) {
	rows, err := q.ListExternalIdentities(ctx, playerID)
	if err != nil || len(rows) == 0 {
		return "", "", err
	}
	if userID, err = s.vault.open("external_identity.subject", playerID, rows[0].SubjectSealed); err != nil {
		return "", "", err
	}
	chatID, err = s.vault.open("external_identity.chat", playerID, rows[0].ChatSealed)
	return userID, chatID, err
}

func (s *Server) session(row db.Session, currentID string) (*identityv1.Session, error) {
	c, err := s.openClient(row)
	if err != nil {
		return nil, err
	}
	return &identityv1.Session{
		SessionId: row.SessionID, Current: row.SessionID == currentID, DeviceId: row.DeviceID, UserAgent: c.UserAgent, Ip: c.IP,
		Methods: row.Methods, CreatedAt: timestamppb.New(row.CreatedAt), LastSeenAt: timestamppb.New(row.LastSeenAt),
		ExpiresAt: timestamppb.New(row.ExpiresAt),
	}, nil
}

func (s *Server) sessions(rows []db.Session, currentID string) ([]*identityv1.Session, error) {
	out := make([]*identityv1.Session, 0, len(rows))
	for _, row := range rows {
		m, err := s.session(row, currentID)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (s *Server) operatorEmail(o db.Operator) (string, error) {
	return s.vault.open("operator.email", o.OperatorID, o.EmailSealed)
}

func (s *Server) operator(o db.Operator) (*identityv1.Operator, error) {
	email, err := s.operatorEmail(o)
	if err != nil {
		return nil, err
	}
	name, err := s.vault.open("operator.name", o.OperatorID, o.NameSealed)
	if err != nil {
		return nil, err
	}
	return &identityv1.Operator{
		OperatorId: o.OperatorID, Email: email, Name: name, Roles: protoRoles(o.Roles), Status: o.Status,
		CreatedAt: timestamppb.New(o.CreatedAt),
	}, nil
}

func testPlayer(p db.Player, t db.TestPlayer) *identityv1.TestPlayer {
	return &identityv1.TestPlayer{
		PlayerId: p.PlayerID, Status: protoStatus(p.Status), Country: p.Country, Currency: t.Currency, Language: p.Language,
		DisplayName: t.DisplayName, CreatedBy: t.CreatedBy, CreatedAt: timestamppb.New(t.CreatedAt),
	}
}

func partnerClient(c db.PartnerClient) *identityv1.PartnerClient {
	return &identityv1.PartnerClient{
		ClientId: c.ClientID, Name: c.Name, Scopes: c.Scopes, Enabled: c.Enabled, CreatedAt: timestamppb.New(c.CreatedAt),
	}
}
