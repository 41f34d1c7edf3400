package bookmaker

import (
	"context"
	"net/http"
	"strconv"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Headers of a signed call, in both directions.
const (
	timestampHeader = "X-Partner-Timestamp"
	signatureHeader = "X-Partner-Signature"
)

// callback is a verified and parsed call.
type callback struct {
	in   *integration
	path string
	sent int64 // unix seconds, as signed
	adapter.Fields
}

// call handles one path. It answers everything of the body but bet_id.
type call func(s *Server, ctx context.Context, c callback) (answer, *refusal)

var calls = map[string]call{
	"/api/check_bet":         (*Server).checkBet,
	"/api/block_funds":       (*Server).blockFunds,
	"/api/update_bet_status": (*Server).updateBetStatus,
	"/api/refund":            (*Server).refund,
	"/api/recalculate_bets":  (*Server).recalculateBets,
}

// stakes are the calls that end with the refusal while the integration is off. Results and refunds are of bets that were taken: the partner has to repeat them, or
// their money is lost.
var stakes = map[string]bool{"/api/check_bet": true, "/api/block_funds": true}

// offRetry is the hint while the integration is off: a person switches it on again.
const offRetry = time.Minute

// HandleCallback verifies the signature over the body as it came, before anything is read from it, and answers as the contract says
// (wire-contracts.md 3).
func (s *Server) HandleCallback(ctx context.Context, req *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	c, run, refused := s.open(ctx, req)
	var a answer
	if refused == nil {
		a, refused = run(s, ctx, c)
	}
	status := http.StatusOK
	if refused != nil {
		status, a = refused.http, answer{Status: refused.status, Code: refused.code, Message: refused.message}
	}
	a.BetID = betOf(req.GetBody(), refused)
	resp, err := adapter.Answer(status, a, a.Code, false) // the status tells whose fault it is
	if err != nil {
		return nil, err
	}
	switch {
	case refused != nil && refused.retry > 0:
		resp.Headers = append(resp.Headers, &adapterv1.Header{Name: "Retry-After", Value: refused.retryAfter()})
	case status == http.StatusMethodNotAllowed:
		resp.Headers = append(resp.Headers, &adapterv1.Header{Name: "Allow", Value: http.MethodPost})
	}
	return resp, nil
}

// betOf is the bet_id to echo: of a call whose signature is right.
func betOf(body []byte, refused *refusal) string {
	if refused != nil && refused.http == http.StatusUnauthorized {
		return ""
	}
	doc, err := adapter.Parse(body)
	if err != nil {
		return ""
	}
	f := adapter.Read(doc)
	return f.OptionalText("bet_id")
}

// open finds the integration and checks who calls, and when.
func (s *Server) open(ctx context.Context, req *adapterv1.HandleCallbackRequest) (callback, call, *refusal) {
	c := callback{path: req.GetPath()}
	in, enabled, err := s.integrations.Get(ctx, req.GetIntegrationId())
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return c, nil, fault(http.StatusNotFound, "unknown_integration", "There is no such integration")
	case err != nil:
		s.log.ErrorContext(ctx, "an integration could not be read", "integration_id", req.GetIntegrationId(), "err", err)
		return c, nil, later(time.Second)
	}
	c.in = in
	run, known := calls[req.GetPath()]
	switch {
	case !known:
		return c, nil, fault(http.StatusNotFound, "unknown_path", "There is no such call")
	case req.GetMethod() != http.MethodPost:
		return c, nil, fault(http.StatusMethodNotAllowed, "wrong_method", "Calls are POST")
	case len(req.GetBody()) > adapter.MaxBody:
		return c, nil, fault(http.StatusRequestEntityTooLarge, "too_long", "The call is too long")
	}
	var refused *refusal
	if c.sent, refused = s.verify(in, req); refused != nil {
		s.log.WarnContext(ctx, "a call was not taken: "+refused.code, "integration_id", in.id, "path", req.GetPath(), "remote_ip", req.GetRemoteIp())
		return c, nil, refused
	}
	if !enabled && !stakes[req.GetPath()] {
		return c, nil, later(offRetry)
	}
	doc, err := adapter.Parse(req.GetBody())
	if err != nil && enabled {
		return c, nil, fault(http.StatusBadRequest, "invalid_json", "The call is not one JSON object")
	}
	c.Fields = adapter.Read(doc)
	if !enabled {
		return c, run, s.off(ctx, c)
	}
	return c, run, nil
}

// off refuses a call about a stake while the integration is off, unless it repeats the one of a bet that was taken: the partner would forget that bet.
func (s *Server) off(ctx context.Context, c callback) *refusal {
	if c.path == "/api/block_funds" {
		taken, err := adapter.Taken(ctx, s.gaming, c.caller(c.OptionalText("partner_player_id")), c.OptionalText("bet_id"))
		switch {
		case err != nil:
			return later(time.Second)
		case taken:
			return nil
		}
	}
	return fault(http.StatusForbidden, "integration_disabled", "The integration is switched off")
}

// verify checks the signature over timestamp and body, and then that the timestamp is of now. What is repeated within the window is answered
// again: every call has one effect, and a correction that is older than the last one is refused.
func (s *Server) verify(in *integration, req *adapterv1.HandleCallbackRequest) (int64, *refusal) {
	stamp := adapter.Header(req.GetHeaders(), timestampHeader)
	if !in.secret.VerifyHMAC(signedPart(stamp, req.GetBody()), adapter.Header(req.GetHeaders(), signatureHeader)) {
		return 0, fault(http.StatusUnauthorized, "invalid_signature", "The signature is wrong")
	}
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || sent < 0 {
		return 0, fault(http.StatusUnauthorized, "invalid_timestamp", "The timestamp is not in unix seconds")
	}
	now, window := s.now().Unix(), int64(in.window/time.Second)
	if sent < now-window || sent > now+window {
		return 0, fault(http.StatusUnauthorized, "timestamp_out_of_window", "The timestamp is too old or ahead")
	}
	return sent, nil
}

// signedPart is what a signature is made over.
func signedPart(stamp string, body []byte) []byte {
	return append([]byte(stamp+"."), body...)
}
