package pragmatic

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// call is a verified request.
type call struct {
	in     *integration
	method string
	form   form
}

func (c call) fields() *fields { return &fields{form: c.form} }

// caller is whom a call is about. The player's id is enough; a token, when there is one, must be that player's, and a stake needs it live. A
// reference is the key whatever comes with it (providers.md 4.5).
func (c call) caller(player, token string) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: player, SessionToken: token, Tokenless: true, IdAlone: true}
}

// known is caller for questions that only a player answers to who has opened a game here.
func (c call) known(player string) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: c.in.id, PlayerId: player}
}

// handler answers one method.
type handler func(s *Server, ctx context.Context, c call) answer

// methods are the protocol's, in lower case: their spelling differs between the provider's documents.
var methods = map[string]handler{
	"authenticate":      (*Server).authenticate,
	"balance":           (*Server).balance,
	"bet":               (*Server).bet,
	"result":            (*Server).result,
	"bonuswin":          (*Server).bonusWin,
	"jackpotwin":        (*Server).jackpotWin,
	"promowin":          (*Server).promoWin,
	"endround":          (*Server).endRound,
	"refund":            (*Server).refund,
	"adjustment":        (*Server).adjustment,
	"getbalancepergame": (*Server).balancePerGame,
	"session/expired":   (*Server).sessionExpired,
	"rounddetails":      (*Server).roundDetails,
}

// HandleCallback verifies the hash over everything that came, before any of it has a meaning, and answers in the protocol: HTTP 200, always.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	a, words := s.handle(ctx, req), ""
	if a.Error != codeOK {
		words = fmt.Sprintf("%d %s", a.Error, a.Description)
	}
	return adapter.Answer(http.StatusOK, a, words, a.Error == codeRetry || a.Error == codeEndRoundRetry)
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest) answer {
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return failed(codeParameters)
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return failed(codeRetry)
	}
	name := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(req.GetPath(), "/"), ".html"))
	method, known := methods[name]
	if !known || req.GetMethod() != http.MethodPost {
		return failed(codeParameters)
	}
	f, err := parseForm(req.GetBody())
	if err != nil {
		return failed(codeParameters)
	}
	if !verify(in.key, f) {
		s.log.WarnContext(ctx, "callback with a wrong hash", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return failed(codeHash)
	}
	c := call{in: in, method: name, form: f}
	r := c.fields()
	id := r.text("providerId")
	switch wrong := r.bad != "" || !in.providerID.TakesAnyCase(id); {
	case !enabled:
		return s.switchedOff(ctx, c, wrong)
	case wrong:
		return badParameter("providerId")
	}
	return method(s, ctx, c)
}

// switchedOff: a bet is refused for good, without a refund after it; everything else comes again until the integration is on. The repetition of a bet that was taken is
// answered as ever, because the provider would write the bet off.
func (s *Server) switchedOff(ctx context.Context, c call, stranger bool) answer {
	switch c.method {
	case "bet":
		r := c.fields()
		taken, err := adapter.Taken(ctx, s.gaming, c.caller(r.text("userId"), ""), r.text("reference"))
		switch {
		case err != nil:
			return s.refuse(ctx, c, err, false)
		case taken && !stranger:
			return s.bet(ctx, c)
		}
		return failed(codeNotAllowed)
	case "endround":
		return failed(codeEndRoundRetry)
	}
	return failed(codeRetry)
}

// refuse is a refusal in the protocol's words.
func (s *Server) refuse(ctx context.Context, c call, err error, token bool) answer {
	code := codeOf(err, token)
	if code == codeRetry {
		s.log.WarnContext(ctx, "a callback was answered with an error of ours", "integration_id", c.in.id, "method", c.method, "err", err)
	}
	if code == codeRetry && c.method == "endround" {
		code = codeEndRoundRetry
	}
	return failed(code)
}

// accept is a success with what the player has.
func (s *Server) accept(ctx context.Context, c call, funds *gamingv1.Funds) answer {
	a, err := withFunds(funds)
	if err != nil {
		return s.refuse(ctx, c, err, false)
	}
	return a
}

// receipt is a success with our id and what the player has now.
func (s *Server) receipt(ctx context.Context, c call, r *gamingv1.Receipt) answer {
	a := s.accept(ctx, c, r.GetCurrent())
	if a.Error == codeOK {
		a.TransactionID = r.GetTransactionId()
	}
	return a
}
