package a8r

import (
	"context"
	"net/http"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// signatureHeader carries the signature in both directions.
const signatureHeader = "X-REQUEST-SIGN"

// callback is a verified and parsed request.
type callback struct {
	in *integration
	adapter.Fields
}

// method handles one path; exactly one of both is answered.
type method func(s *Server, ctx context.Context, c callback) (any, *refusal)

const balancePath = "/v2/a8r_casino.Player/Balance"

var methods = map[string]method{
	balancePath:                       (*Server).balance,
	"/v2/a8r_casino.Round/BetWin":     (*Server).betWin,
	"/v2/a8r_casino.Round/Rollback":   (*Server).rollback,
	"/v2/a8r_casino.Round/Finish":     (*Server).finish,
	"/v2/a8r_casino.Freespins/Finish": (*Server).finishFreespins,
}

// HandleCallback verifies the signature over the body as it came, before anything is read from it, and answers in Twirp's JSON.
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	answer, refused := s.handle(ctx, req)
	if refused != nil {
		return adapter.Answer(refused.status, refused, refused.Code, false) // the status tells whose fault it is
	}
	return adapter.JSON(http.StatusOK, answer)
}

func (s *Server) handle(ctx context.Context, req *adapterv1.HandleCallbackRequest) (any, *refusal) {
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return nil, badRoute(req.GetMethod(), req.GetPath())
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return nil, errUnknown
	}
	call, known := methods[req.GetPath()]
	switch {
	case !known || req.GetMethod() != http.MethodPost:
		return nil, badRoute(req.GetMethod(), req.GetPath())
	case len(req.GetBody()) > adapter.MaxBody:
		return nil, refuse(codeInvalid, "the request is too long")
	case !in.token.VerifyHMAC(req.GetBody(), adapter.Header(req.GetHeaders(), signatureHeader)):
		s.log.WarnContext(ctx, "callback with a wrong signature", "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return nil, refuse(codeForbidden, "Forbidden")
	case !enabled && req.GetPath() == balancePath:
		return nil, refuse(codeForbidden, "Forbidden")
	case !enabled: // rollbacks and wins of what was taken have to come again, or their money is lost
		return nil, errUnknown
	}
	doc, err := adapter.Parse(req.GetBody())
	if err != nil {
		return nil, refuse(codeInvalid, "the json request could not be decoded")
	}
	answer, refused := call(s, ctx, callback{in: in, Fields: adapter.Read(doc)})
	if refused != nil && refused.Meta.APICode == codeExists {
		refused.status = in.duplicateStatus
	}
	return answer, refused
}

// refuseFor is refusalOf with what is not a refusal in the log.
func (s *Server) refuseFor(ctx context.Context, c callback, what string, err error) *refusal {
	r := refusalOf(err)
	if r == errUnknown {
		s.log.WarnContext(ctx, "a callback was answered with an internal error", "integration_id", c.in.id, "operation", what, "err", err)
	}
	return r
}
