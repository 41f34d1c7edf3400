package pragmatic

import (
	"context"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// How far back the feed of finished rounds is read for one round, and in how many answers at most.
const (
	statusWindow = 24 * time.Hour
	statusPages  = 48
)

// GetRoundStatus looks for a round in the provider's feed of the last day, by the name under which gaming knows it, and answers with that; the protocol has no question about one round. A round that is not
// there is not known: it may be under way, as rounds with a bonus are for days, or lost. Gaming asks again, and in the end has an operator decide; results
// that come later are taken all the same. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, NOT_SUPPORTED when the integration has no access to the
// feeds, those of readFeed.
func (p provider) GetRoundStatus(ctx context.Context, req *adapterv1.GetRoundStatusRequest) (*adapterv1.GetRoundStatusResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if !in.feeds() {
		return nil, adapter.NotSupported("status of a round without " + settingBaseURL + " and " + secretFeedPassword)
	}
	now := p.now()
	since := now.Add(-statusWindow).UnixMilli()
	for range statusPages {
		rounds, next, err := p.readFeed(ctx, in, since)
		if err != nil {
			return nil, err
		}
		for _, r := range rounds {
			if asked(r, req) {
				r.RoundRef, r.FormerRoundRef = req.GetRoundRef(), ""
				return &adapterv1.GetRoundStatusResponse{Round: r}, nil
			}
		}
		if next <= since || next >= now.UnixMilli() {
			break
		}
		since = next
	}
	return &adapterv1.GetRoundStatusResponse{Round: &adapterv1.ProviderRound{
		RoundRef: req.GetRoundRef(), PlayerId: req.GetPlayerId(), GameCode: req.GetGameCode(), State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_UNSPECIFIED,
	}}, nil
}

// asked tells whether a round of the feed is the one that gaming asks for. By its bare name it is one of the game's that gaming has it in.
func asked(r *adapterv1.ProviderRound, req *adapterv1.GetRoundStatusRequest) bool {
	switch {
	case r.GetPlayerId() != req.GetPlayerId():
		return false
	case r.GetRoundRef() == req.GetRoundRef():
		return true
	}
	return r.GetFormerRoundRef() == req.GetRoundRef() && (req.GetGameCode() == "" || req.GetGameCode() == r.GetGameCode())
}
