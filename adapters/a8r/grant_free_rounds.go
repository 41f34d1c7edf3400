package a8r

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// issueBody is the body of Freespins/Issue (providers.md 7).
type issueBody struct {
	CasinoID  string   `json:"casino_id"`
	IssueID   string   `json:"issue_id"`
	Quantity  int32    `json:"freespins_quantity"`
	BetAmount string   `json:"bet_amount"`
	Games     []string `json:"games"`
	ValidTo   string   `json:"valid_until"`
	Player    player   `json:"player"`
}

// GrantFreeRounds issues free spins. They can be played at once: the protocol has no beginning of their time, so one that lies ahead is
// refused. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, NOT_SUPPORTED, those of call.
func (p provider) GrantFreeRounds(ctx context.Context, req *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if req.GetStartsAt().AsTime().After(p.now().Add(time.Minute)) {
		return nil, adapter.NotSupported("free spins that start later")
	}
	name := issue{grant: req.GetGrantId(), player: req.GetPlayerId(), currency: req.GetBetValue().GetCurrency(), studio: studioOf(req.GetGameCodes()[0])}
	if back, ok := readIssue(name.String()); !ok || back != name {
		return nil, adapter.NotSupported("such a name of a grant or player")
	}
	var out json.RawMessage // the answer says nothing that is needed
	err = p.call(ctx, in, "Freespins/Issue", adapter.MaxPage, issueBody{
		CasinoID: in.casinoID, IssueID: name.String(), Quantity: req.GetRounds(), BetAmount: req.GetBetValue().GetAmount(), Games: req.GetGameCodes(),
		ValidTo: req.GetExpiresAt().AsTime().UTC().Format(time.RFC3339),
		Player:  player{ID: req.GetPlayerId(), Currency: req.GetBetValue().GetCurrency(), Country: req.GetCountry()},
	}, &out)
	if err != nil && !strings.HasPrefix(errs.Metadata(err)["provider_message"], alreadyExists) { // a repetition of one whose answer was lost
		return nil, err
	}
	return &adapterv1.GrantFreeRoundsResponse{ProviderRef: name.String()}, nil
}
