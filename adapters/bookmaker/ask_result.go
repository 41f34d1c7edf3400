package bookmaker

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/pitboss-gaming/pitboss/adapters/bookmaker/internal/db"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// question is the body of /api/bet_result at the bookmaker.
type question struct {
	PartnerID     string `json:"partner_id"`
	BetID         string `json:"bet_id"`
	RoundID       string `json:"round_id"`
	CorrectResult string `json:"correct_result"`
}

// askResult asks the bookmaker what a bet pays after a correction: {"bet_id", "status", "payout"} with the words of update_bet_status. The call is
// signed as the partner's are. Errors: PROVIDER_UNAVAILABLE, PROVIDER_REFUSED, PROVIDER_PROTOCOL, INTEGRATION_INVALID.
func (s *Server) askResult(ctx context.Context, in *integration, b db.Bet, p db.Repricing) (result, error) {
	if in.baseURL == "" {
		return result{}, adapter.Invalid(settingBaseURL, "is not set, so the bookmaker cannot be asked")
	}
	raw, err := json.Marshal(question{PartnerID: in.partnerID.Current(), BetID: b.BetID, RoundID: p.RoundID, CorrectResult: p.CorrectResult})
	if err != nil {
		return result{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.baseURL+"/api/bet_result", bytes.NewReader(raw))
	if err != nil {
		return result{}, err
	}
	stamp := strconv.FormatInt(s.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set(timestampHeader, stamp)
	req.Header.Set(signatureHeader, adapter.SignHMAC(in.secret.Current(), signedPart(stamp, raw)))
	text, err := adapter.Call(ctx, s.http, in.id, req, adapter.MaxPage, saidBy)
	if err != nil {
		return result{}, err
	}
	return readResult(text, b)
}

// readResult reads the bookmaker's answer.
func readResult(text []byte, b db.Bet) (result, error) {
	doc, err := adapter.Parse(text)
	if err != nil {
		return result{}, adapter.ProviderProtocol("the answer is not one JSON object")
	}
	f := adapter.Read(doc)
	r, known, final, pays := statusOf(f.Text("status"))
	if !f.OK() || f.Text("bet_id") != b.BetID || !known || !final {
		return result{}, adapter.ProviderProtocol("the answer is not the result of the bet")
	}
	if pays {
		a, err := adapter.Decimal(f.Number("payout"), b.Currency)
		if err != nil || !f.OK() {
			return result{}, adapter.ProviderProtocol("the payout is not an amount of the bet's currency")
		}
		r.payout = a.Minor
	}
	return r.of(b), nil
}

// saidBy is what the bookmaker says in the contract's form of a failure.
func saidBy(body []byte) string {
	var e struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &e) // without words there is still the status
	return e.Message
}
