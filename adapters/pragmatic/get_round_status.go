package pragmatic

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// How far back the feed of finished rounds is read for one round, how much earlier than the round's opening because clocks differ, and in how many answers at most.
const (
	statusWindow = 24 * time.Hour
	statusSkew   = 5 * time.Minute
	statusPages  = 48
)

// GetRoundStatus looks for a round in the provider's feed since it opened, of at most the last day, by the name under which gaming knows it, and answers with that; the protocol
// has no question about one round. The feed is read to its end, because it may tell of a round more than once: sums that are not the same each time are answered with none. A
// round that is not there is not known: it may be under way, as rounds with a bonus are for days, or lost. Gaming asks again, and in the end has an operator decide; results
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
	var found *adapterv1.ProviderRound
	now := p.now()
	since := statusSince(req, now).UnixMilli()
	for range statusPages {
		rounds, next, err := p.readFeed(ctx, in, since)
		if err != nil {
			return nil, err
		}
		for _, r := range rounds {
			if asked(r, req) {
				found = together(found, r)
			}
		}
		if next <= since || next >= now.UnixMilli() {
			break
		}
		since = next
	}
	if found == nil {
		found = &adapterv1.ProviderRound{PlayerId: req.GetPlayerId(), GameCode: req.GetGameCode(), State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_UNSPECIFIED}
	}
	found.RoundRef, found.FormerRoundRef = req.GetRoundRef(), ""
	return &adapterv1.GetRoundStatusResponse{Round: found}, nil
}

// statusSince is the moment from which the feed may tell of a round.
func statusSince(req *adapterv1.GetRoundStatusRequest, now time.Time) time.Time {
	since := now.Add(-statusWindow)
	if opened := req.GetOpenedAt(); opened.IsValid() && opened.AsTime().Add(-statusSkew).After(since) {
		since = opened.AsTime().Add(-statusSkew)
	}
	return since
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

// together is what the lines of a round say, those before and the next one. The end of a round counts and not that it was under way; which of two ends is the right one the
// protocol does not say. A line of the same bare name in another game is another round's.
func together(before, next *adapterv1.ProviderRound) *adapterv1.ProviderRound {
	const open = adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_OPEN
	switch {
	case before == nil:
		return next
	case next.GetRoundRef() != before.GetRoundRef() || next.GetState() == open:
		return before
	case before.GetState() == open:
		return next
	case !proto.Equal(next.GetStake(), before.GetStake()) || !proto.Equal(next.GetPayout(), before.GetPayout()):
		before.Stake, before.Payout = nil, nil
	}
	return before
}
