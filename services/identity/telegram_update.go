package identity

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// update is what we read of a Bot API Update (core.telegram.org/bots/api#update).
type update struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		Chat chat         `json:"chat"`
		From telegramUser `json:"from"`
		Text string       `json:"text"`
	} `json:"message"`
	CallbackQuery *struct {
		ID      string       `json:"id"`
		From    telegramUser `json:"from"`
		Data    string       `json:"data"`
		Message *struct {
			ID   int  `json:"message_id"`
			Chat chat `json:"chat"`
		} `json:"message"`
	} `json:"callback_query"`
	MyChatMember *struct {
		Chat chat         `json:"chat"`
		From telegramUser `json:"from"`
		New  struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	} `json:"my_chat_member"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type telegramUser struct {
	ID    int64 `json:"id"`
	IsBot bool  `json:"is_bot"`
}

func (u telegramUser) id() string { return strconv.FormatInt(u.ID, 10) }

// applyUpdate gives an update its effect, once.
func (s *Server) applyUpdate(ctx context.Context, t telegram, u update) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		fresh, err := q.InsertTelegramUpdate(ctx, db.InsertTelegramUpdateParams{IntegrationID: t.integrationID, UpdateID: u.ID, Now: s.clock()})
		if err != nil || fresh == 0 {
			return err
		}
		switch {
		case u.Message != nil && isPrivate(u.Message.Chat, u.Message.From):
			token, ok := strings.CutPrefix(u.Message.Text, "/start ")
			if !ok {
				return nil
			}
			return s.startLink(ctx, q, t, u.Message.From, strings.TrimSpace(token))
		case u.CallbackQuery != nil && u.CallbackQuery.Message != nil && isPrivate(u.CallbackQuery.Message.Chat, u.CallbackQuery.From):
			return s.pressButton(ctx, q, t, u)
		case u.MyChatMember != nil && isPrivate(u.MyChatMember.Chat, u.MyChatMember.From):
			return s.chatChanged(ctx, q, t, u.MyChatMember.From, u.MyChatMember.New.Status == "member")
		}
		return nil
	})
}

// isPrivate refuses groups, where others could read the answer and press the buttons, and other bots.
func isPrivate(c chat, from telegramUser) bool {
	return c.Type == "private" && c.ID == from.ID && from.ID > 0 && !from.IsBot
}

// startLink binds a deep link to the user who opened it and asks whether that was meant. Without the question somebody could send his
// own link to a victim and have the victim's Telegram open the attacker's account.
func (s *Server) startLink(ctx context.Context, q *db.Queries, t telegram, from telegramUser, token string) error {
	say := func(text, confirm string) error {
		return s.owe(ctx, q, dispatchTelegram, telegramJob{IntegrationID: t.integrationID, ChatID: from.id(), Text: text, Confirm: confirm}, telegramLinkTTL)
	}
	link, p, ok, err := s.openLink(ctx, q, t, token)
	if err != nil {
		return err
	}
	index := s.telegramIndex(from.id())
	if !ok || (link.State == linkStarted && !bytes.Equal(link.SubjectIndex, index)) {
		return say("This link is not valid any more. Please make a new one on the website.", "")
	}
	if err := q.SetTelegramLinkState(ctx, db.SetTelegramLinkStateParams{TokenHash: link.TokenHash, State: linkStarted, SubjectIndex: index}); err != nil {
		return err
	}
	name, err := s.emailOf(p)
	if err != nil {
		return err
	}
	if name == "" {
		name = p.PlayerID
	}
	return say("Link your Telegram to the account "+maskEmail(name)+"? If you did not ask for this on the website, press Not me.", token)
}

// pressButton finishes a link by the user who opened it.
func (s *Server) pressButton(ctx context.Context, q *db.Queries, t telegram, u update) error {
	query := u.CallbackQuery
	answer := telegramJob{
		IntegrationID: t.integrationID, ChatID: query.From.id(), CallbackQueryID: query.ID, EditMessageID: query.Message.ID,
		Text: "This link is not valid any more. Please make a new one on the website.",
	}
	token, confirmed := strings.CutPrefix(query.Data, buttonConfirm)
	if !confirmed {
		var refused bool
		if token, refused = strings.CutPrefix(query.Data, buttonRefuse); !refused {
			return nil
		}
	}
	link, p, ok, err := s.openLink(ctx, q, t, token)
	if err != nil {
		return err
	}
	index := s.telegramIndex(query.From.id())
	if ok && link.State == linkStarted && bytes.Equal(link.SubjectIndex, index) {
		state := linkRefused
		answer.Text = "Nothing was linked."
		if confirmed {
			if state, err = s.tie(ctx, q, t, p, query.From); err != nil {
				return err
			}
			answer.Text = "This Telegram user or this account is linked already, to another. Nothing was changed."
			if state == linkLinked {
				answer.Text = "Your Telegram is linked."
			}
		}
		if err := q.SetTelegramLinkState(ctx, db.SetTelegramLinkStateParams{TokenHash: link.TokenHash, State: state, SubjectIndex: index}); err != nil {
			return err
		}
	}
	return s.owe(ctx, q, dispatchTelegram, answer, telegramLinkTTL)
}

// openLink answers a link that can go on: not over, of this integration, its session alive and its account active.
func (s *Server) openLink(ctx context.Context, q *db.Queries, t telegram, token string) (link db.TelegramLink, p db.Player, ok bool, err error) {
	link, err = q.LockTelegramLink(ctx, hashToken(token))
	if errors.Is(err, pgx.ErrNoRows) {
		return link, p, false, nil
	}
	if err != nil {
		return link, p, false, err
	}
	session, err := q.GetSession(ctx, link.SessionID)
	if err != nil {
		return link, p, false, err
	}
	if p, err = q.LockPlayer(ctx, link.PlayerID); err != nil {
		return link, p, false, err
	}
	now := s.clock()
	ok = link.IntegrationID == t.integrationID && now.Before(link.ExpiresAt) && (link.State == linkWaiting || link.State == linkStarted) &&
		session.EndedAt == nil && now.Before(session.ExpiresAt) && p.Status == playerActive
	return link, p, ok, nil
}

// tie makes the Telegram user the player's. Either being tied to another already refuses it.
func (s *Server) tie(ctx context.Context, q *db.Queries, t telegram, p db.Player, from telegramUser) (state string, err error) {
	index := s.telegramIndex(from.id())
	chatSealed := s.vault.seal("external_identity.chat", p.PlayerID, from.id())
	have, err := q.ListExternalIdentities(ctx, p.PlayerID)
	if err != nil {
		return "", err
	}
	for _, e := range have {
		if e.Issuer != t.issuer {
			continue
		}
		if !bytes.Equal(e.SubjectIndex, index) {
			return linkRefused, nil
		}
		return linkLinked, q.SetExternalChat(ctx, db.SetExternalChatParams{Issuer: t.issuer, SubjectIndex: index, ChatSealed: chatSealed})
	}
	_, err = q.FindExternalIdentity(ctx, db.FindExternalIdentityParams{Issuer: t.issuer, SubjectIndex: index})
	if err == nil {
		return linkRefused, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	return linkLinked, q.InsertExternalIdentity(ctx, db.InsertExternalIdentityParams{
		Issuer: t.issuer, SubjectIndex: index, SubjectSealed: s.vault.seal("external_identity.subject", p.PlayerID, from.id()),
		PlayerID: p.PlayerID, ChatSealed: chatSealed, Now: s.clock(),
	})
}

// chatChanged notes that a linked user blocked the bot or let it in again.
func (s *Server) chatChanged(ctx context.Context, q *db.Queries, t telegram, from telegramUser, member bool) error {
	index := s.telegramIndex(from.id())
	e, err := q.FindExternalIdentity(ctx, db.FindExternalIdentityParams{Issuer: t.issuer, SubjectIndex: index})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	var sealed []byte
	if member {
		sealed = s.vault.seal("external_identity.chat", e.PlayerID, from.id())
	}
	return q.SetExternalChat(ctx, db.SetExternalChatParams{Issuer: t.issuer, SubjectIndex: index, ChatSealed: sealed})
}

// maskEmail shows enough for its owner to recognise and too little for others.
func maskEmail(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" {
		return s
	}
	return local[:1] + "***@" + domain
}
