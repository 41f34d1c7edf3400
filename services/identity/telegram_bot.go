package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const webhookTimeout = 5 * time.Second

// Buttons under the question whether to link; the token of the link follows. Telegram takes 64 bytes.
const (
	buttonConfirm = "confirm:"
	buttonRefuse  = "refuse:"
)

// telegramJob is something that the bot owes a user. It is sent at least once, so texts must bear to be read twice.
type telegramJob struct {
	IntegrationID string `json:"integration_id"`
	ChatID        string `json:"chat_id"`
	Text          string `json:"text"`
	// Confirm is the token of the link to ask about; empty for a plain message.
	Confirm string `json:"confirm,omitempty"`
	// EditMessageID replaces an earlier message, and with it its buttons, instead of sending a new one.
	EditMessageID int `json:"edit_message_id,omitempty"`
	// CallbackQueryID takes the waiting mark off a button that was pressed.
	CallbackQueryID string `json:"callback_query_id,omitempty"`
}

// bot makes a client for sending. The library's receiving half is not used: it answers before anything is stored and compares secrets
// with ==.
func (s *Server) bot(t telegram) (*bot.Bot, error) {
	return bot.New(t.botToken, bot.WithSkipGetMe(), bot.WithServerURL(t.apiBase), bot.WithHTTPClient(outsideTimeout, s.http))
}

// deliverTelegram sends what the bot owes. What a retry cannot heal is given up. Errors never hold the bot token, which is part of
// every address that is asked.
func (s *Server) deliverTelegram(ctx context.Context, payload []byte) error {
	var job telegramJob
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("%w: %w", errGiveUp, err)
	}
	t, err := s.telegram(ctx, job.IntegrationID)
	if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_TELEGRAM_NOT_CONFIGURED) || (err == nil && t.botToken == "") {
		return fmt.Errorf("%w: the integration is off", errGiveUp)
	}
	if err != nil {
		return err
	}
	b, err := s.bot(t)
	if err != nil {
		return fmt.Errorf("%w: %s", errGiveUp, reasonOfBotError(err))
	}
	if job.CallbackQueryID != "" {
		// A button that was answered before, or too long ago, is no reason to keep the text back.
		_, _ = b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: job.CallbackQueryID})
	}
	if job.EditMessageID != 0 {
		_, err = b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: job.ChatID, MessageID: job.EditMessageID, Text: job.Text})
	} else {
		_, err = b.SendMessage(ctx, &bot.SendMessageParams{ChatID: job.ChatID, Text: job.Text, ReplyMarkup: job.keyboard()})
	}
	if err == nil {
		return nil
	}
	for _, final := range []error{bot.ErrorForbidden, bot.ErrorBadRequest, bot.ErrorUnauthorized, bot.ErrorNotFound} {
		if errors.Is(err, final) {
			return fmt.Errorf("%w: %s", errGiveUp, reasonOfBotError(err))
		}
	}
	return errors.New("identity: telegram: " + reasonOfBotError(err))
}

func (j telegramJob) keyboard() models.ReplyMarkup {
	if j.Confirm == "" {
		return nil
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{
		{Text: "Confirm", CallbackData: buttonConfirm + j.Confirm}, {Text: "Not me", CallbackData: buttonRefuse + j.Confirm},
	}}}
}

// registerWebhook tells Telegram where to send updates and answers how that went, in words for an operator.
func (s *Server) registerWebhook(ctx context.Context, t telegram) string {
	if t.botToken == "" {
		return "no bot token"
	}
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	b, err := s.bot(t)
	if err == nil {
		_, err = b.SetWebhook(ctx, &bot.SetWebhookParams{
			URL: s.publicURL + "/callbacks/" + t.integrationID + "/webhook", SecretToken: t.webhookSecret,
			AllowedUpdates: []string{"message", "callback_query", "my_chat_member"},
		})
	}
	if err != nil {
		return "not registered: " + reasonOfBotError(err)
	}
	return "registered"
}

// reasonOfBotError names what went wrong without the library's text, which may hold the address and with it the bot token.
func reasonOfBotError(err error) string {
	var slow *bot.TooManyRequestsError
	switch {
	case errors.As(err, &slow):
		return "too many requests, retry after " + strconv.Itoa(slow.RetryAfter) + " s"
	case errors.Is(err, bot.ErrorUnauthorized), errors.Is(err, bot.ErrorNotFound):
		return "Telegram does not know the bot token"
	case errors.Is(err, bot.ErrorForbidden):
		return "the user does not want messages"
	case errors.Is(err, bot.ErrorBadRequest):
		return "Telegram refused the request"
	case errors.Is(err, bot.ErrorConflict):
		return "another program reads the bot's updates"
	case errors.Is(err, context.DeadlineExceeded):
		return "Telegram did not answer in time"
	default:
		return "Telegram cannot be reached"
	}
}
