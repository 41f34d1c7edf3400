package identity

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const (
	webhookPath      = "/webhook"
	webhookHeader    = "X-Telegram-Bot-Api-Secret-Token"
	webhookBodyLimit = 1 << 20
)

// HandleCallback takes an update of the bot. The secret that was given to setWebhook is the only proof of origin; it is compared in
// constant time before the body is read. 200 is answered once the effect is committed; a repeated update answers 200 without another.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	t, err := s.telegram(ctx, req.GetIntegrationId())
	if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_TELEGRAM_NOT_CONFIGURED) {
		return callbackStatus(http.StatusForbidden), nil
	}
	if err != nil {
		return nil, err
	}
	if t.webhookSecret == "" || subtle.ConstantTimeCompare(hashToken(headerOf(req, webhookHeader)), hashToken(t.webhookSecret)) != 1 {
		return callbackStatus(http.StatusUnauthorized), nil
	}
	if req.GetPath() != webhookPath {
		return callbackStatus(http.StatusNotFound), nil
	}
	if req.GetMethod() != http.MethodPost {
		return callbackStatus(http.StatusMethodNotAllowed), nil
	}
	if len(req.GetBody()) > webhookBodyLimit {
		return callbackStatus(http.StatusRequestEntityTooLarge), nil
	}
	var u update
	if err := json.Unmarshal(req.GetBody(), &u); err != nil || u.ID == 0 {
		return callbackStatus(http.StatusBadRequest), nil
	}
	if err := s.applyUpdate(ctx, t, u); err != nil {
		return nil, err
	}
	s.nudge()
	return callbackStatus(http.StatusOK), nil
}

// headerOf answers a header that was sent exactly once.
func headerOf(req *adapterv1.HandleCallbackRequest, name string) string {
	value, n := "", 0
	for _, h := range req.GetHeaders() {
		if strings.EqualFold(h.GetName(), name) {
			value = h.GetValue()
			n++
		}
	}
	if n != 1 {
		return ""
	}
	return value
}

func callbackStatus(code int) *adapterv1.HandleCallbackResponse {
	return &adapterv1.HandleCallbackResponse{Status: int32(code)}
}
